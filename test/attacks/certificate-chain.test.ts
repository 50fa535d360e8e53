import { describe, expect, it } from 'vitest';
import {
  authorityOf,
  type CertifiedIssuer,
  createIntermediate,
  createRoot,
} from '../kit/certificate-authority.ts';
import { EXTENSION, type Name, PURPOSE } from '../kit/extensions.ts';
import { createKeyPair } from '../kit/keys.ts';
import { createSigstore, SIGNED_AT, type SigstoreOptions } from '../kit/sigstore.ts';
import { mergeTrustedRoots, type TrustedRootJson } from '../kit/trusted-root.ts';
import { refusal, refusedWith, sigstore, verify } from './verify.ts';

/** Section 3 of the catalogue: the certificates above the one that signs. */

const MINUTE = 60_000;
const minutes = (count: number): Date => new Date(SIGNED_AT.getTime() + count * MINUTE);

/** What a Sigstore with this CA says of its own bundle. */
function underCa(ca: SigstoreOptions['ca'], edit?: (root: TrustedRootJson) => void): () => unknown {
  const own = createSigstore({ ca });
  return () => verify(own.signStatement(), { root: own.trustedRoot({ edit }) });
}

const accepted = expect.objectContaining({ signer: expect.objectContaining({ kind: 'certificate' }) });

describe('control: chains as they should be', () => {
  it.each([0, 1, 2, 3])('accepts a leaf below %i intermediates', (count) => {
    expect(underCa({ intermediates: Array.from({ length: count }, () => ({})) })()).toEqual(accepted);
  });
});

describe('CRT-08 an authority that was not valid when the signature was made', () => {
  it.each<[string, SigstoreOptions['ca']]>([
    ['an intermediate that had expired', { intermediates: [{ notAfter: minutes(-1) }] }],
    ['an intermediate that was not yet valid', { intermediates: [{ notBefore: minutes(1) }] }],
    ['an upper intermediate that had expired', { intermediates: [{ notAfter: minutes(-1) }, {}] }],
    ['a root that had expired', { root: { notAfter: minutes(-1) } }],
    ['a root that was not yet valid', { root: { notBefore: minutes(1) } }],
  ])('CRT-08 denies %s', (_, ca) => {
    expect(refusal(underCa(ca))).toMatchObject({ finding: 'cert.chain-validity', exitCode: 1 });
  });

  it('CRT-08 accepts the very first and last instant of an intermediate', () => {
    expect(underCa({ intermediates: [{ notBefore: SIGNED_AT, notAfter: SIGNED_AT }] })()).toEqual(accepted);
  });

  it('CRT-08 demands a valid chain at every verified time, not at one of them', () => {
    const own = createSigstore({ ca: { intermediates: [{ notAfter: minutes(3) }] } });
    const root = own.trustedRoot();
    expect(verify(own.signStatement({ timestamp: { at: minutes(3) } }), { root }).times).toHaveLength(2);
    expect(refusedWith(own.signStatement({ timestamp: { at: minutes(4) } }), { root })).toBe(
      'cert.chain-validity',
    );
    const entry = { integratedTime: minutes(4) };
    expect(refusedWith(own.signStatement({ timestamp: {}, entry }), { root })).toBe('cert.chain-validity');
  });

  it('CRT-08 denies an authority outside the window that the trusted root gives it', () => {
    const signed = sigstore.signStatement();
    for (const validFor of [{ end: minutes(-1) }, { start: minutes(1) }]) {
      expect(refusedWith(signed, { root: sigstore.trustedRoot({ ca: { validFor } }) })).toBe(
        'cert.chain-validity',
      );
    }
    const validFor = { start: SIGNED_AT, end: SIGNED_AT };
    expect(verify(signed, { root: sigstore.trustedRoot({ ca: { validFor } }) })).toEqual(accepted);
  });

  it('CRT-08 does not put a chain together out of two renewals that each hold at one of the times', () => {
    const keys = createKeyPair('P-384');
    const root = createRoot([['CN', 'root']]);
    const renewal = (notBefore: Date, notAfter: Date): CertifiedIssuer =>
      createIntermediate(root, [['CN', 'renewed']], { keys, notBefore, notAfter });
    const early = authorityOf([renewal(minutes(-10), minutes(3)), root], 'https://early.local');
    const late = authorityOf([renewal(minutes(3), minutes(60)), root], 'https://late.local');
    const own = createSigstore({ ca: early });
    const both = own.trustedRoot({ edit: (json) => json.certificateAuthorities?.push(late.toTrust()) });
    expect(verify(own.signStatement({ timestamp: { at: minutes(3) } }), { root: both })).toEqual(accepted);
    expect(refusedWith(own.signStatement({ timestamp: { at: minutes(4) } }), { root: both })).toBe(
      'cert.chain-validity',
    );
  });
});

