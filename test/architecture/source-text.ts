/** One import, re-export or dynamic import of a file. */
export interface Import {
  /** As written between the quotes; undefined when it is computed. */
  readonly specifier: string | undefined;
  /** Erased when types are stripped, so it loads nothing. */
  readonly isType: boolean;
  /** Loaded when it is called for, not before the file itself. */
  readonly isLazy: boolean;
}

const QUOTES = new Set(["'", '"']);
/** Before these a slash divides; after anything else it opens a regular expression. */
const ENDS_A_VALUE = /[\w$)\]}]/;
const OPERATOR_WORD = /(?:^|[^\w$.])(?:return|typeof|case|in|of|void|await|yield|throw|else|do)$/;

/**
 * A TypeScript file with its comments and regular expressions blanked; with `keepStrings` false, the text of strings
 * and templates too, but for what stands in `${}`. Every other character stays where it is.
 */
export function codeOf(source: string, keepStrings: boolean): string {
  let out = '';
  let i = 0;
  const blank = (end: number): void => {
    out += source.slice(i, end).replace(/[^\n]/g, ' ');
    i = end;
  };
  const textUpTo = (end: number): void => {
    if (keepStrings) {
      out += source.slice(i, end);
      i = end;
    } else blank(end);
  };
  const template = (): void => {
    let end = i + 1;
    while (end < source.length && source[end] !== '`') {
      if (source[end] === '\\') end += 2;
      else if (source.startsWith('${', end)) {
        textUpTo(end + 2);
        code('}');
        end = i;
      } else end++;
    }
    textUpTo(Math.min(end + 1, source.length));
  };
  const code = (closing: string | undefined): void => {
    let braces = 0;
    while (i < source.length) {
      const char = source[i] as string;
      if (char === '{') braces++;
      if (char === '}') {
        if (closing !== undefined && braces === 0) {
          out += char;
          i++;
          return;
        }
        braces--;
      }
      if (source.startsWith('//', i)) blank(endOf(source.indexOf('\n', i), source));
      else if (source.startsWith('/*', i)) blank(endOf(source.indexOf('*/', i + 2), source, 2));
      else if (QUOTES.has(char)) textUpTo(endOfQuoted(source, i));
      else if (char === '`') template();
      else if (char === '/' && opensRegExp(out)) blank(endOfRegExp(source, i));
      else {
        out += char;
        i++;
      }
    }
  };
  code(undefined);
  return out;
}

const endOf = (index: number, source: string, extra = 0): number =>
  index === -1 ? source.length : index + extra;

function endOfQuoted(source: string, start: number): number {
  let i = start + 1;
  while (i < source.length && source[i] !== source[start] && source[i] !== '\n')
    i += source[i] === '\\' ? 2 : 1;
  return Math.min(i + 1, source.length);
}

function endOfRegExp(source: string, start: number): number {
  let inClass = false;
  let i = start + 1;
  while (i < source.length && source[i] !== '\n' && (inClass || source[i] !== '/')) {
    if (source[i] === '[') inClass = true;
    if (source[i] === ']') inClass = false;
    i += source[i] === '\\' ? 2 : 1;
  }
  return Math.min(i + 1, source.length);
}

function opensRegExp(before: string): boolean {
  const text = before.trimEnd();
  return text === '' || !ENDS_A_VALUE.test(text.at(-1) as string) || OPERATOR_WORD.test(text);
}

const STATIC = /^[ \t]*(?:import|export)\s+(type\s)?[^;'"()]*?from\s*(['"])([^'"]+)\2/gm;
const BARE = /^[ \t]*import\s*(['"])([^'"]+)\1/gm;
const CALLED = /\b(?:import|require)\s*\(\s*(?:(['"])([^'"]+)\1\s*[,)])?/g;
const IMPORTED_TYPE = /\btypeof\s+$|[:<|&=]\s*$/;

/** Every import of a file: static, re-exported, for its effects, dynamic, and `require`. */
export function importsOf(source: string): Import[] {
  const code = codeOf(source, true);
  const found: Import[] = [];
  for (const [, type, , specifier] of code.matchAll(STATIC))
    found.push({ specifier, isType: type !== undefined, isLazy: false });
  for (const [, , specifier] of code.matchAll(BARE)) found.push({ specifier, isType: false, isLazy: false });
  for (const match of code.matchAll(CALLED)) {
    const isType = match[2] !== undefined && IMPORTED_TYPE.test(code.slice(0, match.index));
    found.push({ specifier: match[2], isType, isLazy: true });
  }
  return found;
}
