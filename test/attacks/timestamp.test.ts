import { describe, expect, it } from 'vitest';
import { contentsOf } from '../kit/der.ts';
import { EXTENSION, PURPOSE, unknownExtension } from '../kit/extensions.ts';
import { createKeyPair } from '../kit/keys.ts';
import { SIGNED_AT, type SigstoreOptions } from '../kit/sigstore.ts';
import { createTimestampAuthority, type TimestampAuthority } from '../kit/timestamp-authority.ts';
import { CMS, signingCertificateV2, type TokenOptions } from '../kit/timestamp-token.ts';
import type { AuthorityTrustOptions } from '../kit/trusted-root.ts';
import { caOnly, stamped, timesOf, trusting } from './stamped.ts';
import { refusal, refusedWith, sigstore, verify } from './verify.ts';

/** Section 5 of the catalogue: who signed an RFC 3161 token, over what, and in which window. */

const seconds = (count: number): Date => new Date(SIGNED_AT.getTime() + count * 1000);
const attacker = createTimestampAuthority({ organization: 'evil.local' });
const { tsa } = sigstore;

describe('control: tokens as they should be', () => {
  it.each<[string, TokenOptions]>([
    ['as Sigstore writes them', {}],
    ['with the chain in the bag', { certificates: tsa.chain }],
    ['without a bag', { certificates: null }],
    ['with SHA-512', { imprintDigest: 'sha512', signatureDigest: 'sha512' }],
    ['with a nonce', { nonce: 5n }],
    [
      'without signing time and certificate reference',
      { signedAttributes: { [CMS.signingTime]: null, [CMS.signingCertificateV2]: null } },
    ],
  ])('accepts one %s', (_, options) => {
    expect(timesOf(options)).toEqual([SIGNED_AT.getTime()]);
  });

  it.each<SigstoreOptions['tsa']>([
    { keyAlgorithm: 'RSA-2048' },
    { keyAlgorithm: 'P-384' },
    { intermediate: {} },
  ])('accepts an authority with %o', (options) => {
    const authority = createTimestampAuthority(options);
    expect(verify(stamped({ authority }), trusting([authority])).times).toHaveLength(1);
  });

  it('accepts a signer that the token brings, below a trusted authority', () => {
    expect(timesOf({ certificates: [tsa.signer.certificate] }, caOnly(tsa))).toHaveLength(1);
    expect(refusedWith(stamped({}), caOnly(tsa))).toBe('tsa.signer');
    const second = tsa.issueSigner();
    const certificates = [second.certificate, tsa.root.certificate];
    expect(timesOf({ signer: second, certificates }, caOnly(tsa))).toHaveLength(1);
    expect(timesOf({ signer: second, certificates: certificates.toReversed() }, caOnly(tsa))).toHaveLength(1);
  });
});

describe('TSA-01 a token over something else', () => {
  const { signature } = sigstore.signStatement();
  it.each<[string, TokenOptions]>([
    ['another signature', { data: signature }],
    ['nothing', { data: Buffer.alloc(0) }],
    ['an imprint of its own', { imprint: Buffer.alloc(32, 1) }],
    ['an imprint cut short', { imprint: Buffer.alloc(31, 1) }],
    ['an empty imprint', { imprint: Buffer.alloc(0) }],
  ])('TSA-01 denies a token over %s', (_, options) => {
    expect(refusal(() => verify(stamped(options)))).toMatchObject({ finding: 'tsa.imprint', exitCode: 1 });
  });

  it('TSA-01 denies a token over the payload instead of the signature', () => {
    const { payload = Buffer.alloc(0) } = sigstore.signStatement();
    expect(refusedWith(stamped({ data: payload }))).toBe('tsa.imprint');
  });

  it('TSA-01 denies an imprint of SHA-1', () => {
    expect(refusedWith(stamped({ imprintDigest: 'sha1' }))).toBe('tsa.malformed');
  });

  it('TSA-01 denies a good token beside one over something else', () => {
    const timestamps = [{}, { data: signature }];
    expect(refusedWith(sigstore.signStatement({ timestamps }))).toBe('tsa.imprint');
  });
});

