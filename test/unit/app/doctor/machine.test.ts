import { describe, expect, it } from 'vitest';
import {
  type CacheState,
  cacheCheck,
  clockCheck,
  runtimeCheck,
  satisfies,
} from '../../../../src/app/doctor/machine.ts';

describe('the version of Node.js', () => {
  const RANGE = '^24.15.0 || >=26.0.0';
  it.each([
    ['24.15.0', true],
    ['24.99.1', true],
    ['26.0.0', true],
    ['30.1.2', true],
    ['24.14.9', false],
    ['25.0.0', false],
    ['22.20.0', false],
    ['26.0.0-nightly', true],
    ['x', false],
  ])('%s: %s', (version, holds) => expect(satisfies(version, RANGE)).toBe(holds));

  it.each(['', '~24.0.0', '24', '>26.0.0'])('is held against no range that is not ours: %s', (range) =>
    expect(satisfies('26.1.0', range)).toBe(false),
  );

  it('is a warning where it is another one', async () => {
    const runtime = { version: '1.0.0', node: '25.0.0', engines: RANGE, platform: 'linux-x64' };
    expect(await runtimeCheck(runtime).run()).toMatchObject({
      status: 'warning',
      found: 'slsa-gate 1.0.0, Node.js 25.0.0, linux-x64',
      hint: expect.stringContaining(RANGE),
    });
    expect(await runtimeCheck({ ...runtime, node: '24.15.0' }).run()).toMatchObject({ status: 'ok' });
  });
});

describe('the clock', () => {
  const reading = (origin: string, skewS: number) => ({ origin, serverMs: skewS * 1000, localMs: 0 });

  it.each([
    ['nobody', [], 'not-checked', undefined],
    ['one that agrees', [reading('a', 59)], 'ok', undefined],
    ['one that does not', [reading('a', 61)], 'problem', 'clock.skew'],
    ['one that does not, of three', [reading('a', 9000), reading('b', 1), reading('c', 0)], 'ok', undefined],
    ['two of three', [reading('a', 9000), reading('b', 9000), reading('c', 0)], 'problem', 'clock.skew'],
    ['one that is behind', [reading('a', -3600)], 'problem', 'clock.skew'],
  ])('against %s', async (_, readings, status, code) => {
    const line = await clockCheck(() => readings).run();
    expect(line).toMatchObject({ id: 'clock', status, ...(code === undefined ? {} : { code }) });
  });
});

describe('the cache', () => {
  const state: CacheState = { directory: '/c', isUsable: true, isWritable: true, bytes: 2000, count: 3 };

  it.each([
    [state, 'ok', '/c: 3 files, 2 KiB'],
    [{ ...state, isWritable: false }, 'warning', '/c cannot be written'],
    [{ ...state, isUsable: false }, 'warning', expect.stringContaining('/c cannot be made or used')],
    [undefined, 'not-checked', 'not used, because of --without-cache'],
  ])('%j', async (given, status, found) => {
    expect(await cacheCheck(async () => given).run()).toMatchObject({ status, found });
  });
});
