import { describe, expect, it } from 'vitest';
import { createTrustRoots } from '../../src/adapters/trust/trust-roots.ts';
import { createScene, later, NOW, refusal, trustedRootNamed } from './harness.ts';
import { aliasOf, createKey, type Edit, signMetadata } from './repository.ts';

const setVersion =
  (version: number): Edit =>
  (signed) => {
    signed.version = version;
  };

describe('an update', () => {
  it('stores the newest trust root and tells its versions', async () => {
    const scene = await createScene();
    const root = await scene.update();
    expect(root).toMatchObject({
      currentAt: NOW,
      tuf: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
    });
    const loaded = await createTrustRoots({ ...scene.store, origin: 'tuf', now: () => NOW }).load(
      'public-good',
    );
    expect(Buffer.from(loaded.bytes).toString()).toBe(trustedRootNamed('first'));
    expect(loaded.currentAt).toEqual(NOW);
  });

  it('follows several rotations of the root and keeps the whole chain', async () => {
    const scene = await createScene();
    await scene.update();
    const { repository } = scene;
    for (let i = 0; i < 3; i++) {
      repository.roles.root.keys = [createKey(), createKey(), createKey()];
      repository.publishRoot();
    }
    repository.roles.timestamp.keys = [createKey()];
    repository.publishRoot();
    repository.targets.set('trusted_root.json', Buffer.from(trustedRootNamed('second')));
    repository.publish();
    expect((await scene.update()).tuf).toEqual({ root: 5, timestamp: 2, snapshot: 2, targets: 2 });
    const loaded = await createTrustRoots({ ...scene.store, origin: 'tuf', now: () => NOW }).load(
      'public-good',
    );
    expect(Buffer.from(loaded.bytes).toString()).toBe(trustedRootNamed('second'));
  });

  it('renews the time of the check when nothing has changed', async () => {
    const scene = await createScene();
    await scene.update();
    expect((await scene.update(later(5))).currentAt).toEqual(later(5));
    expect(Object.keys(scene.cache())).toHaveLength(1);
  });
});

describe('TUF-01 the root', () => {
  it.each([
    ['by strangers', () => [createKey(), createKey(), createKey()]],
    ['by nobody', () => []],
  ])(
    'TUF-01 refuses a new root that is signed %s, twice, and leaves the cache as it was',
    async (_, signers) => {
      const scene = await createScene();
      await scene.update();
      const before = scene.cache();
      scene.repository.roles.root.keys = signers();
      scene.repository.publishRoot(undefined, scene.repository.roles.root.keys);
      scene.repository.publish();
      await expect(scene.update()).rejects.toEqual(refusal('trust.root-invalid'));
      await expect(scene.update()).rejects.toEqual(refusal('trust.root-invalid'));
      expect(scene.cache()).toEqual(before);
    },
  );

  it('TUF-01 refuses a new root that the old keys signed and its own did not', async () => {
    const scene = await createScene();
    const old = scene.repository.roles.root.keys;
    scene.repository.roles.root.keys = [createKey(), createKey(), createKey()];
    scene.repository.publishRoot(undefined, old);
    await expect(scene.update()).rejects.toEqual(refusal('trust.root-invalid'));
    expect(scene.cache()).toEqual({});
  });

  it('TUF-01 refuses a new root with one signature too few', async () => {
    const scene = await createScene();
    scene.repository.publishRoot(undefined, scene.repository.roles.root.keys.slice(0, 1));
    await expect(scene.update()).rejects.toEqual(refusal('trust.root-invalid'));
  });

  it.each([1, 3, 7])('TUF-01 refuses version %i in the place of version 2', async (version) => {
    const scene = await createScene();
    scene.repository.publishRoot(setVersion(version));
    await expect(scene.update()).rejects.toEqual(refusal('trust.root-invalid'));
  });

  it('TUF-01 refuses a seed in the package that is not signed by itself', async () => {
    const scene = await createScene();
    const { writePackage } = await import('./harness.ts');
    const { signed } = JSON.parse(scene.repository.root.toString());
    writePackage(scene.store.packageRoot, signMetadata(signed, [createKey()]));
    await expect(scene.update()).rejects.toEqual(refusal('trust.root-invalid'));
  });
});

