/** What an .npmrc says: values by key, and the variables that a value needs and that are not set. */
export interface Npmrc {
  readonly values: ReadonlyMap<string, string>;
  readonly missing: ReadonlyMap<string, string>;
}

type Env = Readonly<Record<string, string | undefined>>;

const REFERENCE = /(?<!\\)\$\{([A-Za-z_][A-Za-z0-9_]*)(\?)?\}/g;

/**
 * Parses an .npmrc: `key = value` in lines, comments behind `;` and `#`, values in quotes, `${NAME}` out of the environment
 * that is handed in (`${NAME?}`: nothing where it is not set). What stands in a section, or in a list (`key[]`), is no
 * setting of npm's registries and left out.
 */
export function parseNpmrc(text: string, env: Env): Npmrc {
  const values = new Map<string, string>();
  const missing = new Map<string, string>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|[\r\n]/)) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith(';') || trimmed.startsWith('#')) continue;
    if (trimmed.startsWith('[')) break;
    const mark = trimmed.indexOf('=');
    if (mark === -1) continue;
    const key = resolve(plain(trimmed.slice(0, mark)), env).text;
    if (key === '' || key.endsWith('[]')) continue;
    const value = resolve(plain(trimmed.slice(mark + 1)), env);
    // The last one counts, as for npm.
    values.set(key, value.text);
    if (value.missing === undefined) missing.delete(key);
    else missing.set(key, value.missing);
  }
  return { values, missing };
}

function plain(given: string): string {
  const text = given.trim();
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted === null) return withoutComment(text);
  const [, quote, inner = ''] = quoted;
  return quote === '"' ? fromJson(text, inner) : inner;
}

function fromJson(text: string, otherwise: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : otherwise;
  } catch {
    return otherwise;
  }
}

/** Up to a `;` or `#` that no backslash stands before. */
function withoutComment(text: string): string {
  const end = /(?<!\\)[;#]/.exec(text)?.index ?? text.length;
  return text
    .slice(0, end)
    .replace(/\\([;#\\])/g, '$1')
    .trim();
}

function resolve(given: string, env: Env): { readonly text: string; readonly missing: string | undefined } {
  let missing: string | undefined;
  const text = given.replace(REFERENCE, (whole, name: string, optional: string | undefined) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) return value;
    if (optional !== undefined) return '';
    missing ??= name;
    return whole;
  });
  return { text, missing };
}