describe('TSA-02 a certificate of the attacker in the bag', () => {
  const forged = attacker.signer;
  /** The names of the trusted signer on a key of the attacker. */
  const twin = createTimestampAuthority({
    leaf: { serialNumber: contentsOf(tsa.signer.certificate.serialNumber) },
  }).signer;
  it.each<[string, TokenOptions]>([
    [
      'the signer named, its certificate first',
      { signer: forged, certificates: [forged.certificate, ...tsa.chain] },
    ],
    [
      'the signer named, its certificate last',
      { signer: forged, certificates: [...tsa.chain, forged.certificate] },
    ],
    [
      'the trusted signer named, its own certificate first',
      { signer: forged, signerId: tsa.signer.certificate, certificates: [forged.certificate, ...tsa.chain] },
    ],
    [
      'a certificate of the same name and serial number first',
      { signer: twin, certificates: [twin.certificate, ...tsa.chain] },
    ],
    ['a chain of its own in the bag', { signer: forged, certificates: attacker.chain }],
    ['an empty bag', { signer: forged }],
  ])('TSA-02 denies a token of the attacker: %s', (_, options) => {
    for (const verifying of [{}, caOnly(tsa)]) {
      expect(refusal(() => verify(stamped(options), verifying))).toMatchObject({
        finding: 'tsa.signer',
        exitCode: 1,
      });
    }
  });

  it('TSA-02 denies a second signer of the same CA behind the certificate of the one that is trusted', () => {
    const second = tsa.issueSigner();
    const options = { signer: second, certificates: [tsa.signer.certificate, second.certificate] };
    expect(refusedWith(stamped(options))).toBe('tsa.signer');
  });

  it('TSA-02 denies a token that refers to another certificate than its signer', () => {
    const reference = { [CMS.signingCertificateV2]: signingCertificateV2(forged.certificate) };
    expect(refusedWith(stamped({ signedAttributes: reference }))).toBe('tsa.signer');
  });

  it('TSA-02 denies an altered signature', () => {
    expect(refusedWith(stamped({ signature: (right) => Buffer.from(right).reverse() }))).toBe(
      'tsa.signature',
    );
    expect(refusedWith(stamped({ signer: { ...tsa.signer, keys: createKeyPair() } }))).toBe('tsa.signature');
  });

  it.each([
    ['first', [forged.certificate, ...tsa.chain]],
    ['last', [...tsa.chain, forged.certificate]],
    ['alone', [forged.certificate]],
  ])('TSA-02 denies a good token with a certificate of the attacker in its bag: %s', (_, certificates) => {
    const error = refusal(() => verify(stamped({ certificates })));
    expect([error.finding, error.message]).toEqual([
      'tsa.signer',
      'timestamp brings a certificate that is not of a trusted authority',
    ]);
  });

  it('TSA-02 denies an altered copy of a trusted certificate in the bag: no bit of it is free', () => {
    const { der } = tsa.signer.certificate;
    for (const at of [8, der.length >> 1, der.length - 1]) {
      const copy = Buffer.from(der);
      copy[at] = (copy[at] ?? 0) ^ 1;
      expect(refusedWith(stamped({ certificates: [{ ...tsa.signer.certificate, der: copy }] }))).toBe(
        'tsa.signer',
      );
    }
  });
});

describe('TSA-03 a signer that is not for time stamping alone', () => {
  const { serverAuth, timeStamping, codeSigning, any } = PURPOSE;
  const leaves: [string, SigstoreOptions['tsa']][] = [
    ['for TLS servers', { leaf: { extendedKeyUsage: [serverAuth] } }],
    ['for code signing', { leaf: { extendedKeyUsage: [codeSigning] } }],
    ['for any purpose', { leaf: { extendedKeyUsage: [any] } }],
    ['for time stamping and TLS servers', { leaf: { extendedKeyUsage: [timeStamping, serverAuth] } }],
    ['for nothing', { leaf: { extendedKeyUsage: [] } }],
    ['without the extension', { leaf: { extendedKeyUsage: null } }],
    ['with the extension not critical', { leaf: { critical: { [EXTENSION.extendedKeyUsage]: false } } }],
  ];

  it.each(leaves)('TSA-03 denies a signer %s, listed or brought by the token', (_, options) => {
    const authority = createTimestampAuthority(options);
    expect(refusal(() => verify(stamped({ authority }), trusting([authority])))).toMatchObject({
      finding: 'tsa.eku',
      exitCode: 1,
    });
    const bringing = stamped({ authority, certificates: [authority.signer.certificate] });
    expect(refusedWith(bringing, caOnly(authority))).toBe('tsa.eku');
  });

  it('CRT-04 denies a signer with an unknown critical extension, listed or brought by the token', () => {
    const authority = createTimestampAuthority({ leaf: { extraExtensions: [unknownExtension()] } });
    expect(refusedWith(stamped({ authority }), trusting([authority]))).toBe('cert.critical-ext');
    const bringing = stamped({ authority, certificates: [authority.signer.certificate] });
    expect(refusedWith(bringing, caOnly(authority))).toBe('cert.critical-ext');
  });

  it('TSA-03 denies a code signing certificate that signs time under a CA that does both', () => {
    const { keys, certificate } = sigstore.issue();
    const signer = { keys, certificate };
    const root = sigstore.trustedRoot({
      edit: (json) => json.timestampAuthorities?.push(sigstore.ca.toTrust()),
    });
    // The CA is for code signing alone, so it vouches for no timestamp at all.
    expect(refusedWith(stamped({ signer, certificates: [certificate] }), { root })).toBe('tsa.signer');
  });

  it.each<[string, SigstoreOptions['tsa']]>([
    ['an intermediate for TLS servers', { intermediate: { extendedKeyUsage: [serverAuth] } }],
    ['an intermediate that is no authority', { intermediate: { basicConstraints: { ca: false } } }],
    [
      'an intermediate with an unknown critical extension',
      { intermediate: { extraExtensions: [unknownExtension()] } },
    ],
    [
      'a leaf that its authority did not sign',
      { leaf: { signature: (right) => Buffer.from(right).reverse() } },
    ],
  ])('TSA-03 denies a chain with %s', (_, options) => {
    const authority = createTimestampAuthority(options);
    expect(refusedWith(stamped({ authority }), trusting([authority]))).toBe('tsa.signer');
  });
});

