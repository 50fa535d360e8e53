import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  basicConstraints,
  certificateKey,
  isSignedBy,
  isValidAt,
  keyIds,
  keyUsage,
  namesIssuer,
  PURPOSE,
  parseCertificate,
  purposes,
} from '../../../../src/core/verify/certificate.ts';
import { refusal, sigstore } from '../../../attacks/verify.ts';
import {
  createCertificateAuthority,
  createIntermediate,
  createRoot,
} from '../../../kit/certificate-authority.ts';
import { integer, octetString, sequence, tlv } from '../../../kit/der.ts';
import { EXTENSION, unknownExtension } from '../../../kit/extensions.ts';
import { SIGNED_AT } from '../../../kit/sigstore.ts';

const leafDer = sigstore.issue().certificate.der;
const leaf = parseCertificate(leafDer);
const issuing = parseCertificate(sigstore.ca.issuer.certificate.der);

describe('parseCertificate', () => {
  it('reads what node:crypto reads', () => {
    const theirs = new X509Certificate(leafDer);
    expect(leaf.serial.toString('hex').toUpperCase()).toBe(theirs.serialNumber);
    expect(leaf.notBefore).toBe(Date.parse(theirs.validFrom));
    expect(leaf.notAfter).toBe(Date.parse(theirs.validTo));
    expect(leaf.spki).toEqual(theirs.publicKey.export({ type: 'spki', format: 'der' }));
    expect(leaf.raw).toBe(leafDer);
  });

  it('refuses under the code of whoever asks, so that a bad trusted root is no bad bundle', () => {
    expect(refusal(() => parseCertificate(Buffer.from('3000', 'hex'))).finding).toBe('cert.malformed');
    expect(refusal(() => parseCertificate(Buffer.from('3000', 'hex'), 'trust.malformed')).finding).toBe(
      'trust.malformed',
    );
  });

  it('refuses more bytes and extensions than a certificate may have', () => {
    expect(refusal(() => parseCertificate(tlv(0x30, Buffer.alloc(32 * 1024)))).finding).toBe('limit.bytes');
    const extraExtensions = Array.from({ length: 65 }, (_, i) => ({
      oid: `1.2.3.${i}`,
      value: octetString(Buffer.of(i)),
    }));
    const { certificate } = sigstore.issue({ certificate: { extraExtensions } });
    expect(refusal(() => parseCertificate(certificate.der)).message).toContain('too many DER elements');
  });
});

describe('extensions', () => {
  const ca = (options: Parameters<typeof createRoot>[1]) =>
    parseCertificate(createRoot([['CN', 'x']], options).certificate.der);

  it('reads purposes, key usage and constraints', () => {
    expect(purposes(leaf, 'cert.malformed')).toEqual([PURPOSE.codeSigning]);
    expect(keyUsage(leaf, 'cert.malformed')).toEqual({ digitalSignature: true, certSign: false });
    expect(keyUsage(issuing, 'cert.malformed')).toEqual({ digitalSignature: false, certSign: true });
    expect(basicConstraints(leaf, 'cert.malformed')).toEqual({ ca: false, pathLength: undefined });
    expect(basicConstraints(issuing, 'cert.malformed')).toEqual({ ca: true, pathLength: 0 });
  });

  it('says undefined where they are absent', () => {
    const bare = ca({
      keyUsage: null,
      basicConstraints: null,
      subjectKeyIdentifier: null,
      authorityKeyIdentifier: null,
      extraExtensions: [unknownExtension(false)],
    });
    expect(purposes(bare, 'cert.malformed')).toBeUndefined();
    expect(keyUsage(bare, 'cert.malformed')).toBeUndefined();
    expect(keyIds(bare)).toEqual({ authority: undefined, subject: undefined });
  });

  it.each([
    [EXTENSION.basicConstraints, sequence(integer(1), integer(2), integer(3)), 'basic constraints'],
    [EXTENSION.keyUsage, Buffer.from('030100', 'hex'), 'key usage'],
    [EXTENSION.extendedKeyUsage, sequence(integer(1)), 'extended key usage'],
  ])('refuses a malformed %s', (id, value, what) => {
    const editExtensions = (list: { oid: string; value: Buffer }[]) => [
      ...list.filter((each) => each.oid !== id),
      { oid: id, value },
    ];
    const certificate = ca({ editExtensions });
    const read = (): unknown[] => [
      basicConstraints(certificate, 'tsa.malformed'),
      keyUsage(certificate, 'tsa.malformed'),
      purposes(certificate, 'tsa.malformed'),
    ];
    expect(refusal(read)).toMatchObject({ finding: 'tsa.malformed', message: expect.stringContaining(what) });
  });
});

describe('issuers', () => {
  it('matches the name, and the key identifier where both carry one', () => {
    const root = createRoot([['CN', 'root']]);
    const child = (options = {}) =>
      parseCertificate(createIntermediate(root, [['CN', 'child']], options).certificate.der);
    const parent = parseCertificate(root.certificate.der);
    expect(namesIssuer(child(), parent)).toBe(true);
    expect(namesIssuer(child({ authorityKeyIdentifier: null }), parent)).toBe(true);
    expect(namesIssuer(child({ authorityKeyIdentifier: Buffer.from('x') }), parent)).toBe(false);
    expect(namesIssuer(child({ issuer: [['CN', 'Root']] }), parent)).toBe(false);
  });

  it.each(['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA-2048'] as const)(
    'verifies signatures of %s',
    (keyAlgorithm) => {
      const ca = createCertificateAuthority({ keyAlgorithm });
      const [below, above] = ca.chain.map(({ certificate }) => parseCertificate(certificate.der));
      if (below === undefined || above === undefined) throw new Error('no chain');
      expect(isSignedBy(below, certificateKey(above))).toBe(true);
      expect(isSignedBy(below, certificateKey(below))).toBe(false);
      expect(isSignedBy(leaf, certificateKey(above))).toBe(false);
    },
  );

  it('includes both ends of the validity', () => {
    const [start, end] = [SIGNED_AT.getTime(), SIGNED_AT.getTime() + 600_000];
    expect([start - 1, start, end, end + 1].map((at) => isValidAt(leaf, at))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
