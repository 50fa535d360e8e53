import { describe, expect, it } from 'vitest';
import { toSignerExpectation } from '../../src/app/expectations.ts';
import { parseCloudBuildKeys } from '../../src/core/gcb/index.ts';
import { anchoredPattern } from '../../src/core/model/pattern.ts';
import { fingerprintOf } from '../../src/core/verify/key-fingerprint.ts';
import type { ThresholdOptions } from '../../src/core/verify/thresholds.ts';
import { cloudBuildDocument, cloudBuildProvenance, createCloudBuildSigners } from '../kit/cloud-build.ts';
import { createKeyPair, sha256 } from '../kit/keys.ts';
import { ARTIFACT, SIGNED_AT } from '../kit/sigstore.ts';
import { ALLOWED, answer, ask, BUILT, denied, type Evidence, judged } from './app.ts';
import { decideWith, KIT_ROOTS } from './decide.ts';
import { sigstore, trustedKey } from './verify.ts';

/** Keys and thresholds as the command takes them: CRT-12, TSA-11, DSS-05, DSS-07 and TLG-07 down to the answer. */

const ISSUER = 'https://token.actions.githubusercontent.com';
const SAN =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.0.0';
const IDENTITY = { certificateIdentity: SAN, certificateOidcIssuer: ISSUER };
const VERIFIES = 'signature, certificate, log entry and time verify';

const keys = createKeyPair();
const byKey = sigstore.signStatement({ keys, publicKeyHint: 'key-1' });
const FLAG = { key: { path: 'signer.pub' } };

describe('CRT-12 a key or an identity', () => {
  it.each([
    { certificateIdentity: SAN },
    { certificateOidcIssuer: ISSUER },
    { certificateIdentityRegexp: '^https://github\\.com/octo-org/.*$' },
    { certificateOidcIssuerRegexp: '^https://token\\..*$' },
    IDENTITY,
  ])('CRT-12 refuses a key beside %j as usage: one of them would be ignored', (identity) => {
    const attempt = () => toSignerExpectation({ ...FLAG, ...identity }, anchoredPattern);
    expect(attempt).toThrow(
      expect.objectContaining({
        finding: 'usage.flag',
        exitCode: 64,
        message: 'a key has no certificate identity: give one of them',
      }),
    );
  });

  it('CRT-12 refuses both in the command before anything is read', async () => {
    const both = ask({ evidence: [byKey], flags: { ...FLAG, ...IDENTITY }, key: keys });
    await expect(both).rejects.toMatchObject({ finding: 'usage.flag', exitCode: 64 });
  });

  it('CRT-12 denies a key hint where an identity is expected and no key was given', async () => {
    expect(await judged({ evidence: [byKey], flags: IDENTITY })).toEqual(
      denied('signature', 'cert.required', VERIFIES, 'key-1'),
    );
  });

  it.each([
    [IDENTITY, `${SAN}, issuer ${ISSUER}`],
    [{ sourceUri: 'github.com/octo-org/widget', ...IDENTITY }, `${SAN}, issuer ${ISSUER}`],
  ])('CRT-12 denies a trusted key where an identity is expected: %j', (flags, expected) => {
    const trust = { roots: KIT_ROOTS, keys: [trustedKey(keys, 'key-1')] };
    const decided = decideWith({ signed: byKey, flags, context: { trust } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      { rule: 'signer-identity', code: 'cert.required', expected, actual: 'key key-1' },
    ]);
  });

  it('CRT-12 denies a trusted key where a builder is expected', () => {
    const trust = { roots: KIT_ROOTS, keys: [trustedKey(keys, 'key-1')] };
    const decided = decideWith({ signed: byKey, flags: BUILT, context: { trust } });
    expect(decided.verdict).toBe('deny');
    expect(decided.finding('signer-identity')).toMatchObject({ code: 'cert.required', actual: 'key key-1' });
    const free = decideWith({
      signed: byKey,
      flags: { sourceUri: 'github.com/octo-org/widget' },
      context: { trust },
    });
    expect(free.verdict).toBe('deny');
    expect(free.faults).toMatchObject([
      { rule: 'signer-identity', code: 'cert.required' },
      { rule: 'builder-id', code: 'builder.unknown' },
    ]);
    expect(free.candidate?.level).toMatchObject({ level: 1, row: undefined });
  });

  it('CRT-12 denies a certificate where a key is expected, although the certificate holds that key', async () => {
    const evidence = [sigstore.signStatement({ keys })];
    expect(await judged({ evidence, flags: FLAG, key: keys })).toEqual(
      denied('signer-identity', 'identity.mismatch', 'the given key', `${SAN}, issuer ${ISSUER}`),
    );
  });

  it('CRT-12 allows the given key, and says so', async () => {
    const result = await answer({ evidence: [byKey], flags: FLAG, key: keys });
    expect(result.verdict).toBe('allow');
    expect(result.slsaBuildLevel).toBe(1);
    expect(result.attestations[0]).toMatchObject({
      signer: { issuer: 'none', subject: 'key without id' },
      verified: true,
    });
    expect(result.attestations[0]).not.toHaveProperty('notBefore');
  });

  it('CRT-12 denies another key than the given one', async () => {
    expect(await judged({ evidence: [byKey], flags: FLAG, key: createKeyPair() })).toMatchObject({
      verdict: 'deny',
      faults: [{ rule: 'signature', code: 'dsse.signature' }],
    });
    const named = { key: { path: 'signer.pub', id: 'key-2' } };
    expect(await judged({ evidence: [byKey], flags: named, key: keys })).toMatchObject({
      verdict: 'deny',
      faults: [{ rule: 'signature', code: 'key.unknown' }],
    });
  });
});