describe('TUF-02 distinct keys', () => {
  it('TUF-02 refuses targets signed by one key under two ids', async () => {
    const scene = await createScene();
    const { repository } = scene;
    const key = createKey();
    repository.roles.targets = { keys: [key, aliasOf(key)], threshold: 2 };
    repository.publishRoot();
    repository.publish();
    await expect(scene.update()).rejects.toEqual(refusal('trust.threshold'));
    expect(scene.cache()).toEqual({});
  });

  it('TUF-02 refuses a new root signed by one key under two ids', async () => {
    const scene = await createScene();
    const key = createKey();
    const { repository } = scene;
    const old = repository.roles.root.keys;
    repository.roles.root = { keys: [key, aliasOf(key)], threshold: 2 };
    repository.publishRoot(undefined, [...old, key, aliasOf(key)]);
    await expect(scene.update()).rejects.toEqual(refusal('trust.threshold'));
  });

  it('TUF-02 accepts a key with two ids beside as many others as are needed', async () => {
    const scene = await createScene();
    const [key, other] = [createKey(), createKey()];
    scene.repository.roles.targets = { keys: [key, aliasOf(key), other], threshold: 2 };
    scene.repository.publishRoot();
    scene.repository.publish();
    await expect(scene.update()).resolves.toMatchObject({ tuf: { root: 2 } });
  });

  it('TUF-02 refuses metadata with the same signature twice', async () => {
    const scene = await createScene();
    const [key] = scene.repository.roles.targets.keys;
    if (key === undefined) throw new Error('no key');
    scene.repository.publishTargets(undefined, [key, key]);
    scene.repository.publishSnapshot();
    scene.repository.publishTimestamp();
    await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
  });

  it.each(['targets', 'snapshot', 'timestamp'] as const)(
    'TUF-02 refuses %s with one signature too few',
    async (role) => {
      const scene = await createScene();
      const { repository } = scene;
      const signers = role === 'targets' ? repository.roles.targets.keys.slice(1, 2) : [createKey()];
      repository.publishTargets(undefined, role === 'targets' ? signers : undefined);
      repository.publishSnapshot(undefined, role === 'snapshot' ? signers : undefined);
      repository.publishTimestamp(undefined, role === 'timestamp' ? signers : undefined);
      await expect(scene.update()).rejects.toEqual(refusal('trust.threshold'));
    },
  );
});

describe('TUF-04 rollback and freeze', () => {
  it('TUF-04 refuses a timestamp older than the cached one', async () => {
    const scene = await createScene();
    const old = new Map(scene.repository.files);
    scene.repository.publish();
    await scene.update();
    const before = scene.cache();
    scene.repository.files.set('timestamp.json', old.get('timestamp.json') ?? Buffer.alloc(0));
    await expect(scene.update()).rejects.toEqual(refusal('trust.rollback'));
    expect(scene.cache()).toEqual(before);
  });

  it('TUF-04 refuses a new timestamp that names a snapshot older than the cached one', async () => {
    const scene = await createScene();
    const { repository } = scene;
    repository.publish();
    await scene.update();
    const before = scene.cache();
    repository.versions.snapshot = 1;
    repository.publishTimestamp();
    await expect(scene.update()).rejects.toEqual(refusal('trust.rollback'));
    expect(scene.cache()).toEqual(before);
  });

  it('TUF-04 refuses a new snapshot that names targets older than the cached ones', async () => {
    const scene = await createScene();
    const { repository } = scene;
    repository.publish();
    await scene.update();
    const before = scene.cache();
    repository.versions.targets = 1;
    repository.publishSnapshot();
    repository.publishTimestamp();
    await expect(scene.update()).rejects.toEqual(refusal('trust.rollback'));
    expect(scene.cache()).toEqual(before);
  });

  it('TUF-04 refuses a new snapshot in which a role has disappeared', async () => {
    const scene = await createScene();
    const { repository } = scene;
    repository.publishDelegated('other', [createKey()], new Map());
    repository.publish();
    await scene.update();
    repository.delegated.delete('other');
    repository.publish();
    await expect(scene.update()).rejects.toEqual(refusal('trust.rollback'));
  });

  it('TUF-04 refuses a snapshot of another version than the timestamp names', async () => {
    const scene = await createScene();
    scene.repository.publish({ snapshot: setVersion(9), timestamp: dropHashes });
    await expect(scene.update()).rejects.toEqual(refusal('trust.rollback'));
  });

  it.each(['root', 'timestamp', 'snapshot', 'targets'] as const)(
    'TUF-04 refuses an expired %s',
    async (role) => {
      const scene = await createScene();
      scene.repository.expires[role] = '2026-05-31T23:59:59Z';
      scene.repository.publishRoot();
      scene.repository.publish();
      await expect(scene.update()).rejects.toEqual(refusal('trust.expired'));
      expect(scene.cache()).toEqual({});
    },
  );

  it('TUF-04 refuses a repository that is frozen while time goes on', async () => {
    const scene = await createScene();
    await scene.update();
    const before = scene.cache();
    await expect(scene.update(later(8 * 24))).rejects.toEqual(refusal('trust.expired'));
    expect(scene.cache()).toEqual(before);
  });

  it('TUF-04 recovers from a fast-forward by a rotation of the keys', async () => {
    const scene = await createScene();
    const { repository } = scene;
    repository.publish({ timestamp: setVersion(1_000_000) });
    await scene.update();
    repository.versions.timestamp = 1;
    const keys = [createKey()];
    repository.roles.timestamp = { keys, threshold: 1 };
    repository.roles.snapshot = { keys, threshold: 1 };
    repository.publishRoot();
    repository.publish();
    await expect(scene.update()).resolves.toMatchObject({ tuf: { root: 2, timestamp: 2 } });
  });

  it('TUF-04 refuses files of different times mixed together', async () => {
    const scene = await createScene();
    const { repository } = scene;
    const old = repository.files.get('1.targets.json') ?? Buffer.alloc(0);
    repository.publish({ snapshot: dropLength });
    repository.files.set('2.targets.json', old);
    await expect(scene.update()).rejects.toEqual(refusal('trust.hash-mismatch'));
  });
});

