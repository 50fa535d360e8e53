import { stringify } from 'yaml';
import { ConfigError, type Fault } from '../../src/core/model/faults.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';

/** A value as a tree of plain parts. */
export type Tree = { [key: string]: Tree } | Tree[] | string | number | boolean | null;

export const toBytes = (text: string): Uint8Array => Buffer.from(text);

/** The refusal of a policy. @throws when it is not refused */
export function refusedPolicy(text: string | Uint8Array, fileName = 'policy.yaml'): ConfigError {
  try {
    parsePolicy(typeof text === 'string' ? toBytes(text) : text, fileName);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the policy was accepted');
}

/** Faults as `code path`, in their order. */
export const faultsOf = (text: string | Uint8Array, fileName?: string): readonly string[] =>
  refusedPolicy(text, fileName).faults.map(({ code, path }: Fault) => `${code} ${path}`.trimEnd());

export const toYaml = (tree: Tree): string => stringify(tree, { lineWidth: 0 });

/** Every path to a mapping's key, with the key last. */
export function keyPathsOf(tree: Tree, path: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(tree)) return tree.flatMap((item, index) => keyPathsOf(item, [...path, index]));
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) => [
    [...path, key],
    ...keyPathsOf(value, [...path, key]),
  ]);
}

/** Every path to a value, the innermost included. */
export function valuePathsOf(tree: Tree, path: readonly (string | number)[] = []): (string | number)[][] {
  const inner = Array.isArray(tree)
    ? [...tree.entries()]
    : Object.entries(typeof tree === 'object' ? (tree ?? {}) : {});
  return [
    ...(path.length === 0 ? [] : [[...path]]),
    ...inner.flatMap(([step, value]) => valuePathsOf(value, [...path, step])),
  ];
}

/** A copy in which the holder of the path's end was changed. */
export function changed(
  tree: Tree,
  path: readonly (string | number)[],
  change: (holder: { [key: string | number]: Tree }, last: string | number) => void,
): Tree {
  const copy = structuredClone(tree);
  let holder = copy as { [key: string | number]: Tree };
  for (const step of path.slice(0, -1)) holder = holder[step] as { [key: string | number]: Tree };
  change(holder, path.at(-1) ?? '');
  return copy;
}
