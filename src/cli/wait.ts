import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultDocument } from '../core/model/result.ts';
import { SlsaGateError } from '../errors.ts';
import { note } from './streams.ts';
import { decisionExit } from './verdict.ts';

/** Pauses grow up to this. */
const LONGEST_PAUSE_SECONDS = 30;

/** What may come without anybody changing the release: an answer that cannot be known yet, or nothing attested yet. */
const mayCome = (document: ResultDocument): boolean => {
  const exit = decisionExit(document);
  // Another try could cover up that our own evidence or state is not intact.
  if (exit !== 1 && exit !== 2) return false;
  return document.results.every(
    ({ verdict, findings }) =>
      verdict === 'allow' ||
      findings.every(
        ({ required, outcome, code }) => !required || outcome !== 'fail' || code === 'attestation.missing',
      ),
  );
};

/**
 * Repeats a decision while its answer may still come, until the time is over; the last answer counts. Denials are not
 * repeated, nor anything that is wrong with evidence of our own.
 *
 * @param seconds 0: asked once
 */
export async function waitFor(
  seconds: number,
  decide: () => Promise<ResultDocument>,
  pause: (seconds: number) => Promise<unknown> = (length) => sleep(length * 1000),
): Promise<ResultDocument> {
  let waited = 0;
  for (let next = 2; ; next = Math.min(next * 2, LONGEST_PAUSE_SECONDS)) {
    const last = waited + next > seconds;
    let document: ResultDocument | undefined;
    try {
      document = await decide();
    } catch (error) {
      if (!(error instanceof SlsaGateError) || error.exitCode !== 2 || last) throw error;
    }
    if (document !== undefined && (last || !mayCome(document))) return document;
    await note(`waiting: no answer yet, next try in ${next} s\n`);
    await pause(next);
    waited += next;
  }
}
