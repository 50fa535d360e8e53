import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../../src/adapters/disk/make-folders.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-folders-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('folders', () => {
  it('are made with those above them, once and again, by several at a time', async () => {
    const path = join(FOLDER, 'a', 'b', 'c');
    await Promise.all([1, 2, 3, 4].map(() => makeFolders(path, 0o700)));
    await makeFolders(path, 0o700);
    for (const one of [path, join(FOLDER, 'a', 'b'), join(FOLDER, 'a')])
      expect(statSync(one).mode & 0o777).toBe(0o700);
  });

  it('may be there as a link to a folder', async () => {
    mkdirSync(join(FOLDER, 'target'));
    symlinkSync(join(FOLDER, 'target'), join(FOLDER, 'link'));
    await makeFolders(join(FOLDER, 'link', 'inside'), 0o700);
    expect(statSync(join(FOLDER, 'target', 'inside')).isDirectory()).toBe(true);
  });

  it('are the root of the disk without being made', async () => {
    expect(await makeFolders('/', 0o700)).toBeUndefined();
  });

  it('cannot be made in the place of a file, below one, or behind a link to nowhere', async () => {
    writeFileSync(join(FOLDER, 'file'), '');
    symlinkSync(join(FOLDER, 'nowhere'), join(FOLDER, 'dangling'));
    await expect(makeFolders(join(FOLDER, 'file'), 0o700)).rejects.toEqual(code('EEXIST'));
    await expect(makeFolders(join(FOLDER, 'file', 'x', 'y'), 0o700)).rejects.toEqual(code('ENOTDIR'));
    await expect(makeFolders(join(FOLDER, 'dangling', 'x'), 0o700)).rejects.toEqual(code('EEXIST'));
  });

  it.runIf(process.platform === 'linux')('come to an end where nothing can be made', async () => {
    await expect(makeFolders('/proc/nothing/a/b', 0o700)).rejects.toEqual(code('ENOENT'));
  });
});
