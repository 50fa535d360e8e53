import { refuse } from '../../errors.ts';

/** Algorithms that bind an artifact: at least 256 bits, collision resistant. Values are hex digits of a digest. */
export const BINDING_ALGORITHMS = { sha256: 64, sha384: 96, sha512: 128 } as const;
/** An algorithm whose digest binds an artifact. */
export type BindingAlgorithm = keyof typeof BINDING_ALGORITHMS;

/** Known but not binding; hex lengths, so that a wrong one is still refused. */
const WEAK_ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['md5', 32],
  ['sha1', 40],
  ['sha224', 56],
  ['sha512_224', 56],
  ['gitCommit', 0],
]);

/** Other names that published statements use for a binding algorithm. */
const ALIASES: ReadonlyMap<string, BindingAlgorithm> = new Map([
  ['sha2-256', 'sha256'],
  ['sha2_256', 'sha256'],
]);

/**
 * Digests of one artifact by algorithm, lower-case hex; what we computed ourselves or were told to look for. `sha1`
 * never binds; it is there to see a contradiction.
 */
export type ArtifactDigests = Readonly<Partial<Record<BindingAlgorithm | 'sha1', string>>>;

/** A digest set of in-toto: algorithm to lower-case hex (or another text for algorithms that we do not know). */
export type DigestSet = Readonly<Record<string, string>>;

const HEX = /^[0-9a-f]+$/;

export const isBindingAlgorithm = (name: string): name is BindingAlgorithm =>
  Object.hasOwn(BINDING_ALGORITHMS, name);

/**
 * Parses `sha256:<hex>`, `sha384:<hex>` or `sha512:<hex>`, lower case. That something has this digest is not proven.
 *
 * ```ts
 * parseDigest(`sha256:${'0a'.repeat(32)}`); // { algorithm: 'sha256', value: '0a0a…' }
 * ```
 *
 * @throws SlsaGateError `subject.digest-format`
 * @see in-toto Attestation Framework, DigestSet
 */
export function parseDigest(text: string): { readonly algorithm: BindingAlgorithm; readonly value: string } {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const value = text.slice(colon + 1);
  if (!isBindingAlgorithm(algorithm) || !isHexOf(value, BINDING_ALGORITHMS[algorithm])) {
    refuse('subject.digest-format', 'not a digest', {
      expected: 'sha256:<64 lower-case hex digits>',
      actual: text,
    });
  }
  return { algorithm, value };
}

const isHexOf = (value: string, length: number): boolean => value.length === length && HEX.test(value);

export type DigestComparison = 'match' | 'mismatch' | 'conflict' | 'weak' | 'malformed';

/**
 * Compares a subject's digest set with the artifact's. A `match` needs one binding algorithm that agrees and none that
 * disagrees; weaker digests beside it must have the form of their algorithm. Where one digest agrees, be it a weak one,
 * and another does not, somebody mixed the digests of two artifacts: `conflict`. A binding algorithm in another case
 * (`SHA256`) is `malformed`: some readers would take it, others not.
 */
export function compareDigests(subject: DigestSet, artifact: ArtifactDigests): DigestComparison {
  let matched = false;
  let matchedWeakly = false;
  let mismatched = false;
  let binding = false;
  for (const [name, value] of Object.entries(subject)) {
    const algorithm = ALIASES.get(name) ?? name;
    if (isBindingAlgorithm(algorithm)) {
      if (!isHexOf(value, BINDING_ALGORITHMS[algorithm])) return 'malformed';
      binding = true;
      const known = artifact[algorithm];
      if (known === undefined) continue;
      if (known === value) matched = true;
      else mismatched = true;
    } else {
      if (isBindingAlgorithm(algorithm.toLowerCase())) return 'malformed';
      const length = WEAK_ALGORITHMS.get(algorithm);
      if (length !== undefined && length > 0 && !isHexOf(value, length)) return 'malformed';
      if (algorithm === 'sha1' && artifact.sha1 !== undefined) {
        if (artifact.sha1 === value) matchedWeakly = true;
        else mismatched = true;
      }
    }
  }
  if (mismatched && (matched || matchedWeakly)) return 'conflict';
  if (matched) return 'match';
  return binding ? 'mismatch' : 'weak';
}
