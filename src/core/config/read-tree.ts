import type { ParsedNode, Scalar, YAMLMap } from 'yaml';
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
} from 'yaml';
import { LIMITS } from '../limits.ts';
import { Faults } from './faults.ts';
import { hiddenCharacter } from './text.ts';
import type { MappingNode, Node, Path } from './tree.ts';

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '<<']);

/** Without directives, merge keys, tags and the library's own check of keys, which compares each with each. */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  strict: true,
  stringKeys: false,
} as const;

/** What a text holds, and everything that was wrong with it so far. */
export interface Tree {
  readonly root: Node;
  readonly faults: Faults;
}

/**
 * Reads YAML 1.2 with the core schema, of which JSON is a part: one document, no directives, no tags, no merge keys, few
 * aliases. Depth and size are bounded before anything is built.
 *
 * @throws ConfigError when the text cannot be read at all; other faults are in the answer
 */
export function readTree(text: string, fileName: string): Tree {
  const lines = new LineCounter();
  const faults = new Faults(fileName, (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  });
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  checkTokens(tokens, faults);
  faults.throwIfAny();
  const [document] = new Composer(OPTIONS).compose(tokens, true, text.length);
  for (const { pos, message } of [...(document?.errors ?? []), ...(document?.warnings ?? [])])
    faults.add('policy.syntax', [], pos[0], oneLine(message));
  faults.throwIfAny();
  const reader = new TreeReader(faults);
  const root = reader.read((document as Document.Parsed | undefined)?.contents ?? null, [], 0);
  return { root, faults };
}

/** What the library says quotes the file. */
const oneLine = (message: string): string => message.replaceAll(/\s+/g, ' ').trim();

/** Looks at every token once, without recursion: what follows is recursive, and slow on what is not well formed. */
function checkTokens(tokens: readonly CST.Token[], faults: Faults): void {
  let count = 0;
  let documents = 0;
  const waiting: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of tokens) {
    if (token.type === 'directive')
      faults.add(
        'policy.syntax',
        [],
        token.offset,
        'a directive',
        'Leave out lines that begin with a percent sign.',
      );
    if (token.type === 'document' && ++documents === 2)
      faults.add(
        'config.duplicate-key',
        [],
        token.offset,
        'a second document',
        'Write one document in each file.',
      );
    waiting.push({ token, depth: 0 });
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    if (++count > LIMITS.configNodes || depth > LIMITS.configDepth) {
      const what = depth > LIMITS.configDepth ? `deeper than ${LIMITS.configDepth} levels` : 'too long';
      faults.add('config.limit', [], token.offset, `the file is ${what}`);
      return;
    }
    if (token.type === 'tag')
      faults.add('config.forbidden-key', [], token.offset, `a tag: ${JSON.stringify(token.source)}`, NO_TAG);
    const push = (token: CST.Token, levels: number): void => {
      waiting.push({ token, depth: depth + levels });
    };
    for (const part of partsOf(token)) push(part, 0);
    if ('items' in token) {
      for (const { start, key, sep, value } of token.items) {
        for (const part of [...start, ...(sep ?? [])]) push(part, 0);
        if (key) push(key, 1);
        if (value) push(value, 1);
      }
    }
  }
}

const NO_TAG =
  'Write the value without it; values are texts, whole numbers, true and false, lists and mappings.';

/** What belongs to a token besides its items; one at a time, because there may be very many. */
function* partsOf(token: CST.Token): Generator<CST.Token> {
  if ('start' in token) yield* Array.isArray(token.start) ? token.start : [token.start];
  if ('props' in token) yield* token.props;
  if ('end' in token) yield* token.end ?? [];
  if (token.type === 'document' && token.value) yield token.value;
}

/** From the library's nodes to ours. */
class TreeReader {
  readonly #faults: Faults;
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #open = new Set<ParsedNode>();
  #nodes = 0;
  #aliases = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  read(node: ParsedNode | null, path: Path, at: number): Node {
    const offset = node?.range[0] ?? at;
    if (this.#tooMuch(path, offset)) return { kind: 'scalar', value: null, source: '', offset };
    if (isAlias(node)) return this.#readAlias(node.source, path, offset);
    if (node === null) return this.#scalar(undefined, path, offset);
    if (node.anchor !== undefined) this.#anchor(node.anchor, node, path, offset);
    this.#open.add(node);
    const read = isMap(node) ? this.#mapping(node, path, offset) : this.#listOrScalar(node, path, offset);
    this.#open.delete(node);
    return read;
  }

