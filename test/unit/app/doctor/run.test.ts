import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type CheckLine,
  type DoctorDocument,
  exitOf,
  fails,
  foundOf,
  isOk,
  notChecked,
  type Place,
  warns,
} from '../../../../src/app/doctor/check.ts';
import { type Check, runChecks, step } from '../../../../src/app/doctor/run.ts';
import type { Code } from '../../../../src/codes.ts';
import { ConfigError } from '../../../../src/core/model/faults.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const NPM: Place = { id: 'npm', name: 'npm' };
const CLOCK: Place = { id: 'clock', name: 'clock' };
const OPTIONS = { timeoutMs: 1_000 };

const check = (place: Place, run: Check['run'] = async () => isOk(place, 'fine')): Check => ({
  ...place,
  run,
});

const error = (finding: Code, message = 'it does not work'): SlsaGateError =>
  new SlsaGateError(finding, message);

const failing = (place: Place, thrown: unknown): Check =>
  check(place, async () => {
    throw thrown;
  });

const problem = (code: Code): CheckLine => fails(NPM, error(code));
const document = (...checks: readonly CheckLine[]): Pick<DoctorDocument, 'checks'> => ({ checks });

describe('checks', () => {
  it('are told in the order of their kinds, whatever the order of their ends', async () => {
    const slow = check(CLOCK, async () => {
      await sleep(20);
      return isOk(CLOCK, 'late');
    });
    const { checks, status } = await runChecks([[check(NPM), slow]], OPTIONS);
    expect(checks.map(({ id }) => id)).toEqual(['clock', 'npm']);
    expect(status).toBe('ok');
  });

  it('hide none of each other when they are refused', async () => {
    const groups = [[failing(NPM, error('source.unavailable'))], [check(CLOCK)]];
    const { checks, status } = await runChecks(groups, OPTIONS);
    expect(status).toBe('problem');
    expect(checks).toEqual([
      isOk(CLOCK, 'fine'),
      {
        ...NPM,
        status: 'problem',
        found: 'it does not work',
        code: 'source.unavailable',
        hint: expect.stringMatching(/\.$/),
      },
    ]);
  });

  it.each([
    ['an error', new TypeError('undefined is not a secret'), 'internal error: TypeError'],
    ['something else', 'a secret', 'internal error: string'],
  ])('make a bug a problem that says nothing of %s, and tell it apart', async (_, thrown, found) => {
    const bugs: SlsaGateError[] = [];
    const { checks } = await runChecks([[failing(NPM, thrown), check(CLOCK)]], {
      ...OPTIONS,
      onBug: (bug) => bugs.push(bug),
    });
    expect(checks[1]).toMatchObject({ status: 'problem', code: 'internal.bug', found });
    expect(bugs.map(({ cause }) => cause)).toEqual([thrown]);
    expect(JSON.stringify(checks)).not.toContain('secret');
  });

  it('end in time, also when what they wait for does not', async () => {
    const never = check(NPM, () => new Promise(() => undefined));
    const { checks } = await runChecks([[never]], { timeoutMs: 20 });
    expect(checks).toMatchObject([{ id: 'npm', status: 'problem', code: 'source.timeout' }]);
  });

  it('of one group run together, those of the next one after them, and each is counted', async () => {
    const events: string[] = [];
    const noting = (name: string, ms: number): Check =>
      check({ ...NPM, name }, async () => {
        events.push(`begin ${name}`);
        await sleep(ms);
        events.push(`end ${name}`);
        return [];
      });
    const told: (readonly [number, number])[] = [];
    await runChecks([[noting('a', 20), noting('b', 1)], [noting('c', 1)]], {
      ...OPTIONS,
      tell: (done, total) => told.push([done, total]),
    });
    expect(events).toEqual(['begin a', 'begin b', 'end b', 'end a', 'begin c', 'end c']);
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('may have several lines, of which the worst counts', async () => {
    const several = check(NPM, async () => [
      isOk(NPM, 'a'),
      warns(NPM, 'b', 'Mend it.'),
      notChecked(NPM, 'c'),
    ]);
    const { checks, status } = await runChecks([[several]], OPTIONS);
    expect(checks.map((line) => line.status)).toEqual(['ok', 'warning', 'not-checked']);
    expect(status).toBe('warning');
  });

  it('of several steps go on after one that was refused, and not after a bug', async () => {
    const refused = await step(NPM, async () => Promise.reject(error('path.not-found')));
    expect(refused).toMatchObject([{ id: 'npm', status: 'problem', code: 'path.not-found' }]);
    await expect(step(NPM, async () => Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError);
  });
});

describe('the exit code', () => {
  it.each([
    ['nothing', [], 0],
    ['all is well', [isOk(NPM, 'fine')], 0],
    ['warnings, whatever they would be elsewhere', [warns(NPM, 'x', 'y', 'evidence.rollback')], 0],
    ['what was not checked', [notChecked(NPM, 'x')], 0],
    ['a source that does not answer', [problem('source.unavailable')], 2],
    ['a file of configuration', [problem('policy.unknown-key')], 2],
    ['what would be denied', [problem('policy.no-match')], 2],
    ['evidence of our own', [problem('source.unavailable'), problem('evidence.rollback')], 3],
    ['a bug', [problem('source.unavailable'), problem('internal.bug')], 70],
    ['evidence of our own beside a bug', [problem('internal.bug'), problem('evidence.tampered')], 3],
  ] as const)('for %s', (_, lines, exit) => {
    expect(exitOf(document(...lines))).toBe(exit);
  });
});

describe('what was found', () => {
  it('is the message, with what is found and expected where it does not say it', () => {
    const own = new SlsaGateError('trust.stale', 'too old', { actual: '90 seconds', expected: 'at most 60' });
    expect(foundOf(own)).toBe('too old (found 90 seconds, expected at most 60)');
    expect(foundOf(new SlsaGateError('source.unavailable', 'x', { actual: 'ECONNREFUSED' }))).toBe(
      'x (found ECONNREFUSED)',
    );
    expect(foundOf(new SlsaGateError('path.not-found', 'no file: a', { actual: 'a' }))).toBe('no file: a');
  });

  it('is bounded where strangers wrote it', () => {
    const long = new SlsaGateError('source.malformed-response', 'x', { actual: 'y'.repeat(10_000) });
    expect(foundOf(long).length).toBeLessThan(300);
  });

  it('is the first fault of a file, and how many more there are', () => {
    const fault = {
      code: 'policy.invalid',
      message: 'wrong',
      path: 'a',
      line: 1,
      column: 2,
      hint: '',
    } as const;
    expect(foundOf(new ConfigError('p.yaml', [fault]))).toBe('p.yaml:1:2: a: wrong');
    expect(foundOf(new ConfigError('p.yaml', [fault, fault]))).toBe(
      'p.yaml:1:2: a: wrong (and 1 more faults)',
    );
  });
});
