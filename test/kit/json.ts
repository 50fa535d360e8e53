/** Canonical JSON, and uniform edits of a JSON document by path. */

/** RFC 8785 for the values used here: keys ordered by code unit, no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** The value at a dotted path such as `verificationMaterial.tlogEntries.0.logIndex`; throws when a step is absent. */
export function valueAt(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !(step in value))
      throw new TypeError(`no such path: ${path}`);
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/**
 * A deep copy of `document` with the value at `path` replaced. A function receives the present value.
 * The parent must exist; the last step may be new, and array indexes may be appended.
 */
export function changed<T>(document: T, path: string, value: unknown): T {
  const copy = structuredClone(document);
  const [parent, last] = parentOf(copy, path);
  parent[last] = typeof value === 'function' ? (value as (present: unknown) => unknown)(parent[last]) : value;
  return copy;
}

/** A deep copy of `document` without the member (or array element) at `path`, which must be there. */
export function without<T>(document: T, path: string): T {
  const copy = structuredClone(document);
  const [parent, last] = parentOf(copy, path);
  if (!(last in parent)) throw new TypeError(`no such path: ${path}`);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

function parentOf(document: unknown, path: string): [Record<string, unknown>, string] {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.length === 0 ? document : valueAt(document, steps.join('.'));
  if (typeof parent !== 'object' || parent === null) throw new TypeError(`no such path: ${path}`);
  return [parent as Record<string, unknown>, last];
}
