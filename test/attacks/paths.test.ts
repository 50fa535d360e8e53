import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashFile } from '../../src/adapters/attestations/file/hash-file.ts';
import { createArtifactFiles, createAttestationFiles } from '../../src/adapters/attestations/file/index.ts';
import { withFile } from '../../src/adapters/attestations/file/read.ts';
import { ROOT } from '../e2e/built.ts';
import { hash } from '../kit/keys.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { subjectOf } from '../kit/statement.ts';
import { ALLOWED, BUILT, denied, judged, type Question } from './app.ts';
import { sigstore } from './verify.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-paths-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bundles = createAttestationFiles((async function* () {})());
/** A question that reads the disk: the bundles in `folder/bundles`, the artifact `folder/widget`. */
function onDisk(subjectName: string): Question {
  mkdirSync(join(folder, 'bundles'));
  writeFileSync(join(folder, 'widget'), ARTIFACT);
  const signed = sigstore.signStatement({ subject: [subjectOf(subjectName, ARTIFACT)] });
  writeFileSync(join(folder, 'bundles', 'a.json'), signed.text());
  return {
    evidence: [],
    artifacts: [join(folder, 'widget')],
    request: { bundles: [join(folder, 'bundles')] },
    ports: {
      attestations: bundles,
      artifacts: { ...createArtifactFiles(), readLayout: () => Promise.reject(new Error('no layout')) },
    },
  };
}

const NAMES = [
  '../../x',
  '/etc/passwd',
  'C:\\widget',
  '\\\\?\\C:\\widget',
  '\\\\server\\share\\widget',
  'widget\0.txt',
  'CON',
  'NUL.txt',
  'widget.',
  'widget ',
  '.',
  '..',
  '~/widget',
  'file:///etc/passwd',
  '%2e%2e%2fwidget',
  '',
];

describe('names in attestations', () => {
  it.each([
    ...NAMES.map((name) => [JSON.stringify(name), name] as const),
    ['a very long one', 'a/'.repeat(2_000)] as const,
  ])('PTH-01 are labels: %s is never opened or written', async (_, name) => {
    const question = onDisk(name);
    const before = readdirSync(folder, { recursive: true }).sort();
    expect(await judged(question)).toEqual(ALLOWED);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  });

  it('PTH-01 do not lead to a file of their name: the digest decides', async () => {
    const question = onDisk(join(folder, 'planted'));
    writeFileSync(join(folder, 'planted'), ARTIFACT);
    writeFileSync(join(folder, 'widget'), 'other bytes');
    const { verdict, faults } = await judged(question);
    expect([verdict, faults.map(({ rule, code }) => [rule, code])]).toEqual([
      'deny',
      [['subject-digest', 'subject.mismatch']],
    ]);
  });

  it.each([
    ['widget', 'Widget'],
    ['widget', 'widget '],
    ['widget', './widget'],
    ['widget', 'x/../widget'],
    ['widget', 'widget\0'],
    ['caf\u00e9', 'cafe\u0301'],
    ['widget', 'w\u0456dget'],
  ])('PTH-01 are compared byte for byte: %j is not %j', async (subjectName, actual) => {
    const question = { ...onDisk(actual), flags: { ...BUILT, subjectName } };
    expect(await judged(question)).toEqual(denied('subject-name', 'subject.name', subjectName, actual));
  });
});

describe('paths of the caller', () => {
  it('PTH-01 with a NUL are refused as unsafe, not cut short', async () => {
    writeFileSync(join(folder, 'widget'), ARTIFACT);
    for (const path of ['widget\0', 'widget\0.json', '\0'].map((name) => `${folder}/${name}`)) {
      const unsafe = { finding: 'path.unsafe', exitCode: 64, actual: path };
      await expect(createArtifactFiles().check(path)).rejects.toMatchObject(unsafe);
      await expect(bundles.collect([path])).rejects.toMatchObject(unsafe);
    }
  });

  it.each(['C:\\widget', '\\\\?\\C:\\widget', 'CON', 'widget.', 'WIDGET', 'w%69dget', '~/widget'])(
    'PTH-01 mean what they say: %j is no other file',
    async (name) => {
      writeFileSync(join(folder, 'widget'), ARTIFACT);
      await expect(createArtifactFiles().check(`${folder}/${name}`)).rejects.toMatchObject({
        finding: 'path.not-found',
        exitCode: 64,
      });
    },
  );

  it('PTH-01 are no directory, device or pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(createArtifactFiles().check(folder)).rejects.toMatchObject({ finding: 'path.directory' });
    for (const path of [join(folder, 'pipe'), '/dev/zero', '/dev/null'])
      await expect(createArtifactFiles().check(path)).rejects.toMatchObject({
        finding: 'path.unreadable',
        message: `not a regular file: ${path}`,
      });
  });
});

