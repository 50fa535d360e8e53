import type * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import type { FormFault } from './form.ts';

/** Turns the first fault of a schema into our error; unknown fields have a code of their own. */
export function refuseIssue(issue: z.core.$ZodIssue | undefined, what: string): never {
  const path = (issue?.path ?? [])
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  refuseFault(issue?.code === 'unrecognized_keys' ? { path, unknownFields: issue.keys } : { path }, what);
}

/** As {@link refuseIssue}, for the fault of a form. */
export function refuseFault(fault: FormFault, what: string): never {
  const path = fault.path.slice(1) || what;
  if (fault.unknownFields !== undefined) {
    const actual = fault.unknownFields.join(', ');
    refuse('bundle.unknown-field', `${what} has an unknown field`, { path, actual });
  }
  refuse('bundle.malformed', `${what} has a missing or malformed field`, { path });
}
