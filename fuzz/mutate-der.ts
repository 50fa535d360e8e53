import { mutateBytes } from './mutate.ts';
import type { Random } from './random.ts';

/** DER as a tree: content, or children of a constructed value (and of strings that hold DER). */
interface Node {
  tag: number;
  content: Buffer;
  children: Node[] | undefined;
  /** What stands before the children: the count of unused bits of a bit string. */
  prefix: Buffer;
}

const OCTETS = 0x04;
const BITS = 0x03;

function readAll(bytes: Buffer): Node[] | undefined {
  const nodes: Node[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes[offset] as number;
    let length = bytes[offset + 1];
    let start = offset + 2;
    if (length === undefined || (tag & 0x1f) === 0x1f) return undefined;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || start + count > bytes.length) return undefined;
      length = bytes.readUIntBE(start, count);
      start += count;
    }
    const content = bytes.subarray(start, start + length);
    if (content.length < length) return undefined;
    const prefix = tag === BITS ? content.subarray(0, 1) : Buffer.alloc(0);
    const holdsDer = (tag & 0x20) !== 0 || ((tag === OCTETS || tag === BITS) && content.length > 4);
    const children = holdsDer ? readAll(content.subarray(prefix.length)) : undefined;
    nodes.push({ tag, content, prefix, children: children?.length === 0 ? undefined : children });
    offset = start + length;
  }
  return nodes;
}

function write(node: Node): Buffer {
  const content =
    node.children === undefined ? node.content : Buffer.concat([node.prefix, ...node.children.map(write)]);
  return Buffer.concat([header(node.tag, content.length), content]);
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes]);
}

const listsOf = (nodes: Node[]): Node[][] => [
  nodes,
  ...nodes.flatMap(({ children }) => (children === undefined ? [] : listsOf(children))),
];

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x30, 0x31, 0x80, 0x86, 0xa0, 0xa3,
];
const CONTENTS = ['', '00', 'ff', '80', '0000', '7fffffff', 'ffffffffff'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

/** Changes values of a DER document and writes all lengths anew, so that the outer layers still hold. */
export function mutateDer(bytes: Buffer, random: Random): Buffer {
  const nodes = random.oneIn(8) ? undefined : readAll(bytes);
  if (nodes === undefined || nodes.length === 0) return mutateBytes(bytes, random);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const isLast = times === 1; // many copies of many copies would not fit into memory
    const lists = listsOf(nodes).filter(({ length }) => length > 0);
    const list = random.pick(lists);
    const index = random.below(list.length);
    const node = list[index] as Node;
    switch (random.below(9)) {
      case 0:
        list.splice(index, 1);
        break;
      case 1:
        list.splice(
          index,
          0,
          ...Array<Node>(1 + random.below(isLast && random.oneIn(20) ? 5000 : 3)).fill(node),
        );
        break;
      case 2:
        node.tag = random.pick(TAGS);
        break;
      case 3:
        list.splice(index, 1, asLeaf(random.pick(random.pick(lists))));
        break;
      case 4:
        list.splice(index, 1, wrapped(node, 1 + random.below(random.oneIn(20) ? 2000 : 4)));
        break;
      case 5:
        node.children = undefined;
        node.content = random.pick(CONTENTS);
        break;
      case 6:
        list.reverse();
        break;
      default:
        node.content = mutateBytes(asLeaf(node).content, random);
        node.children = undefined;
    }
    if (nodes.length === 0) break;
  }
  return Buffer.concat(nodes.map(write));
}

/** As it is written, so that a value put inside itself does not go on for ever. */
const asLeaf = (node: Node): Node =>
  node.children === undefined
    ? { ...node }
    : {
        ...node,
        content: Buffer.concat([node.prefix, ...node.children.map(write)]),
        children: undefined,
      };

function wrapped(node: Node, depth: number): Node {
  let content = write(node);
  for (let i = 1; i < depth; i++) content = Buffer.concat([header(0x30, content.length), content]);
  return { tag: 0x30, content, prefix: Buffer.alloc(0), children: undefined };
}
