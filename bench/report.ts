/** One line of a report. Only figures with `wanted` can miss something. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ratio' | 'µs' | 'ms' | 'MiB' | '/s' | 'count';
  /** Quartiles of the rounds, where there were rounds. */
  readonly spread?: { readonly low: number; readonly high: number; readonly rounds: number };
  readonly wanted?: { readonly atLeast: number } | { readonly atMost: number };
}

/** What one part measured, and what it could not. */
export interface Report {
  readonly part: string;
  readonly figures: readonly Figure[];
  /** Sentences for a person: what was measured on, and which figures are missing and why. */
  readonly notes: readonly string[];
}

export const misses = ({ value, wanted }: Figure): boolean =>
  wanted !== undefined && !('atLeast' in wanted ? value >= wanted.atLeast : value <= wanted.atMost);

const DIGITS: Readonly<Record<Figure['unit'], number>> = {
  ratio: 3,
  µs: 1,
  ms: 1,
  MiB: 1,
  '/s': 0,
  count: 0,
};

export function figureLine(figure: Figure): string {
  const { name, value, unit, spread, wanted } = figure;
  const show = (n: number): string => n.toFixed(DIGITS[unit]);
  const parts = [`${name}: ${show(value)}${unit === 'ratio' || unit === 'count' ? '' : ` ${unit}`}`];
  if (spread) parts.push(`(quartiles ${show(spread.low)} to ${show(spread.high)}, ${spread.rounds} rounds)`);
  if (wanted) {
    const goal = 'atLeast' in wanted ? `at least ${wanted.atLeast}` : `at most ${wanted.atMost}`;
    parts.push(`${misses(figure) ? 'MISSES' : 'meets'} ${goal}`);
  }
  return parts.join('  ');
}
