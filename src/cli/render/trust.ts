import type { TrustDocument, TrustRootReport } from '../../app/requests.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

const age = (seconds: number | null): string => {
  if (seconds === null) return 'age unknown';
  const days = Math.floor(seconds / 86_400);
  if (days > 0) return `${days} days old`;
  return `${Math.floor(seconds / 3600)} hours old`;
};

const changed = (root: TrustRootReport): string =>
  root.changed === undefined ? '' : root.changed ? ', changed' : ', unchanged';

const rootLines = (root: TrustRootReport): string[] => [
  `${toTerminal(root.name)}  ${toTerminal(root.digest)}`,
  `  ${root.origin}, ${age(root.ageSeconds)}${changed(root)}`,
  ...root.entries.map(
    (entry) => `  ${toTerminal(entry.kind)}: ${toTerminal(entry.name)} (${toTerminal(entry.validity)})`,
  ),
];

/** Trusted roots for people, or the document as it is. */
export const renderTrust = (document: TrustDocument, format: string): string =>
  format === 'json' ? toJson(document) : `${document.roots.flatMap(rootLines).join('\n')}\n`;
