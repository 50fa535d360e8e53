import { generateKeyPairSync } from 'node:crypto';
import { Verifier } from '@sigstore/verify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseBundle } from '../../../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../../../src/core/verify/prehash.ts';
import { toLibraryEntity } from '../../../../src/core/verify/second-opinion/library-entity.ts';
import { libraryTrust } from '../../../../src/core/verify/second-opinion/library-trust.ts';
import { UNREADABLE_FORMS, verifyBoth } from '../../../../src/core/verify/second-opinion.ts';
import { GITHUB_THRESHOLDS } from '../../../../src/core/verify/thresholds.ts';
import type { TrustedRoot } from '../../../../src/core/verify/trusted-root.ts';
import {
  type BundleVerification,
  type VerifiedBundle,
  verifyBundle,
} from '../../../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { parseRoot, refusal, trustedKey } from '../../../attacks/verify.ts';
import type { SignedBundle } from '../../../kit/bundle.ts';
import { PURPOSE } from '../../../kit/extensions.ts';
import { emailSigner } from '../../../kit/identity.ts';
import { createKeyPair, hash } from '../../../kit/keys.ts';
import {
  ARTIFACT,
  createGithubSigstore,
  createSigstore,
  SIGNED_AT,
  type SignBlobOptions,
  type SignStatementOptions,
} from '../../../kit/sigstore.ts';
import { mergeTrustedRoots } from '../../../kit/trusted-root.ts';

const sigstore = createSigstore();
const other = createSigstore({ rekor: { host: 'other.local' } });
const github = createGithubSigstore();
const root = parseRoot(sigstore.trustedRoot());
const bothRoots = parseRoot(mergeTrustedRoots(sigstore.trustedRoot(), other.trustedRoot()));
// Its own root certificate is not GitHub's, by which the profile is known.
const githubRoot: TrustedRoot = { ...parseRoot(github.trustedRoot()), thresholds: GITHUB_THRESHOLDS };

const hex = (name: 'sha256' | 'sha384' | 'sha512'): string => hash(name, ARTIFACT).toString('hex');
const digests = { sha256: hex('sha256'), sha384: hex('sha384'), sha512: hex('sha512') };
const byBytes = { digests, bytes: ARTIFACT };
const byDigest = { digests };

const requestOf = (signed: SignedBundle, changes: Partial<BundleVerification> = {}): BundleVerification => ({
  bundle: parseBundle(Buffer.from(signed.text())),
  trust: { roots: [root], keys: [] },
  artifact: undefined,
  thresholds: {},
  nowMs: SIGNED_AT.getTime() + 3_600_000,
  verifyPrehash,
  ...changes,
});

/** With the bytes of the envelope, which intoto 0.0.1 entries are about. */
const withEnvelope = (signed: SignedBundle): Pick<BundleVerification, 'bundle'> => {
  const bundle = parseBundle(Buffer.from(signed.text()));
  if (bundle.content.kind !== 'dsse') return { bundle };
  const envelopeBytes = Buffer.from(JSON.stringify(signed.bundle.dsseEnvelope));
  return { bundle: { ...bundle, content: { ...bundle.content, envelopeBytes } } };
};

const trusting = (trusted: TrustedRoot): Partial<BundleVerification> => ({
  trust: { roots: [trusted], keys: [] },
});

