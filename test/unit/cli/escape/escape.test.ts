import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toTerminal } from '../../../../src/cli/escape/terminal.ts';
import { cut, toVisible } from '../../../../src/cli/escape/visible.ts';
import { toXml } from '../../../../src/cli/escape/xml.ts';
import { hostileText, RAW } from '../hostile.ts';

describe('visible text', () => {
  it.each([
    ['\u001b[31m', '\\u{1b}[31m'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u202eabc', '\\u{202e}abc'],
    ['a\u200bb', 'a\\u{200b}b'],
    ['\u009b', '\\u{9b}'],
    ['\u2028', '\\u{2028}'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['größe ✓ 日本', 'größe ✓ 日本'],
    ['C:\\path', 'C:\\path'],
  ])('of %j is %s', (text, visible) => {
    expect(toVisible(text)).toBe(visible);
  });

  it('I16 holds nothing hidden, whatever it is made of, and stays the same when shown again', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const visible = toVisible(text);
        expect(visible).not.toMatch(RAW);
        expect(toVisible(visible)).toBe(visible);
      }),
    );
  });

  it('is cut between characters, never inside one', () => {
    expect(cut('a'.repeat(5), 5)).toBe('aaaaa');
    expect(cut('a'.repeat(6), 5)).toBe('aaaaa... (1 more)');
    expect(cut('\u{1f600}'.repeat(3), 2)).toBe('\u{1f600}\u{1f600}... (1 more)');
  });
});

describe('text for a terminal or a job log', () => {
  it.each([
    ['::error::x', '\\u{3a}:error::x'],
    ['  ::error::x', '  \\u{3a}:error::x'],
    ['a ::error::x', 'a ::error::x'],
    ['##[error]', '\\u{23}#[error]'],
    ['###', '\\u{23}\\u{23}#'],
    ['a # b', 'a # b'],
    ['pkg::name', 'pkg::name'],
  ])('INJ-02 of %j is %s', (text, shown) => {
    expect(toTerminal(text)).toBe(shown);
  });
});

describe('text for XML', () => {
  it.each([
    ['<a b="c">&\'', '&lt;a b=&quot;c&quot;&gt;&amp;&apos;'],
    [']]>', ']]&gt;'],
    ['\u0000\ufffe', '\\u{0}\\u{fffe}'],
    ['&lt;', '&amp;lt;'],
    ['##', '&#35;#'],
  ])('INJ-06 of %j is %s', (text, escaped) => {
    expect(toXml(text)).toBe(escaped);
  });
});
