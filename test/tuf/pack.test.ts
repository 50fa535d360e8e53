import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTrustRootFile } from '../../src/adapters/trust/file.ts';
import { exportTrustRoots } from '../../src/adapters/trust/manage.ts';
import {
  createScene,
  later,
  NOW,
  refusal,
  type Scene,
  temporaryFolder,
  trustedRootNamed,
  writePackage,
} from './harness.ts';

const NAMES = ['public-good'] as const;

const exported = (scene: Scene, origin: 'tuf' | 'embedded' = 'tuf', now = NOW): Promise<string> =>
  exportTrustRoots({ ...scene.store, names: NAMES, origin, now });

function packFile(text: string): string {
  const file = join(temporaryFolder(), 'pack.json');
  writeFileSync(file, text);
  return file;
}

/** A machine without network: the same package, another cache. */
const airGapped = (scene: Scene) => ({ ...scene.store, cacheDirectory: join(temporaryFolder(), 'cache') });

/** A pack as JSON that a test alters: any field may become anything. */
interface EditablePack {
  roots: Record<string, unknown>[];
  [field: string]: unknown;
}

const firstOf = ({ roots: [root] }: EditablePack): Record<string, unknown> => {
  if (root === undefined) throw new Error('the pack has no root');
  return root;
};

const edited = (text: string, edit: (pack: EditablePack) => void): string => {
  const pack = JSON.parse(text) as EditablePack;
  edit(pack);
  return packFile(JSON.stringify(pack));
};

describe('an offline pack', () => {
  it('is read as a trust root file, with its age, also after its metadata has expired', async () => {
    const scene = await createScene();
    await scene.update();
    const pack = packFile(await exported(scene));
    const [root] = await loadTrustRootFile(pack, { ...airGapped(scene), now: later(30 * 24) });
    expect(root).toMatchObject({ name: 'public-good', origin: 'pack', currentAt: NOW });
    expect(Buffer.from(root?.bytes ?? []).toString()).toBe(trustedRootNamed('first'));
  });

  it('TUF-15 is refused by a package with another seed', async () => {
    const scene = await createScene();
    await scene.update();
    const pack = packFile(await exported(scene));
    const packageRoot = temporaryFolder();
    writePackage(packageRoot, (await createScene()).repository.root);
    await expect(loadTrustRootFile(pack, { packageRoot, now: NOW })).rejects.toEqual(
      refusal('trust.threshold'),
    );
  });

  it('of the shipped root is used as a file', async () => {
    const scene = await createScene();
    const pack = packFile(await exported(scene, 'embedded'));
    const [root] = await loadTrustRootFile(pack, { ...scene.store, now: NOW });
    expect(root).toMatchObject({ origin: 'pack', currentAt: new Date('2026-01-01T00:00:00Z') });
  });

  it('is not made of what was never stored', async () => {
    await expect(exported(await createScene())).rejects.toEqual(refusal('trust.unavailable'));
  });

  it.each([
    [
      'another root in it',
      (pack) => {
        firstOf(pack).trustedRoot = Buffer.from(trustedRootNamed('evil!')).toString('base64');
      },
    ],
    [
      'another root and digest in it',
      (pack) => {
        firstOf(pack).trustedRoot = Buffer.from('{}').toString('base64');
        firstOf(pack).digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
      },
    ],
    [
      'a later date',
      (pack) => {
        firstOf(pack).currentAt = '2026-06-01T00:00:01.000Z';
      },
    ],
    [
      'a date in the future',
      (pack) => {
        firstOf(pack).currentAt = '2027-06-01T00:00:00.000Z';
      },
    ],
    [
      'an unknown field',
      (pack) => {
        firstOf(pack).extra = 1;
      },
    ],
    [
      'an unknown name',
      (pack) => {
        firstOf(pack).name = '../x';
      },
    ],
    [
      'a name twice',
      (pack) => {
        pack.roots.push(firstOf(pack));
      },
    ],
    [
      'no roots',
      (pack) => {
        pack.roots = [];
      },
    ],
  ] as readonly (readonly [string, (pack: EditablePack) => void])[])(
    'is refused with %s',
    async (_, edit) => {
      const scene = await createScene();
      await scene.update();
      const pack = edited(await exported(scene), edit);
      await expect(loadTrustRootFile(pack, { ...scene.store, now: NOW })).rejects.toEqual(
        refusal('trust.malformed'),
      );
      expect(readdirSync(join(scene.store.cacheDirectory, 'trust', 'public-good'))).toHaveLength(1);
    },
  );
});
