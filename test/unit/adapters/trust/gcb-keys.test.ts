import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCloudBuildKeys, loadShippedCloudBuildKeys } from '../../../../src/adapters/trust/gcb-keys.ts';
import { parseCloudBuildKeys } from '../../../../src/core/gcb/index.ts';
import { createKeyPair } from '../../../kit/keys.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const { pem } = createKeyPair();

describe('Cloud Build keys on disk', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gcb-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are shipped for the regions and for the two global signers', async () => {
    const keys = parseCloudBuildKeys(await loadShippedCloudBuildKeys(ROOT));
    expect([...keys.keys()]).toEqual(
      expect.arrayContaining([
        'global',
        'us-west2',
        'europe-west1',
        'global-pae-google-hosted-worker_1',
        'global-pae-provenanceSigner_1',
      ]),
    );
    expect(new Set([...keys.values()].map(({ kind }) => kind))).toEqual(new Set(['p256']));
  });

  it('are read out of a folder by their stems, and other files are left alone', async () => {
    await writeFile(join(folder, 'us-west2.pem'), pem);
    await writeFile(join(folder, 'asia-east1.key'), pem);
    await writeFile(join(folder, 'README.md'), 'no key');
    expect([...(await loadCloudBuildKeys(folder)).keys()]).toEqual(['asia-east1', 'us-west2']);
  });

  it('are refused when one region has two', async () => {
    await writeFile(join(folder, 'us-west2.pem'), pem);
    await writeFile(join(folder, 'us-west2.key'), pem);
    await expect(loadCloudBuildKeys(folder)).rejects.toMatchObject({
      finding: 'key.malformed',
      actual: 'us-west2',
    });
  });

  it('are not to be had from an empty folder or from none', async () => {
    await expect(loadCloudBuildKeys(folder)).rejects.toMatchObject({ finding: 'trust.unavailable' });
    await expect(loadCloudBuildKeys(join(folder, 'none'))).rejects.toMatchObject({
      finding: 'trust.unavailable',
      path: join(folder, 'none'),
    });
  });
});
