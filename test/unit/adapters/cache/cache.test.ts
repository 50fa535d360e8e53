import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createMemoryCache,
  type DiskCache,
  openCache,
  type SourceCache,
} from '../../../../src/adapters/cache/index.ts';
import { NODE, ROOT } from '../../../e2e/built.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-cache-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

let count = 0;
const place = (): string => join(FOLDER, String(count++));
const MEBIBYTE = 1024 * 1024;
const NOW = Date.UTC(2026, 0, 1);
const open = (directory = place(), maxBytes = 10 * MEBIBYTE, now = () => NOW): DiskCache =>
  openCache({ directory, maxBytes, now });

const digestOf = (bytes: Uint8Array, algorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
const CONTENT = Buffer.from('content');
const DIGEST = digestOf(CONTENT);
const KEY = 'ab'.repeat(32);
const ANSWER = { etag: 'W/"1"', headers: { link: '</next>; rel="next"' }, bytes: Buffer.from('{"a":1}') };

/** Files of content or answers, by their full paths. */
const filesIn = (directory: string, kind: 'content' | 'answers'): string[] =>
  existsSync(join(directory, kind))
    ? readdirSync(join(directory, kind), { recursive: true, encoding: 'utf8' })
        .map((name) => join(directory, kind, name))
        .filter((path) => lstatSync(path).isFile())
    : [];
const onlyFile = (directory: string, kind: 'content' | 'answers'): string => {
  const [path, ...more] = filesIn(directory, kind);
  if (path === undefined || more.length > 0) throw new Error('not exactly one file');
  return path;
};

const KINDS: Readonly<Record<string, () => SourceCache>> = {
  'on disk': () => open(),
  'in memory': () => createMemoryCache(10 * MEBIBYTE),
};

describe.each(Object.entries(KINDS))('a cache %s', (_, make) => {
  it('gives back what was put, by sha256 and sha512, and nothing before', async () => {
    const cache = make();
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    for (const digest of [DIGEST, digestOf(CONTENT, 'sha512')]) {
      await cache.content.put(digest, CONTENT);
      expect(Buffer.from((await cache.content.get(digest)) ?? [])).toEqual(CONTENT);
    }
  });

  it('keeps an answer with its ETag and headers, and the last one of a key', async () => {
    const cache = make();
    expect(await cache.answers.get(KEY)).toBeUndefined();
    await cache.answers.put(KEY, ANSWER);
    await cache.answers.put(KEY, { ...ANSWER, etag: '"2"' });
    expect(await cache.answers.get(KEY)).toEqual({ ...ANSWER, etag: '"2"' });
    expect(await cache.answers.get('cd'.repeat(32))).toBeUndefined();
  });

  it('takes no content under a digest that is not its own', async () => {
    const cache = make();
    await cache.content.put(DIGEST, Buffer.from('something else'));
    expect(await cache.content.get(DIGEST)).toBeUndefined();
  });

  it.each([
    '',
    'sha256:',
    DIGEST.toUpperCase(),
    `md5:${'a'.repeat(32)}`,
    `sha1:${'a'.repeat(40)}`,
    `sha256:${'a'.repeat(128)}`,
    `sha512:${'a'.repeat(64)}`,
    `sha256:../../${'a'.repeat(58)}`,
    `${DIGEST}\n`,
    `${DIGEST}/../x`,
  ])('PTH-01 takes nothing under %j', async (digest) => {
    const cache = make();
    await cache.content.put(digest, CONTENT);
    expect(await cache.content.get(digest)).toBeUndefined();
  });

  it('takes no item that would push out most others', async () => {
    const cache = make();
    const large = Buffer.alloc(2 * MEBIBYTE);
    await cache.content.put(digestOf(large), large);
    await cache.answers.put(KEY, { ...ANSWER, bytes: large });
    expect(await cache.content.get(digestOf(large))).toBeUndefined();
    expect(await cache.answers.get(KEY)).toBeUndefined();
  });

  it('is not changed by whoever changes bytes that it gave or was given', async () => {
    const cache = make();
    const bytes = Buffer.from(CONTENT);
    await cache.content.put(DIGEST, bytes);
    bytes.fill(0);
    (await cache.content.get(DIGEST))?.fill(0);
    expect(Buffer.from((await cache.content.get(DIGEST)) ?? [])).toEqual(CONTENT);
  });
});

describe('a cache in memory', () => {
  it('lets go of what was used longest ago', async () => {
    const cache = createMemoryCache(800);
    const items = [...Array(9).keys()].map((number) => Buffer.alloc(100, number + 1));
    for (const item of items.slice(0, 8)) await cache.content.put(digestOf(item), item);
    await cache.content.get(digestOf(items[0] ?? CONTENT));
    await cache.content.put(digestOf(items[8] ?? CONTENT), items[8] ?? CONTENT);
    const held = await Promise.all(items.map(async (item) => (await cache.content.get(digestOf(item)))?.[0]));
    expect(held).toEqual([1, undefined, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a cache on disk', () => {
  it('keeps content where its digest says, for its owner alone', async () => {
    const directory = place();
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    await cache.answers.put(KEY, ANSWER);
    const hex = DIGEST.slice('sha256:'.length);
    const path = join(directory, 'content', 'sha256', hex.slice(0, 2), hex);
    expect(readFileSync(path)).toEqual(CONTENT);
    const modes = [directory, join(directory, 'content'), path, onlyFile(directory, 'answers')].map(
      (one) => statSync(one).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
    expect(await open(directory).content.get(DIGEST)).toEqual(CONTENT);
  });

  it.each<[string, (path: string) => void]>([
    ['has one bit changed', (path) => writeFileSync(path, Buffer.from('dontent'))],
    ['is cut', (path) => truncateSync(path, 3)],
    ['is empty', (path) => truncateSync(path, 0)],
    ['is longer', (path) => appendFileSync(path, '\n')],
  ])('holds no content that %s, and removes it', async (_, damage) => {
    const directory = place();
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    damage(onlyFile(directory, 'content'));
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    expect(filesIn(directory, 'content')).toEqual([]);
    await cache.content.put(DIGEST, CONTENT);
    expect(await cache.content.get(DIGEST)).toEqual(CONTENT);
  });

  it('gives no other content that lies under the name of a digest', async () => {
    const directory = place();
    const cache = open(directory);
    const other = Buffer.from('other');
    await cache.content.put(DIGEST, CONTENT);
    const path = onlyFile(directory, 'content');
    await cache.content.put(digestOf(other), other);
    renameSync(filesIn(directory, 'content').find((one) => one !== path) ?? '', path);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
  });

  it('holds no answer of which any byte was changed, cut or added', async () => {
    const directory = place();
    const cache = open(directory);
    await cache.answers.put(KEY, ANSWER);
    const path = onlyFile(directory, 'answers');
    const right = readFileSync(path);
    const wrong = [...right.keys()].map((at) => {
      const bytes = Buffer.from(right);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    });
    for (let length = 0; length < right.length; length++) wrong.push(right.subarray(0, length));
    wrong.push(Buffer.concat([right, Buffer.of(0)]));
    const given: unknown[] = [];
    for (const bytes of wrong) {
      writeFileSync(path, bytes);
      given.push(await cache.answers.get(KEY));
    }
    expect(given.every((answer) => answer === undefined)).toBe(true);
    writeFileSync(path, right);
    expect(await cache.answers.get(KEY)).toEqual(ANSWER);
  });

  it('gives no answer of one key for another, also when its file is put there', async () => {
    const directory = place();
    const cache = open(directory);
    const other = 'cd'.repeat(32);
    await cache.answers.put(KEY, ANSWER);
    const mine = onlyFile(directory, 'answers');
    await cache.answers.put(other, { ...ANSWER, bytes: Buffer.from('not yours') });
    renameSync(mine, filesIn(directory, 'answers').find((path) => path !== mine) ?? '');
    expect(await cache.answers.get(other)).toBeUndefined();
    expect(filesIn(directory, 'answers')).toEqual([]);
  });

  it.each(['', '../../etc/passwd', 'AB'.repeat(32), `${KEY}\n`, `${'a'.repeat(62)}/.`])(
    'PTH-01 keeps no answer under %j',
    async (key) => {
      const directory = place();
      const cache = open(directory);
      await cache.answers.put(key, ANSWER);
      expect(await cache.answers.get(key)).toBeUndefined();
      expect(filesIn(directory, 'answers')).toEqual([]);
    },
  );

  it('PTH-02 follows no link in the place of a file', async () => {
    const directory = place();
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    const path = onlyFile(directory, 'content');
    const elsewhere = place();
    writeFileSync(elsewhere, CONTENT);
    rmSync(path);
    symlinkSync(elsewhere, path);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    await cache.content.put(DIGEST, CONTENT);
    expect(lstatSync(path).isFile()).toBe(true);
  });

  it('waits on no pipe and reads no folder in the place of a file', async () => {
    const directory = place();
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    const path = onlyFile(directory, 'content');
    rmSync(path);
    mkdirSync(path);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    await cache.content.put(DIGEST, CONTENT);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    rmSync(path, { recursive: true });
    await promisify(execFile)('mkfifo', [path]);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
  });

  it.each<[string, (directory: string) => void]>([
    ['is a file', (directory) => writeFileSync(directory, 'a file')],
    [
      'is a link',
      (directory) => {
        mkdirSync(`${directory}-target`, { mode: 0o700 });
        symlinkSync(`${directory}-target`, directory);
      },
    ],
    [
      'others may write to',
      (directory) => {
        mkdirSync(directory);
        chmodSync(directory, 0o777);
      },
    ],
    [
      'holds a link in the place of its folder',
      (directory) => {
        mkdirSync(directory, { mode: 0o700 });
        mkdirSync(`${directory}-target`, { mode: 0o700 });
        symlinkSync(`${directory}-target`, join(directory, 'content'));
      },
    ],
  ])('is empty, and throws nothing, where its directory %s', async (_, prepare) => {
    const directory = place();
    prepare(directory);
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    await cache.answers.put(KEY, ANSWER);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    expect(await cache.answers.get(KEY)).toBeUndefined();
    await cache.clear();
    expect(await cache.describe()).toEqual({ directory, isUsable: false, bytes: 0, count: 0 });
    expect(existsSync(`${directory}-target`) ? readdirSync(`${directory}-target`) : []).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'PTH-02 is empty where no folder can be made, and waits for none',
    async () => {
      // As a process of its own: what it is kept from is a thread that tries for ever.
      const code = `
      import { openCache } from '${join(ROOT, 'src/adapters/cache/index.ts')}';
      const cache = openCache({ directory: '/proc/nothing/a/b', maxBytes: 1024, now: () => 0 });
      await cache.content.put('${DIGEST}', Buffer.from('content'));
      process.stdout.write(JSON.stringify(await cache.describe()));`;
      const argv = ['--input-type=module', '--eval', code];
      const { stdout } = await promisify(execFile)(NODE, argv, { timeout: 5_000, killSignal: 'SIGKILL' });
      expect(JSON.parse(stdout)).toMatchObject({ isUsable: false, count: 0 });
    },
  );

  it.runIf(process.getuid?.() === 0)('is empty where its directory belongs to somebody else', async () => {
    const directory = place();
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, 12_345, 12_345);
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('reads on where nothing can be written any more', async () => {
    const directory = place();
    const large = Buffer.alloc(MEBIBYTE, 7);
    await open(directory).content.put(DIGEST, CONTENT);
    // Root may write to any folder, but no larger files than its shell allows.
    const script = `
      import { openCache } from ${JSON.stringify(join(ROOT, 'src/adapters/cache/index.ts'))};
      const cache = openCache({ directory: ${JSON.stringify(directory)}, maxBytes: 1e8, now: () => ${NOW} });
      const large = Buffer.alloc(${MEBIBYTE}, 7);
      await cache.content.put(${JSON.stringify(digestOf(large))}, large);
      await cache.answers.put('${KEY}', { etag: '"1"', headers: {}, bytes: large });
      const kept = await cache.content.get(${JSON.stringify(digestOf(large))});
      const read = await cache.content.get(${JSON.stringify(DIGEST)});
      console.log(JSON.stringify({ kept: kept ?? null, read: read?.toString() }));`;
    const { stdout } = await promisify(execFile)('/bin/sh', [
      '-c',
      'ulimit -f 64; exec "$0" --input-type=module -e "$1"',
      NODE,
      script,
    ]);
    expect(JSON.parse(stdout)).toEqual({ kept: null, read: 'content' });
    const left = [...filesIn(directory, 'content'), ...filesIn(directory, 'answers')];
    expect(left.map((path) => statSync(path).size)).toEqual([CONTENT.length]);
  });

  it.runIf(process.getuid?.() !== undefined && process.getuid() !== 0)(
    'reads on where its folders are read-only',
    async () => {
      const directory = place();
      await open(directory).content.put(DIGEST, CONTENT);
      for (const folder of ['content', 'answers']) chmodSync(join(directory, folder), 0o500);
      const cache = open(directory);
      await cache.answers.put(KEY, ANSWER);
      expect(await cache.answers.get(KEY)).toBeUndefined();
      expect(await cache.content.get(DIGEST)).toEqual(CONTENT);
      for (const folder of ['content', 'answers']) chmodSync(join(directory, folder), 0o700);
    },
  );

  it('goes on when it is emptied meanwhile', async () => {
    const directory = place();
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    rmSync(directory, { recursive: true });
    expect(await cache.content.get(DIGEST)).toBeUndefined();
    await cache.content.put(DIGEST, CONTENT);
    expect(await cache.content.get(DIGEST)).toEqual(CONTENT);
  });

  it('stays below its bound, and keeps what was used last', async () => {
    const directory = place();
    let now = NOW;
    const cache = open(directory, 100_000, () => now);
    const items = [...Array(60).keys()].map((number) => Buffer.alloc(4000, number));
    const first = items[0] ?? CONTENT;
    for (const item of items) {
      now += 2 * 24 * 3600_000;
      await cache.content.get(digestOf(first));
      await cache.content.put(digestOf(item), item);
    }
    const { bytes, count: kept } = await cache.describe();
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(kept).toBeGreaterThan(20);
    const held = await Promise.all(
      items.map(async (item) => (await cache.content.get(digestOf(item))) !== undefined),
    );
    // The first was read before each write, so it outlived those after it.
    expect([held[0], held[1], held.at(-1), held.at(-20)]).toEqual([true, false, true, true]);
  });

  it('takes away what a writer left half-done, and nothing that is not its own', async () => {
    const directory = place();
    let now = NOW;
    const cache = open(directory, 10 * MEBIBYTE, () => now);
    await cache.content.put(DIGEST, CONTENT);
    const half = `${onlyFile(directory, 'content')}.0123456789abcdef.tmp`;
    const fresh = half.replace('0123', 'ffff');
    const foreign = join(directory, 'content', 'README');
    const old = new Date(NOW - 10 * 24 * 3600_000);
    for (const path of [half, fresh, foreign]) writeFileSync(path, 'x');
    for (const path of [half, foreign]) utimesSync(path, old, old);
    utimesSync(fresh, new Date(NOW), new Date(NOW));
    now += 120_000;
    await cache.answers.put(KEY, ANSWER);
    expect([half, fresh, foreign].map(existsSync)).toEqual([false, true, true]);
  });

  it('tells what it holds, and forgets it when told to', async () => {
    const directory = place();
    const cache = open(directory);
    await cache.content.put(DIGEST, CONTENT);
    await cache.answers.put(KEY, ANSWER);
    writeFileSync(join(directory, 'notes'), 'of somebody else');
    expect(await cache.describe()).toMatchObject({ directory, isUsable: true, count: 2 });
    await cache.clear();
    expect(await cache.describe()).toMatchObject({ bytes: 0, count: 0 });
    expect(existsSync(join(directory, 'notes'))).toBe(true);
    await cache.content.put(DIGEST, CONTENT);
    expect(await cache.content.get(DIGEST)).toEqual(CONTENT);
  });

  it.each([0, -1, Number.NaN])('is not opened with a bound of %s', (maxBytes) => {
    expect(() => open(place(), maxBytes)).toThrow(TypeError);
  });

  it.each([
    ['room for all', 64 * MEBIBYTE],
    ['eviction at every turn', 300_000],
  ])('gives eight processes at once whole items or none, with %s', async (_, maxBytes) => {
    const directory = place();
    const worker = join(import.meta.dirname, 'cache-worker.ts');
    const run = promisify(execFile);
    const answers = await Promise.all(
      [...Array(8).keys()].map((seed) =>
        run(NODE, [worker, JSON.stringify({ directory, maxBytes, rounds: 120, seed, size: 30_000 })]),
      ),
    );
    const hits = answers.map(({ stdout }) => (JSON.parse(stdout) as { hits: number }).hits);
    expect(hits.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(100);
    // What one process wrote, another one reads.
    expect(filesIn(directory, 'answers').some((path) => path.endsWith('.tmp'))).toBe(false);
    expect((await open(directory, maxBytes).describe()).bytes).toBeLessThan(maxBytes * 1.5);
  });
});
