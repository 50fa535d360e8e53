import { describe, expect, it } from 'vitest';
import { reportError, wantsJson } from '../../../src/cli/report-error.ts';
import { ConfigError, type Fault } from '../../../src/core/model/faults.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { captureStreams } from './captured.ts';
import { HOSTILE, RAW, withoutLineFeeds } from './hostile.ts';

describe('telling an error', () => {
  const captured = captureStreams();

  it('is three lines on standard error and an exit code that is not 0', async () => {
    await reportError(new SlsaGateError('path.not-found', 'no such file: a.tgz'), ['verify', 'a.tgz']);
    const [error, hint, code, ...rest] = captured.stderr.split('\n');
    expect(error).toBe('error: no such file: a.tgz');
    expect(hint).toMatch(/^hint: [A-Z].*\.$/);
    expect(code).toBe('code: path.not-found (slsa-gate explain path.not-found)');
    expect(rest).toEqual(['']);
    expect(captured.stdout).toBe('');
    expect(process.exitCode).toBe(64);
  });

  it('is our own JSON on standard output under --json, with the same exit code', async () => {
    await reportError(new SlsaGateError('trust.stale', 'too old', { actual: '9 days' }), [
      'verify',
      '--json',
    ]);
    expect(JSON.parse(captured.stdout)).toEqual({
      schemaVersion: 1,
      error: {
        code: 'SG_TRUST',
        finding: 'trust.stale',
        message: 'too old',
        hint: expect.stringMatching(/./),
        details: { actual: '9 days' },
      },
    });
    expect(captured.stderr).toBe('');
    expect(process.exitCode).toBe(2);
  });

  it('BND-05 tells of a bug only its kind: what it says may quote hostile input', async () => {
    await reportError(new RangeError('secret \u001b[2K'), []);
    expect(captured.stderr).toMatch(/^error: internal error: RangeError\n/);
    expect(captured.stderr).not.toMatch(/secret| at /);
    expect(process.exitCode).toBe(70);
  });

  it.each([undefined, null, 'text', { exitCode: 0 }])('BND-05 ends in 70 for a thrown %j', async (thrown) => {
    process.exitCode = 0;
    await reportError(thrown, []);
    expect(process.exitCode).toBe(70);
    expect(captured.stderr).toMatch(/^error: internal error: /);
  });

  it('shows stacks only when asked, without raw controls in them', async () => {
    const cause = new Error('cause \u001b[31m');
    await reportError(new SlsaGateError('internal.bug', 'broken', { cause }), ['verify', '--debug']);
    expect(captured.stderr).toContain('caused by: Error: cause \\u{1b}[31m');
    expect(captured.stderr).toMatch(/^ {4}at /m);
    expect(withoutLineFeeds(captured.stderr)).not.toMatch(RAW);
  });

  const fault = (line: number, message: string): Fault => ({
    code: 'policy.invalid',
    message,
    path: 'name',
    line,
    column: 1,
    hint: `Mend line ${line}.`,
  });

  it('is two lines for each fault of a file, and one more', async () => {
    await reportError(new ConfigError('p.yaml', [fault(1, 'bad'), fault(2, 'worse')]), ['gate']);
    expect(captured.stderr.split('\n')).toEqual([
      'error: p.yaml:1:1: name: bad',
      'hint: Mend line 1.',
      'error: p.yaml:2:1: name: worse',
      'hint: Mend line 2.',
      'code: policy.invalid (slsa-gate explain policy.invalid)',
      '',
    ]);
    expect(process.exitCode).toBe(64);
  });

  it('counts the faults of a file that do not fit on a screen', async () => {
    const more = Array.from({ length: 19 }, (_, index) => fault(index + 2, 'bad'));
    await reportError(new ConfigError('p.yaml', [fault(1, 'bad'), ...more]), ['gate']);
    expect(captured.stderr.split('\n')).toHaveLength(23);
    expect(captured.stderr).toMatch(/^and 10 more faults$/m);
  });

  it('falls back to standard error when nobody reads the document', async () => {
    captured.fail.stdout = 'EPIPE';
    await reportError(new SlsaGateError('trust.stale', 'too old'), ['--json']);
    expect(captured.stderr).toMatch(/^error: too old\n/);
    expect(process.exitCode).toBe(2);
  });

  it.each(HOSTILE.terminal)('INJ-01 keeps %j on its line', async (text) => {
    await reportError(new SlsaGateError('path.not-found', `no such file: ${text}`, { hint: text }), []);
    expect(captured.stderr.split('\n')).toHaveLength(4);
    expect(withoutLineFeeds(captured.stderr)).not.toMatch(RAW);
  });

  it.each(HOSTILE.commands)('INJ-02 leaves no workflow command of %j', async (text) => {
    await reportError(new SlsaGateError('path.not-found', text, { hint: text }), []);
    expect(captured.stderr).not.toMatch(/^\s*::|##/m);
  });
});

describe('whether JSON is wanted', () => {
  it.each([
    [['verify', '--json'], true],
    [['verify', '--format', 'json'], true],
    [['verify', '--format=json'], true],
    [['verify', '--format', 'sarif'], false],
    [['verify', '--', '--json'], false],
    [['verify', 'json'], false],
    [[], false],
  ])('of %j is %s', (argv, wanted) => {
    expect(wantsJson(argv)).toBe(wanted);
  });
});