describe('a directory of bundles', () => {
  const place = () => join(folder, 'bundles');
  beforeEach(() => {
    mkdirSync(place());
    writeFileSync(join(folder, 'outside.json'), '{}');
  });
  const refusedAs = (name: string) => ({
    finding: 'path.symlink',
    exitCode: 1,
    message: `a link instead of a file: ${join(place(), name)}`,
  });

  it.each([
    ['out of it', () => join(folder, 'outside.json')],
    ['out of it, relatively', () => '../outside.json'],
    ['to a file in it', () => 'b.json'],
    ['to nowhere', () => 'nowhere'],
    ['to itself', () => 'a.json'],
    ['to a directory', () => folder],
    ['to a device', () => '/dev/zero'],
    ['to standard input', () => '/dev/stdin'],
  ])('PTH-02 PTH-03 is refused with a link %s', async (_, target) => {
    writeFileSync(join(place(), 'b.json'), '{}');
    symlinkSync(target(), join(place(), 'a.json'));
    await expect(bundles.collect([place()])).rejects.toMatchObject(refusedAs('a.json'));
  });

  it('PTH-02 PTH-03 is refused with a chain of links', async () => {
    symlinkSync('../outside.json', join(folder, 'first'));
    symlinkSync('../first', join(place(), 'second.jsonl'));
    await expect(bundles.collect([place()])).rejects.toMatchObject(refusedAs('second.jsonl'));
  });

  it('PTH-03 is not searched below, nor are other files in it read', async () => {
    mkdirSync(join(place(), 'deeper.json'));
    writeFileSync(join(place(), 'deeper.json', 'c.json'), '{}');
    symlinkSync(folder, join(place(), 'elsewhere'));
    writeFileSync(join(place(), 'notes.txt'), 'x');
    linkSync(join(folder, 'outside.json'), join(place(), 'own.json'));
    const { attestations } = await bundles.collect([place()]);
    expect(attestations.map(({ source }) => source)).toEqual([`file:${join(place(), 'own.json')}`]);
  });

  it('PTH-03 is read through a link that the caller named', async () => {
    writeFileSync(join(place(), 'a.json'), '{}');
    symlinkSync(place(), join(folder, 'named'));
    symlinkSync(join(place(), 'a.json'), join(folder, 'named.json'));
    const { attestations } = await bundles.collect([join(folder, 'named'), join(folder, 'named.json')]);
    expect(attestations).toHaveLength(2);
  });
});

describe('a file that changes while it is hashed', () => {
  const MIB = 1024 * 1024;
  const path = () => join(folder, 'artifact');
  const READ = { algorithms: new Set<never>(), withBytes: false };

  /** Hashes with a handle that lets `meanwhile` happen after its first read. */
  function hashWhile(meanwhile: () => void): ReturnType<typeof hashFile> {
    return withFile(path(), (handle) => {
      let happened = false;
      const read = async (buffer: Buffer, offset: number, length: number, position: number) => {
        const result = await handle.read(buffer, offset, length, position);
        if (!happened) meanwhile();
        happened = true;
        return result;
      };
      const watched = { stat: (options: { bigint: true }) => handle.stat(options), read };
      return hashFile(watched as unknown as FileHandle, path(), READ);
    });
  }

  beforeEach(() => {
    writeFileSync(path(), Buffer.alloc(3 * MIB, 1));
    utimesSync(path(), 1_000_000, 1_000_000);
  });

  it.each([
    ['grows', () => appendFileSync(path(), 'x')],
    ['shrinks', () => truncateSync(path(), 2 * MIB)],
    ['is emptied', () => truncateSync(path(), 0)],
    ['is rewritten with as many bytes', () => writeFileSync(path(), Buffer.alloc(3 * MIB, 2))],
  ])('PTH-03 is indeterminate when it %s', async (_, meanwhile) => {
    await expect(hashWhile(meanwhile)).rejects.toMatchObject({
      finding: 'path.changed',
      exitCode: 2,
      message: `changed while it was read: ${path()}`,
    });
  });

  it('PTH-03 is hashed by its open handle, whatever takes its place', async () => {
    const right = hash('sha256', readFileSync(path())).toString('hex');
    writeFileSync(join(folder, 'other'), 'other bytes');
    const swapped = await hashWhile(() => renameSync(join(folder, 'other'), path()));
    expect(swapped).toEqual({ digests: { sha256: right } });
    expect(readFileSync(path(), 'utf8')).toBe('other bytes');
  });
});

describe('other programs', () => {
  it('PTH-04 are never started, but git for a pin and helpers of credentials, at absolute paths: no other source file can', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    expect(sources.length).toBeGreaterThan(100);
    const starting = sources.filter((file) =>
      /child_process|node:cluster|process\.(?:binding|dlopen|execve)|\bexec(?:File|Sync)|\bspawn\(/.test(
        readFileSync(join(ROOT, 'src', file), 'utf8'),
      ),
    );
    expect(starting.sort()).toEqual([
      'adapters/credentials/helper.ts',
      'adapters/evidence-pins/git/run-git.ts',
    ]);
  });
});
