import type { IdentityReference } from './evidence-file.ts';

/** What a new evidence file says; texts as in the file. */
export interface NewEvidenceFile {
  readonly origin: string;
  readonly verifierId: string;
  readonly store: string;
  readonly recordSigner: string;
  /** PEM of the public keys; one at least, or an identity. */
  readonly recordKeys: readonly string[];
  readonly recordIdentities?: readonly IdentityReference[];
  readonly publishPublicly?: boolean;
  readonly checkpointSigner: string;
  /** Verifier keys (C2SP), at least one. */
  readonly checkpointKeys: readonly string[];
  readonly pins: readonly string[];
  readonly sinks: readonly { readonly name: string; readonly folder: string; readonly required: boolean }[];
}

/** A text of JSON is one of YAML too, whatever is in it. */
const quoted = (value: string): string => JSON.stringify(value);
const items = (values: readonly string[]): string[] => values.map((value) => `  - ${quoted(value)}`);

/** Keys are kept readable line by line, as people compare them. */
const block = (value: string): string[] => [
  '  - |',
  ...value
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`),
];

/**
 * The text of a new evidence file. `parseEvidenceFile` reads it back; that it may say so is not checked here.
 */
export function renderEvidenceFile(file: NewEvidenceFile): string {
  const { recordKeys, recordIdentities = [] } = file;
  const sinks = file.sinks.map(
    ({ name, folder, required }) =>
      `  - { name: ${quoted(name)}, folder: ${quoted(folder)}, required: ${required} }`,
  );
  return [
    '# Where evidence goes and whose it is. Paths start from the folder of this file.',
    'schemaVersion: 1',
    '',
    '# Name of the log, and of the gate in its summaries.',
    `origin: ${quoted(file.origin)}`,
    `verifierId: ${quoted(file.verifierId)}`,
    '',
    `store: ${quoted(file.store)}`,
    '',
    `# Who signs records, and every ${recordKeys.length === 0 ? 'identity' : 'key'} that may have signed one: keep old ones in the list.`,
    `recordSigner: ${quoted(file.recordSigner)}`,
    ...(recordKeys.length === 0 ? [] : ['recordKeys:']),
    ...recordKeys.flatMap(block),
    ...(recordIdentities.length === 0 ? [] : ['recordIdentities:']),
    ...recordIdentities.flatMap(({ subject, issuer, trustedRoot }) => [
      `  - subject: ${quoted(subject)}`,
      `    issuer: ${quoted(issuer)}`,
      `    trustedRoot: ${quoted(trustedRoot)}`,
    ]),
    ...(file.publishPublicly === true
      ? ['', '# What is signed goes into a public log, and stays there.', 'publishPublicly: true']
      : []),
    '',
    '# Who signs heads of the log: another key than that of the records.',
    `checkpointSigner: ${quoted(file.checkpointSigner)}`,
    'checkpointKeys:',
    ...items(file.checkpointKeys),
    '',
    '# Where the newest head is kept outside of the store, out of reach of whoever can write to it.',
    'pins:',
    ...items(file.pins),
    ...(sinks.length === 0
      ? []
      : ['', '# Second places for records; an allow waits for those that are required.', 'sinks:']),
    ...sinks,
    '',
  ].join('\n');
}
