import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSmallFile, withFile } from '../../../../../src/adapters/attestations/file/read.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-read-'));
  path = join(folder, 'file');
  writeFileSync(path, 'content');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('opening a file', () => {
  it('hands over the handle and the size, and closes the handle afterwards', async () => {
    const handle = await withFile(path, async (opened, size) => {
      expect(size).toBe(7);
      return opened;
    });
    expect(handle.fd).toBe(-1);
  });

  it('closes the handle when the work fails, and passes on what is no failure of the disk', async () => {
    let fd = 0;
    const bug = new TypeError('a bug');
    const opened = withFile(path, async (handle) => {
      fd = handle.fd;
      throw bug;
    });
    await expect(opened).rejects.toBe(bug);
    expect(fd).toBeGreaterThan(2);
    await withFile(path, async (handle) => expect(handle.fd).toBe(fd));
  });

  it.each([
    ['missing', 'path.not-found', 'no such file: '],
    ['file/below', 'path.not-found', 'no such file: '],
    ['x'.repeat(300), 'path.unreadable', 'cannot be opened (ENAMETOOLONG): '],
  ])('says why %s cannot be opened', async (name, finding, message) => {
    const there = join(folder, name);
    await expect(readSmallFile(there, 10)).rejects.toMatchObject({
      finding,
      exitCode: 64,
      message: `${message}${there}`,
    });
  });

  it('follows links only where it may', async () => {
    symlinkSync(path, join(folder, 'link'));
    expect(String(await readSmallFile(join(folder, 'link'), 10))).toBe('content');
    await expect(readSmallFile(join(folder, 'link'), 10, { followLinks: false })).rejects.toMatchObject({
      finding: 'path.symlink',
    });
  });

  it.skipIf(process.getuid?.() === 0)('says that permission is missing', async () => {
    chmodSync(path, 0o000);
    await expect(readSmallFile(path, 10)).rejects.toMatchObject({
      finding: 'path.unreadable',
      message: `cannot be opened (EACCES): ${path}`,
    });
  });
});

describe('reading a small file', () => {
  it('gives its bytes up to the limit and refuses one more', async () => {
    expect(String(await readSmallFile(path, 7))).toBe('content');
    await expect(readSmallFile(path, 6)).rejects.toMatchObject({
      finding: 'limit.bytes',
      message: `larger than 6 bytes: ${path}`,
    });
    writeFileSync(path, '');
    expect(await readSmallFile(path, 7)).toHaveLength(0);
  });

  it.runIf(process.platform === 'linux')(
    'refuses files that say they are empty and are not, or fail when they are read',
    async () => {
      await expect(readSmallFile('/proc/self/status', 10_000)).rejects.toMatchObject({
        finding: 'path.changed',
        exitCode: 2,
        message: 'grew while it was read: /proc/self/status',
      });
      await expect(readSmallFile('/proc/self/mem', 10_000)).rejects.toMatchObject({
        finding: 'path.unreadable',
        message: 'cannot be read (EIO): /proc/self/mem',
      });
    },
  );
});