const opinionOn = (
  signed: SignedBundle,
  changes: Partial<BundleVerification> = {},
): VerifiedBundle['secondOpinion'] => verifyBoth(requestOf(signed, changes)).secondOpinion;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the second opinion agrees', () => {
  it.each<[string, SignStatementOptions]>([
    ['Rekor v1, SET and proof', {}],
    ['Rekor v1, SET alone', { version: '0.1', entry: { inclusionProof: null } }],
    ['Rekor v1, intoto 0.0.2', { version: '0.2', entry: { kind: 'intoto' } }],
    ['Rekor v1 and a timestamp', { timestamp: {} }],
    ['Rekor v2, dsse', { profile: 'rekor2' }],
    ['two logs', { entries: [{}, { log: other.rekor }] }],
    ['two certificate logs', { scts: [{}, { log: other.ctLog }] }],
    ['two timestamp authorities', { profile: 'rekor2', timestamps: [{}, { authority: other.tsa }] }],
    ['an e-mail address', { certificate: emailSigner('dev@example.org') }],
    ['a user name', { certificate: { subjectAltName: [{ otherName: 'dev!example.org' }] } }],
    ['an RSA key', { keyAlgorithm: 'RSA-2048' }],
    ['an Ed25519 key', { keyAlgorithm: 'Ed25519' }],
  ])('on an envelope: %s', (_, options) => {
    expect(opinionOn(sigstore.signStatement(options), trusting(bothRoots))).toBe('agrees');
  });

  it("on an envelope of GitHub's instance, without log and SCT", () => {
    expect(opinionOn(github.signStatement(), trusting(githubRoot))).toBe('agrees');
  });

  it('when thresholds were dropped, and when they were raised', () => {
    const withoutSct = sigstore.signStatement({ sct: null });
    expect(opinionOn(withoutSct, { thresholds: { unsafeDrop: ['sct'] } })).toBe('agrees');
    const twoLogs = sigstore.signStatement({ entries: [{}, { log: other.rekor }] });
    expect(opinionOn(twoLogs, { ...trusting(bothRoots), thresholds: { atLeast: { log: 2 } } })).toBe(
      'agrees',
    );
  });

  it.each<[string, SignBlobOptions]>([
    ['P-256', {}],
    ['P-384', { keyAlgorithm: 'P-384' }],
    ['P-521, Rekor v2', { profile: 'rekor2', keyAlgorithm: 'P-521' }],
    ['RSA', { keyAlgorithm: 'RSA-2048' }],
  ])('on a blob, by its bytes and by its digest: %s', (_, options) => {
    const signed = sigstore.signBlob(options);
    expect(opinionOn(signed, { artifact: byBytes })).toBe('agrees');
    expect(opinionOn(signed, { artifact: byDigest })).toBe('agrees');
    expect(opinionOn(signed)).toBe('agrees');
  });

  it('on a bare key with an id and a window, with and without a root', () => {
    const keys = createKeyPair();
    const window = { start: SIGNED_AT.getTime() - 1000, end: SIGNED_AT.getTime() + 1000 };
    const logged = sigstore.signStatement({ keys, publicKeyHint: 'key-1' });
    const trust = { roots: [root], keys: [trustedKey(keys, 'key-1', window)] };
    expect(opinionOn(logged, { trust })).toBe('agrees');
    const alone = sigstore.signStatement({ keys, publicKeyHint: 'key-1', entry: null });
    const unlogged = { unsafeDrop: ['log', 'time'] } as const;
    expect(opinionOn(alone, { trust: { roots: [], keys: [trustedKey(keys)] }, thresholds: unlogged })).toBe(
      'agrees',
    );
  });

  it('once per bundle, under one root that was read once', () => {
    const read = vi.spyOn(Verifier.prototype, 'verify');
    const fresh = parseRoot(sigstore.trustedRoot());
    for (let i = 0; i < 3; i++) expect(opinionOn(sigstore.signStatement(), trusting(fresh))).toBe('agrees');
    expect(read).toHaveBeenCalledTimes(3);
    expect(read.mock.calls.every(([, policy]) => policy === undefined)).toBe(true);
  });
});

