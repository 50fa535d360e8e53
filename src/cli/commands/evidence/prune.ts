import { pruneEvidence } from '../../../app/evidence/prune.ts';
import { refuse } from '../../../errors.ts';
import { withEvidence } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderPrune } from '../../render/evidence.ts';
import { print } from '../../streams.ts';
import { parseDurationSeconds } from '../../values.ts';

/** `slsa-gate evidence prune` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const olderThan = words.text('older-than');
  if (olderThan === undefined) return refuse('usage.flag', 'evidence prune needs --older-than DURATION');
  // Days or weeks: whoever writes 90m might mean months.
  if (!/^[1-9][0-9]{0,4}[dw]$/.test(olderThan)) {
    refuse('evidence.retention', `--older-than is no number of days or weeks: ${olderThan}`, {
      actual: olderThan,
    });
  }
  const dryRun = words.on('dry-run');
  const request = {
    olderThanSeconds: parseDurationSeconds('older-than', olderThan),
    environment: words.text('environment') ?? null,
    reason: words.text('reason') ?? `past its retention of ${olderThan}`,
    dryRun,
  };
  const document = await withEvidence(words, 'evidence prune', { write: !dryRun }, (evidence, wiring) =>
    pruneEvidence(request, evidence, wiring),
  );
  await print(renderPrune(document, format));
  process.exitCode = 0;
}