describe('TSA-11 the window of a key', () => {
  const at = (offsetMs: number): string => new Date(SIGNED_AT.getTime() + offsetMs).toISOString();
  const within = (window: { notBefore?: string; notAfter?: string }, evidence = byKey) =>
    judged({ evidence: [evidence], flags: { key: { path: 'signer.pub', ...window } }, key: keys });

  it.each([
    { notBefore: at(1000) },
    { notBefore: at(1) },
    { notAfter: at(-1000) },
    { notAfter: at(-1) },
    { notBefore: at(1000), notAfter: at(2000) },
    { notBefore: at(-2000), notAfter: at(-1000) },
  ])('TSA-11 denies a signature outside of %j', async (window) => {
    const result = await within(window);
    expect(result.verdict).toBe('deny');
    expect(result.faults).toMatchObject([{ rule: 'signature', code: 'key.window' }]);
  });

  it.each([
    { notBefore: at(0) },
    { notAfter: at(0) },
    { notBefore: at(0), notAfter: at(0) },
    { notBefore: at(-1000), notAfter: at(1000) },
  ])('TSA-11 allows one within %j, ends included', async (window) => {
    expect(await within(window)).toEqual(ALLOWED);
  });

  it('TSA-11 denies when one of the verified times lies outside', async () => {
    const twice = sigstore.signStatement({
      keys,
      publicKeyHint: 'key-1',
      timestamp: { at: new Date(SIGNED_AT.getTime() + 60_000) },
    });
    expect((await within({ notAfter: at(120_000) }, twice)).verdict).toBe('allow');
    expect(await within({ notAfter: at(30_000) }, twice)).toMatchObject({
      verdict: 'deny',
      faults: [{ rule: 'signature', code: 'key.window' }],
    });
  });

  it('TSA-11 denies an envelope without any time for a key with a window', async () => {
    const evidence = [{ json: byKey.bundle.dsseEnvelope }];
    const flags = { key: { path: 'signer.pub', notBefore: at(-1000) } };
    expect(await judged({ evidence, flags, key: keys })).toMatchObject({
      verdict: 'deny',
      faults: [{ rule: 'signature', code: 'time.none' }],
    });
    expect(await judged({ evidence, flags: FLAG, key: keys })).toEqual(ALLOWED);
  });

  it.each(['yesterday', '', '2026-13-01T00:00:00Z'])(
    'TSA-11 refuses a window that is no time as usage: %j',
    async (notBefore) => {
      const flags = { key: { path: 'signer.pub', notBefore } };
      await expect(ask({ evidence: [byKey], flags, key: keys })).rejects.toMatchObject({
        finding: 'usage.flag',
        exitCode: 64,
        actual: notBefore,
      });
    },
  );
});