describe('a disagreement is a refusal of its own', () => {
  it('names both answers when the library refuses what the strict verifier accepts', () => {
    // The strict verifier counts authorities, two timestamps of one being one; the library takes no two of one second.
    const signed = sigstore.signStatement({ timestamps: [{ serialNumber: 1n }, { serialNumber: 2n }] });
    const error = refusal(() => verifyBoth(requestOf(signed)));
    expect(error).toMatchObject({
      finding: 'verifier.disagreement',
      exitCode: 1,
      message: 'the strict verifier accepts the bundle, @sigstore/verify refuses it',
      expected: 'strict: accepted; @sigstore/verify: accepted',
      actual: expect.stringMatching(
        /^strict: accepted; @sigstore\/verify: refused \(VerificationError (?:TIMESTAMP|TLOG)_ERROR: duplicate /,
      ),
    });
    expect(error.cause).toMatchObject({ name: 'VerificationError' });
  });

  it.each(['certificateAuthorities', 'ctlogs', 'tlogs', 'timestampAuthorities'] as const)(
    'because the library checks everything by itself: %s of another Sigstore',
    (authority) => {
      const json = { ...root.json, [authority]: parseRoot(other.trustedRoot()).json[authority] ?? [] };
      const signed = sigstore.signStatement({ timestamp: {} });
      expect(opinionOn(signed)).toBe('agrees');
      expect(refusal(() => opinionOn(signed, trusting({ ...root, json })))).toMatchObject({
        finding: 'verifier.disagreement',
        actual: expect.stringContaining('refused (VerificationError '),
      });
    },
  );

  it('because the library checks the signature by itself', () => {
    const statement = sigstore.signStatement();
    vi.spyOn(Verifier.prototype, 'verify').mockImplementation((entity) => {
      const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      if (!entity.signature.verifySignature(key)) throw new Error('signature verification failed');
      return { key };
    });
    for (const artifact of [byBytes, byDigest]) {
      expect(refusal(() => opinionOn(sigstore.signBlob(), { artifact }))).toMatchObject({
        finding: 'verifier.disagreement',
        actual: expect.stringContaining('signature verification failed'),
      });
    }
    expect(refusal(() => opinionOn(statement)).finding).toBe('verifier.disagreement');
  });

  it('leaves a refusal by the strict verifier as it is, and does not ask the library', () => {
    const asked = vi.spyOn(Verifier.prototype, 'verify');
    const signed = sigstore.signStatement({ certificate: { extendedKeyUsage: [PURPOSE.serverAuth] } });
    expect(refusal(() => opinionOn(signed))).toMatchObject({ finding: 'cert.eku' });
    expect(asked).not.toHaveBeenCalled();
  });

  it.each([
    ['another signing key', { key: generateKeyPairSync('ed25519').publicKey }],
    ['another subject: https://example.org', { identity: { subjectAlternativeName: 'https://example.org' } }],
    ['another issuer: https://example.org', { identity: { extensions: { issuer: 'https://example.org' } } }],
  ])('is also %s', (what, lie) => {
    const { verify } = Verifier.prototype;
    vi.spyOn(Verifier.prototype, 'verify').mockImplementation(function (this: Verifier, entity, policy) {
      const right = verify.call(this, entity, policy);
      return {
        ...right,
        ...lie,
        identity: { ...right.identity, ...('identity' in lie ? lie.identity : {}) },
      };
    });
    expect(refusal(() => opinionOn(sigstore.signStatement()))).toMatchObject({
      finding: 'verifier.disagreement',
      actual: `strict: accepted; @sigstore/verify: refused (Error: ${what})`,
    });
  });
});

describe('what is not a refusal of the library is none the less', () => {
  it('a foreign error on a root that it cannot read', () => {
    for (const tlogs of [[null], [{ publicKey: { rawBytes: 'AAAA', keyDetails: 'NO_SUCH_KEY' } }]]) {
      const error = refusal(() =>
        opinionOn(sigstore.signStatement(), trusting({ ...root, json: { ...root.json, tlogs } })),
      );
      expect(error).toBeInstanceOf(SlsaGateError);
      expect(error.finding).toBe('verifier.disagreement');
      expect(error.actual).toMatch(/^strict: accepted; @sigstore\/verify: refused \(\w*Error.*: .+\)$/);
    }
  });

  it.each<[string, unknown, string]>([
    [
      'an error with control characters',
      new TypeError('a\u001b[2J\nb\u202e'),
      'refused (TypeError: a?[2J?b?)',
    ],
    ['an error with a code', Object.assign(new Error('no'), { code: 'ERR_X' }), 'refused (Error ERR_X: no)'],
    ['a string', 'accepted', 'threw string'],
    ['nothing', undefined, 'threw undefined'],
    [
      'an error that cannot be read',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('y');
        },
      }),
      'threw something unreadable',
    ],
  ])('%s becomes printable text', (_, thrown, text) => {
    vi.spyOn(Verifier.prototype, 'verify').mockImplementation(() => {
      throw thrown;
    });
    expect(refusal(() => opinionOn(sigstore.signStatement()))).toMatchObject({
      finding: 'verifier.disagreement',
      actual: `strict: accepted; @sigstore/verify: ${text}`,
    });
  });

  it('a long message is cut', () => {
    vi.spyOn(Verifier.prototype, 'verify').mockImplementation(() => {
      throw new Error('x'.repeat(10_000));
    });
    expect(refusal(() => opinionOn(sigstore.signStatement())).actual?.length).toBeLessThan(400);
  });

  it('an answer without a signer', () => {
    vi.spyOn(Verifier.prototype, 'verify').mockReturnValue(JSON.parse('null'));
    expect(refusal(() => opinionOn(sigstore.signStatement())).finding).toBe('verifier.disagreement');
  });
});

