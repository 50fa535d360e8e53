import { type DerElement, type DerReader, oidKey, TAG } from './der.ts';
import type { HashAlgorithm, KeyKind } from './public-key.ts';

/** Signature algorithms of X.509 and CMS that are accepted, with the keys that may use them. */
interface SignatureAlgorithm {
  readonly hash: HashAlgorithm;
  readonly keys: readonly KeyKind[];
}

const EC: readonly KeyKind[] = ['p256', 'p384', 'p521'];

const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  [oidKey('1.2.840.10045.4.3.2'), { hash: 'sha256', keys: EC }],
  [oidKey('1.2.840.10045.4.3.3'), { hash: 'sha384', keys: EC }],
  [oidKey('1.2.840.10045.4.3.4'), { hash: 'sha512', keys: EC }],
  [oidKey('1.2.840.113549.1.1.11'), { hash: 'sha256', keys: ['rsa'] }],
  [oidKey('1.2.840.113549.1.1.12'), { hash: 'sha384', keys: ['rsa'] }],
  [oidKey('1.2.840.113549.1.1.13'), { hash: 'sha512', keys: ['rsa'] }],
  [oidKey('1.3.101.112'), { hash: 'sha512', keys: ['ed25519'] }],
]);

/** CMS names RSA signatures by the key type alone; the hash is then the digest algorithm's. */
export const RSA_ENCRYPTION = oidKey('1.2.840.113549.1.1.1');

const HASHES: ReadonlyMap<string, HashAlgorithm> = new Map([
  [oidKey('2.16.840.1.101.3.4.2.1'), 'sha256'],
  [oidKey('2.16.840.1.101.3.4.2.2'), 'sha384'],
  [oidKey('2.16.840.1.101.3.4.2.3'), 'sha512'],
]);

/** AlgorithmIdentifier whose parameters are absent or NULL. */
export function readAlgorithmOid(reader: DerReader, element: DerElement | undefined): string {
  const [oid, parameters, more] = reader.children(reader.expect(element, TAG.sequence), 3);
  if (more !== undefined || (parameters !== undefined && parameters.tag !== TAG.null)) {
    reader.fail('algorithm has parameters');
  }
  return reader.oid(reader.expect(oid, TAG.oid));
}

export const signatureAlgorithm = (oid: string): SignatureAlgorithm | undefined =>
  SIGNATURE_ALGORITHMS.get(oid);
export const hashAlgorithm = (oid: string): HashAlgorithm | undefined => HASHES.get(oid);
