import { CODES } from '../../codes.ts';
import { SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';

/** Codes that a file of configuration is refused with; each ends in exit 64. */
export type FaultCode =
  | 'policy.syntax'
  | 'policy.invalid'
  | 'policy.unknown-key'
  | 'policy.empty'
  | 'policy.empty-pattern'
  | 'policy.unanchored'
  | 'policy.pattern'
  | 'policy.rule-not-optional'
  | 'policy.environment'
  | 'config.invalid'
  | 'config.threshold'
  | 'config.duplicate-key'
  | 'config.forbidden-key'
  | 'config.unset-variable'
  | 'config.limit'
  | 'key.malformed';

/** One place of a file that cannot stay as it is. */
export interface Fault {
  readonly code: FaultCode;
  /** One line; may hold hostile text, in which no line ends. */
  readonly message: string;
  /** Such as `environments.production.level`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly hint: string;
}

/** A fault as a line of text: `policy.yaml:12:5: environments.production.level: …`. */
export const printFault = (fileName: string, { line, column, path, message }: Fault): string =>
  // A name could hold a line feed too.
  `${fileName.replaceAll(/\p{Cc}/gu, '?')}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;

/** A file that was refused, with all that is wrong with it. The first fault gives code and hint. */
export class ConfigError extends SlsaGateError {
  readonly fileName: string;
  /** In the order of the file; at least one. */
  readonly faults: readonly [Fault, ...Fault[]];

  constructor(fileName: string, faults: readonly [Fault, ...Fault[]]) {
    const [first] = faults;
    const told = faults.slice(0, LIMITS.configFaults).map((fault) => printFault(fileName, fault));
    if (faults.length > told.length) told.push(`and ${faults.length - told.length} more faults`);
    super(first.code, told.join('\n'), { hint: first.hint, details: { faults: faults.length } });
    this.fileName = fileName;
    this.faults = faults;
  }
}

/** What to do about a code where nothing better is known. */
export const hintOf = (code: FaultCode): string => CODES[code].hint;
