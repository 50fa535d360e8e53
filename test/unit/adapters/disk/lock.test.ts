import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../../src/adapters/disk/lock.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'slsa-gate-lock-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(ROOT, 'x')), 'lock');
});
const folder = (): string => join(path, '..');

/** What this process writes as owner. */
const ownerOf = async (): Promise<Record<string, unknown>> =>
  withLock(join(ROOT, 'probe'), async () => JSON.parse(readFileSync(join(ROOT, 'probe'), 'utf8')));

/** Whether work under the lock has begun after a while. */
async function begins(): Promise<{ readonly begun: () => boolean; readonly done: Promise<unknown> }> {
  let hasBegun = false;
  const done = withLock(path, async () => {
    hasBegun = true;
  });
  await sleep(200);
  return { begun: () => hasBegun, done };
}

describe('a lock', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = () =>
      withLock(path, async ({ isHeld, isInherited }) => {
        most = Math.max(most, ++inside);
        expect([await isHeld(), isInherited]).toEqual([true, false]);
        await sleep(1);
        inside--;
      });
    await Promise.all(Array.from({ length: 20 }, work));
    expect([most, readdirSync(folder())]).toEqual([1, []]);
  });

  it('is let go of when the work fails, and the next one comes', async () => {
    const failing = withLock(path, async () => Promise.reject(new Error('no')));
    const next = withLock(path, async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect([await next, readdirSync(folder())]).toEqual(['next', []]);
  });

  it('of a process that lives is waited for', async () => {
    writeFileSync(path, JSON.stringify({ ...(await ownerOf()), token: 'another', pid: process.ppid }));
    const { begun, done } = await begins();
    expect(begun()).toBe(false);
    rmSync(path);
    await done;
    expect(begun()).toBe(true);
  });

  it('of another machine is waited for, though no process has that number here', async () => {
    writeFileSync(
      path,
      JSON.stringify({ token: 'another', pid: 999_999_999, machine: `${hostname()}.elsewhere` }),
    );
    const { begun, done } = await begins();
    expect(begun()).toBe(false);
    rmSync(path);
    await done;
    expect(begun()).toBe(true);
  });

  it.each(['', '{', '{"token":1}', 'null'])('that is just being written is waited for: %j', async (text) => {
    writeFileSync(path, text);
    const { begun, done } = await begins();
    expect(begun()).toBe(false);
    rmSync(path);
    await done;
    expect(begun()).toBe(true);
  });

  it.each<[string, () => Promise<string>]>([
    ['a process that is gone', async () => JSON.stringify({ ...(await ownerOf()), pid: 999_999_999 })],
    ['no process', async () => JSON.stringify({ ...(await ownerOf()), pid: -1 })],
  ])('of %s counts no longer, and who comes next hears of it', async (_, text) => {
    writeFileSync(path, await text());
    expect(await withLock(path, async ({ isInherited }) => isInherited)).toBe(true);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('that is old counts no longer, wherever its process is', async () => {
    for (const text of ['', JSON.stringify({ token: 'a', pid: 1, machine: 'elsewhere' })]) {
      writeFileSync(path, text);
      const old = Date.now() / 1000 - 120;
      utimesSync(path, old, old);
      expect(await withLock(path, async ({ isInherited }) => isInherited)).toBe(true);
    }
  });

  it.each(['', '{"token":'])('that was never finished counts no longer after a moment: %j', async (text) => {
    writeFileSync(path, text);
    const moment = Date.now() / 1000 - 3;
    utimesSync(path, moment, moment);
    expect(await withLock(path, async ({ isInherited }) => isInherited)).toBe(true);
  });

  it('is broken although whoever was breaking it died too', async () => {
    const dead = JSON.stringify({ ...(await ownerOf()), pid: 999_999_999 });
    writeFileSync(path, dead);
    writeFileSync(`${path}.break`, dead);
    expect(await withLock(path, async ({ isInherited }) => isInherited)).toBe(true);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('that was taken over is known to be lost, and is not taken from who has it', async () => {
    const held = await withLock(path, async ({ isHeld }) => {
      writeFileSync(path, 'of somebody else');
      return isHeld();
    });
    expect([held, existsSync(path), readFileSync(path, 'utf8')]).toEqual([false, true, 'of somebody else']);
  });
});
