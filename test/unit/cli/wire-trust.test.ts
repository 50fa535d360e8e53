import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PACKAGE_ROOT } from '../../../src/cli/package-root.ts';
import { createTrustStore } from '../../../src/cli/wire-trust.ts';
import { refusal } from './command.ts';

let folder = '';
const store = createTrustStore(() => new Date('2026-11-02T00:00:00Z'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-wire-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the trusted roots of the command', () => {
  it('are those of the package as long as nothing was refreshed', async () => {
    const root = await store.load('public-good');
    expect(root).toMatchObject({ name: 'public-good', origin: 'embedded' });
    expect(Buffer.from(root.bytes)).toEqual(
      readFileSync(join(PACKAGE_ROOT, 'testdata', 'trust', 'public-good', 'trusted_root.json')),
    );
    expect(root.currentAt?.toISOString()).toMatch(/^2026-/);
  });

  it('TUF-10 never fall back to the package when the cache is damaged', async () => {
    const cache = join(folder, 'slsa-gate', 'trust', 'public-good');
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, `99.99.99.${'0'.repeat(64)}.json`), '{}');
    await expect(store.load('public-good')).rejects.toThrow(refusal('trust.cache-corrupt', { exitCode: 2 }));
    expect((await store.load('github')).origin).toBe('embedded');
  });

  it('go into a pack and come out of it with their age', async () => {
    const path = join(folder, 'pack.json');
    writeFileSync(path, await store.pack(['github', 'public-good']));
    const packed = await store.open(path);
    const shipped = await store.load('github');
    expect(packed.map(({ name, origin }) => [name, origin])).toEqual([
      ['github', 'pack'],
      ['public-good', 'pack'],
    ]);
    expect(packed[0]?.currentAt).toEqual(shipped.currentAt);
    expect(Buffer.from(packed[0]?.bytes ?? [])).toEqual(Buffer.from(shipped.bytes));
  });

  it('come out of a file under its path, of unknown age', async () => {
    const path = join(PACKAGE_ROOT, 'testdata', 'trust', 'staging', 'trusted_root.json');
    expect(await store.open(path)).toMatchObject([{ name: path, origin: 'file', currentAt: null }]);
    await expect(store.open(join(folder, 'missing'))).rejects.toThrow(refusal('path.not-found'));
  });

  it('are suggested when a name is misspelt', async () => {
    await expect(store.open('publicgood')).rejects.toThrow(
      refusal('path.not-found', {
        message: 'no such trusted root or file: publicgood',
        hint: 'Did you mean public-good?',
        exitCode: 64,
      }),
    );
  });

  it('are refreshed and packed by name alone: a file has no repository', async () => {
    const refused = refusal('usage.flag', {
      message: 'not the name of an instance: root.json',
      actual: 'root.json',
    });
    await expect(store.update('root.json')).rejects.toThrow(refused);
    await expect(store.pack(['github', 'root.json'])).rejects.toThrow(refused);
  });
});
