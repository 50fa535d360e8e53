import { replayAll, replayExit, replayRecord } from '../../../app/evidence/replay.ts';
import { refuse } from '../../../errors.ts';
import { countingOn } from '../../count-progress.ts';
import { recordArgument, withEvidence } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderReplay } from '../../render/evidence.ts';
import { print } from '../../streams.ts';

/** `slsa-gate evidence replay` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const isAll = words.on('all');
  if (isAll && words.args.length > 0)
    refuse('usage.flag', `flags contradict each other: --all and ${words.args[0]}`, {
      hint: 'Leave one of them out.',
    });
  const recordId = isAll ? undefined : recordArgument(words, 'evidence replay');
  const progress = countingOn(process.stderr, 'replayed');
  const document = await withEvidence(words, 'evidence replay', { write: false }, (evidence) =>
    recordId === undefined ? replayAll(evidence, progress.tell) : replayRecord(recordId, evidence),
  ).finally(progress.end);
  await print(renderReplay(document, format));
  process.exitCode = replayExit(document);
}
