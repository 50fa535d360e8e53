import type { NewEntry } from '../../src/app/evidence/entry.ts';
import { ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';
import { createEntries, IN_FLIGHT, type Row, toRow } from './workload.ts';

const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
/** Appends of one round: thirty commits. */
const PER_ROUND = 30 * IN_FLIGHT;
/** What the raw store must reach before the log is held to a number. */
const RAW_FOR_WANTED = 10_000;
const WANTED_PER_SECOND = 5000;

/** One way to store entries; all of them is durable when it returns. */
export interface Competitor {
  append(entries: readonly NewEntry[]): Promise<void>;
}

/** Rows into the same tables under the same settings, so many in a transaction, and nothing else. */
export interface RawCompetitor {
  insert(groups: readonly (readonly Row[])[]): Promise<void>;
}

const secondsOf = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const groupsOf = (rows: readonly Row[]): Row[][] =>
  Array.from({ length: Math.ceil(rows.length / IN_FLIGHT) }, (_, group) =>
    rows.slice(group * IN_FLIGHT, (group + 1) * IN_FLIGHT),
  );

/**
 * Appends to the log beside raw inserts, in rounds that take turns. Both stores hold the same number of rows of the same
 * size at every round, since indexes get slower as they grow.
 */
export async function compareAppends(
  prefix: string,
  log: Competitor,
  raw: RawCompetitor,
  atLeastShare: number,
): Promise<readonly Figure[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  let seq = 1;
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const entries = createEntries(PER_ROUND);
    const groups = groupsOf(createEntries(PER_ROUND).map((entry, index) => toRow(entry, seq + index)));
    seq += PER_ROUND;
    const spent = new Map<number[], number>();
    const turns = [
      async () => spent.set(ours, await secondsOf(() => log.append(entries))),
      async () => spent.set(theirs, await secondsOf(() => raw.insert(groups))),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    if (round >= 0) for (const [list, seconds] of spent) list.push(seconds);
  }
  const perSecond = (seconds: readonly number[]) => spreadOf(seconds.map((each) => PER_ROUND / each));
  const rawRate = perSecond(theirs);
  const rate = perSecond(ours);
  const share = spreadOf(ratios(theirs, ours));
  const isHeld = rawRate.median >= RAW_FOR_WANTED && prefix === '';
  return [
    {
      name: `${prefix}appendsPerSecond`,
      value: rate.median,
      unit: '/s',
      spread: rate,
      ...(isHeld && { wanted: { atLeast: WANTED_PER_SECOND } }),
    },
    { name: `${prefix}rawInsertsPerSecond`, value: rawRate.median, unit: '/s', spread: rawRate },
    {
      name: `${prefix}appendShareOfRaw`,
      value: share.median,
      unit: 'ratio',
      spread: share,
      wanted: { atLeast: atLeastShare },
    },
  ];
}

/** The same, without a baseline. */
export async function measureAppends(name: string, log: Competitor): Promise<Figure> {
  const rates: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const entries = createEntries(PER_ROUND);
    const seconds = await secondsOf(() => log.append(entries));
    if (round >= 0) rates.push(PER_ROUND / seconds);
  }
  const spread = spreadOf(rates);
  return { name, value: spread.median, unit: '/s', spread };
}
