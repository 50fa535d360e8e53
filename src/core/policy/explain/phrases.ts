import { printPath } from '../../config/tree.ts';
import { fingerprintOf } from '../../verify/key-fingerprint.ts';
import { parsePublicKeyPem } from '../../verify/public-key.ts';
import type { PatternInput, PolicyKey, PolicySigner } from '../schema.ts';

/** One thing that a policy says, as a whole sentence. */
export interface Sentence {
  /**
   * `about`: whose policy it is. `when`: must be true. `unless`: denies, whatever else is true. `exception`: need not be
   * true for a time. `blocks`: nothing passes for now. `record`: how the answer is kept.
   */
  readonly kind: 'about' | 'when' | 'unless' | 'exception' | 'blocks' | 'record';
  readonly text: string;
  /** Where the policy says it, such as `environments.production.level`. */
  readonly path: string;
}

type Path = readonly (string | number)[];

export const say = (kind: Sentence['kind'], path: Path, text: string): Sentence => ({
  kind,
  text,
  path: printPath(path),
});

/** A sentence only where the policy says something. */
export const sayIf = <T>(
  value: T | undefined,
  kind: Sentence['kind'],
  path: Path,
  text: (value: T) => string,
): readonly Sentence[] => (value === undefined ? [] : [say(kind, path, text(value))]);

export function oneOf(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} or ${last}`;
}

export function allOf(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

export function pattern(input: PatternInput): string {
  if (typeof input === 'string') return input;
  return 'glob' in input ? `${input.glob} (as a glob)` : `${input.re2} (as RE2)`;
}

export const patterns = (inputs: readonly PatternInput[]): string => oneOf(inputs.map(pattern));

/** Policies are explained after they were read, so every key in them is one. */
const fingerprint = (pem: string): string => fingerprintOf(parsePublicKeyPem(pem, 'key.malformed'));

export function key({ pem, id, notBefore, notAfter }: PolicyKey): string {
  const name = id === undefined ? fingerprint(pem) : `${id} (${fingerprint(pem)})`;
  const from = notBefore === undefined ? '' : `, not before ${notBefore}`;
  const until = notAfter === undefined ? '' : `, not after ${notAfter}`;
  return `the key ${name}${from}${until}`;
}

export function signer(input: PolicySigner | undefined): string {
  if (input === undefined) return 'the platform that hosts it';
  if ('key' in input) return key(input.key);
  return `${pattern(input.identity)}, for whom ${pattern(input.issuer)} vouches`;
}

const UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
};

/** `30d` is 30 days. */
export function duration(text: string): string {
  const count = text.slice(0, -1);
  const unit = UNITS[text.slice(-1)] ?? text.slice(-1);
  return `${count} ${unit}${count === '1' ? '' : 's'}`;
}

export const count = (number: number, one: string, more = `${one}s`): string =>
  `${number} ${number === 1 ? one : more}`;