const dropLength: Edit = (signed) => {
  const meta = (signed.meta as Record<string, Record<string, unknown>>)['targets.json'];
  delete meta?.length;
};

const dropHashes: Edit = (signed) => {
  const meta = (signed.meta as Record<string, Record<string, unknown>>)['snapshot.json'];
  delete meta?.hashes;
  delete meta?.length;
};

describe('a repository that cannot be had', () => {
  it('TUF-14 refuses when the repository is down, and asks nobody else for keys', async () => {
    const asked: string[] = [];
    const scene = await createScene((path, response) => {
      asked.push(path);
      response.statusCode = path.startsWith('api/') ? 200 : 503;
      response.end('a key of the attacker');
      return true;
    });
    await expect(scene.update()).rejects.toEqual(refusal('trust.unavailable'));
    expect(asked).toEqual(['2.root.json']);
    const roots = createTrustRoots({ ...scene.store, origin: 'tuf', now: () => NOW });
    await expect(roots.load('public-good')).rejects.toEqual(refusal('trust.unavailable'));
  });

  it('TUF-14 refuses when nothing listens, and keeps what was stored', async () => {
    const scene = await createScene();
    await scene.update();
    const before = scene.cache();
    await scene.server.close();
    await expect(scene.update()).rejects.toEqual(refusal('trust.unavailable'));
    expect(scene.cache()).toEqual(before);
  });

  it.each(['timestamp.json', '1.snapshot.json', '1.targets.json'])(
    'refuses when %s is missing',
    async (file) => {
      const scene = await createScene();
      scene.repository.files.delete(file);
      await expect(scene.update()).rejects.toEqual(refusal('trust.unavailable'));
    },
  );

  it('refuses when the target is altered on the way', async () => {
    const scene = await createScene();
    for (const [path, bytes] of scene.repository.files) {
      if (path.startsWith('targets/'))
        scene.repository.files.set(path, Buffer.from(bytes.toString().replace('first', 'fir5t')));
    }
    await expect(scene.update()).rejects.toEqual(refusal('trust.hash-mismatch'));
    expect(scene.cache()).toEqual({});
  });

  it('refuses a redirect', async () => {
    const scene = await createScene((_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
      return true;
    });
    await expect(scene.update()).rejects.toEqual(refusal('trust.unavailable'));
  });

  it('refuses a mirror in the clear', async () => {
    const scene = await createScene();
    const { updateTrustRoots } = await import('../../src/adapters/trust/manage.ts');
    const mirrors = { 'public-good': 'HTTP://example.com' };
    const outcomes = await updateTrustRoots({
      ...scene.store,
      http: scene.http,
      names: ['public-good'],
      mirrors,
    });
    expect(outcomes).toEqual([{ name: 'public-good', error: refusal('config.insecure-url') }]);
  });
});
