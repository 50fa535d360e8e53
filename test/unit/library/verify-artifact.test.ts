import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type ArtifactResult,
  exitCodeOfResult,
  type VerifyArtifactRequest,
  verifyArtifact,
} from '../../../src/index.ts';
import { createKeyPair } from '../../kit/keys.ts';
import { ARTIFACT, createSigstore } from '../../kit/sigstore.ts';
import { refusal } from '../cli/command.ts';
import { EXPECTED, NOW, REAL, REAL_REQUEST, requestOf, sigstore } from './cases.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-library-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const GOOD = sigstore.signStatement().text();
const failed = (result: ArtifactResult): string[] =>
  result.findings.filter(({ outcome }) => outcome === 'fail').map(({ rule, code }) => `${rule}: ${code}`);
/** As JavaScript callers write it, past the types. */
const untyped = (request: unknown): Promise<ArtifactResult> =>
  verifyArtifact(request as VerifyArtifactRequest);

describe('verifyArtifact over a real attestation', () => {
  it('allows the artifact that it is about, under the roots that ship with the package', async () => {
    const result = await verifyArtifact(REAL_REQUEST);
    expect(failed(result)).toEqual([]);
    expect(result).toMatchObject({
      artifact: { reference: 'sigstore-5.0.0.tgz', digest: expect.stringMatching(/^sha256:/) },
      verdict: 'allow',
      slsaBuildLevel: 2,
      attestations: [{ verified: true, concernsArtifact: true, source: 'attestations[0]' }],
      sources: [{ name: 'given', answer: 'complete' }],
      trust: [{ name: 'public-good' }, { name: 'github' }],
    });
    expect(exitCodeOfResult(result)).toBe(0);
  });

  it.each([
    ['a path, and a path of the bundle', { artifact: REAL.artifactPath, attestations: [] }],
    ['its digest alone', { artifact: `sha512:${REAL.sha512}` }],
    ['a purl with its digest', { artifact: `pkg:npm/sigstore@5.0.0?checksum=sha512:${REAL.sha512}` }],
    ['our verifier alone', { verifier: 'strict' }],
    ['one root by name', { trustedRoots: ['public-good'] }],
  ] as const)('allows with %s', async (_, changes) => {
    const request: VerifyArtifactRequest = { ...REAL_REQUEST, files: [REAL.bundlePath], ...changes };
    expect(await verifyArtifact(request)).toMatchObject({ verdict: 'allow' });
  });

  it('denies another artifact, another source and another instance, each by its own rule', async () => {
    const { expectations } = REAL_REQUEST;
    const other = await verifyArtifact({ ...REAL_REQUEST, artifact: { bytes: Buffer.from('other') } });
    expect([other.verdict, failed(other)]).toEqual(['deny', ['subject-digest: subject.mismatch']]);
    const moved = await verifyArtifact({
      ...REAL_REQUEST,
      expectations: { ...expectations, sourceUri: 'github.com/sigstore/other' },
    });
    expect([moved.verdict, failed(moved)]).toEqual(['deny', ['source-uri: source.mismatch']]);
    const staging = await verifyArtifact({ ...REAL_REQUEST, trustedRoots: ['staging'] });
    expect([staging.verdict, failed(staging)]).toEqual(['deny', ['signature: trust.wrong-instance']]);
    expect(exitCodeOfResult(staging)).toBe(1);
  });
});

