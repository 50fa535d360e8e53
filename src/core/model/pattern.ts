import { RE2JS } from 're2js';
import type { Code } from '../../codes.ts';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Matcher } from './matcher.ts';

/** Texts that nobody could mean; a pattern that matches one of them restricts nothing. */
const UNEXPECTED = ['', '\u0000anything at all\u0000', 'x-any://a.B_c/~d@e:f?g=h&i#j%6b+l'];

/**
 * Compiles an anchored pattern (RE2: linear time). It must read `^...$` as a whole, so that `^a|b$` does not count.
 *
 * @throws SlsaGateError `policy.unanchored`, `policy.pattern`, and `forEverything` where it matches everything
 */
export function anchoredPattern(pattern: string, forEverything: Code = 'policy.pattern'): Matcher {
  if (pattern.length > LIMITS.patternLength) refuse('policy.pattern', 'pattern is too long');
  const inner = /^\^([\s\S]*[^\\]|)\$$/.exec(pattern)?.[1];
  if (inner === undefined || inner === '' || hasOpenAlternative(inner)) {
    const middle = pattern.replace(/^\^|\$$/g, '');
    refuse('policy.unanchored', 'pattern is not anchored at both ends', {
      expected: `^(?:${middle})$`,
      actual: pattern,
      ...(middle === '' || middle.endsWith('\\')
        ? {}
        : { hint: `Write it as ^(?:${middle})$, or as ^(?:${middle}).*$ for whatever begins so.` }),
    });
  }
  let compiled: RE2JS;
  try {
    // Alone first: `a)|(b` is no pattern, but would become one inside parentheses of ours.
    RE2JS.compile(inner);
    compiled = RE2JS.compile(`^(?:${inner})$`);
  } catch (cause) {
    refuse('policy.pattern', 'pattern cannot be compiled', { actual: pattern, cause });
  }
  // Time grows with size of pattern times length of text: counted repetitions make few characters large.
  if (compiled.programSize() > LIMITS.patternSize) {
    refuse('policy.pattern', 'pattern repeats too much', { actual: pattern });
  }
  if (UNEXPECTED.some((text) => compiled.matches(text))) {
    refuse(forEverything, 'pattern matches everything', { actual: pattern });
  }
  return {
    describe: pattern,
    matches: (text) => text.length <= LIMITS.matchedTextLength && compiled.matches(text),
  };
}

/** `^a|b$` is anchored at one end each: an alternative outside all groups leaves both sides open. */
function hasOpenAlternative(pattern: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') i++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}
