import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createTrustRoots, type TrustRootsOptions } from '../../src/adapters/trust/trust-roots.ts';
import { assertTrustAge } from '../../src/app/trust-age.ts';
import { createScene, later, NOW, refusal, type Scene, trustedRootNamed, writePackage } from './harness.ts';
import { createKey } from './repository.ts';

const HOUR_SECONDS = 3600;

const rootsOf = ({ store }: Scene, options: Partial<TrustRootsOptions> = {}) =>
  createTrustRoots({ ...store, origin: 'tuf', now: () => NOW, ...options });

const textOf = ({ bytes }: { readonly bytes: Uint8Array }): string => Buffer.from(bytes).toString();

const folderOf = (scene: Scene): string => join(scene.store.cacheDirectory, 'trust', 'public-good');

const stateFile = (scene: Scene): string => {
  const [name] = readdirSync(folderOf(scene));
  return join(folderOf(scene), name ?? '');
};

describe('TUF-15 offline', () => {
  it('TUF-15 refuses when nothing is stored, and does not fall back to the shipped root', async () => {
    const scene = await createScene();
    await expect(rootsOf(scene).load('public-good')).rejects.toEqual(refusal('trust.unavailable'));
  });

  it('TUF-15 serves the stored root without asking anybody', async () => {
    const scene = await createScene();
    await scene.update();
    await scene.server.close();
    expect(await rootsOf(scene).load('public-good')).toMatchObject({ origin: 'tuf', name: 'public-good' });
  });

  it('TUF-15 refuses the cache after a change of any single byte', async () => {
    const scene = await createScene();
    await scene.update();
    const file = stateFile(scene);
    const good = readFileSync(file);
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 50)) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(file, bad);
      await expect(rootsOf(scene).load('public-good')).rejects.toEqual(refusal('trust.cache-corrupt'));
    }
    await expect(rootsOf(scene, { origin: 'updated-or-embedded' }).load('public-good')).rejects.toEqual(
      refusal('trust.cache-corrupt'),
    );
    await expect(scene.update()).rejects.toEqual(refusal('trust.cache-corrupt'));
    writeFileSync(file, good);
    expect(textOf(await rootsOf(scene).load('public-good'))).toBe(trustedRootNamed('first'));
  });

  it('TUF-15 verifies the stored chain again from the shipped root, not only its digest', async () => {
    const scene = await createScene();
    await scene.update();
    // The same cache under another seed: whoever writes the cache cannot bring keys of his own.
    const other = await createScene();
    writePackage(scene.store.packageRoot, other.repository.root);
    await expect(rootsOf(scene).load('public-good')).rejects.toEqual(refusal('trust.cache-corrupt'));
  });

  it('TUF-15 refuses a stored root whose metadata has expired', async () => {
    const scene = await createScene();
    await scene.update();
    const roots = rootsOf(scene, { now: () => later(8 * 24) });
    await expect(roots.load('public-good')).rejects.toEqual(refusal('trust.expired'));
    const either = rootsOf(scene, { now: () => later(8 * 24), origin: 'updated-or-embedded' });
    await expect(either.load('public-good')).rejects.toEqual(refusal('trust.expired'));
  });

  it.each(['1.9.1780272000000', '2.1.1780272000000', '1.1.1780272000001'])(
    'TUF-15 refuses a state that was renamed to look newer (%s)',
    async (prefix) => {
      const scene = await createScene();
      await scene.update();
      const file = stateFile(scene);
      const digest = file.split('.').at(-2);
      renameSync(file, join(folderOf(scene), `${prefix}.${digest}.json`));
      await expect(rootsOf(scene).load('public-good')).rejects.toEqual(refusal('trust.cache-corrupt'));
    },
  );

  it('takes the shipped root only while nothing was ever stored, and says so', async () => {
    const scene = await createScene();
    const roots = rootsOf(scene, { origin: 'updated-or-embedded' });
    expect(await roots.load('public-good')).toMatchObject({ origin: 'embedded' });
    await scene.update();
    expect(await roots.load('public-good')).toMatchObject({ origin: 'tuf' });
    expect(await rootsOf(scene, { origin: 'embedded' }).load('public-good')).toMatchObject({
      origin: 'embedded',
    });
  });
});