describe('verifyArtifact over the kit', () => {
  it('names an artifact without a name by its digest', async () => {
    const result = await verifyArtifact(requestOf(GOOD));
    const digest = `sha256:${createHash('sha256').update(ARTIFACT).digest('hex')}`;
    expect(result).toMatchObject({
      verdict: 'allow',
      artifact: { reference: digest, digest },
      asOf: NOW.toISOString(),
      trust: [{ name: 'ours', ageSeconds: null }],
    });
  });

  it('decides as of the instant that is given', async () => {
    const result = await verifyArtifact(requestOf(GOOD, { now: new Date('2026-02-01T00:00:00Z') }));
    expect([result.verdict, failed(result)]).toEqual(['deny', ['signature: time.future']]);
  });

  it.each([
    ['nothing', '', 'json.malformed'],
    ['no JSON', '{', 'json.malformed'],
    ['a list', '[]', 'attestation.format'],
    ['a bundle of another CA', createSigstore().signStatement().text(), 'trust.wrong-instance'],
    [
      'a broken signature',
      sigstore.signStatement({ signature: (right) => right.fill(1, 8) }).text(),
      'dsse.signature',
    ],
  ])('answers with a finding, and throws nothing, for %s', async (_, text, code) => {
    const result = await verifyArtifact(requestOf(text));
    expect(result.verdict).toBe('deny');
    expect(failed(result).join()).toContain(code);
  });

  it('is indeterminate beyond the limit of attestations', async () => {
    const result = await verifyArtifact(requestOf(`${GOOD}\n`.repeat(1001)));
    expect(result).toMatchObject({ verdict: 'indeterminate', findings: [{ code: 'limit.attestations' }] });
    expect(exitCodeOfResult(result)).toBe(2);
  });

  it('finds the one good attestation among bad ones, in lists, JSON lines and files', async () => {
    const path = join(FOLDER, 'good.sigstore.json');
    writeFileSync(path, GOOD);
    const bad = Buffer.from('{}');
    const lines = Buffer.from(`{"mediaType":"x"}\n${GOOD}\n`);
    for (const where of [
      { attestations: [bad, Buffer.from(GOOD)] },
      { attestations: [lines] },
      { attestations: [bad], files: [path] },
      { attestations: [], files: [FOLDER] },
    ]) {
      expect(await verifyArtifact(requestOf('', where))).toMatchObject({ verdict: 'allow' });
    }
  });

  it('shows what was given up, and demands it otherwise', async () => {
    const without = sigstore.signStatement({ entry: null, timestamp: {} }).text();
    const refused = await verifyArtifact(requestOf(without));
    expect([refused.verdict, failed(refused)]).toEqual(['deny', ['signature: tlog.missing']]);
    const weakened = await verifyArtifact(requestOf(without, { unsafeNoTlog: true, verifier: 'strict' }));
    expect(weakened.verdict).toBe('allow');
    expect(weakened.findings).toContainEqual(
      expect.objectContaining({ rule: 'signature', weakened: '--unsafe-no-tlog' }),
    );
  });

  it('raises a threshold', async () => {
    const result = await verifyArtifact(requestOf(GOOD, { thresholds: { tlog: 2 } }));
    expect([result.verdict, failed(result)]).toEqual(['deny', ['signature: tlog.threshold']]);
  });

  it('takes a key as text, with its id and its window', async () => {
    const keys = createKeyPair();
    const text = sigstore.signStatement({ keys, publicKeyHint: 'ours' }).text();
    const pem = keys.pem;
    const request = (key: Record<string, unknown>): VerifyArtifactRequest =>
      requestOf(text, {
        expectations: { key: { pem, ...key }, predicateType: 'https://slsa.dev/provenance/v0.2' },
      });
    expect(await verifyArtifact(request({ id: 'ours' }))).toMatchObject({ verdict: 'allow' });
    for (const [key, code] of [
      [{ id: 'theirs' }, 'key.'],
      [{ pem: createKeyPair().pem }, 'dsse.signature'],
      [{ notAfter: new Date('2026-02-01T00:00:00Z') }, 'key.'],
      [{ notBefore: new Date('2026-04-01T00:00:00Z') }, 'key.'],
    ] as const) {
      const result = await verifyArtifact(request(key));
      expect([result.verdict, failed(result).join()]).toEqual(['deny', expect.stringContaining(code)]);
    }
    await expect(untyped(request({ pem: 'not a key' }))).rejects.toEqual(refusal('key.malformed'));
  });

  it('is bound to something without bytes by an exact digest', async () => {
    const text = sigstore
      .signStatement({
        subject: [{ name: 'image', digest: { gce_image_id: '5723' } }],
      })
      .text();
    const request = (subjectDigest: string) => requestOf(text, { artifact: { subjectDigest } });
    expect(await verifyArtifact(request('gce_image_id:5723'))).toMatchObject({
      verdict: 'allow',
      artifact: { reference: 'gce_image_id:5723', digest: null },
    });
    expect(await verifyArtifact(request('gce_image_id:572'))).toMatchObject({ verdict: 'deny' });
  });

  it('checks the inputs of a workflow by name and value', async () => {
    const result = await verifyArtifact(
      requestOf(GOOD, { expectations: { ...EXPECTED, buildWorkflowInputs: { 'a name': 'x=y' } } }),
    );
    expect(failed(result)).toEqual([expect.stringMatching(/^workflow-inputs: /)]);
  });
});

