import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolderSink } from '../../../../src/adapters/sinks/folder/index.ts';
import type { Payload } from '../../../../src/core/model/evidence.ts';
import { refusal } from '../../cli/command.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-sink-'));
const small = mountSmallDisk(join(FOLDER, 'small'));
afterAll(() => {
  if (small !== undefined) execFileSync('umount', [small]);
  rmSync(FOLDER, { recursive: true, force: true });
});

/** A real disk of 64 KiB, where this process may mount one. */
function mountSmallDisk(path: string): string | undefined {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' });
    return path;
  } catch {
    console.warn('skipped: no small disk can be mounted, so none is full or read-only');
    return undefined;
  }
}

let count = 0;
const folder = (): string => {
  const path = join(FOLDER, String(count++));
  mkdirSync(path);
  return path;
};
const payload = (text: string): Payload => ({
  digest: createHash('sha256').update(text).digest('hex'),
  bytes: Buffer.from(text),
});
const pathOf = (root: string, { digest }: Payload): string =>
  join(root, 'sha256', digest.slice(0, 2), digest.slice(2));
const store = (root: string, payloads: readonly Payload[]): Promise<void> =>
  openFolderSink('archive', root, FOLDER).store({ recordId: 'rec_../../x', payloads });

describe('a folder as a sink', () => {
  it('keeps every payload by its digest, and nothing else', async () => {
    const root = folder();
    const payloads = ['one', 'two', ''].map(payload);
    await store(root, payloads);
    for (const each of payloads) expect(readFileSync(pathOf(root, each))).toEqual(Buffer.from(each.bytes));
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files).toHaveLength(3);
  });

  it('finds a relative folder from the base, and takes the same payloads again', async () => {
    const root = folder();
    const sink = openFolderSink('archive', root.slice(FOLDER.length + 1), FOLDER);
    expect(sink.name).toBe('archive');
    for (const _ of [1, 2]) await sink.store({ recordId: 'rec_1', payloads: [payload('one')] });
    expect(readFileSync(pathOf(root, payload('one')), 'utf8')).toBe('one');
  });

  it('acknowledges many writers of the same payload', async () => {
    const root = folder();
    await Promise.all(Array.from({ length: 20 }, () => store(root, [payload('one'), payload('two')])));
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files).toHaveLength(2);
  });

  it('EVL-08 acknowledges nothing when it is missing or no folder', async () => {
    const absent = join(FOLDER, 'gone');
    await expect(store(absent, [payload('one')])).rejects.toEqual(
      refusal('evidence.unwritable', { exitCode: 2 }),
    );
    writeFileSync(join(FOLDER, 'file'), '');
    await expect(store(join(FOLDER, 'file'), [payload('one')])).rejects.toEqual(
      refusal('evidence.unwritable'),
    );
    const blocked = folder();
    writeFileSync(join(blocked, 'sha256'), 'a file in its way');
    await expect(store(blocked, [payload('one')])).rejects.toEqual(refusal('evidence.unwritable'));
  });

  it.skipIf(small === undefined)(
    'EVL-08 acknowledges nothing when the disk is full or read-only',
    async () => {
      const root = small ?? '';
      const large = payload('a'.repeat(200_000));
      await expect(store(root, [large])).rejects.toEqual(refusal('evidence.unwritable', { exitCode: 2 }));
      await store(root, [payload('one')]);
      execFileSync('mount', ['-o', 'remount,ro', root]);
      await expect(store(root, [payload('two')])).rejects.toEqual(
        refusal('evidence.unwritable', { exitCode: 2 }),
      );
      // What it holds already needs no writing.
      expect(await store(root, [payload('one')])).toBeUndefined();
      const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      expect(files).toHaveLength(1);
    },
  );

  it('says that it was tampered with when it holds other bytes under a digest', async () => {
    const root = folder();
    const one = payload('one');
    await store(root, [one]);
    writeFileSync(pathOf(root, one), 'other');
    await expect(store(root, [one])).rejects.toEqual(
      refusal('evidence.tampered', { exitCode: 3, expected: one.digest }),
    );
    writeFileSync(pathOf(root, one), '');
    await expect(store(root, [one])).rejects.toEqual(refusal('evidence.tampered'));
  });

  it('takes no link for a file that it keeps', async () => {
    const root = folder();
    const one = payload('one');
    writeFileSync(join(FOLDER, 'elsewhere'), 'one');
    mkdirSync(dirname(pathOf(root, one)), { recursive: true });
    symlinkSync(join(FOLDER, 'elsewhere'), pathOf(root, one));
    await expect(store(root, [one])).rejects.toEqual(refusal('evidence.unwritable'));
  });

  it.each([
    '../../x',
    '/etc/passwd',
    'AB'.repeat(32),
    'ab'.repeat(31),
    '',
    `${'ab'.repeat(32)}\n`,
    `../${'ab'.repeat(31)}`,
  ])('makes no path of a digest that is none: %j', async (digest) => {
    const root = folder();
    await expect(store(root, [{ digest, bytes: Buffer.from('one') }])).rejects.toEqual(
      expect.objectContaining({ message: 'a payload is named by its digest' }),
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('keeps nothing under the digest of other bytes', async () => {
    const root = folder();
    await expect(store(root, [{ ...payload('one'), bytes: Buffer.from('two') }])).rejects.toEqual(
      expect.objectContaining({ message: 'a payload is named by its digest' }),
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses folders that are none', () => {
    for (const path of ['', 'a\0b', 'a\nb'])
      expect(() => openFolderSink('archive', path, FOLDER)).toThrow(refusal('path.unsafe', { exitCode: 64 }));
  });
});
