import { describe, expect, it } from 'vitest';
import { verifyTimestamp } from '../../../../src/core/verify/timestamp.ts';
import { readTimestamp } from '../../../../src/core/verify/timestamp-token.ts';
import { parseRoot, refusal, sigstore } from '../../../attacks/verify.ts';
import { nullValue, octetString, oid, sequence } from '../../../kit/der.ts';
import { keyIdentifier } from '../../../kit/extensions.ts';
import { hash } from '../../../kit/keys.ts';
import { SIGNED_AT } from '../../../kit/sigstore.ts';
import { createTimestampAuthority, type TimestampAuthority } from '../../../kit/timestamp-authority.ts';
import { CMS, type TokenOptions } from '../../../kit/timestamp-token.ts';

const signature = Buffer.from('signature');
const { tsa } = sigstore;
const rsa = createTimestampAuthority({ keyAlgorithm: 'RSA-2048' });

function verify(authority: TimestampAuthority, options: TokenOptions): number {
  const root = parseRoot({ ...sigstore.trustedRoot(), timestampAuthorities: [authority.toTrust()] });
  const token = authority.timestamp(signature, SIGNED_AT, options);
  const verified = verifyTimestamp(token, signature, root.timestampAuthorities);
  expect(verified.authority).toBe(root.timestampAuthorities[0]);
  expect(verified.key.spki).toEqual(authority.signer.keys.spki);
  return verified.timeMs;
}

describe('verifyTimestamp', () => {
  it('finds the signer by its key identifier too', () => {
    const signerKeyId = keyIdentifier(tsa.signer.keys.spki);
    expect(verify(tsa, { signerKeyId })).toBe(SIGNED_AT.getTime());
    expect(refusal(() => verify(tsa, { signerKeyId: Buffer.from('other') })).finding).toBe('tsa.signer');
    expect(refusal(() => verify(tsa, { signerKeyId, signerVersion: 1 })).finding).toBe('tsa.malformed');
  });

  it('takes an RSA signature that is named by its key type alone', () => {
    const rsaEncryption = sequence(oid('1.2.840.113549.1.1.1'), nullValue());
    for (const signatureDigest of ['sha256', 'sha512'] as const) {
      expect(verify(rsa, { signatureAlgorithm: rsaEncryption, signatureDigest })).toBe(SIGNED_AT.getTime());
    }
    expect(refusal(() => verify(tsa, { signatureAlgorithm: rsaEncryption })).finding).toBe('tsa.signature');
  });

  it('refuses an algorithm that does not fit the key, is not accepted, or has parameters', () => {
    const ecdsa = sequence(oid('1.2.840.10045.4.3.2'));
    const sha1 = sequence(oid('1.2.840.113549.1.1.5'), nullValue());
    for (const signatureAlgorithm of [ecdsa, sha1]) {
      expect(refusal(() => verify(rsa, { signatureAlgorithm }))).toMatchObject({
        finding: 'tsa.signature',
        message: 'timestamp signature algorithm does not fit the key',
      });
    }
    const withParameters = sequence(oid('1.2.840.113549.1.1.11'), octetString(Buffer.of(1)));
    expect(refusal(() => verify(rsa, { signatureAlgorithm: withParameters })).finding).toBe('tsa.malformed');
  });

  it('compares the reference to its certificate in whichever hash it names', () => {
    const reference = (digest: Buffer): TokenOptions => ({
      signedAttributes: {
        [CMS.signingCertificateV2]: sequence(
          sequence(sequence(sequence(oid('2.16.840.1.101.3.4.2.3')), octetString(digest))),
        ),
      },
    });
    const right = hash('sha512', tsa.signer.certificate.der);
    expect(verify(tsa, reference(right))).toBe(SIGNED_AT.getTime());
    expect(refusal(() => verify(tsa, reference(right.subarray(1)))).finding).toBe('tsa.signer');
  });
});

describe('readTimestamp', () => {
  it('reads the time, and verifies nothing', () => {
    const token = tsa.timestamp(signature, SIGNED_AT, {
      signature: () => Buffer.of(1),
      imprint: Buffer.of(2),
    });
    expect(readTimestamp(token)).toBe(SIGNED_AT.getTime());
    expect(refusal(() => readTimestamp(Buffer.of(0x30, 0))).finding).toBe('tsa.malformed');
  });
});
