import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LIMITS } from '../../src/core/limits.ts';
import { compilePattern } from '../../src/core/policy/pattern.ts';
import type { PatternInput } from '../../src/core/policy/schema.ts';
import { holds } from '../property/settings.ts';
import { refusal } from './verify.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8');

/** Rows of the tables in docs/policy.md whose cells are code, as it is written there. */
const rows = (columns: number): readonly string[][] =>
  [...PAGE.slice(PAGE.indexOf('## Patterns'), PAGE.indexOf('## Layers')).matchAll(/^\| (.*) \|$/gm)]
    .map(([, row = '']) => row.split(/ +\| +/).map((cell) => cell.replaceAll('\\|', '|').trim()))
    .filter((cells) => cells.length === columns && cells[0]?.startsWith('`'));

const unquoted = (cell = ''): string => cell.replace(/^`|`$/g, '');
const patternOf = (cell = ''): PatternInput => parse(unquoted(cell)) as PatternInput;

describe('the one matcher of policies', () => {
  it.each(rows(3))('POL-15 answers as its page says: %s, %s: %s', (pattern, text, answer) => {
    expect(compilePattern(patternOf(pattern)).matches(unquoted(text))).toBe(answer === 'yes');
  });

  it.each(rows(2))('POL-15 refuses as its page says: %s, %s', (pattern, code) => {
    const error = refusal(() => compilePattern(patternOf(pattern)));
    expect(error.finding).toBe(unquoted(code));
    expect(error.exitCode).toBe(64);
  });

  it('POL-15 has a page with many rows', () => {
    expect(rows(3).length).toBeGreaterThan(20);
    expect(rows(2).length).toBeGreaterThan(15);
  });

  it.each([
    ['refs/tags/v*', 'Write it as { glob: "refs/tags/v*" }.'],
    ['refs/heads/', 'Write it as { glob: "refs/heads/*" }, or with ** for everything below.'],
  ])('POL-15 gives the anchored form of %s as a hint', (text, hint) => {
    expect(refusal(() => compilePattern(text)).hint).toBe(hint);
  });

  it('POL-15 matches no text that differs in case, space, normal form or an added line', () => {
    const patterns: PatternInput[] = [
      'refs/heads/é',
      { glob: 'refs/heads/é' },
      { glob: 'refs/*/é' },
      { re2: '^refs/heads/é$' },
    ];
    for (const pattern of patterns) {
      const { matches } = compilePattern(pattern);
      expect(matches('refs/heads/é')).toBe(true);
      for (const other of [
        'refs/heads/É',
        ' refs/heads/é',
        'refs/heads/é\n',
        'refs/heads/e\u0301',
        'refs/heads/é\0',
        'refs/heads/%C3%A9',
      ])
        expect(matches(other), other).toBe(false);
    }
  });

  it('POL-15 matches no text beyond the length that is looked at', () => {
    const { matches } = compilePattern({ glob: 'a**' });
    expect(matches('a'.repeat(LIMITS.matchedTextLength))).toBe(true);
    expect(matches('a'.repeat(LIMITS.matchedTextLength + 1))).toBe(false);
    expect(refusal(() => compilePattern({ glob: 'a'.repeat(LIMITS.patternLength + 1) })).finding).toBe(
      'policy.pattern',
    );
  });
});

/** Globs over few letters, so that texts over the same letters often match. */
const PIECES = ['a', 'b', '/', '.', '(', '+', '^', '$', '|', '-', '*', '**', '?', 'é', '😀', '\n'];
const globs = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 10 })
  .map((pieces) => pieces.join(''))
  .filter((glob) => !glob.includes('***') && !/^[*?/\s]*$/.test(glob));
const texts = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '.', '(', '+', '^', '|', 'é', '😀', '\n'),
  maxLength: 12,
});

/** Half of them made out of the glob, so that many match and many nearly do. */
const globAndText = fc
  .tuple(globs, texts, fc.boolean(), fc.array(fc.constantFrom('a', '/', ''), { maxLength: 10 }))
  .map(([glob, text, isMade, fills]): [string, string] => [
    glob,
    isMade
      ? [...glob.matchAll(/\*\*|[\s\S]/gu)]
          .map(([piece], at) => (/[*?]/.test(piece) ? (fills[at] ?? 'b') : piece))
          .join('')
      : text,
  ]);

/** The definition of a glob, as an expression. */
const expressionOf = (glob: string): string =>
  [...glob.matchAll(/\*\*|[\s\S]/gu)]
    .map(([piece]) => {
      if (piece === '**') return '[\\s\\S]*';
      if (piece === '*') return '[^/]*';
      return piece === '?' ? '[^/]' : piece.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
    })
    .join('');

describe('a glob', () => {
  it('POL-15 matches what the expression of its definition matches, in RE2 and in the language itself', () => {
    let matched = 0;
    holds(
      fc.property(globAndText, ([glob, text]) => {
        const answer = compilePattern({ glob }).matches(text);
        const inner = expressionOf(glob);
        expect(answer).toBe(new RegExp(`^(?:${inner})$`, 'u').test(text));
        expect(answer).toBe(RE2JS.compile(`^(?:${inner})$`).matches(text));
        if (answer) matched++;
      }),
      3_000,
    );
    expect(matched).toBeGreaterThan(100);
  });

  it('POL-15 matches every text that is made out of it', () => {
    const some = fc.string({ unit: fc.constantFrom('a', '.', 'é'), maxLength: 4 });
    holds(
      fc.property(globs, some, some, fc.constantFrom('a', '.', '😀'), (glob, any, run, one) => {
        const text = [...glob.matchAll(/\*\*|[\s\S]/gu)]
          .map(([piece]) =>
            piece === '**' ? `${any}/${run}` : piece === '*' ? run : piece === '?' ? one : piece,
          )
          .join('');
        expect(compilePattern({ glob }).matches(text)).toBe(true);
      }),
      1_000,
    );
  });

  it('POL-15 that is hard for a matcher which goes back is answered all the same', () => {
    const { matches } = compilePattern({ glob: `${'*a'.repeat(200)}b` });
    expect(matches('a'.repeat(4_000))).toBe(false);
    expect(matches(`${'a'.repeat(4_000)}b`)).toBe(true);
  });
});
