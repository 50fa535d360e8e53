import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  copyRows,
  createMemoryDatabase,
  createMemoryStore,
  type MemoryRows,
} from '../../src/adapters/evidence/memory/index.ts';
import { type VerifiedLog, verifyLog } from '../../src/app/evidence/verify-log.ts';
import { isConsistent, leafHash } from '../../src/core/log/merkle.ts';
import { consistencyRanges } from '../../src/core/log/ranges.ts';
import type { StoredRecord } from '../../src/core/model/evidence.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { createEntry, createLogKit, requestOf } from '../kit/evidence.ts';
import { treeRoot } from '../kit/merkle.ts';
import { EFFORT, holds, SEED } from './settings.ts';

/** I11, I13: trees that continue each other, and logs of which a bit was changed. */

const SIZE = 96;
const LEAVES = Array.from({ length: SIZE }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
const ROOTS = LEAVES.map((_, index) => treeRoot(LEAVES.slice(0, index + 1)));
const treeOf = (size: number) => ({ size, rootHash: ROOTS[size - 1] as Buffer });

/** PROOF(m, D[n]) as RFC 6962 section 2.1.2 defines it, and nothing cleverer. */
function proof(m: number, leaves: readonly Buffer[]): Buffer[] {
  const subproof = (m: number, leaves: readonly Buffer[], isWhole: boolean): Buffer[] => {
    const n = leaves.length;
    if (m === n) return isWhole ? [] : [treeRoot(leaves)];
    let k = 1;
    while (k * 2 < n) k *= 2;
    return m <= k
      ? [...subproof(m, leaves.slice(0, k), isWhole), treeRoot(leaves.slice(k))]
      : [...subproof(m - k, leaves.slice(k), false), treeRoot(leaves.slice(0, k))];
  };
  return subproof(m, leaves, true);
}

const sizes = fc
  .integer({ min: 1, max: SIZE })
  .chain((second) => fc.tuple(fc.integer({ min: 1, max: second }), fc.constant(second)));
const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe('I11 proofs of consistency', () => {
  it('hold for all trees up to a size, and are those of the definition', () => {
    const wrong: string[] = [];
    for (let second = 1; second <= SIZE; second++) {
      for (let first = 1; first <= second; first++) {
        const hashes = proof(first, LEAVES.slice(0, second));
        const ours =
          first === second
            ? []
            : consistencyRanges(first, second).map(([start, end]) => treeRoot(LEAVES.slice(start, end)));
        const isSame = Buffer.concat(ours).equals(Buffer.concat(hashes));
        if (!isSame || !isConsistent(treeOf(first), treeOf(second), hashes))
          wrong.push(`${first} of ${second}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('EVL-05 hold for nothing else: no altered, missing or added hash, no other root or size', () => {
    holds(
      fc.property(
        sizes,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0, max: SIZE }),
        ([first, second], bit, which, other) => {
          const hashes = proof(first, LEAVES.slice(0, second));
          const [from, to] = [treeOf(first), treeOf(second)];
          expect(isConsistent(from, to, hashes)).toBe(true);
          expect(isConsistent({ ...from, rootHash: flipped(from.rootHash, bit) }, to, hashes)).toBe(false);
          expect(isConsistent(from, { ...to, rootHash: flipped(to.rootHash, bit) }, hashes)).toBe(false);
          expect(isConsistent(from, to, [...hashes, LEAVES[0] as Buffer])).toBe(false);
          if (other !== first) expect(isConsistent({ ...from, size: other }, to, hashes)).toBe(false);
          if (first !== second) expect(isConsistent(to, from, hashes)).toBe(false);
          if (hashes.length === 0) return;
          const at = which % hashes.length;
          const altered = hashes.map((hash, index) => (index === at ? flipped(hash, bit) : hash));
          expect(isConsistent(from, to, altered)).toBe(false);
          expect(isConsistent(from, to, hashes.toSpliced(at, 1))).toBe(false);
          const { length } = hashes;
          if (length > 1 && !hashes[at]?.equals(hashes[(at + 1) % length] as Buffer)) {
            const swapped = [...hashes];
            swapped[at] = hashes[(at + 1) % length] as Buffer;
            swapped[(at + 1) % length] = hashes[at] as Buffer;
            expect(isConsistent(from, to, swapped)).toBe(false);
          }
        },
      ),
      1000,
    );
  });
});

const kit = createLogKit();
let rows: MemoryRows;
let size = 0;
beforeAll(async () => {
  const database = createMemoryDatabase();
  await kit.create({ store: createMemoryStore(database) });
  const log = await kit.open({ store: createMemoryStore(database) });
  // Groups of many sizes, so that checkpoints stand close and far apart.
  for (const count of [1, 1, 2, 40, 7, 1, 200, 3, 60, 1]) {
    await Promise.all(Array.from({ length: count }, () => log.append(requestOf(createEntry()))));
  }
  rows = database.rows as MemoryRows;
  size = rows.records.length;
});

const verify = async (altered: MemoryRows): Promise<VerifiedLog> => {
  const database = { rows: altered, turn: Promise.resolve() };
  return verifyLog({ ...kit.options, store: createMemoryStore(database) });
};

/** Columns that the leaf commits to; the others are compared with the signed statement. */
const COMMITTED = [
  'recordId',
  'type',
  'leaf',
  'recordDigest',
  'vsaDigest',
  'decisionDigest',
  'appendTime',
] as const;

type Mutation = { readonly what: string; readonly apply: (rows: MemoryRows) => void };
const place = fc.nat({ max: 10_000 });
const bit = fc.nat({ max: 100_000 });
const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
const changeRecord = (
  rows: MemoryRows,
  at: number,
  change: (record: StoredRecord) => Partial<StoredRecord>,
): void => {
  const index = at % rows.records.length;
  const record = rows.records[index] as StoredRecord;
  rows.records[index] = { ...record, ...change(record) };
};
const flipText = (text: string | null, bit: number): string => {
  if (text === null || text === '') return 'a';
  return flipped(Buffer.from(text), bit % (text.length * 8)).toString('latin1');
};

const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...COMMITTED), bit).map(([at, field, bit]) => ({
    what: `bit of ${field} of record ${at}`,
    apply: (rows: MemoryRows) =>
      changeRecord(rows, at, (record) => ({ [field]: flipText(record[field], bit) })),
  })),
  fc.tuple(place, bit).map(([at, bit]) => ({
    what: `bit of tile ${at}`,
    apply: (rows: MemoryRows) => {
      const key = pick([...rows.tiles.keys()], at);
      rows.tiles.set(key, flipped(rows.tiles.get(key) as Buffer, bit));
    },
  })),
  fc.tuple(place, bit).map(([at, bit]) => ({
    what: `bit of checkpoint ${at}`,
    apply: (rows: MemoryRows) => {
      const index = at % rows.checkpoints.length;
      const { size, note } = pick(rows.checkpoints, at);
      rows.checkpoints[index] = { size, note: flipped(Buffer.from(note), bit).toString('utf8') };
    },
  })),
  place.map((at) => ({
    what: `record ${at} removed`,
    apply: (rows: MemoryRows) => void rows.records.splice(at % rows.records.length, 1),
  })),
  fc.tuple(place, place).map(([a, b]) => ({
    what: `records ${a} and ${b} swapped`,
    apply: (rows: MemoryRows) => {
      const [first, second] = [a % rows.records.length, b % rows.records.length];
      const other = first === second ? (first + 1) % rows.records.length : second;
      const [x, y] = [rows.records[first] as StoredRecord, rows.records[other] as StoredRecord];
      rows.records[first] = { ...y, seq: x.seq };
      rows.records[other] = { ...x, seq: y.seq };
    },
  })),
  place.map((at) => ({
    what: `record ${at} repeated at the end`,
    apply: (rows: MemoryRows) =>
      void rows.records.push({ ...(pick(rows.records, at) as StoredRecord), seq: rows.records.length }),
  })),
  place.map((at) => ({
    what: `record ${at} moved out of the order`,
    apply: (rows: MemoryRows) => changeRecord(rows, at, ({ seq }) => ({ seq: seq + 0.5 })),
  })),
  place.map((at) => ({
    what: `tile ${at} removed`,
    apply: (rows: MemoryRows) => void rows.tiles.delete(pick([...rows.tiles.keys()], at)),
  })),
  place.map((at) => ({
    what: `tile ${at} longer`,
    apply: (rows: MemoryRows) => {
      const key = pick([...rows.tiles.keys()], at);
      rows.tiles.set(key, Buffer.concat([rows.tiles.get(key) as Buffer, Buffer.alloc(32)]));
    },
  })),
  fc.constant({
    what: 'the newest checkpoint removed',
    apply: (rows: MemoryRows) => void rows.checkpoints.pop(),
  }),
  place.map((at) => ({
    what: `everything after ${at} removed`,
    apply: (rows: MemoryRows) => {
      const { size } = pick(rows.checkpoints.slice(0, -1), at);
      rows.records = rows.records.slice(0, size);
      rows.checkpoints = rows.checkpoints.filter((each) => each.size <= size);
    },
  })),
  place.map((at) => ({
    what: `checkpoint ${at} stored for another size`,
    apply: (rows: MemoryRows) => {
      const index = at % rows.checkpoints.length;
      const { note, size } = pick(rows.checkpoints, at);
      rows.checkpoints[index] = { note, size: size + 1 };
    },
  })),
);

describe('I13 a log', () => {
  it('verifies as it is', async () => {
    expect(await verify(copyRows(rows))).toMatchObject({ size, checkpoints: 11 });
  });

  it('of which anything was changed, removed, added or reordered is refused', async () => {
    await fc.assert(
      fc.asyncProperty(mutations, async ({ apply }) => {
        const altered = copyRows(rows);
        apply(altered);
        const error = await verify(altered).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(SlsaGateError);
        expect((error as SlsaGateError).exitCode).toBe(3);
      }),
      { seed: SEED, numRuns: 600 * EFFORT },
    );
  });

  it('of which one record was changed is refused at its very position', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(...COMMITTED), bit, async (at, field, bit) => {
        const altered = copyRows(rows);
        changeRecord(altered, at, (record) => ({ [field]: flipText(record[field], bit) }));
        await expect(verify(altered)).rejects.toMatchObject({
          finding: 'evidence.tampered',
          details: { seq: at % rows.records.length },
        });
      }),
      { seed: SEED, numRuns: 200 * EFFORT },
    );
  });
});
