import { isJsonObject, type Json, type JsonObject } from '../../../src/core/model/json.ts';

/** Way to a value in a JSON document: names of members and positions in lists. */
export type Path = readonly (string | number)[];

/** As people write it, without positions: `verificationMaterial.tlogEntries[].logIndex`. */
export const printPath = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? '[]' : `.${key}`))
    .join('')
    .replace(/^\./, '');

/** Every value below the document itself, members and items, parents first. Null is the same as absent. */
export function* walk(
  value: Json,
  path: Path = [],
): Generator<{ readonly path: Path; readonly value: Json }> {
  if (path.length > 0) yield { path, value };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* walk(item as Json, [...path, index]);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value))
      if (member !== null) yield* walk(member, [...path, name]);
  }
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let current = value;
  for (const key of path) {
    if (Array.isArray(current) && typeof key === 'number') current = current[key] as Json | undefined;
    else if (isJsonObject(current) && typeof key === 'string') current = current[key];
    else return undefined;
  }
  return current;
}

/** What becomes of the list or object that holds the value at `path`; copies no more than the way to it. */
function changeParent(
  document: Json,
  path: Path,
  change: (parent: Json, key: string | number) => Json,
): Json {
  const [key, ...rest] = path;
  if (key === undefined) throw new TypeError('the document itself has no parent');
  if (rest.length === 0) return change(document, key);
  if (Array.isArray(document) && typeof key === 'number')
    return document.with(key, changeParent(document[key] as Json, rest, change));
  if (isJsonObject(document) && typeof key === 'string')
    return { ...document, [key]: changeParent(document[key] as Json, rest, change) };
  throw new TypeError(`no such path: ${printPath(path)}`);
}

export const replaced = (document: Json, path: Path, value: Json): Json =>
  changeParent(document, path, (parent, key) =>
    Array.isArray(parent)
      ? parent.with(Number(key), value)
      : { ...(parent as JsonObject), [String(key)]: value },
  );

export const dropped = (document: Json, path: Path): Json =>
  changeParent(document, path, (parent, key) => {
    if (Array.isArray(parent)) return parent.toSpliced(Number(key), 1);
    const { [String(key)]: _dropped, ...rest } = parent as JsonObject;
    return rest;
  });

/** An item of a list twice; a member twice is a matter of text, see {@link withMemberTwice}. */
export const doubledItem = (document: Json, path: Path): Json =>
  changeParent(document, path, (parent, key) => {
    if (!Array.isArray(parent)) throw new TypeError('not an item of a list');
    return parent.toSpliced(Number(key), 0, parent[Number(key)]);
  });

const TWIN = 'the member that stands twice';

/** Text of the document with one member twice. */
export const withMemberTwice = (document: Json, path: Path): string => {
  const name = String(path.at(-1));
  const twice = changeParent(document, path, (parent, key) => ({
    ...(parent as JsonObject),
    [TWIN]: (parent as JsonObject)[String(key)] ?? null,
  }));
  return JSON.stringify(twice).replace(JSON.stringify(TWIN), () => JSON.stringify(name));
};
