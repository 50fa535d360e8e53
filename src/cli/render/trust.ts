import type { TrustDocument, TrustEntry, TrustRootReport } from '../../app/requests.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

const age = (seconds: number | null): string => {
  if (seconds === null) return 'age unknown';
  const days = Math.floor(seconds / 86_400);
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'} old`;
  const hours = Math.floor(seconds / 3600);
  return hours === 0 ? 'less than an hour old' : `${hours} ${hours === 1 ? 'hour' : 'hours'} old`;
};

const changed = (root: TrustRootReport): string =>
  root.changed === undefined ? '' : root.changed ? ', changed' : ', unchanged';

const KINDS: Record<TrustEntry['kind'], string> = {
  'certificate-authority': 'certificate authority',
  'transparency-log': 'transparency log',
  'certificate-log': 'certificate log',
  'timestamp-authority': 'timestamp authority',
};

const day = (instant: string): string => instant.slice(0, 10);

const entryLine = (entry: TrustEntry): string => {
  const window = entry.to === null ? `since ${day(entry.from)}` : `${day(entry.from)} to ${day(entry.to)}`;
  return `  ${KINDS[entry.kind].padEnd(21)}  ${window.padEnd(24)}  ${toTerminal(entry.name)}`;
};

const rootLines = (root: TrustRootReport): string[] => [
  `${toTerminal(root.name)}  ${toTerminal(root.digest)}`,
  `  ${root.origin}, ${age(root.ageSeconds)}${changed(root)}`,
  ...root.entries.map(entryLine),
];

/** Trusted roots for people, or the document as it is. */
export const renderTrust = (document: TrustDocument, format: string): string =>
  format === 'json' ? toJson(document) : `${document.roots.flatMap(rootLines).join('\n')}\n`;