describe('an input of a workflow', () => {
  it.each(['__proto__', 'constructor', 'a name'])('is asked for when it is called %s', async (name) => {
    const buildWorkflowInputs = JSON.parse(`{${JSON.stringify(name)}:"x"}`);
    const result = await verifyArtifact(
      requestOf(GOOD, { expectations: { ...EXPECTED, buildWorkflowInputs } }),
    );
    expect([result.verdict, failed(result)]).toEqual(['deny', ['workflow-inputs: params.unexpected']]);
  });

  it.each([[['a=b']], [{ a: 1 }], ['a=b']])('is refused as %j', async (buildWorkflowInputs) => {
    const request = { ...requestOf(GOOD), expectations: { ...EXPECTED, buildWorkflowInputs } };
    await expect(untyped(request)).rejects.toEqual(
      refusal('config.invalid', { path: 'expectations.buildWorkflowInputs', expected: 'an object of texts' }),
    );
  });
});

describe('what a request holds but nobody would read', () => {
  class Named {
    get a(): string {
      return 'b';
    }
  }
  const odd: readonly (readonly [string, unknown])[] = [
    ['a Map', new Map([['a', 'b']])],
    ['a Set', new Set(['a=b'])],
    ['search parameters', new URLSearchParams('a=b')],
    ['an instance of a class', new Named()],
    ['inherited members', Object.create({ a: 'b' })],
    ['hidden members', Object.defineProperty({}, 'a', { value: 'b' })],
    ['a symbol', { [Symbol('a')]: 'b' }],
  ];
  const base = requestOf(GOOD);

  it.each(odd)('is refused as inputs of a workflow: %s', async (_, buildWorkflowInputs) => {
    await expect(untyped({ ...base, expectations: { ...EXPECTED, buildWorkflowInputs } })).rejects.toEqual(
      refusal('config.invalid', { path: 'expectations.buildWorkflowInputs' }),
    );
  });

  it.each(odd)('is refused as thresholds: %s', async (_, thresholds) => {
    await expect(untyped({ ...base, thresholds })).rejects.toEqual(
      refusal('config.invalid', { path: 'thresholds' }),
    );
  });

  it('is refused in the request itself, and in one that holds itself', async () => {
    await expect(untyped({ ...base, [Symbol('minLevel')]: 3 })).rejects.toEqual(
      refusal('config.invalid', { path: '' }),
    );
    const endless: Record<string, unknown> = { ...base };
    endless.expectations = { ...EXPECTED, summary: endless };
    await expect(untyped(endless)).rejects.toEqual(refusal('config.invalid'));
  });

  it('is not what stands in a plain object of another realm, or in one without a prototype', async () => {
    const bare = Object.assign(Object.create(null), EXPECTED);
    expect((await untyped({ ...base, expectations: bare })).verdict).toBe('allow');
    const foreign = runInNewContext(`(${JSON.stringify(EXPECTED)})`);
    expect((await untyped({ ...base, expectations: foreign })).verdict).toBe('allow');
  });
});

