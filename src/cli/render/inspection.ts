import type { InspectDocument, InspectPart } from '../../app/requests.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

const MARKS: Record<InspectPart['proven'], string> = {
  yes: '[proven]',
  no: '[REFUSED]',
  'not-checked': '[not checked]',
};

const partLines = (part: InspectPart, depth: number): string[] => {
  const value = part.value === undefined ? '' : `: ${toTerminal(part.value)}`;
  const code = part.code === undefined ? '' : ` (${toTerminal(part.code)})`;
  const line = `${'  '.repeat(depth)}${MARKS[part.proven]} ${toTerminal(part.name)}${value}${code}`;
  return [line, ...(part.parts ?? []).flatMap((inner) => partLines(inner, depth + 1))];
};

/** The parts of each attestation as a tree; what was not proven says so on its own line. */
export const renderInspection = (document: InspectDocument, format: string): string => {
  if (format === 'json') return toJson(document);
  const lines = document.attestations.flatMap((attestation) => [
    `${toTerminal(attestation.source)}  ${toTerminal(attestation.digest)}`,
    ...attestation.parts.flatMap((part) => partLines(part, 1)),
  ]);
  return `${lines.length === 0 ? 'no attestation found' : lines.join('\n')}\n`;
};
