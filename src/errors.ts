import { type Answer, CODES, type Code } from './codes.ts';

/** Stable machine code of an error, for callers to switch on. */
export type ErrorCode =
  | 'SG_USAGE'
  | 'SG_BUNDLE'
  | 'SG_STATEMENT'
  | 'SG_SIGNATURE'
  | 'SG_EXPECTATION'
  | 'SG_TRUST'
  | 'SG_SOURCE'
  | 'SG_LIMIT'
  | 'SG_STORE'
  | 'SG_INTERNAL';

const GROUPS: Record<string, ErrorCode> = {
  json: 'SG_BUNDLE',
  bundle: 'SG_BUNDLE',
  dsse: 'SG_BUNDLE',
  gcb: 'SG_BUNDLE',
  attestation: 'SG_BUNDLE',
  statement: 'SG_STATEMENT',
  predicate: 'SG_STATEMENT',
  subject: 'SG_STATEMENT',
  limit: 'SG_LIMIT',
  output: 'SG_STORE',
  evidence: 'SG_STORE',
  signer: 'SG_STORE',
  trust: 'SG_TRUST',
  clock: 'SG_TRUST',
  registry: 'SG_SOURCE',
  release: 'SG_SOURCE',
  credential: 'SG_SOURCE',
  cert: 'SG_SIGNATURE',
  sct: 'SG_SIGNATURE',
  tsa: 'SG_SIGNATURE',
  time: 'SG_SIGNATURE',
  tlog: 'SG_SIGNATURE',
  log: 'SG_SIGNATURE',
  key: 'SG_SIGNATURE',
  signature: 'SG_SIGNATURE',
  verifier: 'SG_SIGNATURE',
};

const EXIT_CODES: Record<Answer, number> = {
  pass: 70, // an error never carries a passing code; if it does, that is a bug
  deny: 1,
  indeterminate: 2,
  integrity: 3,
  usage: 64,
  internal: 70,
};

const errorCode = (code: Code): ErrorCode => {
  const answer = CODES[code].answer;
  if (answer === 'usage') return 'SG_USAGE';
  if (answer === 'internal') return 'SG_INTERNAL';
  if (answer === 'integrity') return 'SG_STORE';
  if (code.startsWith('source.') && answer === 'indeterminate') return 'SG_SOURCE';
  return GROUPS[code.slice(0, code.indexOf('.'))] ?? 'SG_EXPECTATION';
};

/** What an error says beside its code and message. */
export interface SlsaGateErrorOptions {
  /** What to do next, one sentence; the catalogue's hint when absent. */
  readonly hint?: string;
  /** What was required, printable. */
  readonly expected?: string;
  /** What was found, printable; may hold hostile text, renderers escape it. */
  readonly actual?: string;
  /** Where in the input, e.g. `verificationMaterial.tlogEntries[0].logIndex`. */
  readonly path?: string;
  /** Machine fields, already free of secrets. */
  readonly details?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

/**
 * The one family of errors. `finding` is the dotted code of the catalogue, `code` its stable group and `exitCode`
 * what a command that ends on it exits with. Never thrown for an expectation that does not hold: that is a finding.
 */
export class SlsaGateError extends Error {
  override readonly name = 'SlsaGateError';
  readonly code: ErrorCode;
  readonly finding: Code;
  readonly hint: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  readonly path: string | undefined;
  readonly details: Readonly<Record<string, string | number>>;
  readonly exitCode: number;

  constructor(finding: Code, message: string, options: SlsaGateErrorOptions = {}) {
    super(options.path === undefined ? message : `${message} at ${options.path}`, { cause: options.cause });
    this.finding = finding;
    this.code = errorCode(finding);
    this.hint = options.hint ?? CODES[finding].hint;
    this.expected = options.expected;
    this.actual = options.actual;
    this.path = options.path;
    this.details = options.details ?? {};
    this.exitCode = EXIT_CODES[CODES[finding].answer];
  }
}

/** Exit code of a command that ends on this answer. */
export const exitCodeOf = (answer: Exclude<Answer, 'pass'>): number => EXIT_CODES[answer];

/** Throws the typed refusal; written as a function so that conditions read `if (bad) refuse(...)`. */
export function refuse(finding: Code, message: string, options?: SlsaGateErrorOptions): never {
  throw new SlsaGateError(finding, message, options);
}

/** A refusal that answers for one artifact or source, by a denial or by leaving it open; not one of usage, nor of a run. */
export const isAnswer = (error: unknown): error is SlsaGateError =>
  error instanceof SlsaGateError &&
  (error.exitCode === EXIT_CODES.deny || error.exitCode === EXIT_CODES.indeterminate);

/** What came of trying something that may be refused. */
export type Attempt<T> = { readonly value: T } | { readonly error: SlsaGateError };

/** Only our own refusals are answers; everything else is a bug and goes on. */
export function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof SlsaGateError) return { error };
    throw error;
  }
}