describe('SCT-02 a threshold of certificate logs where there is no certificate', () => {
  const request = { thresholds: { sct: 1 } };

  it.each<[string, Evidence]>([
    ['a bare envelope', { json: byKey.bundle.dsseEnvelope }],
    ['a bundle with a key', byKey],
  ])('SCT-02 denies %s, which is allowed without it', async (_, evidence) => {
    const question = { evidence: [evidence], flags: FLAG, key: keys };
    expect(await judged(question)).toEqual(ALLOWED);
    const { verdict, faults } = await judged({ ...question, request });
    expect([verdict, faults.map(({ code }) => code)]).toEqual(['deny', ['sct.missing']]);
  });

  it('SCT-02 denies provenance of Cloud Build', () => {
    const cloudBuild = createCloudBuildSigners();
    const json = cloudBuildDocument([cloudBuildProvenance({ signatures: [cloudBuild.regional] })]);
    const asked = (thresholds: ThresholdOptions) =>
      decideWith({
        signed: { json },
        flags: { sourceUri: 'github.com/owner/app' },
        artifact: Buffer.from('image'),
        context: { cloudBuildKeys: parseCloudBuildKeys(cloudBuild.files), thresholds },
      });
    expect(asked({}).verdict).toBe('allow');
    const { verdict, faults } = asked({ atLeast: { sct: 1 } });
    expect([verdict, faults.map(({ code }) => code)]).toEqual(['deny', ['sct.missing']]);
    expect(() => asked({ atLeast: { log: 0 } })).toThrow(
      expect.objectContaining({ finding: 'config.threshold' }),
    );
  });
});

describe('DSS-05 a statement about something else', () => {
  const hex = (bytes: Buffer): string => `sha256:${sha256(bytes).toString('hex')}`;

  it('DSS-05 denies a good attestation over another artifact', async () => {
    const other = Buffer.from('another artifact');
    const result = await judged({ evidence: [sigstore.signStatement()], files: { widget: other } });
    expect(result).toEqual(denied('subject-digest', 'subject.mismatch', hex(other), hex(ARTIFACT)));
  });

  it('DSS-05 denies it for every kind of signer', async () => {
    const files = { widget: Buffer.from('another artifact') };
    for (const question of [
      { evidence: [byKey], flags: FLAG, key: keys },
      { evidence: [{ json: byKey.bundle.dsseEnvelope }], flags: FLAG, key: keys },
      { evidence: [sigstore.signStatement()], flags: IDENTITY },
    ]) {
      expect(await judged({ ...question, files })).toMatchObject({
        verdict: 'deny',
        faults: [{ rule: 'subject-digest', code: 'subject.mismatch' }],
      });
    }
  });

  it('DSS-05 denies the artifact that is not attested beside the one that is, and the document with it', async () => {
    const document = await ask({
      evidence: [sigstore.signStatement()],
      files: { widget: ARTIFACT, other: Buffer.from('another artifact') },
    });
    expect(document.verdict).toBe('deny');
    expect(document.results.map(({ verdict }) => verdict)).toEqual(['allow', 'deny']);
    expect(document.results[1]?.slsaBuildLevel).toBe(0);
  });
});

describe('DSS-07 the key id of an envelope', () => {
  const envelope = (keyid: string | undefined) => {
    const { bundle } = sigstore.signStatement({ keys, publicKeyHint: 'key-1', keyid });
    return { json: bundle.dsseEnvelope };
  };
  const judgeId = (keyid: string | undefined, id?: string, key = keys) =>
    judged({
      evidence: [envelope(keyid)],
      flags: { key: { path: 'signer.pub', ...(id === undefined ? {} : { id }) } },
      key,
    });
  const ownId = fingerprintOf(trustedKey(keys).key);

  it('DSS-07 allows an envelope that names the key, by the given id or by its fingerprint, or none', async () => {
    expect(await judgeId(undefined)).toEqual(ALLOWED);
    expect(await judgeId(ownId)).toEqual(ALLOWED);
    expect(await judgeId('key-1', 'key-1')).toEqual(ALLOWED);
    expect(await judgeId(undefined, 'key-1')).toEqual(ALLOWED);
  });

  it.each(['key-1', ownId.toUpperCase(), `${ownId} `, fingerprintOf(trustedKey(createKeyPair()).key)])(
    'DSS-07 denies an envelope that names another key than the given one: %s',
    async (keyid) => {
      expect(await judgeId(keyid)).toEqual(denied('signer-identity', 'dsse.keyid', 'the given key', keyid));
    },
  );

  it('DSS-07 denies an envelope that names another key than the given id', async () => {
    for (const keyid of ['key-2', 'KEY-1', ownId]) {
      expect(await judgeId(keyid, 'key-1')).toEqual(denied('signature', 'dsse.keyid', 'key-1', keyid));
    }
  });

  it('DSS-07 never chooses a key by it: the signature must be by the given one', async () => {
    const other = createKeyPair();
    expect(await judgeId(fingerprintOf(trustedKey(other).key), undefined, other)).toMatchObject({
      verdict: 'deny',
      faults: [{ rule: 'signature', code: 'dsse.signature' }],
    });
  });
});

