import { treeRoot } from '../merkle.ts';
import type { RekorPlace, ServedTree } from './rekor.ts';

const WIDTH = 256;

export interface ServedFile {
  readonly place: RekorPlace;
  /** Undefined: there is no such file. */
  readonly bytes: Buffer | undefined;
  readonly type: string;
}

/** Files of C2SP tlog-tiles below `/api/v2/`: the checkpoint, tiles of hashes and bundles of entries. */
export function serveTiles(path: string, tree: ServedTree, dropsPartialTiles: boolean): ServedFile {
  const type = 'application/octet-stream';
  if (path === '/api/v2/checkpoint')
    return { place: 'checkpoint', bytes: Buffer.from(tree.checkpoint), type: 'text/plain; charset=utf-8' };
  const match =
    /^\/api\/v2\/tile\/(entries|[0-9]|[1-5][0-9])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]+))?$/.exec(path);
  const [, level = '', digits = '', partial] = match ?? [];
  const place = level === 'entries' ? 'entries' : 'tile';
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? WIDTH : Number(partial);
  const span = level === 'entries' ? 1 : WIDTH ** Number(level);
  const there = Math.floor(tree.hashes.length / span) - index * WIDTH;
  const isGone = partial !== undefined && dropsPartialTiles && there >= WIDTH;
  if (match === null || width < 1 || width > Math.min(there, WIDTH) || isGone)
    return { place, bytes: undefined, type };
  const start = index * WIDTH;
  const bytes =
    level === 'entries'
      ? tree.leaves.slice(start, start + width).map(({ data }) => lengthPrefixed(data))
      : Array.from({ length: width }, (_, at) =>
          treeRoot(tree.hashes.slice((start + at) * span, (start + at + 1) * span)),
        );
  return { place, bytes: Buffer.concat(bytes), type };
}

function lengthPrefixed(data: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length);
  return Buffer.concat([length, data]);
}
