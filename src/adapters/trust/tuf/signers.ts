import { createPublicKey, ECDH, type JsonWebKey } from 'node:crypto';
import type { Key, Metadata } from '@tufjs/models';
import type { Code } from '../../../codes.ts';
import { refuse } from '../../../errors.ts';

/** Who may sign: the key ids of a role and how many of them must. */
export interface SigningRole {
  readonly keyIDs: readonly string[];
  readonly threshold: number;
}

type Signed = Parameters<Key['verifySignature']>[0];

/**
 * Requires `threshold` distinct *keys*: one key under two ids is one signer (the library counts ids).
 *
 * @param unsigned the code when too few ids signed
 * @throws SlsaGateError `unsigned`; `trust.threshold` when ids are enough but keys are not
 */
export function assertSigned(
  metadata: Signed & Pick<Metadata<never>, 'signatures'>,
  role: SigningRole,
  keys: Readonly<Record<string, Key>>,
  what: string,
  unsigned: Code,
): void {
  const ids = new Set<string>();
  const signers = new Set<string>();
  for (const id of role.keyIDs) {
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (key === undefined || !isSignedBy(metadata, key)) continue;
    ids.add(id);
    signers.add(keyIdentity(key));
  }
  if (signers.size >= role.threshold) return;
  refuse(ids.size >= role.threshold ? 'trust.threshold' : unsigned, `${what} has too few signatures`, {
    expected: `${role.threshold} distinct keys`,
    actual: `${signers.size}`,
  });
}

function isSignedBy(metadata: Signed, key: Key): boolean {
  try {
    key.verifySignature(metadata);
    return true;
  } catch {
    return false; // a signature that does not verify is not counted; the count decides
  }
}

/** The same text for the same public key, whatever its spelling: PEM or hex, compressed or not, any white space. */
function keyIdentity(key: Key): string {
  const value = key.keyVal.public ?? '';
  if (!value.startsWith('-----BEGIN')) return hexIdentity(key, value);
  const jwk: JsonWebKey = createPublicKey(value).export({ format: 'jwk' });
  return [jwk.kty, jwk.crv, jwk.x, jwk.y, jwk.n, jwk.e].join(':');
}

function hexIdentity(key: Key, hex: string): string {
  if (key.keyType === 'ed25519') return `OKP:Ed25519:${Buffer.from(hex, 'hex').toString('base64url')}:::`;
  const [curve, name] = key.scheme.endsWith('p384') ? ['secp384r1', 'P-384'] : ['prime256v1', 'P-256'];
  const point = Buffer.from(
    ECDH.convertKey(hex, curve as string, 'hex', undefined, 'uncompressed') as Buffer,
  );
  const half = (point.length - 1) / 2;
  const [x, y] = [point.subarray(1, 1 + half), point.subarray(1 + half)];
  return `EC:${name}:${x.toString('base64url')}:${y.toString('base64url')}::`;
}