describe('TSA-04 the window of another authority', () => {
  const retired: AuthorityTrustOptions = { validFor: { end: seconds(-1) } };
  const open: AuthorityTrustOptions = { validFor: { start: seconds(-10) } };

  it('TSA-04 denies a token of a retired authority beside one that is open', () => {
    for (const order of [0, 1]) {
      const both: [TimestampAuthority, AuthorityTrustOptions][] = [
        [tsa, retired],
        [attacker, open],
      ];
      const verifying = trusting(...(order === 0 ? both : both.reverse()));
      expect(refusal(() => verify(stamped({}), verifying))).toMatchObject({
        finding: 'tsa.authority-window',
        exitCode: 1,
      });
      expect(verify(stamped({ authority: attacker }), verifying).times).toHaveLength(1);
    }
  });

  it('TSA-04 denies it also when the open one has its leaf under the same root', () => {
    const second = tsa.issueSigner();
    const certificates = [second.certificate.der, tsa.root.certificate.der];
    const verifying = trusting([tsa, retired], [tsa, { ...open, certificates }]);
    expect(refusedWith(stamped({ certificates: tsa.chain }), verifying)).toBe('tsa.authority-window');
    expect(timesOf({ signer: second }, verifying)).toHaveLength(1);
  });

  it('TSA-04 denies an authority without certificates', () => {
    const verifying = trusting([tsa, retired], [tsa, { ...open, certificates: [] }]);
    expect(refusal(() => verify(stamped({}), verifying))).toMatchObject({
      finding: 'trust.malformed',
      message: expect.stringContaining('an authority without certificates'),
    });
  });

  it.each<[string, AuthorityTrustOptions]>([
    ['before the window', { validFor: { start: seconds(1) } }],
    ['after the window', retired],
  ])('TSA-04 denies a token %s, and accepts its ends', (_, options) => {
    expect(refusedWith(stamped({}), trusting([tsa, options]))).toBe('tsa.authority-window');
    expect(timesOf({}, trusting([tsa, { validFor: { start: SIGNED_AT, end: SIGNED_AT } }]))).toHaveLength(1);
  });

  it.each<[string, SigstoreOptions['tsa']]>([
    ['signer', { leaf: { notAfter: seconds(-1) } }],
    ['signer, not yet valid', { leaf: { notBefore: seconds(1) } }],
    ['intermediate', { intermediate: { notAfter: seconds(-1) } }],
    ['root', { root: { notAfter: seconds(-1) } }],
  ])('TSA-04 denies a token beyond the validity of a certificate: %s', (_, options) => {
    const authority = createTimestampAuthority(options);
    expect(refusedWith(stamped({ authority }), trusting([authority]))).toBe('tsa.authority-window');
  });

  it('TSA-04 accepts an authority that was renewed under one certificate', () => {
    const verifying = trusting([tsa, retired], [tsa, open]);
    expect(timesOf({}, verifying)).toHaveLength(1);
  });
});
