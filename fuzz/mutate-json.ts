import { mutateBytes, mutateText, splice } from './mutate.ts';
import type { Random } from './random.ts';

type Path = readonly (string | number)[];

/** Every place of a document, its root first. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => pathsOf(item, [...path, index]))
    : Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return [path, ...inner];
}

export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** A copy with `value` at `path`; undefined takes the member away. Keys such as `__proto__` become members. */
function replaced(document: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(document)) {
    const copy: unknown[] = [...document];
    const next = replaced(copy[step as number], rest, value);
    if (next === undefined && rest.length === 0) copy.splice(step as number, 1);
    else copy[step as number] = next;
    return copy;
  }
  const entries = Object.entries((document ?? {}) as Record<string, unknown>);
  const next = replaced(valueAt(document, [step]), rest, value);
  const others = entries.filter(([key]) => key !== step || next !== undefined);
  return ownMembers(
    others.some(([key]) => key === step)
      ? others.map(([key, member]): [string, unknown] => [key, key === step ? next : member])
      : [...others, ...(next === undefined ? [] : ([[String(step), next]] as [string, unknown][]))],
  );
}

/** Object.fromEntries, which defines members and so makes `__proto__` an ordinary one. */
const ownMembers = (entries: readonly (readonly [string, unknown])[]): unknown => Object.fromEntries(entries);

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  '',
  'A',
  'AAAA',
  '1',
  '-1',
  '9223372036854775807',
  '18446744073709551616',
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  { toString: 1, valueOf: 1, toJSON: 1 },
];

/** Changes a text as what it is: base64 by its bytes, a number by one, JSON inside by its members, words by letters. */
function mutateLeaf(value: unknown, random: Random, others: readonly unknown[]): unknown {
  if (typeof value === 'number') return value + random.pick([1, -1, 0.5, 2 ** 32]);
  if (typeof value !== 'string') return random.pick(VALUES);
  if (/^[0-9]+$/.test(value) && random.oneIn(2)) return String(BigInt(value) + BigInt(random.below(5) - 2));
  const bytes = Buffer.from(value, 'base64');
  if (value.length < 8 || bytes.toString('base64') !== value || random.oneIn(8))
    return mutateText(value, random);
  if (bytes[0] === 0x7b && random.oneIn(2)) {
    const inner = parsed(bytes);
    if (inner !== undefined)
      return Buffer.from(JSON.stringify(mutateJson(inner, random, []))).toString('base64');
  }
  const other = others.length > 0 && random.oneIn(6) ? random.pick(others) : undefined;
  const changed =
    typeof other === 'string'
      ? splice(bytes, Buffer.from(other, 'base64'), random)
      : mutateBytes(bytes, random);
  return changed.toString('base64');
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Changes one to some places of a document. `donors` are documents of the same kind whose parts fit. */
export function mutateJson(document: unknown, random: Random, donors: readonly unknown[]): unknown {
  let result = document;
  for (let times = random.oneIn(3) ? 1 + random.below(4) : 1; times > 0; times--) {
    const paths = pathsOf(result);
    const path = random.pick(paths);
    const value = valueAt(result, path);
    switch (random.below(10)) {
      case 0:
        if (path.length > 0) result = replaced(result, path, undefined);
        break;
      case 1:
        result = replaced(result, path, random.pick(VALUES));
        break;
      case 2:
        result = replaced(result, path, valueAt(result, random.pick(paths)));
        break;
      case 3: {
        const donor = donors.length > 0 ? valueAt(random.pick(donors), path) : undefined;
        if (donor !== undefined) result = replaced(result, path, donor);
        break;
      }
      case 4:
        if (Array.isArray(value) && value.length > 0)
          result = replaced(result, path, [
            ...value,
            ...Array(1 + random.below(30)).fill(random.pick(value)),
          ]);
        else if (typeof value === 'object' && value !== null && !Array.isArray(value))
          result = replaced(
            result,
            [...path, random.pick(['extra', '__proto__', 'constructor', 'mediaType'])],
            random.pick(VALUES),
          );
        break;
      case 5:
        if (Array.isArray(value)) result = replaced(result, path, value.toReversed());
        else result = replaced(result, path, nested(value, random.below(random.oneIn(10) ? 100 : 4)));
        break;
      default: {
        const leaves = paths.filter((each) => typeof valueAt(result, each) !== 'object');
        if (leaves.length === 0) break;
        const leaf = random.pick(leaves);
        const same = donors.map((donor) => valueAt(donor, leaf)).filter((each) => each !== undefined);
        result = replaced(result, leaf, mutateLeaf(valueAt(result, leaf), random, same));
      }
    }
  }
  return result;
}

function nested(value: unknown, depth: number): unknown {
  let result = value;
  for (let i = 0; i < depth; i++) result = i % 2 === 0 ? [result] : { a: result };
  return result;
}

/** Spoils the text of a document: doubled members, broken UTF-8, white space, other spellings, cuts, marks. */
export function mutateJsonText(text: string, random: Random): Buffer {
  switch (random.below(8)) {
    case 0: {
      const members = [...text.matchAll(/"(?:[^"\\]|\\.)*":/g)];
      if (members.length === 0) break;
      const { 0: key, index } = random.pick(members);
      const doubled = random.oneIn(3) ? escaped(key, random) : key;
      return Buffer.from(
        `${text.slice(0, index)}${doubled}${random.pick(['0', '""', '{}', 'null'])},${text.slice(index)}`,
      );
    }
    case 1:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);
    case 2: {
      const bytes = Buffer.from(text);
      bytes[random.below(bytes.length)] = random.pick([0xc0, 0x80, 0xff, 0xed, 0xf8]);
      return bytes;
    }
    case 3:
      return Buffer.from(text.replace(/[:,]/g, (char) => (random.oneIn(9) ? `${char} \n` : char)));
    case 4:
      return Buffer.from(text.slice(0, random.below(text.length)));
    case 5:
      return Buffer.from(text + random.pick(['\n', ' ', '{}', ',', '\0', text]));
    case 6: {
      const at = random.below(text.length);
      return Buffer.from(
        text.slice(0, at) + random.pick(['[', '{', '"', '\\', '[[[[[[[[', '//', 'NaN']) + text.slice(at),
      );
    }
    default:
      return mutateBytes(Buffer.from(text), random);
  }
  return Buffer.from(text);
}

/** Another spelling of a member's name, that means the same. */
function escaped(key: string, random: Random): string {
  const at = 1 + random.below(Math.max(1, key.length - 3));
  const code = key.charCodeAt(at).toString(16).padStart(4, '0');
  return /[\w ]/.test(key[at] ?? '') ? `${key.slice(0, at)}\\u${code}${key.slice(at + 1)}` : key;
}
