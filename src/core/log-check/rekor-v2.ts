import { attempt } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { consistencyRanges, inclusionRanges, type Range } from '../log/ranges.ts';
import { TILE_WIDTH, type TilePlace } from '../log/tile.ts';
import { entriesPath, tilePath } from '../log/tile-paths.ts';
import type { WitnessParts, WitnessRead } from '../model/log-witness.ts';
import type { Checkpoint } from '../verify/checkpoint.ts';
import { HASH_BYTES, leafHash } from '../verify/merkle.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { SoughtEntry } from './sought.ts';
import { type CurrentTree, checkSize, checkStanding, refuseUnproven, type Standing } from './standing.ts';
import { hashRanges, tilesFor } from './tile-hashes.ts';

/**
 * Rekor v2 has no API but its files (C2SP tlog-tiles): the checkpoint, then the tiles of hashes from which inclusion and
 * consistency are computed here, and the bundle of entries that holds this one.
 */
const CHECKPOINT = 'checkpoint';
const BYTES = 'application/octet-stream';

export function nextReads(sought: SoughtEntry, parts: WitnessParts): readonly WitnessRead[] {
  const checkpoint = parts.get(CHECKPOINT);
  if (checkpoint === undefined) return [READ_CHECKPOINT];
  const tree = attempt(() => toTree(sought, checkpoint));
  if ('error' in tree) return [];
  const { index, size } = tree.value;
  const tiles = tilesFor(allRanges(tree.value), size).flatMap((place) =>
    pending(parts, tilePath(place), place.width, (width) => readTile({ ...place, width })),
  );
  const { bundle, width } = bundleOf(tree.value);
  const entries = pending(parts, entriesPath(bundle, width), width, (wide) =>
    readEntries(bundle, wide, index),
  );
  return [...tiles, ...entries];
}

/** @throws SlsaGateError as {@link checkStanding}; `log.origin`, `log.checkpoint-signature` */
export function checkEntry(sought: SoughtEntry, parts: WitnessParts): Standing {
  const tree = toTree(sought, parts.get(CHECKPOINT));
  const { head, index, size, first } = tree;
  const bytesOf = (place: TilePlace): Uint8Array | undefined =>
    parts.get(tilePath(place)) ?? parts.get(tilePath({ ...place, width: TILE_WIDTH })) ?? undefined;
  const [leaf, ...inclusion] = hashRanges(inclusionOf(index, size), size, bytesOf);
  const now: CurrentTree = { head, index: BigInt(index), leaf: leaf as Buffer, inclusion };
  const standing = checkStanding(sought, now, hashRanges(consistencyOf(first, size), size, bytesOf));
  const { bundle, width } = bundleOf(tree);
  const entry = parts.get(entriesPath(bundle, width)) ?? parts.get(entriesPath(bundle, TILE_WIDTH));
  if (entry === undefined || entry === null || !leafHash(entry).equals(sought.leaf))
    refuseUnproven('the entry itself is another one');
  return standing;
}

interface Tree {
  readonly head: Checkpoint;
  readonly index: number;
  readonly size: number;
  /** Size of the bundle's tree. */
  readonly first: number;
}

/** The signed tree, which is at least as large as the one of the bundle. */
function toTree(sought: SoughtEntry, checkpoint: Uint8Array | null | undefined): Tree {
  const { proven, log } = sought;
  if (checkpoint === undefined || checkpoint === null || proven === undefined)
    return refuseUnproven('there is no checkpoint');
  const head = readCheckpoint(checkpoint, log);
  checkSize(sought, head);
  const size = Number(head.treeSize);
  if (!Number.isSafeInteger(size)) refuseUnproven('the tree is larger than any');
  return { head, index: Number(proven.index), size, first: Number(proven.head.treeSize) };
}

const inclusionOf = (index: number, size: number): readonly Range[] => [
  [index, index + 1],
  ...inclusionRanges(index, size),
];
const consistencyOf = (first: number, size: number): readonly Range[] =>
  first === size ? [] : consistencyRanges(first, size);
const allRanges = ({ index, size, first }: Tree): readonly Range[] => [
  ...inclusionOf(index, size),
  ...consistencyOf(first, size),
];

/** The bundle of entries that holds this one, as wide as the tree has it. */
function bundleOf({ index, size }: Tree): { readonly bundle: number; readonly width: number } {
  const bundle = Math.floor(index / TILE_WIDTH);
  return { bundle, width: Math.min(TILE_WIDTH, size - bundle * TILE_WIDTH) };
}

/** A tile that is not full may be gone once it is: then the full one is there. */
function pending(
  parts: WitnessParts,
  path: string,
  width: number,
  read: (width: number) => WitnessRead,
): readonly WitnessRead[] {
  const part = parts.get(path);
  if (part === undefined) return [read(width)];
  const full = read(TILE_WIDTH);
  return part === null && !parts.has(full.part) ? [full] : [];
}

const READ_CHECKPOINT: WitnessRead = {
  part: CHECKPOINT,
  path: `api/v2/${CHECKPOINT}`,
  accept: 'text/plain',
  maxBytes: LIMITS.checkpointBytes,
  mayBeAbsent: false,
  keep: (answer) => answer,
};

function readTile(place: TilePlace): WitnessRead {
  const path = tilePath(place);
  return {
    part: path,
    path: `api/v2/${path}`,
    accept: BYTES,
    maxBytes: TILE_WIDTH * HASH_BYTES,
    mayBeAbsent: place.width < TILE_WIDTH,
    keep: (answer) =>
      answer.length === place.width * HASH_BYTES
        ? answer
        : refuseUnproven(`${path} has ${answer.length} bytes`),
  };
}

/** Of the bundle of entries this one alone is kept; that a narrow one is not there is kept under its own name. */
function readEntries(bundle: number, width: number, index: number): WitnessRead {
  const path = entriesPath(bundle, width);
  return {
    part: path,
    path: `api/v2/${path}`,
    accept: BYTES,
    maxBytes: LIMITS.apiAnswerBytes,
    mayBeAbsent: width < TILE_WIDTH,
    keep: (answer) => entryOf(answer, index % TILE_WIDTH),
  };
}

const LENGTH_BYTES = 2;

/** The `at`-th entry of a bundle: each is written after its length in two bytes. */
function entryOf(bundle: Uint8Array, at: number): Uint8Array {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length);
  let start = 0;
  for (let entry = 0; ; entry++) {
    if (start + LENGTH_BYTES > bytes.length) return refuseUnproven('the bundle of entries is cut');
    const end = start + LENGTH_BYTES + bytes.readUInt16BE(start);
    if (end > bytes.length) return refuseUnproven('the bundle of entries is cut');
    if (entry === at) return bytes.subarray(start + LENGTH_BYTES, end);
    start = end;
  }
}
