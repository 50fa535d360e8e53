import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Matcher } from '../model/matcher.ts';

type Token = { readonly literal: string } | 'one' | 'some' | 'any';

/** What other globs read as classes, alternatives, negation or escapes; here it would be a guess. */
const UNDEFINED_HERE = /[[\]{}!\\]|\*\*\*/;

/**
 * An anchored glob: `*` is any run of characters without `/`, `**` any run, `?` one character but `/`, everything else
 * stands for itself. A run may be empty. Time is bounded by length of pattern times length of text.
 *
 * @throws SlsaGateError `policy.pattern`, `policy.empty-pattern`
 */
export function compileGlob(glob: string): Matcher {
  if (glob.length > LIMITS.patternLength) refuse('policy.pattern', 'glob is too long');
  const undefinedHere = UNDEFINED_HERE.exec(glob)?.[0];
  if (undefinedHere !== undefined) {
    refuse('policy.pattern', `a glob has no ${undefinedHere}`, {
      actual: glob,
      hint: 'Globs know *, ** and ? alone; write { re2: "^…$" } for anything else.',
    });
  }
  if (/^[*?/\s]*$/.test(glob)) refuse('policy.empty-pattern', 'glob matches everything', { actual: glob });
  const tokens = toTokens(glob);
  return {
    describe: glob,
    matches: (text) => text.length <= LIMITS.matchedTextLength && matches(tokens, text),
  };
}

function toTokens(glob: string): readonly Token[] {
  return (glob.match(/\*\*|./gsu) ?? []).map((part): Token => {
    if (part === '**') return 'any';
    if (part === '*') return 'some';
    return part === '?' ? 'one' : { literal: part };
  });
}

/** Follows all ways through the pattern at once, so that no text makes it go back. */
function matches(tokens: readonly Token[], text: string): boolean {
  let reached = pastRuns(tokens, new Set([0]));
  for (const char of text) {
    const next = new Set<number>();
    for (const at of reached) {
      const token = tokens[at];
      if (token === undefined) continue;
      if (token === 'any' || (token === 'some' && char !== '/')) next.add(at);
      else if (token === 'one' ? char !== '/' : typeof token === 'object' && token.literal === char)
        next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = pastRuns(tokens, next);
  }
  return reached.has(tokens.length);
}

/** A run may be empty, so whoever is before one is behind it too. */
function pastRuns(tokens: readonly Token[], positions: Set<number>): Set<number> {
  for (const at of positions) {
    const token = tokens[at];
    if (token === 'any' || token === 'some') positions.add(at + 1);
  }
  return positions;
}
