import type { Path } from './tree.ts';

/** What is left of a value when all that is not in its form was taken out: anything may be missing. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

/** Takes out of a plain value, in place, what is at the paths. */
export function prune(value: unknown, paths: readonly Path[]): unknown {
  let root = value;
  for (const path of paths) {
    const last = path.at(-1);
    if (last === undefined) root = undefined;
    else removeFrom(path.slice(0, -1).reduce<unknown>(stepInto, root), last);
  }
  return root;
}

const stepInto = (value: unknown, step: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? (value as Record<string | number, unknown>)[step]
    : undefined;

function removeFrom(holder: unknown, step: string | number): void {
  if (Array.isArray(holder) && typeof step === 'number') holder[step] = undefined;
  else if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, step);
}
