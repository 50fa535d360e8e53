import { SlsaGateError } from '../src/errors.ts';
import type { Random } from './random.ts';

/**
 * One thing to fuzz. `draw` makes an input, `check` feeds it to the code and throws whenever the answer is wrong: a
 * foreign error (anything but a SlsaGateError), or what `check` itself finds out, such as an altered bundle accepted.
 */
export interface FuzzTarget {
  /** `F1` and so on. */
  readonly id: string;
  readonly title: string;
  draw(random: Random): Buffer;
  /** @returns `accepted`, or the code of the refusal; counted, so that a run shows how deep it came */
  check(input: Buffer): string;
}

/** The answer was wrong; an error of the code under test that is no SlsaGateError is a failure too. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

/** What `attempt` gives, or the code that it is refused with; foreign errors pass through. */
export function attempt<T>(
  run: () => T,
): { readonly value: T } | { readonly refused: string; readonly actual: string | undefined } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof SlsaGateError) return { refused: error.finding, actual: error.actual };
    throw error;
  }
}

/** As {@link attempt}, where only the answer matters. */
export function answerOf(run: () => unknown): string {
  const result = attempt(run);
  return 'refused' in result ? result.refused : 'accepted';
}

/** Answers of several parsers that were fed one input: the first acceptance counts. */
export const joinAnswers = (answers: readonly string[]): string =>
  answers.includes('accepted') ? 'accepted' : (answers[0] ?? 'nothing tried');

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new FuzzFailure(message);
}