describe('CRT-11 chains that must not be built', () => {
  it.each<[string, SigstoreOptions['ca'], string]>([
    [
      'a path longer than an authority allows',
      { intermediates: [{ basicConstraints: { ca: true, pathLength: 0 } }, {}] },
      'the chain is longer than an authority allows',
    ],
    [
      'a root that allows no authority below',
      { root: { basicConstraints: { ca: true, pathLength: 0 } } },
      'the chain is longer than an authority allows',
    ],
    [
      'an intermediate that is no authority',
      { intermediates: [{ basicConstraints: null }] },
      'a certificate of the chain is no authority',
    ],
    [
      'an intermediate with CA:FALSE',
      { intermediates: [{ basicConstraints: { ca: false } }] },
      'a certificate of the chain is no authority',
    ],
    [
      'an intermediate that may not sign certificates',
      { intermediates: [{ keyUsage: ['digitalSignature', 'cRLSign'] }] },
      'an authority may not sign certificates',
    ],
    [
      'an intermediate for TLS',
      { intermediates: [{ extendedKeyUsage: [PURPOSE.serverAuth] }] },
      'an authority is not for this purpose',
    ],
    [
      'name constraints',
      { intermediates: [{ nameConstraints: { permitted: [{ uri: 'github.com' }] } }] },
      'an authority constrains names',
    ],
    [
      'name constraints that are not critical',
      {
        intermediates: [
          {
            nameConstraints: { excluded: [{ uri: 'x.local' }] },
            critical: { [EXTENSION.nameConstraints]: false },
          },
        ],
      },
      'an authority constrains names',
    ],
    [
      'a link that the next certificate did not sign',
      { intermediates: [{ signature: (right) => Buffer.from(right).reverse() }] },
      'a certificate of the chain is not signed by the next',
    ],
    [
      'a link of SHA-1',
      { intermediates: [{ digest: 'sha1' }] },
      'a certificate of the chain is not signed by the next',
    ],
    [
      'a link with the key identifier of another authority',
      { intermediates: [{ authorityKeyIdentifier: Buffer.from('other') }] },
      'a certificate of the chain is not signed by the next',
    ],
  ])('CRT-11 denies %s', (_, ca, message) => {
    expect(refusal(underCa(ca))).toMatchObject({ finding: 'cert.untrusted', message });
  });

  const name: Name = [['CN', 'mesh']];

  it('CRT-11 ends in bounded time on authorities that issue each other in a circle', () => {
    const keys = [createKeyPair('P-384'), createKeyPair('P-384')] as const;
    const [a, b] = [createRoot(name, { keys: keys[0] }), createRoot(name, { keys: keys[1] })];
    const options = { basicConstraints: { ca: true } };
    const ring = [
      createIntermediate(b, name, { ...options, keys: a.keys }),
      createIntermediate(a, name, { ...options, keys: b.keys }),
    ];
    const own = createSigstore({ ca: authorityOf([...ring, ...ring, ...ring], 'https://ring.local') });
    const stranger = createSigstore({ ca: authorityOf([createRoot(name)], 'https://stranger.local') });
    expect(within(2_000, () => verify(own.signStatement(), { root: own.trustedRoot() }))).toEqual(accepted);
    const bundle = own.signStatement({ certificate: { issuerAuthority: stranger.ca.issuer } });
    expect(within(2_000, () => refusedWith(bundle, { root: own.trustedRoot() }))).toBe('cert.untrusted');
  });

  it.each(['cert.untrusted', 'limit.bundle'] as const)(
    'CRT-11 ends in bounded time on a mesh of 1000 cross-signed authorities: %s',
    (expected) => {
      const keys = createKeyPair();
      const roots = Array.from({ length: 10 }, () => createRoot(name, { keyAlgorithm: 'P-256' }));
      // All share one name, and for `limit.bundle` the leaf does not say which key it means.
      const mesh = roots.flatMap((root) =>
        Array.from({ length: 100 }, (_, i) =>
          authorityOf(
            [createIntermediate(root, name, { keys: i === 0 ? keys : createKeyPair() }), root],
            'https://mesh.local',
          ),
        ),
      );
      const root = mergeTrustedRoots(sigstore.trustedRoot({ ca: null }), {
        certificateAuthorities: mesh.map((authority) => authority.toTrust()),
      });
      const issuerAuthority = createRoot(name);
      const authorityKeyIdentifier = expected === 'limit.bundle' ? null : undefined;
      const bundle = sigstore.signStatement({ certificate: { issuerAuthority, authorityKeyIdentifier } });
      expect(within(10_000, () => refusedWith(bundle, { root }))).toBe(expected);
    },
  );
});

/** The result, when it took less than the given milliseconds. */
function within<T>(ms: number, run: () => T): T {
  const start = performance.now();
  const result = run();
  expect(performance.now() - start).toBeLessThan(ms);
  return result;
}
