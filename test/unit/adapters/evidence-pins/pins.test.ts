import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findGit } from '../../../../src/adapters/evidence-pins/git/find-git.ts';
import { openPin } from '../../../../src/adapters/evidence-pins/index.ts';
import type { CheckpointPin } from '../../../../src/core/evidence-ports.ts';
import { NODE } from '../../../e2e/built.ts';
import { refusal } from '../../cli/command.ts';
import { noteOf } from './notes.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-pins-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const SEARCH_PATH = process.env.PATH ?? '';
const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: { PATH: SEARCH_PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

let count = 0;
const folder = (): string => {
  const path = join(FOLDER, String(count++));
  mkdirSync(path);
  return path;
};
const pinAt = (reference: string, baseDirectory: string): CheckpointPin =>
  openPin(reference, baseDirectory, { searchPath: SEARCH_PATH, workingDirectory: FOLDER });

const REF = 'refs/slsa-gate/releases';

/** Both kinds, each in a place of its own. */
const KINDS: Readonly<Record<string, () => { pin: () => CheckpointPin; reference: string; base: string }>> = {
  file: () => {
    const base = folder();
    return { pin: () => pinAt('file:checkpoint.txt', base), reference: 'file:checkpoint.txt', base };
  },
  git: () => {
    const base = folder();
    git(base, 'init', '--quiet', '--bare', 'pins.git');
    const reference = `git:pins.git#${REF}`;
    return { pin: () => pinAt(reference, base), reference, base };
  },
};

describe.each(Object.entries(KINDS))('a pin of kind %s', (_, make) => {
  it('is made once, moves on, and is read by whoever opens it', async () => {
    const { pin, reference } = make();
    expect(pin().name).toBe(reference);
    expect(await pin().read()).toBeUndefined();
    await pin().write(noteOf(1), undefined);
    expect(await pin().read()).toBe(noteOf(1));
    await pin().write(noteOf(5), noteOf(1));
    await pin().write(noteOf(6), noteOf(5));
    expect(await pin().read()).toBe(noteOf(6));
  });

  it('is found from a folder that is named from the working directory, as in evidence.yaml beside it', async () => {
    const { reference, base } = make();
    const pin = pinAt(reference, relative(process.cwd(), base));
    await pin.write(noteOf(1), undefined);
    expect(await pinAt(reference, base).read()).toBe(noteOf(1));
  });

  it('stays when the same is written again, and when somebody else was further', async () => {
    const { pin } = make();
    await pin().write(noteOf(1), undefined);
    await pin().write(noteOf(1), undefined);
    await pin().write(noteOf(9), noteOf(1));
    await pin().write(noteOf(4), noteOf(1));
    await pin().write(noteOf(9), noteOf(1));
    expect(await pin().read()).toBe(noteOf(9));
  });

  it('is not made where something is pinned already', async () => {
    const { pin } = make();
    await pin().write(noteOf(3), undefined);
    await expect(pin().write(noteOf(1), undefined)).rejects.toEqual(
      refusal('evidence.exists', { exitCode: 64 }),
    );
    await expect(pin().write(noteOf(7), undefined)).rejects.toEqual(refusal('evidence.exists'));
    expect(await pin().read()).toBe(noteOf(3));
  });

  it('EVL-03 of the same size with another tree is a fork', async () => {
    const { pin } = make();
    await pin().write(noteOf(1), undefined);
    await pin().write(noteOf(2), noteOf(1));
    await expect(pin().write(noteOf(2, undefined, 'another'), noteOf(1))).rejects.toEqual(
      refusal('evidence.fork', { exitCode: 3 }),
    );
  });

  it('EVL-04 of another log is refused', async () => {
    const { pin } = make();
    await pin().write(noteOf(1), undefined);
    await expect(pin().write(noteOf(2, 'example.com/other'), noteOf(1, 'example.com/other'))).rejects.toEqual(
      refusal('evidence.origin', { exitCode: 3, expected: 'example.com/other', actual: 'example.com/log' }),
    );
  });

  it('EVL-02 that went back, or is gone, since it was read is never written over', async () => {
    const { pin } = make();
    await pin().write(noteOf(1), undefined);
    await pin().write(noteOf(5), noteOf(1));
    await expect(pin().write(noteOf(9), noteOf(7))).rejects.toEqual(
      refusal('evidence.rollback', { exitCode: 3 }),
    );
    const empty = make();
    await expect(empty.pin().write(noteOf(9), noteOf(7))).rejects.toEqual(refusal('evidence.rollback'));
    expect(await empty.pin().read()).toBeUndefined();
  });

  it('takes nothing but checkpoints', async () => {
    const { pin } = make();
    for (const note of ['', 'hello', noteOf(0), 'a\n01\nb\n\n'])
      await expect(pin().write(note, undefined)).rejects.toEqual(
        expect.objectContaining({ message: 'only checkpoints are pinned' }),
      );
  });

  it('only ever grows, whoever writes: eight processes, each with sizes of its own', async () => {
    const { pin, reference, base } = make();
    await pin().write(noteOf(1), undefined);
    const worker = (sizes: readonly number[]): Promise<string> =>
      new Promise((resolve) => {
        const job = { reference, baseDirectory: base, searchPath: SEARCH_PATH, sizes };
        const child = spawn(NODE, [join(import.meta.dirname, 'pin-worker.ts'), JSON.stringify(job)], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let output = '';
        child.stdout.on('data', (data) => {
          output += String(data);
        });
        child.stderr.on('data', (data) => {
          output += String(data);
        });
        child.on('close', () => resolve(output));
      });
    const all = Array.from({ length: 8 }, (_, who) =>
      worker(Array.from({ length: 6 }, (_, turn) => 2 + turn * 8 + who)),
    );
    expect(await Promise.all(all)).toEqual(Array(8).fill('done'));
    expect(await pin().read()).toBe(noteOf(49));
    expect(readdirSync(base)).toHaveLength(1);
  });
});

describe('a pin in a file', () => {
  it('cannot be told from one that was never made when the file is gone', async () => {
    const base = folder();
    const pin = pinAt('file:checkpoint.txt', base);
    await pin.write(noteOf(1), undefined);
    rmSync(join(base, 'checkpoint.txt'));
    expect(await pin.read()).toBeUndefined();
  });

  it('is unreadable when its folder is not there, which may be a disk that is not mounted', async () => {
    const pin = pinAt('file:gone/checkpoint.txt', folder());
    await expect(pin.read()).rejects.toEqual(refusal('evidence.pin-unreadable', { exitCode: 2 }));
    await expect(pin.write(noteOf(1), undefined)).rejects.toEqual(
      refusal('evidence.unwritable', { exitCode: 2 }),
    );
  });

  it.each<[string, (path: string) => void]>([
    ['a folder', (path) => mkdirSync(path)],
    ['a link', (path) => symlinkSync('/etc/hostname', path)],
    ['too large', (path) => writeFileSync(path, 'a'.repeat(20_000))],
    ['no text', (path) => writeFileSync(path, Buffer.of(0xff, 0xfe))],
  ])('is unreadable when it is %s', async (_, make) => {
    const base = folder();
    make(join(base, 'checkpoint.txt'));
    const pin = pinAt('file:checkpoint.txt', base);
    await expect(pin.read()).rejects.toEqual(refusal('evidence.pin-unreadable'));
    await expect(pin.write(noteOf(1), undefined)).rejects.toEqual(refusal('evidence.pin-unreadable'));
  });

  it('is not written over when it holds something else', async () => {
    const base = folder();
    writeFileSync(join(base, 'checkpoint.txt'), 'notes of mine\n');
    const pin = pinAt('file:checkpoint.txt', base);
    expect(await pin.read()).toBe('notes of mine\n');
    await expect(pin.write(noteOf(2), noteOf(1))).rejects.toEqual(refusal('evidence.pin-unreadable'));
    expect(readFileSync(join(base, 'checkpoint.txt'), 'utf8')).toBe('notes of mine\n');
  });

  it('is written although a process that is gone holds its lock, and what that one left is cleared away', async () => {
    const base = folder();
    const pin = pinAt('file:checkpoint.txt', base);
    await pin.write(noteOf(1), undefined);
    const worker = spawn(NODE, ['-e', 'process.exit(0)']);
    await new Promise((resolve) => worker.on('close', resolve));
    const probe = join(base, 'probe');
    const { withLock } = await import('../../../../src/adapters/disk/lock.ts');
    await withLock(probe, async () => {
      const owner = JSON.parse(readFileSync(probe, 'utf8'));
      writeFileSync(
        join(base, 'checkpoint.txt.lock'),
        JSON.stringify({ ...owner, token: 'dead', pid: worker.pid }),
      );
    });
    writeFileSync(join(base, `checkpoint.txt.${'0a'.repeat(8)}.tmp`), 'half');
    await pin.write(noteOf(2), noteOf(1));
    expect(await pin.read()).toBe(noteOf(2));
    expect(readdirSync(base)).toEqual(['checkpoint.txt']);
  });

  it('refuses names that are none', () => {
    expect(() => pinAt('file:', FOLDER)).toThrow(refusal('evidence.config', { exitCode: 64 }));
    expect(() => pinAt('file:a\0b', FOLDER)).toThrow(refusal('path.unsafe'));
    expect(() => pinAt('file:a\nb', FOLDER)).toThrow(refusal('path.unsafe'));
    for (const reference of ['', 'checkpoint.txt', 'https://example.com/pin', 'FILE:a', ':a'])
      expect(() => pinAt(reference, FOLDER)).toThrow(refusal('evidence.config'));
  });
});

describe('a pin in a git ref', () => {
  const bare = (): string => {
    const base = folder();
    git(base, 'init', '--quiet', '--bare', 'pins.git');
    return base;
  };

  it('keeps every checkpoint as a commit of one file', async () => {
    const base = bare();
    const pin = pinAt(`git:pins.git#${REF}`, base);
    await pin.write(noteOf(1), undefined);
    await pin.write(noteOf(2), noteOf(1));
    const repository = join(base, 'pins.git');
    expect(git(repository, 'log', '--format=%s %an', REF)).toBe(
      'checkpoint 2 slsa-gate\ncheckpoint 1 slsa-gate\n',
    );
    expect(git(repository, 'ls-tree', '--name-only', REF)).toBe('checkpoint\n');
    expect(git(repository, 'show', `${REF}~1:checkpoint`)).toBe(noteOf(1));
    expect(git(repository, 'fsck', '--strict')).toBe('');
  });

  it('works in a work tree, leaving its files and branch alone, and with SHA-256', async () => {
    const base = folder();
    git(base, 'init', '--quiet', '--object-format=sha256', 'tree');
    const pin = pinAt(`git:${join(base, 'tree')}#${REF}`, '/elsewhere');
    await pin.write(noteOf(1), undefined);
    await pin.write(noteOf(2), noteOf(1));
    expect(await pin.read()).toBe(noteOf(2));
    expect(git(join(base, 'tree'), 'status', '--porcelain')).toBe('');
  });

  it('is not confused by refs below its name', async () => {
    const base = bare();
    await pinAt(`git:pins.git#${REF}/inner`, base).write(noteOf(3), undefined);
    expect(await pinAt(`git:pins.git#${REF}`, base).read()).toBeUndefined();
  });

  it('runs no hook and obeys no configuration of the caller', async () => {
    const base = bare();
    const hook = join(base, 'pins.git', 'hooks', 'reference-transaction');
    writeFileSync(hook, `#!/bin/sh\ntouch ${join(base, 'ran')}\n`);
    chmodSync(hook, 0o755);
    const { GIT_DIR } = process.env;
    process.env.GIT_DIR = join(base, 'nowhere');
    try {
      await pinAt(`git:pins.git#${REF}`, base).write(noteOf(1), undefined);
    } finally {
      if (GIT_DIR === undefined) delete process.env.GIT_DIR;
      else process.env.GIT_DIR = GIT_DIR;
    }
    expect(existsSync(join(base, 'ran'))).toBe(false);
    expect(await pinAt(`git:pins.git#${REF}`, base).read()).toBe(noteOf(1));
  });

  it.runIf(process.getuid?.() === 0)('may belong to somebody else: it was named', async () => {
    const base = bare();
    for (const entry of ['', ...readdirSync(join(base, 'pins.git'), { recursive: true, encoding: 'utf8' })])
      chownSync(join(base, 'pins.git', entry), 12_345, 12_345);
    const pin = pinAt(`git:pins.git#${REF}`, base);
    await pin.write(noteOf(1), undefined);
    expect(await pin.read()).toBe(noteOf(1));
  });

  it.each<[string, (repository: string) => void]>([
    ['names no commit', (repository) => git(repository, 'update-ref', REF, blobOf(repository))],
    [
      'points to another ref',
      (repository) => {
        git(repository, 'update-ref', 'refs/heads/main', commitOf(repository, 'checkpoint'));
        git(repository, 'symbolic-ref', REF, 'refs/heads/main');
      },
    ],
    [
      'holds no checkpoint',
      (repository) => git(repository, 'update-ref', REF, commitOf(repository, 'README')),
    ],
    ['is damaged', (repository) => damage(repository)],
  ])('is unreadable when the ref %s', async (_, make) => {
    const base = bare();
    make(join(base, 'pins.git'));
    const pin = pinAt(`git:pins.git#${REF}`, base);
    await expect(pin.read()).rejects.toEqual(refusal('evidence.pin-unreadable', { exitCode: 2 }));
    await expect(pin.write(noteOf(1), undefined)).rejects.toEqual(refusal('evidence.pin-unreadable'));
  });

  it('is unreadable where there is no repository, or none of its own', async () => {
    const base = folder();
    git(base, 'init', '--quiet');
    mkdirSync(join(base, 'inner'));
    for (const reference of [`git:gone#${REF}`, `git:inner#${REF}`])
      await expect(pinAt(reference, base).read()).rejects.toEqual(refusal('evidence.pin-unreadable'));
  });

  it('is unwritable when its ref is locked, and says so', async () => {
    const base = bare();
    const pin = pinAt(`git:pins.git#${REF}`, base);
    await pin.write(noteOf(1), undefined);
    writeFileSync(join(base, 'pins.git', `${REF}.lock`), '');
    await expect(pin.write(noteOf(2), noteOf(1))).rejects.toEqual(
      refusal('evidence.unwritable', { message: expect.stringContaining('lock') }),
    );
    expect(await pin.read()).toBe(noteOf(1));
  }, 30_000);

  it.each([
    'pins.git',
    'pins.git#',
    '#refs/a/b',
    'pins.git#main',
    'pins.git#HEAD',
    'pins.git#refs',
    'pins.git#refs/',
    'pins.git#refs/a//b',
    'pins.git#refs/a/../b',
    'pins.git#refs/a/b.lock',
    'pins.git#refs/a/b.',
    'pins.git#refs/.a',
    'pins.git#refs/-a',
    'pins.git#refs/a/b ',
    'pins.git#refs/a*',
    'pins.git#refs/a@{0}',
    'pins.git#refs/a/b\n',
    'pins.git#--upload-pack=x',
  ])('is refused where its name is no ref: %j', (text) => {
    expect(() => pinAt(`git:${text}`, FOLDER)).toThrow(refusal('evidence.config', { exitCode: 64 }));
  });
});

const write = (repository: string, ...args: readonly string[]): string => git(repository, ...args).trim();
const blobOf = (repository: string): string => {
  writeFileSync(join(repository, 'x'), 'x');
  return write(repository, 'hash-object', '-w', join(repository, 'x'));
};
const commitOf = (repository: string, file: string): string => {
  const tree = execFileSync('git', ['-C', repository, 'mktree'], {
    input: `100644 blob ${blobOf(repository)}\t${file}\n`,
    encoding: 'utf8',
  }).trim();
  return write(repository, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', tree, '-m', 'x');
};
const damage = (repository: string): void => {
  mkdirSync(join(repository, 'refs', 'slsa-gate'), { recursive: true });
  writeFileSync(join(repository, REF), `${'ab'.repeat(20)}\n`);
};

describe('the git that is run', () => {
  const plant = (path: string, mode = 0o755): string => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'git'), '#!/bin/sh\nexit 0\n', { mode });
    return path;
  };

  it('PTH-04 is never taken from the working directory, a relative entry of PATH, or a repository', async () => {
    const here = plant(folder());
    const inRepository = folder();
    git(inRepository, 'init', '--quiet');
    plant(join(inRepository, 'node_modules', '.bin'));
    const linked = folder();
    symlinkSync(join(inRepository, 'node_modules', '.bin', 'git'), join(linked, 'git'));
    const search = [
      '',
      '.',
      'node_modules/.bin',
      here,
      plant(join(here, 'node_modules', '.bin')),
      join(inRepository, 'node_modules', '.bin'),
      linked,
    ].join(':');
    await expect(findGit(search, here)).rejects.toEqual(refusal('evidence.pin-unreadable', { exitCode: 2 }));
    const good = plant(folder());
    expect(await findGit(`${search}:${good}`, here)).toBe(join(good, 'git'));
  });

  it('may lie below the working directory where that is the root of the disk', async () => {
    const good = plant(folder());
    expect(await findGit(good, '/')).toBe(join(good, 'git'));
  });

  it('is a program: what cannot be run, and a folder of its name, are passed over', async () => {
    const text = plant(folder(), 0o644);
    const directory = folder();
    mkdirSync(join(directory, 'git'));
    await expect(findGit(`${text}:${directory}:/nowhere`, folder())).rejects.toEqual(
      refusal('evidence.pin-unreadable'),
    );
  });

  it('that does not behave is no pin', async () => {
    const base = folder();
    git(base, 'init', '--quiet', '--bare', 'pins.git');
    const program = plant(folder());
    const pin = openPin(`git:pins.git#${REF}`, base, { searchPath: program, workingDirectory: base });
    await expect(pin.write(noteOf(1), undefined)).rejects.toEqual(refusal('evidence.unwritable'));
  });
});