  /** Once there was too much, nothing more is looked at, and it is said once. */
  #tooMuch(path: Path, offset: number): boolean {
    if (++this.#nodes === LIMITS.configNodes + 1)
      this.#faults.add('config.limit', path, offset, 'aliases make the file too long');
    if (path.length > LIMITS.configDepth && this.#nodes <= LIMITS.configNodes) {
      this.#nodes = LIMITS.configNodes + 1;
      this.#faults.add('config.limit', path, offset, 'aliases make the file too deep');
    }
    return this.#nodes > LIMITS.configNodes;
  }

  #anchor(name: string, node: ParsedNode, path: Path, offset: number): void {
    const known = this.#anchors.get(name);
    // Read a second time through an alias, it is the same anchor still.
    if (known !== undefined && known !== node)
      this.#faults.add(
        'config.duplicate-key',
        path,
        offset,
        `the anchor ${JSON.stringify(name)} stands twice`,
      );
    this.#anchors.set(name, known ?? node);
  }

  #readAlias(name: string, path: Path, offset: number): Node {
    const target = this.#anchors.get(name);
    const none: Node = { kind: 'scalar', value: null, source: '', offset };
    if (++this.#aliases > LIMITS.configAliases) {
      if (this.#aliases === LIMITS.configAliases + 1)
        this.#faults.add('config.limit', path, offset, `more than ${LIMITS.configAliases} aliases`);
      return none;
    }
    if (target === undefined) {
      this.#faults.add('policy.syntax', path, offset, `no anchor ${JSON.stringify(name)} before this alias`);
      return none;
    }
    if (this.#open.has(target)) {
      this.#faults.add('config.limit', path, offset, `${JSON.stringify(name)} holds itself`);
      return none;
    }
    return { ...this.read(target, path, offset), offset };
  }

  #mapping(map: YAMLMap.Parsed, path: Path, offset: number): MappingNode {
    const entries = new Map<string, { readonly keyOffset: number; readonly node: Node }>();
    for (const { key, value } of map.items) {
      const keyOffset = key.range[0];
      const name = this.#key(key, path, keyOffset);
      if (name === undefined) continue;
      const keyPath = [...path, name];
      if (entries.has(name)) {
        this.#faults.add('config.duplicate-key', keyPath, keyOffset, 'the key stands twice');
        continue;
      }
      entries.set(name, { keyOffset, node: this.read(value, keyPath, key.range[1]) });
    }
    if (map.items.length === 0) this.#faults.add('policy.empty', path, offset, 'an empty mapping');
    return { kind: 'mapping', entries, offset };
  }

  /** The text of a key; undefined when it cannot be one. */
  #key(key: ParsedNode, path: Path, offset: number): string | undefined {
    if (!isScalar(key) || typeof key.value !== 'string') {
      const hint = 'Write the key as a text, in quotes where it looks like something else.';
      this.#faults.add('policy.invalid', path, offset, 'a key that is no text', hint);
      return undefined;
    }
    if (key.anchor !== undefined)
      this.#faults.add('policy.syntax', path, offset, 'an anchor at a key', 'Leave the anchor out.');
    const keyPath = [...path, key.value];
    if (FORBIDDEN_KEYS.has(key.value)) {
      this.#faults.add('config.forbidden-key', keyPath, offset, 'a key that is never used');
      return undefined;
    }
    this.#checkText(key.value, keyPath, offset);
    return key.value;
  }

  #listOrScalar(node: ParsedNode, path: Path, offset: number): Node {
    if (isSeq(node)) {
      if (node.items.length === 0) this.#faults.add('policy.empty', path, offset, 'an empty list');
      const items = node.items.map((item, index) => this.read(item as ParsedNode, [...path, index], offset));
      return { kind: 'list', items, offset };
    }
    return this.#scalar(isScalar(node) ? node : undefined, path, offset);
  }

  #scalar(node: Scalar.Parsed | undefined, path: Path, offset: number): Node {
    const value: unknown = node?.value ?? null;
    const source = node?.source ?? '';
    if (typeof value === 'number') return { kind: 'number', value, source, offset };
    if (typeof value === 'boolean' || value === null) return { kind: 'scalar', value, source, offset };
    const text = String(value);
    this.#checkText(text, path, offset);
    return { kind: 'text', value: text, offset };
  }

  #checkText(text: string, path: Path, offset: number): void {
    if (text.trim() === '') this.#faults.add('policy.empty-pattern', path, offset, 'an empty text');
    if (text.includes('${')) this.#faults.add('config.unset-variable', path, offset, 'a variable in a text');
    const hidden = hiddenCharacter(text);
    if (hidden !== undefined)
      this.#faults.add('policy.invalid', path, offset, `a hidden character: ${hidden}`, 'Leave it out.');
  }
}
