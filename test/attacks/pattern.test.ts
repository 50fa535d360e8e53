import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import { exactly } from '../../src/core/model/matcher.ts';
import { anchoredPattern } from '../../src/core/model/pattern.ts';
import type { SlsaGateError } from '../../src/errors.ts';
import { refusal } from './verify.ts';

const refusalOf = (pattern: string): SlsaGateError => refusal(() => anchoredPattern(pattern));
const WORKFLOW = 'https://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3';

describe('IDN-02 patterns', () => {
  it.each([
    ['https://github.com/octo-org/', '^(?:https://github.com/octo-org/)$'],
    ['^https://github.com/octo-org/', '^(?:https://github.com/octo-org/)$'],
    ['https://github.com/octo-org/$', '^(?:https://github.com/octo-org/)$'],
    ['.', '^(?:.)$'],
    ['', '^(?:)$'],
    ['^$', '^(?:)$'],
    ['^github|octo$', '^(?:github|octo)$'],
    ['^(?:a)|(?:b)$', '^(?:(?:a)|(?:b))$'],
    ['^a\\$', '^(?:a\\)$'],
    ['^', '^(?:)$'],
    ['(?i)^a$', '^(?:(?i)^a)$'],
    ['\n^a$', '^(?:\n^a)$'],
    ['^a$\n', '^(?:a$\n)$'],
  ])('IDN-02 are refused when an end is open: %j', (pattern, expected) => {
    const error = refusalOf(pattern);
    expect(error.finding).toBe('policy.unanchored');
    expect(error.exitCode).toBe(64);
    expect(error.expected).toBe(expected);
    expect(error.actual).toBe(pattern);
    // What cannot be anchored by putting anchors around it gets no pattern to copy.
    const isHopeless = expected === '^(?:)$' || expected.endsWith('\\)$');
    expect(error.hint).toContain(isHopeless ? 'Write it as ^...$ .' : `Write it as ${expected}, or as `);
  });

  it.each([
    ['^a)|(b$'],
    ['^a)|(?:b$'],
    ['^)($'],
    ['^(a$'],
    ['^[a$'],
    ['^\\Qabc$'],
    ['^a**$'],
    ['^(?=a)b$'],
    ['^(a)\\1$'],
  ])('IDN-02 are refused when they are none by themselves: %j', (pattern) => {
    const error = refusalOf(pattern);
    expect(error.finding).toBe('policy.pattern');
    expect(error.exitCode).toBe(64);
    expect(error.message).toBe('pattern cannot be compiled');
    expect(error.actual).toBe(pattern);
  });

  it.each([
    ['^.*$'],
    ['^.+$'],
    ['^(?s).*$'],
    ['^[^x]*$'],
    ['^\\S+$'],
    ['^[!-~]+$'],
    ['^(a|.*)$'],
    ['^.+@.+$'],
    ['^\\w*$'],
  ])('IDN-02 are refused when they let everything in: %j', (pattern) => {
    const error = refusalOf(pattern);
    expect(error.finding).toBe('policy.pattern');
    expect(error.message).toBe('pattern matches everything');
  });

  it.each([
    ['^https://github\\.com/octo-org/.+$', WORKFLOW, true],
    ['^https://github\\.com/octo-org/.+$', WORKFLOW.replace('octo-org', 'octo-org-evil'), false],
    ['^https://github\\.com/octo-org/.+$', `https://evil.io/?${WORKFLOW}`, false],
    ['^https://github\\.com/octo-org/.+$', `${WORKFLOW}\nmore`, false],
    ['^https://github\\.com/octo-org/.+$', WORKFLOW.replace('.com', 'xcom'), false],
    ['^https://github\\.com/(a|b)/c$', 'https://github.com/a/c', true],
    ['^https://github\\.com/(a|b)/c$', 'https://github.com/b/c/d', false],
    ['^a.c$', 'a\nc', false],
    ['^(?m:a$)$', 'a\nb', false],
    ['^(?i)github$', 'GitHub', true],
    ['^v[0-9]+$', 'v\u0663', false],
  ])('IDN-02 match whole texts alone: %j and %j', (pattern, text, matches) => {
    expect(anchoredPattern(pattern).matches(text)).toBe(matches);
  });

  it('IDN-02 literals are compared as they are', () => {
    const matcher = exactly('https://github.com/a.b');
    for (const text of ['https://github.com/aXb', 'https://github.com/a.b ', 'HTTPS://github.com/a.b', ''])
      expect(matcher.matches(text)).toBe(false);
    expect(matcher.matches('https://github.com/a.b')).toBe(true);
    expect(matcher.describe).toBe('https://github.com/a.b');
  });
});

describe('RES-06 hostile patterns', () => {
  /** Generous, since the machines of others are slow; what is not linear takes minutes. */
  const BOUND_MS = 5000;
  const timed = <T>(run: () => T): { value: T; tookMs: number } => {
    const start = performance.now();
    const value = run();
    return { value, tookMs: performance.now() - start };
  };
  const ABC = 'a'.repeat(LIMITS.matchedTextLength - 1);

  it.each([
    ['^(https://([a-zA-Z./-]+)+)+x$', `https://${'a/'.repeat(2000)}`],
    ['^(a+)+$', `${ABC}!`],
    ['^(a|a)*b$', ABC],
    ['^(a|aa)+b$', ABC],
    ['^(.*a){20}b$', ABC],
    ['^(a*)*(b*)*c$', ABC],
    ['^([a-z]+)*@x$', ABC],
    ['^(?:a?){200}a{200}b$', ABC],
    ['^.*.*.*.*.*.*.*=b$', ABC],
    ['^(x{0,30}){0,30}y$', 'x'.repeat(4000)],
    ['^(\\p{L}+)+!x$', 'é'.repeat(4000)],
  ])('RES-06 answers in linear time: %j', (pattern, text) => {
    const { value, tookMs } = timed(() => anchoredPattern(pattern).matches(text));
    expect(value).toBe(false);
    expect(tookMs).toBeLessThan(BOUND_MS);
  });

  it.each([
    ['too many repetitions', `^${'(?:x{0,1000})'.repeat(20)}$`, 'pattern repeats too much'],
    ['a long group many times', `^(?:${'abcdefghij'.repeat(90)}){500}$`, 'pattern repeats too much'],
    ['nested repetitions', '^((a{1,100}){1,100}){1,100}$', 'pattern cannot be compiled'],
    ['a repetition without sense', '^a{1001}$', 'pattern cannot be compiled'],
    ['deep nesting', `^${'('.repeat(1001)}a${')'.repeat(1001)}$`, 'pattern is too long'],
    ['a long pattern', `^${'a'.repeat(LIMITS.patternLength)}$`, 'pattern is too long'],
  ])('RES-06 refuses %s when the pattern is loaded', (_, pattern, message) => {
    const { value, tookMs } = timed(() => refusalOf(pattern));
    expect(value.finding).toBe('policy.pattern');
    expect(value.exitCode).toBe(64);
    expect(value.message).toBe(message);
    expect(tookMs).toBeLessThan(BOUND_MS);
  });

  it('RES-06 a text beyond the limit matches no pattern', () => {
    const matcher = anchoredPattern('^a+$');
    expect(matcher.matches('a'.repeat(LIMITS.matchedTextLength))).toBe(true);
    expect(matcher.matches('a'.repeat(LIMITS.matchedTextLength + 1))).toBe(false);
  });
});
