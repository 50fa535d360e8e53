import { CODES, type Code } from '../../codes.ts';
import { ConfigError, printFault } from '../../core/model/faults.ts';
import { exitCodeOf, type SlsaGateError } from '../../errors.ts';

/** Everything that can be checked, in the order in which it is told. */
export const CHECK_IDS = [
  'runtime',
  'clock',
  'cache',
  'proxy',
  'ca-file',
  'client-certificate',
  'allow-host',
  'docker-config',
  'credential-helper',
  'npmrc',
  'credential',
  'trusted-root',
  'tuf-mirror',
  'github',
  'registry',
  'npm',
  'pypi',
  'rekor',
  'policy',
  'policy-source',
  'policy-environment',
  'policy-package',
  'policy-sources',
  'policy-rules',
  'policy-evidence',
  'evidence-file',
  'evidence-disk',
  'evidence-store',
  'evidence-head',
  'evidence-pin',
  'record-signer',
  'checkpoint-signer',
  'sink',
  'artifact',
  'source',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

/** `not-checked`: it could not be looked at, for a reason that stands in another line or in the flags. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'not-checked';

/** One line of the answer. Texts may hold what strangers wrote; renderers escape it. */
export interface CheckLine {
  readonly id: CheckId;
  /** What was looked at, e.g. `trusted root public-good`. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was seen, one sentence. */
  readonly found: string;
  /** What other commands would answer, where they would. */
  readonly code?: Code;
  /** How to mend it; with every warning and problem. */
  readonly hint?: string;
}

/** `slsa-gate doctor`, version 1. */
export interface DoctorDocument {
  readonly schemaVersion: 1;
  /** The worst of all lines; what was not checked counts as nothing. */
  readonly status: Exclude<CheckStatus, 'not-checked'>;
  readonly checks: readonly CheckLine[];
}

/** Where a line belongs. */
export type Place = Pick<CheckLine, 'id' | 'name'>;

export const isOk = (place: Place, found: string): CheckLine => ({ ...place, status: 'ok', found });

export const notChecked = (place: Place, found: string): CheckLine => ({
  ...place,
  status: 'not-checked',
  found,
});

/** Something that works, and that somebody should look at; `code` where it will be refused one day. */
export const warns = (place: Place, found: string, hint: string, code?: Code): CheckLine => ({
  ...place,
  status: 'warning',
  found,
  ...(code === undefined ? {} : { code }),
  hint,
});

/** What another command would end with. */
export const fails = (place: Place, error: SlsaGateError): CheckLine => ({
  ...place,
  status: 'problem',
  found: foundOf(error),
  code: error.finding,
  hint: error.hint,
});

/** As {@link fails}, for what nothing that was asked for depends on. */
export const failsMildly = (place: Place, error: SlsaGateError): CheckLine => ({
  ...fails(place, error),
  status: 'warning',
});

const MAX_FOUND = 200;
const bounded = (text: string): string =>
  text.length <= MAX_FOUND ? text : `${text.slice(0, MAX_FOUND)}...`;

/** The message, and what was found where the message does not say it. */
export function foundOf(error: SlsaGateError): string {
  if (error instanceof ConfigError) {
    const [first, ...others] = error.faults;
    const more = others.length === 0 ? '' : ` (and ${others.length} more faults)`;
    return `${printFault(error.fileName, first)}${more}`;
  }
  const { message, actual, expected } = error;
  if (actual === undefined || message.includes(actual)) return message;
  return `${message} (found ${bounded(actual)}${expected === undefined ? '' : `, expected ${bounded(expected)}`})`;
}

/**
 * The exit code: 0 without a problem; 3 where our own evidence is not intact, 70 for a bug of ours, 2 for all other problems.
 * What each of them would be in another command does not matter: here it is something to be mended.
 */
export function exitOf({ checks }: Pick<DoctorDocument, 'checks'>): number {
  const problems = checks.filter(({ status }) => status === 'problem');
  if (problems.length === 0) return 0;
  const answers = problems.map(({ code }) => (code === undefined ? undefined : CODES[code].answer));
  for (const worst of ['integrity', 'internal'] as const)
    if (answers.includes(worst)) return exitCodeOf(worst);
  return exitCodeOf('indeterminate');
}