describe('a request that is refused', () => {
  const base = requestOf(GOOD);
  const { artifact: _, ...nothing } = base;
  const { expectations: __, ...nobody } = base;
  const expecting = (expectations: unknown) => ({ ...base, expectations });
  it.each([
    ['no request', undefined, 'usage.no-artifact', {}],
    ['no artifact', nothing, 'usage.no-artifact', {}],
    ['a blank artifact', { ...base, artifact: ' ' }, 'usage.no-artifact', {}],
    ['an artifact of another type', { ...base, artifact: 7 }, 'config.invalid', { path: 'artifact' }],
    ['bytes as text', { ...base, artifact: { bytes: 'x' } }, 'config.invalid', { path: 'artifact' }],
    ['a name with a folder', { ...base, artifact: { bytes: ARTIFACT, name: 'a/b' } }, 'config.invalid', {}],
    ['a digest that does not bind', { ...base, artifact: 'sha1:abcdef' }, 'usage.artifact', {}],
    ['a path of nothing', { ...base, artifact: '/nonexistent/x' }, 'path.not-found', {}],
    ['no attestation', { ...base, attestations: [] }, 'usage.no-bundle', {}],
    ['attestations as text', { ...base, attestations: [GOOD] }, 'config.invalid', { path: 'attestations.0' }],
    ['standard input', { ...base, files: ['-'] }, 'config.invalid', { path: 'files' }],
    ['no expectations', nobody, 'policy.identity-missing', {}],
    ['empty expectations', expecting({}), 'policy.identity-missing', {}],
    ['a branch alone', expecting({ sourceBranch: 'main' }), 'policy.identity-missing', {}],
    ['half an identity', expecting({ certificateIdentity: 'x' }), 'policy.identity-missing', {}],
    [
      'half an identity beside a source',
      expecting({ sourceUri: 'github.com/o/r', certificateOidcIssuer: 'https://x' }),
      'policy.identity-missing',
      {},
    ],
    ['an empty identity', expecting({ ...REAL.signer, certificateIdentity: '' }), 'config.invalid', {}],
    [
      'null',
      expecting({ ...EXPECTED, sourceTag: null }),
      'config.invalid',
      { path: 'expectations.sourceTag' },
    ],
    [
      'an unknown field',
      expecting({ ...EXPECTED, sourceTags: 'v1' }),
      'config.invalid',
      { path: 'expectations.sourceTags', actual: 'sourceTags' },
    ],
    [
      'a prototype',
      { ...base, expectations: JSON.parse('{"sourceUri":"github.com/o/r","__proto__":{}}') },
      'config.invalid',
      {},
    ],
    ['a flag that is none', { ...base, withoutTlog: true }, 'config.invalid', { path: 'withoutTlog' }],
    [
      'a dropping that is not true',
      { ...base, unsafeNoTlog: 'yes' },
      'config.invalid',
      { path: 'unsafeNoTlog' },
    ],
    [
      'a threshold of zero',
      { ...base, thresholds: { tlog: 0 } },
      'config.threshold',
      { path: 'thresholds.tlog' },
    ],
    ['half a threshold', { ...base, thresholds: { tlog: 1.5 } }, 'config.invalid', {}],
    ['no number', { ...base, thresholds: { tlog: Number.NaN } }, 'config.invalid', {}],
    [
      'a threshold beside its dropping',
      { ...base, thresholds: { tlog: 2 }, unsafeNoTlog: true },
      'config.invalid',
      {},
    ],
    ['no trusted root', { ...base, trustedRoots: [] }, 'config.invalid', { path: 'trustedRoots' }],
    ['a root of the disk', { ...base, trustedRoots: ['/etc/root.json'] }, 'config.invalid', {}],
    [
      'a root under the name of a shipped one',
      { ...base, trustedRoots: [{ name: 'public-good', bytes: ARTIFACT }] },
      'config.invalid',
      {},
    ],
    [
      'a root that is none',
      { ...base, trustedRoots: [{ name: 'x', bytes: ARTIFACT }] },
      'trust.malformed',
      {},
    ],
    ['a root of unknown age', { ...base, maxTrustAgeSeconds: 60 }, 'trust.stale', {}],
    ['an invalid date', { ...base, now: new Date(Number.NaN) }, 'config.invalid', { path: 'now' }],
    [
      'a search for a pattern',
      expecting({ certificateIdentityRegexp: 'x', certificateOidcIssuer: 'y' }),
      'policy.unanchored',
      {},
    ],
    ['a tag that is none', expecting({ ...EXPECTED, sourceTag: 'refs/heads/x' }), 'usage.flag', {}],
    [
      'a level beside a builder at any ref',
      { ...expecting({ ...EXPECTED, minLevel: 3 }), unsafeAllowBuilderRef: true },
      'config.invalid',
      {},
    ],
  ] as const)('is one with %s', async (_title, request, code, fields) => {
    await expect(untyped(request)).rejects.toEqual(refusal(code, fields));
  });
});
