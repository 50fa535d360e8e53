import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../../src/adapters/evidence-packs/read.ts';
import { type FileToWrite, writeFolder } from '../../../../src/adapters/evidence-packs/write.ts';

const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'slsa-gate-packs-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

async function* files(...paths: readonly string[]): AsyncGenerator<FileToWrite> {
  for (const path of paths) yield { path, bytes: Buffer.from(`in ${path}`) };
}

describe('a folder that is written', () => {
  it('has every file, and nothing beside it', async () => {
    const target = join(scratch, 'pack');
    await writeFolder(target, files('README.md', 'records/rec_1/leaf.json', 'records/rec_1/vsa.dsse.json'));
    expect(readFileSync(join(target, 'records', 'rec_1', 'leaf.json'), 'utf8')).toBe(
      'in records/rec_1/leaf.json',
    );
    expect(readdirSync(scratch)).toEqual(['pack']);
    expect(await openFolder(target).list()).toEqual([
      'README.md',
      'records/rec_1/leaf.json',
      'records/rec_1/vsa.dsse.json',
    ]);
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    [
      'a folder with files',
      (path: string) => {
        mkdirSync(path);
        writeFileSync(join(path, 'mine'), 'mine');
      },
    ],
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a link to nowhere', (path: string) => symlinkSync('/nonexistent', path)],
  ])('never takes the place of %s', async (_, make) => {
    const target = join(scratch, 'pack');
    make(target);
    const before = readdirSync(scratch, { recursive: true });
    await expect(writeFolder(target, files('README.md'))).rejects.toThrow(
      refusal('output.exists', { exitCode: 64 }),
    );
    expect(readdirSync(scratch, { recursive: true })).toEqual(before);
  });

  it('leaves nothing behind when what is written cannot be made', async () => {
    async function* failing(): AsyncGenerator<FileToWrite> {
      yield* files('README.md');
      throw new Error('the record is gone');
    }
    await expect(writeFolder(join(scratch, 'pack'), failing())).rejects.toThrow('the record is gone');
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('leaves nothing behind where somebody made the folder meanwhile', async () => {
    const target = join(scratch, 'pack');
    async function* racing(): AsyncGenerator<FileToWrite> {
      yield* files('README.md');
      mkdirSync(target);
      writeFileSync(join(target, 'mine'), 'mine');
    }
    await expect(writeFolder(target, racing())).rejects.toThrow(refusal('output.exists'));
    expect(readdirSync(scratch, { recursive: true }).sort()).toEqual(['pack', 'pack/mine']);
  });

  it('says where it cannot be written', async () => {
    writeFileSync(join(scratch, 'file'), '');
    await expect(writeFolder(join(scratch, 'file', 'pack'), files('README.md'))).rejects.toThrow(
      refusal('output.unwritable', { exitCode: 2 }),
    );
  });

  it.each(['../out', '/out', 'a/../../out', 'a//b', '', '.hidden', 'a\u0000b', 'a\\b', 'a b'])(
    'takes no name that leads elsewhere: %j',
    async (path) => {
      await expect(writeFolder(join(scratch, 'pack'), files(path))).rejects.toThrow(TypeError);
      expect(readdirSync(scratch)).toEqual([]);
      expect(existsSync(join(scratch, '..', 'out'))).toBe(false);
    },
  );
});

describe('a folder that is read', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  it.each([
    ['a link', 'path.symlink', (path: string) => symlinkSync('/etc/hostname', path)],
    ['a link to a folder', 'path.symlink', (path: string) => symlinkSync('/etc', path)],
    [
      'a socket',
      'path.unsafe',
      (path: string) => {
        server = createServer().listen(path);
      },
    ],
  ])('with %s in it is refused', async (_, code, make) => {
    mkdirSync(join(scratch, 'records'));
    make(join(scratch, 'records', 'leaf.json'));
    if (server !== undefined) await new Promise((resolve) => server?.once('listening', resolve));
    await expect(openFolder(scratch).list()).rejects.toThrow(refusal(code));
  });

  it('is refused where it is no folder, is not there, or is too deep', async () => {
    writeFileSync(join(scratch, 'file'), '');
    await expect(openFolder(join(scratch, 'file')).list()).rejects.toThrow(refusal('path.unreadable'));
    await expect(openFolder(join(scratch, 'gone')).list()).rejects.toThrow(
      refusal('path.not-found', { exitCode: 64 }),
    );
    mkdirSync(join(scratch, 'a', 'b', 'c', 'd', 'e'), { recursive: true });
    await expect(openFolder(scratch).list()).rejects.toThrow(refusal('path.unsafe'));
  });

  it('reads no file that is larger than it may be, and no link that came there meanwhile', async () => {
    writeFileSync(join(scratch, 'leaf.json'), 'x'.repeat(11));
    expect(await openFolder(scratch).read('leaf.json', 11)).toHaveLength(11);
    await expect(openFolder(scratch).read('leaf.json', 10)).rejects.toThrow(refusal('path.unreadable'));
    symlinkSync('leaf.json', join(scratch, 'link'));
    await expect(openFolder(scratch).read('link', 100)).rejects.toThrow(refusal('path.unreadable'));
  });
});
