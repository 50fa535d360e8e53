import { writeFolder } from '../../../adapters/evidence-packs/write.ts';
import { exportRecords } from '../../../app/evidence/export.ts';
import { loadEvidenceFile } from '../../../app/evidence/open-evidence.ts';
import { refuse } from '../../../errors.ts';
import { evidencePath, withEvidence } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import { checkOutputName } from '../../output-file.ts';
import type { Invocation } from '../../parse.ts';
import { renderExport } from '../../render/evidence.ts';
import { renderPackReadme } from '../../render/evidence-pack.ts';
import { print } from '../../streams.ts';

const COMMAND = 'evidence export';

/** `slsa-gate evidence export` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const output = words.text('output');
  if (output === undefined) return refuse('usage.flag', `${COMMAND} needs --output FOLDER`);
  checkOutputName(output);
  if (words.args.length === 0) {
    refuse('usage.flag', `${COMMAND} needs the ids of records`, {
      hint: 'List records with slsa-gate evidence list.',
    });
  }
  const document = await withEvidence(words, COMMAND, { write: false }, async (evidence, wiring) => {
    const { file } = await loadEvidenceFile(evidencePath(words, COMMAND), wiring);
    return exportRecords(words.args, evidence, {
      checkpointKeys: file.checkpointKeys.map(({ vkey }) => vkey),
      describe: renderPackReadme,
      write: (files) => writeFolder(output, files),
    });
  });
  await print(renderExport(output)(document, format));
  process.exitCode = 0;
}