describe('TUF-09 age', () => {
  it('TUF-09 refuses a root that is older than the limit', async () => {
    const scene = await createScene();
    await scene.update();
    const root = await rootsOf(scene).load('public-good');
    expect(root.currentAt).toEqual(NOW);
    expect(() => assertTrustAge(root, 24 * HOUR_SECONDS, later(24))).not.toThrow();
    expect(() => assertTrustAge(root, 24 * HOUR_SECONDS, later(25))).toThrow(refusal('trust.stale'));
  });

  it('TUF-09 sees a rotation that another process has stored', async () => {
    const scene = await createScene();
    await scene.update();
    const roots = rootsOf(scene, { now: () => later(1) });
    expect(textOf(await roots.load('public-good'))).toBe(trustedRootNamed('first'));
    scene.repository.roles.targets.keys = [createKey(), createKey()];
    scene.repository.publishRoot();
    scene.repository.targets.set('trusted_root.json', Buffer.from(trustedRootNamed('revoked')));
    scene.repository.publish();
    await scene.update(later(1));
    expect(textOf(await roots.load('public-good'))).toBe(trustedRootNamed('revoked'));
  });

  it('TUF-09 refuses a file of unknown age when there is a limit', async () => {
    const scene = await createScene();
    const file = join(scene.store.packageRoot, 'testdata', 'trust', 'public-good', 'trusted_root.json');
    expect(await rootsOf(scene).load(file)).toMatchObject({ origin: 'file', currentAt: null, name: file });
    const root = await rootsOf(scene).load(file);
    expect(() => assertTrustAge(root, 1, NOW)).toThrow(refusal('trust.stale'));
  });
});

describe('TUF-10 the cache on disk', () => {
  it('TUF-10 refuses a target that was replaced between two readings', async () => {
    const scene = await createScene();
    await scene.update();
    const roots = rootsOf(scene);
    await roots.load('public-good');
    const stored = JSON.parse(readFileSync(stateFile(scene), 'utf8'));
    stored.target.bytes = Buffer.from(trustedRootNamed('evil!')).toString('base64');
    writeFileSync(stateFile(scene), JSON.stringify(stored));
    await expect(roots.load('public-good')).rejects.toEqual(refusal('trust.cache-corrupt'));
  });

  it('TUF-10 refuses a torn state, and passes over what a writer that died left behind', async () => {
    const scene = await createScene();
    await scene.update();
    const file = stateFile(scene);
    writeFileSync(join(folderOf(scene), `.${crypto.randomUUID()}.tmp`), readFileSync(file).subarray(0, 100));
    expect(await rootsOf(scene).load('public-good')).toMatchObject({ origin: 'tuf' });
    truncateSync(file, 1000);
    await expect(rootsOf(scene).load('public-good')).rejects.toEqual(refusal('trust.cache-corrupt'));
  });

  it('TUF-10 keeps its files to the user', async () => {
    const scene = await createScene();
    await scene.update();
    expect(statSync(folderOf(scene)).mode & 0o777).toBe(0o700);
    expect(statSync(stateFile(scene)).mode & 0o777).toBe(0o600);
  });

  it('TUF-10 refuses to store where it cannot write', async () => {
    const scene = await createScene();
    writeFileSync(scene.store.cacheDirectory, 'a file in the place of the folder');
    await expect(scene.update()).rejects.toEqual(refusal('trust.cache-corrupt'));
  });

  it('TUF-10 lets eight processes share one cache while the repository moves on', async () => {
    const scene = await createScene();
    const run = promisify(execFile);
    const job = JSON.stringify({
      ...scene.store,
      origin: scene.server.origin,
      host: scene.server.host,
      now: NOW.toISOString(),
      rounds: 4,
    });
    let moving = true;
    const move = async (): Promise<void> => {
      while (moving) {
        scene.repository.publish();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    };
    const worker = join(import.meta.dirname, 'update-worker.ts');
    const workers = Array.from({ length: 8 }, () => run(process.execPath, [worker, job]));
    const moved = move();
    const outcomes = await Promise.allSettled(workers);
    moving = false;
    await moved;
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    const last = await scene.update();
    expect(last.tuf).toMatchObject({ timestamp: scene.repository.versions.timestamp });
    expect(readdirSync(folderOf(scene))).toHaveLength(1);
  });
});
