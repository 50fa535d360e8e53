import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readRegularFile } from '../../../../src/adapters/disk/read.ts';
import { createFile, replaceFile } from '../../../../src/adapters/disk/write.ts';
import { refusal } from '../../cli/command.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'slsa-gate-disk-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(ROOT, 'x'));
});
const at = (name: string): string => join(folder, name);

const read = (path: string, followLinks = false) =>
  readRegularFile(path, {
    maxBytes: 10,
    missing: 'path.not-found',
    unreadable: 'path.unreadable',
    followLinks,
  });

describe('a file that is read', () => {
  it('is read whole, up to its bound, with its permissions', async () => {
    for (const text of ['', 'a', '0123456789']) {
      writeFileSync(at('file'), text, { mode: 0o600 });
      const { bytes, mode } = await read(at('file'));
      expect([bytes.toString(), mode & 0o777]).toEqual([text, 0o600]);
    }
  });

  it('is followed through a link only where links are wanted', async () => {
    writeFileSync(at('file'), 'a');
    symlinkSync(at('file'), at('link'));
    expect((await read(at('link'), true)).bytes.toString()).toBe('a');
    await expect(read(at('link'))).rejects.toEqual(
      refusal('path.unreadable', { message: expect.stringContaining('link') }),
    );
  });

  it.each<[string, (path: string) => void, Parameters<typeof refusal>[0]]>([
    ['not there', () => undefined, 'path.not-found'],
    ['too large', (path) => writeFileSync(path, '0123456789a'), 'path.unreadable'],
    ['a folder', (path) => mkdirSync(path), 'path.unreadable'],
    ['a pipe, which is not waited on', (path) => execFileSync('mkfifo', [path]), 'path.unreadable'],
  ])('is refused when it is %s', async (_, make, code) => {
    make(at('file'));
    await expect(read(at('file'))).rejects.toEqual(refusal(code, { actual: at('file') }));
  });

  it('is refused when its name holds a NUL, or leads through a file', async () => {
    await expect(read(`${at('file')}\0.txt`)).rejects.toEqual(refusal('path.unsafe'));
    writeFileSync(at('file'), 'a');
    await expect(read(at('file/inner'))).rejects.toEqual(refusal('path.unreadable'));
  });

  it.runIf(process.platform === 'linux')('is refused when it gives more than it said it has', async () => {
    await expect(read('/proc/self/comm')).rejects.toEqual(
      refusal('path.unreadable', { message: expect.stringContaining('changed while it was read') }),
    );
  });
});

describe('a file that is written', () => {
  it('is made once, and never over another', async () => {
    await createFile(at('file'), Buffer.from('one'), 0o600);
    await expect(createFile(at('file'), Buffer.from('two'), 0o600)).rejects.toThrow('EEXIST');
    expect([readFileSync(at('file'), 'utf8'), statSync(at('file')).mode & 0o777]).toEqual(['one', 0o600]);
  });

  it('takes the place of an earlier one, and leaves nothing beside it', async () => {
    for (const text of ['one', 'two']) await replaceFile(at('file'), Buffer.from(text), 0o644);
    expect([readFileSync(at('file'), 'utf8'), readdirSync(folder)]).toEqual(['two', ['file']]);
  });

  it('leaves nothing behind where it cannot take the place', async () => {
    mkdirSync(at('file'));
    writeFileSync(join(at('file'), 'inner'), 'a');
    await expect(replaceFile(at('file'), Buffer.from('two'), 0o644)).rejects.toThrow(
      /EISDIR|ENOTEMPTY|EEXIST/,
    );
    expect(readdirSync(folder)).toEqual(['file']);
    await expect(createFile(at('gone/file'), Buffer.from('a'), 0o644)).rejects.toThrow('ENOENT');
  });
});
