import type { Code } from '../../../codes.ts';
import { SlsaGateError } from '../../../errors.ts';

/**
 * Meaning of the library's errors by their text: below the timestamp it wraps them, so that the class is lost. The
 * version is pinned and test/tuf/ shows each row; a text that is not here is `trust.unavailable`, which blocks too.
 */
const TEXTS: readonly (readonly [RegExp, Code])[] = [
  [/is expired/, 'trust.expired'],
  [/is less than current version|Missing file .* in new snapshot/, 'trust.rollback'],
  [/version doesn't match timestamp|does not match snapshot version/, 'trust.rollback'],
  [/Expected (hash|length)|Hash algorithm .* not supported/, 'trust.hash-mismatch'],
  [/^Cannot read properties of undefined \(reading 'length'\)$/, 'trust.delegation'], // not named by the snapshot
  [/no delegation found|No delegations found|Missing .*\.json in snapshot/i, 'trust.delegation'],
];

const TOP_LEVEL = new Set(['timestamp', 'snapshot', 'targets']);

/** @param role whose metadata the library had asked for last */
export function asTufRefusal(cause: unknown, role: string): SlsaGateError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = TEXTS.find(([pattern]) => pattern.test(text))?.[1];
  if (known !== undefined)
    return new SlsaGateError(known, `the update was refused: ${plain(text)}`, { cause });
  if (role === 'root')
    return new SlsaGateError('trust.root-invalid', 'the new root is not acceptable', { cause });
  if (/was signed by \d+\/\d+ keys/.test(text)) {
    const code = TOP_LEVEL.has(role) ? 'trust.threshold' : 'trust.delegation';
    return new SlsaGateError(code, `${role} has too few signatures`, { cause });
  }
  return new SlsaGateError('trust.unavailable', `metadata of ${role} was refused`, { cause });
}

/** The innermost sentence, without the layers of "Unable to load ... error Error: ". */
const plain = (text: string): string => text.replace(/^.*Error: /, '').slice(0, 200);