describe('TLG-07 thresholds', () => {
  it.each([
    ['tlog', 0],
    ['sct', 0],
    ['tsa', 0],
    ['time', 0],
    ['tlog', -1],
    ['sct', 0.5],
    ['tsa', Number.NaN],
    ['time', Number.POSITIVE_INFINITY],
  ])('TLG-07 refuses %s = %d as configuration: nothing would have to be proven', async (name, value) => {
    const question = { evidence: [sigstore.signStatement()], request: { thresholds: { [name]: value } } };
    await expect(ask(question)).rejects.toMatchObject({
      finding: 'config.threshold',
      exitCode: 64,
      actual: String(value),
    });
  });

  const NOT = {
    withoutTlogUnsafe: false,
    withoutSctUnsafe: false,
    withoutTimestampUnsafe: false,
    allowBuilderRefUnsafe: false,
  };

  it.each([
    ['withoutTlogUnsafe', '--unsafe-no-tlog', sigstore.signStatement({ profile: 'tsa' }), 'tlog.missing'],
    ['withoutSctUnsafe', '--unsafe-no-sct', sigstore.signStatement({ sct: null }), 'sct.missing'],
  ] as const)(
    'TLG-07 lowers one by %s only, and says so on the finding',
    async (name, flag, signed, code) => {
      expect(await judged({ evidence: [signed] })).toMatchObject({
        verdict: 'deny',
        faults: [{ rule: 'signature', code }],
      });
      const { verdict, findings } = await answer({
        evidence: [signed],
        request: { weakening: { ...NOT, [name]: true } },
      });
      expect(verdict).toBe('allow');
      expect(findings.find(({ rule }) => rule === 'signature')).toMatchObject({
        outcome: 'pass',
        weakened: flag,
      });
    },
  );

  it('TLG-07 says nothing of weakening where nothing was lowered', async () => {
    const { findings } = await answer({ evidence: [sigstore.signStatement()] });
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.filter((finding) => 'weakened' in finding)).toEqual([]);
  });

  it('TLG-07 names every flag that was given, also where what it lowers was there', async () => {
    const weakening = {
      ...NOT,
      withoutTlogUnsafe: true,
      withoutSctUnsafe: true,
      withoutTimestampUnsafe: true,
    };
    const { verdict, findings } = await answer({
      evidence: [sigstore.signStatement()],
      request: { weakening },
    });
    expect(verdict).toBe('allow');
    expect(findings.find(({ rule }) => rule === 'signature')?.weakened).toBe(
      '--unsafe-no-tlog --unsafe-no-sct --unsafe-no-timestamp',
    );
  });

  it('TLG-07 still denies a log entry that is there and wrong', async () => {
    const signed = sigstore.signStatement({
      entry: { inclusionPromise: { signature: () => Buffer.from('garbage') } },
    });
    const result = await judged({
      evidence: [signed],
      request: { weakening: { ...NOT, withoutTlogUnsafe: true } },
    });
    expect(result.verdict).toBe('deny');
    expect(result.faults).toMatchObject([{ rule: 'signature' }]);
  });

  it('TLG-07 raises one for what is free', async () => {
    const evidence = [sigstore.signStatement()];
    expect(await judged({ evidence, request: { thresholds: { tlog: 1, sct: 1, time: 1 } } })).toEqual(
      ALLOWED,
    );
    for (const [name, value, code] of [
      ['tlog', 2, 'tlog.threshold'],
      ['sct', 2, 'sct.threshold'],
      ['tsa', 1, 'tsa.threshold'],
      ['time', 2, 'time.threshold'],
    ] as const) {
      const result = await judged({ evidence, request: { thresholds: { [name]: value } } });
      expect(result.verdict).toBe('deny');
      expect(result.faults).toMatchObject([{ rule: 'signature', code, expected: String(value) }]);
    }
  });
});
