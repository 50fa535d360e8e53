/** What a server wants to be told before it answers (RFC 9110, 11.6.1). */
export type Challenge =
  | { readonly kind: 'basic' }
  /** A token server is to be asked (distribution, "Token Authentication Specification"). */
  | { readonly kind: 'bearer'; readonly realm: string; readonly service: string | undefined };

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[\t \u0021\u0023-\u005b\u005d-\u007e]|\\[\t \u0021-\u007e])*)"/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const SPACES = /[ \t]+/y;
const BETWEEN = /[ \t]*(?:,[ \t]*)+|[ \t]+$/y;
const MAX_LENGTH = 8 * 1024;

interface Parsed {
  readonly scheme: string;
  readonly params: Map<string, string>;
}

/**
 * Reads `WWW-Authenticate`: `Bearer` before `Basic`, whatever the order; undefined when it offers neither, cannot be read in
 * full, or says one thing twice. The scope of a challenge is not read: we alone say what is asked for.
 */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = header === undefined || header.length > MAX_LENGTH ? undefined : parseAll(header);
  if (challenges === undefined) return undefined;
  const bearer = challenges.filter(({ scheme }) => scheme === 'bearer');
  const [first] = bearer;
  if (bearer.length > 1) return undefined;
  if (first !== undefined) {
    const realm = first.params.get('realm');
    return realm === undefined ? undefined : { kind: 'bearer', realm, service: first.params.get('service') };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

function parseAll(header: string): readonly Parsed[] | undefined {
  const challenges: Parsed[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  /** The value behind a name, both of one parameter; false when there is none or it stands there twice. */
  const takeParam = (name: string): boolean => {
    const challenge = challenges.at(-1);
    if (challenge === undefined || take(EQUALS) === undefined) return false;
    const quoted = take(QUOTED);
    const value = quoted === undefined ? take(TOKEN)?.[0] : quoted[1]?.replace(/\\(.)/g, '$1');
    const key = name.toLowerCase();
    if (value === undefined || challenge.params.has(key)) return false;
    challenge.params.set(key, value);
    return true;
  };
  take(SPACES);
  while (at < header.length) {
    const [name] = take(TOKEN) ?? [];
    if (name === undefined) return undefined;
    EQUALS.lastIndex = at;
    if (EQUALS.test(header)) {
      if (!takeParam(name)) return undefined;
    } else {
      challenges.push({ scheme: name.toLowerCase(), params: new Map() });
      if (take(SPACES) !== undefined && at < header.length && take(TOKEN68) === undefined) {
        const [first] = take(TOKEN) ?? [];
        if (first === undefined || !takeParam(first)) return undefined;
      }
    }
    if (at < header.length && take(BETWEEN) === undefined) return undefined;
  }
  return challenges;
}
