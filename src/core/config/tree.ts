/** A step from a mapping or list to what is in it. */
export type Step = string | number;
export type Path = readonly Step[];

/** A file as it was written: every value with its place. */
export type Node = TextNode | NumberNode | OtherScalarNode | ListNode | MappingNode;

interface Placed {
  /** Where its first character stands in the text. */
  readonly offset: number;
}
export interface TextNode extends Placed {
  readonly kind: 'text';
  readonly value: string;
}
export interface NumberNode extends Placed {
  readonly kind: 'number';
  readonly value: number;
  /** As it was written: `1.10`. */
  readonly source: string;
}
export interface OtherScalarNode extends Placed {
  readonly kind: 'scalar';
  readonly value: boolean | null;
  readonly source: string;
}
export interface ListNode extends Placed {
  readonly kind: 'list';
  readonly items: readonly Node[];
}
export interface MappingNode extends Placed {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, { readonly keyOffset: number; readonly node: Node }>;
}

/** The plain value; no key of it reaches into prototypes, since such keys are refused before. */
export function toValue(node: Node): unknown {
  switch (node.kind) {
    case 'list':
      return node.items.map(toValue);
    case 'mapping':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toValue(entry.node)]));
    default:
      return node.value;
  }
}

/** What is at a path; undefined when nothing is. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    if (node?.kind === 'list' && typeof step === 'number') node = node.items[step];
    else if (node?.kind === 'mapping') node = node.entries.get(String(step))?.node;
    else return undefined;
  }
  return node;
}

/** Where to point for a path: the value, or the nearest mapping or list that should hold it. */
export function offsetOf(root: Node, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.offset;
  }
  return root.offset;
}

/** Where the key at the end of a path stands; where its value would stand when there is none. */
export function keyOffsetOf(root: Node, path: Path): number {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent?.kind === 'mapping' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyOffset ?? offsetOf(root, path);
}

/** `environments.production.aliases[0]`, keys that are no words in quotes. */
export const printPath = (path: Path): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z0-9_-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
