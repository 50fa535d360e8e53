import { describe, expect, it } from 'vitest';
import { checkPair, checkTime, parseDurationSeconds, parseThreshold } from '../../../src/cli/values.ts';
import { refusal } from './command.ts';

describe('durations', () => {
  it.each([
    ['45s', 45],
    ['90m', 5400],
    ['12h', 43_200],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
  ])('reads %s', (text, seconds) => {
    expect(parseDurationSeconds('max-trust-age', text)).toBe(seconds);
  });

  it.each(['30', 'd', '0d', '-1d', '1.5h', '1e3s', '30 d', '30D', '1y', '30d ', '٣d', '1constructor'])(
    'refuses %j',
    (text) => {
      expect(() => parseDurationSeconds('max-trust-age', text)).toThrow(
        refusal('usage.flag', { actual: text, hint: 'Write a whole number and s, m, h, d or w, e.g. 30d.' }),
      );
    },
  );
});

describe('thresholds', () => {
  it('reads numbers from 1 to 99', () => {
    expect(parseThreshold('tlog-threshold', '1')).toBe(1);
    expect(parseThreshold('tlog-threshold', '99')).toBe(99);
  });

  it.each(['0', '00'])('refuses %s, which would demand nothing', (text) => {
    expect(() => parseThreshold('tlog-threshold', text)).toThrow(
      refusal('config.threshold', { actual: text }),
    );
  });

  it.each(['-1', '1.5', '1e1', '100', 'one', '01', ' 1'])('refuses %j', (text) => {
    expect(() => parseThreshold('tlog-threshold', text)).toThrow(refusal('usage.flag', { actual: text }));
  });
});

describe('times', () => {
  it.each(['2026-01-31T12:00:00Z', '2024-02-29T23:59:59.999Z', '2026-01-31T12:00:00+02:00'])(
    'takes %s as it is written',
    (text) => {
      expect(checkTime('key-not-before', text)).toBe(text);
    },
  );

  it.each([
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-30T12:00:00Z',
    '2025-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31 12:00:00Z',
    'now',
  ])('refuses %s', (text) => {
    expect(() => checkTime('key-not-before', text)).toThrow(refusal('usage.flag', { actual: text }));
  });
});

describe('pairs', () => {
  it('takes both parts', () => {
    expect(checkPair('policy-digest', 'sha256:ab', ':')).toBe('sha256:ab');
    expect(checkPair('build-workflow-input', 'k=', '=')).toBe('k=');
  });

  it.each([
    ['policy-digest', 'sha256', ':', 'ALGORITHM:VALUE'],
    ['policy-digest', ':ab', ':', 'ALGORITHM:VALUE'],
    ['policy-digest', 'sha256:', ':', 'ALGORITHM:VALUE'],
    ['build-workflow-input', 'k', '=', 'NAME=VALUE'],
    ['build-workflow-input', '=v', '=', 'NAME=VALUE'],
  ] as const)('refuses --%s %s', (flag, text, separator, expected) => {
    expect(() => checkPair(flag, text, separator)).toThrow(refusal('usage.flag', { expected, actual: text }));
  });
});
