/** A median and how far single rounds lie from it. */
export interface Spread {
  readonly median: number;
  /** First and third quartile. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new TypeError('no values to summarise');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)] ?? Number.NaN;
    const above = sorted[Math.ceil(position)] ?? Number.NaN;
    return below + (above - below) * (position - Math.floor(position));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: values.length };
}

/** CPU time of the process spent in `work`, in microseconds, all its threads together. */
export function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

export interface InterleavedRounds {
  /** How many items there are; each competitor works through all of them in every round. */
  readonly items: number;
  readonly rounds: number;
  readonly warmUpRounds: number;
}

/** Competitors take turns after so many items, faster than a machine changes its clock. */
const TURN_ITEMS = 12;

/**
 * Lets every competitor work through all items once a round, in turns whose order changes, so that a machine that gets
 * slower or faster meanwhile does so for all of them.
 *
 * @returns CPU microseconds of each round and item, by the name of the competitor, without the warm-up
 */
export function interleave<Name extends string>(
  competitors: Readonly<Record<Name, (item: number) => void>>,
  { items, rounds, warmUpRounds }: InterleavedRounds,
): Readonly<Record<Name, readonly number[]>> {
  const names = Object.keys(competitors) as Name[];
  const micros = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUpRounds; round < rounds; round++) {
    const spent = new Map<Name, number>();
    for (let start = 0, turn = round; start < items; start += TURN_ITEMS, turn++) {
      const end = Math.min(start + TURN_ITEMS, items);
      for (const name of turn % 2 === 0 ? names : names.toReversed()) {
        const work = competitors[name];
        const micros = cpuMicros(() => {
          for (let item = start; item < end; item++) work(item);
        });
        spent.set(name, (spent.get(name) ?? 0) + micros);
      }
    }
    if (round >= 0) for (const [name, total] of spent) micros[name].push(total / items);
  }
  return micros;
}

/** Ratio of two competitors round by round: what they share of the machine's mood cancels out. */
export const ratios = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, round) => value / (below[round] ?? Number.NaN));
