import { isAscii, isUtf8 } from 'node:buffer';
import type { Code } from '../../codes.ts';
import { contentOf, type DerElement, DerReader, encodingOf, oidKey, TAG } from './der.ts';

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  [oidKey('2.5.4.3'), 'CN'],
  [oidKey('2.5.4.6'), 'C'],
  [oidKey('2.5.4.7'), 'L'],
  [oidKey('2.5.4.8'), 'ST'],
  [oidKey('2.5.4.10'), 'O'],
  [oidKey('2.5.4.11'), 'OU'],
]);

/** UTF8String, PrintableString and IA5String; other types are shown as hex. */
const TEXT_TAGS: ReadonlySet<number> = new Set([TAG.utf8String, 0x13, 0x16]);

/** Decodes the content of an object identifier, as {@link DerReader.oid} gives it, to its dotted form. */
export function dottedOid(key: string): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of Buffer.from(key, 'latin1')) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [head = 0n, ...rest] = arcs;
  const first = head < 40n ? 0n : head < 80n ? 1n : 2n;
  return [first, head - first * 40n, ...rest].join('.');
}

function printableValue(element: DerElement): string {
  const content = contentOf(element);
  const readable = element.tag === TAG.utf8String ? isUtf8(content) : isAscii(content);
  if (!TEXT_TAGS.has(element.tag) || !readable) return `#${encodingOf(element).toString('hex')}`;
  return content.toString('utf8');
}

/**
 * A distinguished name for people, e.g. `O=sigstore.dev, CN=sigstore`; the empty name is ``. Never compared: names are
 * compared as bytes. Hostile text stays in it.
 *
 * @throws SlsaGateError `code`
 */
export function toPrintableName(der: Buffer, code: Code): string {
  const reader: DerReader = new DerReader(code, 'distinguished name');
  const parts = reader
    .children(reader.whole(der, TAG.sequence), 64)
    .flatMap((set) => reader.children(reader.expect(set, TAG.set), 16))
    .map((attribute) => {
      const [type, value] = reader.children(reader.expect(attribute, TAG.sequence), 3);
      const oid = reader.oid(reader.expect(type, TAG.oid));
      if (value === undefined) return reader.fail('an attribute has no value');
      return `${SHORT_NAMES.get(oid) ?? dottedOid(oid)}=${printableValue(value)}`;
    });
  return parts.join(', ');
}
