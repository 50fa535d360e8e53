import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { EvidenceLog } from '../../src/app/evidence/log.ts';
import { tilesOf } from '../../src/core/log/tile.ts';
import { encodeEntries, entriesPath, tilePath } from '../../src/core/log/tile-paths.ts';
import { ensureBuilt } from '../e2e/built.ts';
import { createEntry, type LogKit, requestOf } from '../kit/evidence.ts';
import { createGateFolder } from '../kit/gate-folder.ts';
import { openToRead } from './evidence.ts';

/** A log as another program sees it: texts and bytes alone. */
export interface ShownLog {
  readonly vkey: string;
  /** Signed notes by the size of the tree, ascending. */
  readonly checkpoints: ReadonlyMap<number, string>;
  readonly leaves: readonly string[];
  /** C2SP tlog-proofs by position, under the newest checkpoint. */
  readonly proofs: ReadonlyMap<number, string>;
  /** Hashes in base64, one a line, from a checkpoint to one that is not older. */
  readonly consistency: readonly { readonly from: number; readonly to: number; readonly hashes: string }[];
  /** Tiles and bundles of entries by their path (C2SP tlog-tiles). */
  readonly files: ReadonlyMap<string, Buffer>;
}

export const newest = ({ checkpoints }: ShownLog): string => [...checkpoints.values()].at(-1) ?? '';

async function show(log: EvidenceLog, vkey: string, positions?: readonly number[]): Promise<ShownLog> {
  const { store } = log;
  const checkpoints = new Map<number, string>();
  for await (const { size, note } of store.checkpoints(0)) checkpoints.set(size, note);
  const leaves: string[] = [];
  for await (const batch of store.records(0)) leaves.push(...batch.map(({ leaf }) => leaf));
  const proofs = new Map<number, string>();
  for (const seq of positions ?? leaves.keys()) proofs.set(seq, await log.prove(seq));
  const consistency = [];
  for (const to of checkpoints.keys()) {
    for (const from of [...checkpoints.keys()].filter((size) => size <= to)) {
      const hashes = await log.consistency(from, to);
      consistency.push({ from, to, hashes: hashes.map((hash) => `${hash.toString('base64')}\n`).join('') });
    }
  }
  const files = new Map<string, Buffer>();
  for (const place of tilesOf(leaves.length)) {
    const { level, index, width } = place;
    files.set(tilePath(place), (await store.tile(level, index)) ?? Buffer.alloc(0));
    const start = index * 256;
    if (level === 0) files.set(entriesPath(index, width), encodeEntries(leaves.slice(start, start + width)));
  }
  return { vkey, checkpoints, leaves, proofs, consistency, files };
}

/** Written by the built command on the embedded store: the genesis and four decisions. */
export async function showBuilt(): Promise<ShownLog> {
  await ensureBuilt();
  const folder = await createGateFolder();
  try {
    for (const id of ['one', 'two', 'three', 'four']) {
      const ran = await folder.gate(['--request-id', id]);
      if (ran.exit !== 0) throw new Error(`gate: ${ran.stdout}${ran.stderr}`);
    }
    const [vkey] = parse(readFileSync(folder.file('evidence.yaml'), 'utf8')).checkpointKeys;
    const evidence = await openToRead(folder.file('evidence.yaml'));
    try {
      return await show(evidence.log, vkey);
    } finally {
      await evidence.close();
    }
  } finally {
    folder.remove();
  }
}

/** Long enough for several tiles, on two levels. */
export async function showLong(kit: LogKit): Promise<ShownLog> {
  const log = await kit.create();
  for (const count of [199, 56, 1, 300])
    await Promise.all(Array.from({ length: count }, () => log.append(requestOf(createEntry()))));
  return show(log, kit.key.vkey, [0, 1, 199, 255, 256, 511, 512, 555]);
}
