import type { InspectDocument, InspectPart } from '../../app/requests.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

const MARKS: Record<InspectPart['proven'], string> = {
  yes: 'proven  ',
  no: 'REFUSED ',
  'not-checked': '-       ',
};

/** Said below every inspection, because a long list of proven parts looks like a verdict. */
const LEGEND = [
  '',
  'proven: verified under the trusted roots; -: nobody vouches for it. This is no decision: see slsa-gate verify.',
];

const partLines = (part: InspectPart, depth: number): string[] => {
  const value = part.value === undefined ? '' : `: ${toTerminal(part.value)}`;
  const indent = '  '.repeat(depth);
  const line = `${MARKS[part.proven]}${indent}${toTerminal(part.name)}${value}`;
  const why = [part.code, part.message].flatMap((text) => (text === undefined ? [] : [toTerminal(text)]));
  const reason = why.length === 0 ? [] : [`${' '.repeat(MARKS.no.length)}${indent}  ${why.join(': ')}`];
  return [line, ...reason, ...(part.parts ?? []).flatMap((inner) => partLines(inner, depth + 1))];
};

/** The parts of each attestation as a tree; what was not proven says so on its own line. */
export const renderInspection = (document: InspectDocument, format: string): string => {
  if (format === 'json') return toJson(document);
  const lines = document.attestations.flatMap((attestation) => [
    `attestation  ${toTerminal(attestation.source)}  ${toTerminal(attestation.digest)}`,
    ...attestation.parts.flatMap((part) => partLines(part, 1)),
  ]);
  return `${[...lines, ...LEGEND].join('\n')}\n`;
};
