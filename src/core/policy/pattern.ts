import { refuse } from '../../errors.ts';
import { exactly, type Matcher } from '../model/matcher.ts';
import { anchoredPattern } from '../model/pattern.ts';
import { compileGlob } from './glob.ts';
import type { PatternInput } from './schema.ts';

/**
 * The one matcher of policies. A text is meant exactly; `{ glob }` and `{ re2 }` match as a whole. Nothing is trimmed,
 * folded, decoded or normalised.
 *
 * @throws SlsaGateError `policy.empty-pattern`, `policy.unanchored`, `policy.pattern`
 */
export function compilePattern(pattern: PatternInput): Matcher {
  if (typeof pattern === 'string') return literal(pattern);
  return 'glob' in pattern ? compileGlob(pattern.glob) : anchoredPattern(pattern.re2, 'policy.empty-pattern');
}

/** A text that looks like a pattern, or like the beginning of one, would silently match nothing or be taken for more. */
function literal(text: string): Matcher {
  if (text.trim() === '') refuse('policy.empty-pattern', 'an empty text restricts nothing');
  if (/[*?]/.test(text)) {
    if (/^[*?/]*$/.test(text))
      refuse('policy.empty-pattern', 'the text would match everything', { actual: text });
    refuse('policy.unanchored', 'a text is meant exactly, and this one looks like a glob', {
      actual: text,
      expected: `{ glob: ${JSON.stringify(text)} }`,
      hint: `Write it as { glob: ${JSON.stringify(text)} }.`,
    });
  }
  if (text.endsWith('/')) {
    refuse('policy.unanchored', 'a text is meant exactly, and this one looks like a prefix', {
      actual: text,
      expected: `{ glob: ${JSON.stringify(`${text}**`)} }`,
      hint: `Write it as { glob: ${JSON.stringify(`${text}*`)} }, or with ** for everything below.`,
    });
  }
  return exactly(text);
}
