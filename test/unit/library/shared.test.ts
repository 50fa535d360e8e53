import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type VerifyArtifactRequest, verifyArtifact } from '../../../src/index.ts';
import { ARTIFACT, createSigstore } from '../../kit/sigstore.ts';
import { REAL_REQUEST, ROOT, requestOf, sigstore } from './cases.ts';

/** Good and bad in every profile and version, so that one could relax another if anything were shared. */
const TEXTS = [
  sigstore.signStatement({ version: '0.1' }).text(),
  sigstore.signStatement({ version: '0.3' }).text(),
  sigstore.signStatement({ profile: 'rekor2' }).text(),
  sigstore.signStatement({ profile: 'tsa' }).text(),
  sigstore.signStatement({ sct: null }).text(),
  sigstore.signStatement({ artifact: Buffer.from('other') }).text(),
  sigstore.signStatement({ signature: (right) => right.fill(1, 8) }).text(),
  createSigstore().signStatement().text(),
  '{',
];

/** One object whose fields all calls share; only the attestation differs. */
const SHARED = Object.freeze(requestOf('{}', { verifier: 'strict' }));
const requestFor = (text: string): VerifyArtifactRequest => ({
  ...SHARED,
  attestations: [Buffer.from(text)],
});

describe('calls beside each other', () => {
  it('RAC-02 give a thousand times at once what they give one after the other', async () => {
    const serial: unknown[] = [];
    for (const text of TEXTS) serial.push(await verifyArtifact(requestFor(text)));
    expect(new Set(serial.map((result) => (result as { verdict: string }).verdict))).toEqual(
      new Set(['allow', 'deny']),
    );
    const picks = Array.from({ length: 1000 }, (_, index) => (index * 7) % TEXTS.length);
    const parallel = await Promise.all(picks.map((pick) => verifyArtifact(requestFor(TEXTS[pick] ?? ''))));
    expect(parallel).toEqual(picks.map((pick) => serial[pick]));
  });

  it('RAC-02 do not hand a dropping of one call to another', async () => {
    const text = TEXTS[3] ?? '';
    const [strict, relaxed, again] = await Promise.all([
      verifyArtifact(requestFor(text)),
      verifyArtifact({ ...requestFor(text), unsafeNoTlog: true }),
      verifyArtifact(requestFor(text)),
    ]);
    expect([strict.verdict, relaxed.verdict, again.verdict]).toEqual(['deny', 'allow', 'deny']);
  });

  it('decide about a copy of what they were given, not about what becomes of it', async () => {
    const artifact = { bytes: Buffer.from(ARTIFACT), name: 'widget' };
    const attestation = Buffer.from(TEXTS[1] ?? '');
    const root = { name: 'ours', bytes: Buffer.from(ROOT.bytes) };
    const request = { ...SHARED, artifact, attestations: [attestation], trustedRoots: [root] };
    const pending = verifyArtifact(request);
    artifact.bytes.fill(0);
    attestation.fill(0);
    root.bytes.fill(0);
    request.trustedRoots.length = 0;
    expect(await pending).toMatchObject({ verdict: 'allow' });
    await expect(verifyArtifact({ ...SHARED, artifact })).resolves.toMatchObject({ verdict: 'deny' });
  });
});

describe('the surroundings', () => {
  it('I18 change nothing: home, caches, working directory and environment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-home-'));
    const { cwd, env } = { cwd: process.cwd(), env: { ...process.env } };
    const request = { ...REAL_REQUEST, now: new Date('2026-07-01T00:00:00Z') };
    const expected = await verifyArtifact(request);
    try {
      for (const name of ['trusted_root.json', 'embedded.json', 'package.json', '.slsa-gate.json'])
        writeFileSync(join(folder, name), '{"verifier":"none"}');
      process.chdir(folder);
      for (const name of [
        'HOME',
        'USERPROFILE',
        'XDG_CACHE_HOME',
        'XDG_CONFIG_HOME',
        'TUF_ROOT',
        'SIGSTORE_ROOT_FILE',
      ])
        process.env[name] = folder;
      expect(await verifyArtifact(request)).toEqual(expected);
      for (const name of Object.keys(process.env)) delete process.env[name];
      expect(await verifyArtifact(request)).toEqual(expected);
    } finally {
      process.chdir(cwd);
      Object.assign(process.env, env);
      rmSync(folder, { recursive: true, force: true });
    }
    expect(expected.verdict).toBe('allow');
  });
});
