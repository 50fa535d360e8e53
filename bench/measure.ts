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
  readonly rounds: number;
  readonly warmUpRounds: number;
}

/**
 * Runs every competitor once a round, in an order that turns around from round to round, so that a machine that gets
 * slower or faster meanwhile does so for all of them.
 *
 * @returns CPU microseconds of each round, by the name of the competitor, without the warm-up
 */
export function interleave<Name extends string>(
  competitors: Readonly<Record<Name, () => void>>,
  { rounds, warmUpRounds }: InterleavedRounds,
): Readonly<Record<Name, readonly number[]>> {
  const names = Object.keys(competitors) as Name[];
  const micros = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const spent = cpuMicros(competitors[name]);
      if (round >= 0) micros[name].push(spent);
    }
  }
  return micros;
}

/** Ratio of two competitors round by round: what they share of the machine's mood cancels out. */
export const ratios = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, round) => value / (below[round] ?? Number.NaN));