describe('forms that the library cannot read', () => {
  const intoto: SignStatementOptions = { version: '0.1', entry: { kind: 'intoto', apiVersion: '0.0.1' } };
  const ed25519Blob = (): SignedBundle => sigstore.signBlob({ keyAlgorithm: 'Ed25519' });

  it('are listed with a reason each', () => {
    expect(UNREADABLE_FORMS.map(({ id }) => id)).toEqual(['intoto-0.0.1', 'signature-hash']);
    for (const { reason } of UNREADABLE_FORMS) expect(reason).toMatch(/strict verifier alone\.$/);
  });

  it.each<[string, () => SignedBundle, string]>([
    ['intoto 0.0.1', () => sigstore.signStatement(intoto), 'unsupported intoto version: 0.0.1'],
    ['P-384', () => sigstore.signStatement({ keyAlgorithm: 'P-384' }), 'signature verification failed'],
    ['P-521', () => sigstore.signStatement({ keyAlgorithm: 'P-521' }), 'signature verification failed'],
    ['Ed25519 blob', ed25519Blob, 'signature verification failed'],
  ])('are refused by the library without the exemption: %s', (_, sign, message) => {
    const signed = sign();
    const request = requestOf(signed, { ...withEnvelope(signed), artifact: byBytes });
    const verified = verifyBundle(request);
    const ask = () => new Verifier(libraryTrust(verified)).verify(toLibraryEntity(verified, request, false));
    expect(ask).toThrow(message);
  });

  it('are accepted and named on the result', () => {
    expect(opinionOn(sigstore.signStatement({ keyAlgorithm: 'P-384' }))).toEqual({
      exempt: 'signature-hash',
    });
    expect(opinionOn(sigstore.signStatement({ profile: 'rekor2', keyAlgorithm: 'P-521' }))).toEqual({
      exempt: 'signature-hash',
    });
    expect(opinionOn(ed25519Blob(), { artifact: byBytes })).toEqual({ exempt: 'signature-hash' });
    const logged = sigstore.signStatement(intoto);
    expect(opinionOn(logged, withEnvelope(logged))).toEqual({ exempt: 'intoto-0.0.1' });
    const twice = sigstore.signStatement({ ...intoto, keyAlgorithm: 'P-384' });
    expect(opinionOn(twice, withEnvelope(twice))).toEqual({ exempt: 'intoto-0.0.1, signature-hash' });
  });

  it.each<[string, () => SignedBundle]>([
    ['intoto 0.0.1', () => sigstore.signStatement({ ...intoto, timestamp: {} })],
    ['P-384 envelope', () => sigstore.signStatement({ keyAlgorithm: 'P-384', timestamp: {} })],
    ['Ed25519 blob', () => sigstore.signBlob({ keyAlgorithm: 'Ed25519', timestamp: {} })],
  ])('are exempt in that part alone: %s', (_, sign) => {
    const signed = sign();
    expect(opinionOn(signed, { ...withEnvelope(signed), artifact: byBytes })).toHaveProperty('exempt');
    const stranger = parseRoot(other.trustedRoot()).json;
    for (const authority of ['certificateAuthorities', 'ctlogs', 'tlogs', 'timestampAuthorities']) {
      const json = { ...root.json, [authority]: stranger[authority] ?? [] };
      expect(
        refusal(() =>
          opinionOn(signed, { ...withEnvelope(signed), ...trusting({ ...root, json }), artifact: byBytes }),
        ),
        authority,
      ).toMatchObject({ finding: 'verifier.disagreement' });
    }
  });

  it('do not excuse an entry that the library can read beside one that it cannot', () => {
    const entries = [{ kind: 'intoto', apiVersion: '0.0.1' }, { log: other.rekor }] as const;
    const signed = sigstore.signStatement({ version: '0.1', entries });
    expect(opinionOn(signed, { ...withEnvelope(signed), ...trusting(bothRoots) })).toEqual({
      exempt: 'intoto-0.0.1',
    });
    const json = { ...bothRoots.json, tlogs: root.json.tlogs ?? [] };
    expect(
      refusal(() => opinionOn(signed, { ...withEnvelope(signed), ...trusting({ ...bothRoots, json }) }))
        .finding,
    ).toBe('verifier.disagreement');
  });
});
