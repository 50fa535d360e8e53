import type { CheckedPolicy, PolicyCheckDocument } from '../../app/policy/check.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Fault, printFault } from '../../core/model/faults.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

/** A fault with what to do about it; two lines. */
const faultLines = (file: string, fault: Fault): readonly string[] => [
  `${toTerminal(printFault(file, fault))} (${fault.code})`,
  `  hint: ${toTerminal(fault.hint)}`,
];

function policyLines({
  file,
  outcome,
  digest,
  name,
  environments,
  faults,
}: CheckedPolicy): readonly string[] {
  if (outcome === 'ok') {
    const summary = `${toTerminal(name ?? '')}, environments: ${environments.map(toTerminal).join(', ')}`;
    return [`ok  ${toTerminal(file)}`, `  ${summary}`, `  ${digest}`];
  }
  const told = faults.slice(0, LIMITS.configFaults);
  const count = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`;
  return [
    ...told.flatMap((fault) => faultLines(file, fault)),
    ...(faults.length > told.length ? [`${faults.length - told.length} more faults`] : []),
    `refused  ${toTerminal(file)}: ${count}`,
  ];
}

/** What was found in policies, for people, or the document as it is. */
export const renderPolicyCheck = (document: PolicyCheckDocument, format: string): string =>
  format === 'json' ? toJson(document) : `${document.policies.flatMap(policyLines).join('\n')}\n`;

/** What is no fault and still blocks; empty when nothing does. */
export const warningsOf = ({ policies }: PolicyCheckDocument): string =>
  policies
    .flatMap(({ file, blocks }) => blocks.map((text) => `warning: ${toTerminal(`${file}: ${text}`)}\n`))
    .join('');
