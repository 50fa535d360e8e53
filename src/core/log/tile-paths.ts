import { TILE_WIDTH, type TilePlace } from './tile.ts';

/** Paths and entry bundles of C2SP tlog-tiles, for exports that other tools read. */

const INDEX_DIGITS = 3;

function indexPath(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / INDEX_DIGITS) * INDEX_DIGITS, '0');
  const parts = padded.match(/\d{3}/g) ?? [];
  return parts.map((part, at) => (at < parts.length - 1 ? `x${part}` : part)).join('/');
}

const partial = (width: number): string => (width === TILE_WIDTH ? '' : `.p/${width}`);

/** e.g. `tile/0/x001/x234/067`, `tile/1/000.p/17` */
export const tilePath = ({ level, index, width }: TilePlace): string =>
  `tile/${level}/${indexPath(index)}${partial(width)}`;

/** e.g. `tile/entries/x001/234.p/8` */
export const entriesPath = (index: number, width: number): string =>
  `tile/entries/${indexPath(index)}${partial(width)}`;

/** Leaves in one piece, each after its length in two bytes. */
export function encodeEntries(leaves: readonly string[]): Buffer {
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      const bytes = Buffer.from(leaf);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}
