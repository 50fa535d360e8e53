import { watchPrototypes } from './prototypes.ts';
import { Random } from './random.ts';
import type { FuzzTarget } from './target.ts';

export interface FuzzLimits {
  readonly seed: number;
  /** Ends after this many inputs; */
  readonly iterations: number;
  /** or after this time, whichever comes first. */
  readonly milliseconds: number;
  /** An input that takes longer is a failure. */
  readonly slowMs: number;
}

/** An input that was answered wrongly. `iteration` with the seed of the run makes it again. */
export interface Failure {
  readonly iteration: number;
  readonly input: Buffer;
  readonly reason: string;
}

export interface FuzzReport {
  readonly target: string;
  readonly iterations: number;
  readonly slowestMs: number;
  /** How often each answer was given. */
  readonly answers: ReadonlyMap<string, number>;
  readonly failure: Failure | undefined;
}

/** Told of each input before it is checked, so that somebody outside can name the one that never ends. */
export type Watch = (iteration: number, input: Buffer) => void;

/** Runs a target up to its limits, or to the first failure. */
export function fuzz(target: FuzzTarget, limits: FuzzLimits, watch: Watch = () => undefined): FuzzReport {
  const answers = new Map<string, number>();
  const arePrototypesUntouched = watchPrototypes();
  const end = performance.now() + limits.milliseconds;
  let slowestMs = 0;
  let iteration = 0;
  let failure: Failure | undefined;
  while (failure === undefined && iteration < limits.iterations && performance.now() < end) {
    const input = target.draw(new Random(limits.seed, iteration));
    watch(iteration, input);
    const start = performance.now();
    let reason: string | undefined;
    try {
      const answer = target.check(input);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    } catch (error) {
      reason = error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
    }
    const tookMs = performance.now() - start;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > limits.slowMs) reason ??= `took ${Math.round(tookMs)} ms`;
    if (!arePrototypesUntouched()) reason = `changed what all objects inherit; ${reason ?? ''}`;
    if (reason !== undefined) failure = { iteration, input, reason };
    iteration++;
  }
  return { target: target.id, iterations: iteration, slowestMs, answers, failure };
}
