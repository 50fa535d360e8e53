import { describe, expect, it } from 'vitest';
import { exitCodeOfResult, type VerifyBundleRequest, verifyBundle } from '../../../src/index.ts';
import { signerUri } from '../../kit/github-run.ts';
import { createKeyPair } from '../../kit/keys.ts';
import { ARTIFACT } from '../../kit/sigstore.ts';
import { refusal } from '../cli/command.ts';
import { NOW, ROOT, sigstore } from './cases.ts';

const SIGNER = {
  certificateIdentity: signerUri(sigstore.run),
  certificateOidcIssuer: 'https://token.actions.githubusercontent.com',
} as const;
const BLOB = Buffer.from(sigstore.signBlob().text());
const BASE = { attestations: [BLOB], trustedRoots: [ROOT], now: NOW, signer: SIGNER } as const;
const BOUND: VerifyBundleRequest = { ...BASE, artifact: { bytes: ARTIFACT } };
const untyped = (request: unknown) => verifyBundle(request as VerifyBundleRequest);

describe('verifyBundle', () => {
  it.each(['both', 'strict'] as const)('allows what the signer signed, with %s', async (verifier) => {
    const result = await verifyBundle({ ...BOUND, verifier });
    expect(result).toMatchObject({
      verdict: 'allow',
      slsaBuildLevel: 0,
      attestations: [{ verified: true, signer: { subject: SIGNER.certificateIdentity } }],
    });
    expect(result.findings.map(({ rule }) => rule)).toContain('subject-digest');
  });

  it('denies other bytes, another signer and another issuer', async () => {
    const other = await verifyBundle({ ...BOUND, artifact: { bytes: Buffer.from('other') } });
    expect(other).toMatchObject({ verdict: 'deny' });
    for (const [field, rule] of [
      ['certificateIdentity', 'signer-identity'],
      ['certificateOidcIssuer', 'signer-identity'],
    ] as const) {
      const result = await verifyBundle({
        ...BOUND,
        signer: { ...SIGNER, [field]: 'https://elsewhere.example' },
      });
      expect(result.verdict).toBe('deny');
      expect(result.findings).toContainEqual(expect.objectContaining({ rule, outcome: 'fail' }));
    }
  });

  it('takes an anchored pattern for the signer', async () => {
    const signer = {
      certificateIdentityRegexp: '^https://github\\.com/slsa-framework/.*$',
      certificateOidcIssuerRegexp: '^https://token\\.actions\\.githubusercontent\\.com$',
    };
    expect(await verifyBundle({ ...BOUND, signer })).toMatchObject({ verdict: 'allow' });
  });

  it('takes a key as signer, over bytes alone for Ed25519', async () => {
    const keys = createKeyPair('Ed25519');
    const text = sigstore.signBlob({ keys, publicKeyHint: 'ours', profile: 'rekor2' }).text();
    const signer = { key: { pem: keys.pem } };
    const result = await verifyBundle({ ...BOUND, attestations: [Buffer.from(text)], signer });
    expect(result.findings.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(result.verdict).toBe('allow');
  });

  it('says in the answer that nothing was bound', async () => {
    const result = await verifyBundle({ ...BASE, unboundUnsafe: true });
    expect(result).toMatchObject({ verdict: 'allow', artifact: { digest: null } });
    expect(result.findings).toContainEqual(
      expect.objectContaining({ rule: 'signature', weakened: '--allow-unbound' }),
    );
    expect(exitCodeOfResult(result)).toBe(0);
  });

  it.each([
    ['no signer', { ...BOUND, signer: undefined }, 'policy.identity-missing'],
    ['an empty signer', { ...BOUND, signer: {} }, 'policy.identity-missing'],
    ['a source as signer', { ...BOUND, signer: { sourceUri: 'github.com/o/r' } }, 'config.invalid'],
    ['half an identity', { ...BOUND, signer: { certificateIdentity: 'x' } }, 'policy.identity-missing'],
    ['neither artifact nor its giving up', BASE, 'usage.no-artifact'],
    ['both of them', { ...BOUND, unboundUnsafe: true }, 'config.invalid'],
    ['false for a giving up', { ...BASE, unboundUnsafe: false }, 'config.invalid'],
    ['no bundle', { ...BOUND, attestations: [] }, 'usage.no-bundle'],
    ['a digest that is none', { ...BOUND, artifact: { subjectDigest: 'a:b' } }, 'config.invalid'],
    ['a request that is a text', 'x', 'usage.no-artifact'],
    [
      'a window that ends before it starts',
      { ...BOUND, signer: { key: { pem: 'x', notBefore: NOW, notAfter: new Date(0) } } },
      'config.invalid',
    ],
  ] as const)('refuses %s', async (_, request, code) => {
    await expect(untyped(request)).rejects.toEqual(refusal(code));
  });
});

describe('exitCodeOfResult', () => {
  it('is never 0 for an allow without proof', async () => {
    const result = await verifyBundle(BOUND);
    expect(() => exitCodeOfResult({ ...result, findings: [] })).toThrow(refusal('internal.bug'));
    expect(() =>
      exitCodeOfResult({ ...result, findings: result.findings.map((f) => ({ ...f, outcome: 'fail' })) }),
    ).toThrow(refusal('internal.bug'));
  });
});
