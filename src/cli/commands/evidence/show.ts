import { envelopeOf, type ShownRecord, showRecord, summaryOf } from '../../../app/evidence/show.ts';
import { recordArgument, withEvidence } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderShow } from '../../render/evidence.ts';
import { print } from '../../streams.ts';

/** `slsa-gate evidence show` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const recordId = recordArgument(words, 'evidence show');
  const shown = await withEvidence(words, 'evidence show', { write: false }, (evidence) =>
    showRecord(recordId, evidence),
  );
  await print(chosenPart(shown, words) ?? renderShow(shown.document, format));
  process.exitCode = 0;
}

/** Our own canonical JSON and proofs, in which everything foreign is encoded. */
function chosenPart(shown: ShownRecord, words: Invocation): string | undefined {
  if (words.on('raw')) return envelopeOf(shown).toString('utf8');
  if (words.on('vsa')) return summaryOf(shown).toString('utf8');
  return words.on('proof') ? shown.proof : undefined;
}
