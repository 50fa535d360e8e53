import type { Code } from '../../../codes.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';

/** SQLSTATEs and classes of them that mean that what is stored is not what was written. */
const TAMPERED = [
  '23', // a constraint: something stands already where the log wants to write
  'XX001', // data corrupted
  'XX002', // index corrupted
  'P0001', // one of our triggers
  '42P01', // a table is gone
  '42703', // a column is gone
  '42883', // a function is gone
] as const;

/** After a fatal answer, or none of PostgreSQL's at all, a session answers nothing more. */
export const endsSession = (error: unknown): boolean =>
  !(error instanceof Error && 'severity' in error) ||
  error.severity === 'FATAL' ||
  error.severity === 'PANIC';

/**
 * What PostgreSQL or the way to it answered, as a typed refusal.
 *
 * @param otherwise for lost connections, missing permissions, full disks and the like
 */
export function refuseAnswer(
  error: unknown,
  name: string,
  otherwise: Extract<Code, 'evidence.unreadable' | 'evidence.unwritable'>,
): never {
  if (error instanceof SlsaGateError || !(error instanceof Error)) throw error;
  const state = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (TAMPERED.some((code) => state.startsWith(code)))
    refuse('evidence.tampered', `${name} is not as it was written: ${error.message}`, { cause: error });
  const what = otherwise === 'evidence.unwritable' ? 'written' : 'read';
  return refuse(otherwise, `${name} cannot be ${what}: ${reasonOf(error)}`, { cause: error });
}

/** A host with several addresses fails with one error for each, and no message of its own. */
function reasonOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
}
