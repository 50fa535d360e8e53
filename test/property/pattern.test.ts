import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { exactly } from '../../src/core/model/matcher.ts';
import { anchoredPattern } from '../../src/core/model/pattern.ts';
import { refusedOr } from './bundles.ts';
import { holds } from './settings.ts';

/** I7: a literal matches itself alone; a pattern matches what the anchored RE2 expression matches. */

/** Patterns over few letters, so that texts over the same letters often match. */
const atom = fc.constantFrom('a', 'b', '/', '@', '\\.', '[ab]', '[^a]', '.', '(?:ab|b)', '\\/', '[a-b/]');
const quantified = fc
  .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}'))
  .map(([one, many]) => one + many);
const sequence = fc.array(quantified, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
const inner = fc.oneof(
  sequence,
  fc.tuple(sequence, sequence).map(([a, b]) => `(?:${a}|${b})`),
  fc.tuple(sequence, sequence).map(([a, b]) => `(${a}|${b})${b}`),
);
const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '@', '.', '\n', 'A'), maxLength: 10 });

describe('I7 a literal', () => {
  it('matches itself and nothing else', () => {
    holds(
      fc.property(fc.string(), fc.string(), (literal, other) => {
        expect(exactly(literal).matches(literal)).toBe(true);
        expect(exactly(literal).matches(other)).toBe(literal === other);
      }),
      500,
    );
  });

  it('matches no text that differs by case, space, normal form or an added end', () => {
    const alterations: readonly ((text: string) => string)[] = [
      (value) => `${value} `,
      (value) => ` ${value}`,
      (value) => `${value}\n`,
      (value) => `${value}\0`,
      (value) => value.toUpperCase(),
      (value) => value.toLowerCase(),
      (value) => value.normalize('NFD'),
      (value) => value.slice(1),
      (value) => value + value,
    ];
    holds(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(...alterations), (literal, alter) => {
        const other = alter(literal);
        fc.pre(other !== literal);
        expect(exactly(literal).matches(other)).toBe(false);
      }),
      500,
    );
  });
});

describe('I7 a pattern', () => {
  it('matches what the anchored expression of RE2 and of the language itself match', () => {
    let matched = 0;
    holds(
      fc.property(inner, fc.array(text, { minLength: 1, maxLength: 8 }), (pattern, texts) => {
        const matcher = refusedOr(() => anchoredPattern(`^${pattern}$`));
        if (typeof matcher === 'string') {
          expect(matcher).toBe('policy.pattern');
          return;
        }
        const re2 = RE2JS.compile(`\\A(?:${pattern})\\z`);
        const native = new RegExp(`^(?:${pattern})$`, 'u');
        for (const each of texts) {
          const matches = matcher.matches(each);
          if (matches) matched++;
          expect(matches).toBe(re2.matcher(each).find());
          expect(matches).toBe(native.test(each));
        }
      }),
      500,
    );
    expect(matched).toBeGreaterThan(50);
  });

  it('out of any text is refused or anchored', () => {
    const any = fc.oneof(
      fc.string(),
      inner,
      fc.tuple(fc.string({ maxLength: 3 }), inner).map(([a, b]) => a + b),
    );
    holds(
      fc.property(any, text, text, (pattern, before, after) => {
        const matcher = refusedOr(() => anchoredPattern(`^${pattern}$`));
        if (typeof matcher === 'string') {
          expect(['policy.pattern', 'policy.unanchored']).toContain(matcher);
          return;
        }
        const longer = `${before}x${after}`;
        expect(matcher.matches(longer)).toBe(RE2JS.compile(`(?:${pattern})`).matches(longer));
      }),
      1000,
    );
  });

  it('that is open at an end is refused', () => {
    holds(
      fc.property(inner, fc.constantFrom('', '^', '$'), (pattern, end) => {
        const open = end === '^' ? `^${pattern}` : pattern + end;
        expect(refusedOr(() => anchoredPattern(open))).toBe('policy.unanchored');
      }),
      200,
    );
  });
});
