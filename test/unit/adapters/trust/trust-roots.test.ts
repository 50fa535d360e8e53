import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDirectory } from '../../../../src/adapters/trust/cache-directory.ts';
import { loadEmbeddedRoot, loadSeed } from '../../../../src/adapters/trust/embedded.ts';
import { loadTrustRootFile } from '../../../../src/adapters/trust/file.ts';
import { INSTANCE_NAMES } from '../../../../src/adapters/trust/instances.ts';
import { createTrustRoots } from '../../../../src/adapters/trust/trust-roots.ts';
import { verifyChain } from '../../../../src/adapters/trust/tuf/chain.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const packageRoot = join(import.meta.dirname, '..', '..', '..', '..');
const now = new Date('2026-11-01T00:00:00Z');
const refusal = (finding: string) => expect.objectContaining({ constructor: SlsaGateError, finding });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-trust-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, content: string | Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

describe('the shipped roots', () => {
  it.each(INSTANCE_NAMES)('%s is there, with the day it was current', async (name) => {
    const root = await loadEmbeddedRoot(packageRoot, name);
    expect(root).toMatchObject({ name, origin: 'embedded', currentAt: new Date('2026-10-23T00:00:00Z') });
    expect(JSON.parse(Buffer.from(root.bytes).toString()).mediaType).toMatch(/trustedroot/);
  });

  it.each(INSTANCE_NAMES)('the TUF seed of %s is signed by itself with distinct keys', async (name) => {
    const nothing = new Uint8Array();
    const state = {
      roots: [],
      timestamp: nothing,
      snapshot: nothing,
      targets: nothing,
      delegated: new Map(),
      target: { path: 'trusted_root.json', bytes: nothing },
      checkedAt: now,
    };
    const seed = await loadSeed(packageRoot, name);
    // The seed passes, so what is refused is the empty timestamp behind it.
    expect(() => verifyChain(seed, state, now)).toThrow(/^timestamp is not JSON/);
  });

  it('are the bytes that sources.json records', () => {
    const script = join(packageRoot, 'scripts', 'testdata', 'fetch.ts');
    expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  it('are refused as a whole when the package is damaged', async () => {
    await expect(loadEmbeddedRoot(folder, 'public-good')).rejects.toEqual(refusal('trust.unavailable'));
    await expect(loadSeed(folder, 'public-good')).rejects.toEqual(refusal('trust.unavailable'));
  });

  it('the packages beside the attestations are the ones they are about', () => {
    for (const version of ['5.0.0', '2.0.0']) {
      const at = join(packageRoot, 'testdata', 'attestations', `npm-sigstore-${version}`);
      const bundle = JSON.parse(readFileSync(join(at, 'provenance.sigstore.json'), 'utf8'));
      const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
      const digest = createHash('sha512')
        .update(readFileSync(join(at, `sigstore-${version}.tgz`)))
        .digest('hex');
      expect(statement.subject).toEqual([
        { name: `pkg:npm/sigstore@${version}`, digest: { sha512: digest } },
      ]);
    }
  });
});

describe('a trust root file', () => {
  const load = (path: string) => loadTrustRootFile(path, { packageRoot, now });

  it('is handed on as bytes, of unknown age', async () => {
    const file = written('root.json', '{"mediaType":"x"}');
    expect(await load(file)).toEqual([
      {
        name: file,
        bytes: Uint8Array.from(Buffer.from('{"mediaType":"x"}')),
        origin: 'file',
        currentAt: null,
      },
    ]);
  });

  it.each([
    ['empty.json', ''],
    ['list.json', '[]'],
    ['text.json', 'not JSON'],
    ['twice.json', '{"a":1,"a":2}'],
    ['pack.json', '{"mediaType":"application/vnd.slsa-gate.trust-pack.v1+json","roots":[]}'],
  ])('is refused when it is malformed (%s)', async (name, content) => {
    await expect(load(written(name, content))).rejects.toEqual(refusal('trust.malformed'));
  });

  it('is refused when it is too large, missing, a directory or a device', async () => {
    const large = written('large.json', '');
    truncateSync(large, 5 * 1024 * 1024);
    await expect(load(large)).rejects.toEqual(refusal('trust.malformed'));
    await expect(load(join(folder, 'nowhere.json'))).rejects.toEqual(refusal('path.not-found'));
    await expect(load(folder)).rejects.toEqual(refusal('path.unreadable'));
    await expect(load('/dev/zero')).rejects.toEqual(refusal('path.unreadable'));
  });

  it('with several roots needs a name', async () => {
    const root = { name: 'github', digest: '', currentAt: '2026-10-23T00:00:00Z', trustedRoot: 'e30=' };
    root.digest = `sha256:${createHash('sha256').update('{}').digest('hex')}`;
    const roots = [root, { ...root, name: 'staging' }];
    const mediaType = 'application/vnd.slsa-gate.trust-pack.v1+json';
    const pack = written('several.json', JSON.stringify({ mediaType, roots }));
    const trust = createTrustRoots({
      packageRoot,
      cacheDirectory: folder,
      origin: 'embedded',
      now: () => now,
    });
    await expect(trust.load(pack)).rejects.toEqual(refusal('trust.malformed'));
    expect(await load(pack)).toHaveLength(2);
  });
});

describe('the default cache directory', () => {
  it.each([
    ['linux', { XDG_CACHE_HOME: '/c' }, '/c/slsa-gate'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/u/.cache/slsa-gate'],
    ['linux', {}, '/home/u/.cache/slsa-gate'],
    ['darwin', {}, '/home/u/Library/Caches/slsa-gate'],
  ] as const)('on %s with %j is %s', (platform, env, expected) => {
    expect(defaultCacheDirectory({ platform, homeDirectory: '/home/u', env })).toBe(expected);
  });
});
