import { join } from 'node:path';
import { makeFolders } from '../../../adapters/disk/make-folders.ts';
import { type Attachment, attachRecord } from '../../../app/evidence/attach.ts';
import { refuse } from '../../../errors.ts';
import { namesImage, refuseOtherFlags, runAttachToImage } from '../../attach-to-image.ts';
import { toJson, toJsonLine } from '../../escape/json.ts';
import { toTerminal } from '../../escape/terminal.ts';
import { recordArgument, withEvidence } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { print, save, unwritable } from '../../streams.ts';

const COMMAND = 'evidence attach';

/** Places that have their name already and are not written yet. */
const LATER = /^(?:oci|pull-request|github|gitlab|jira|servicenow)(?::|$)/;

/** `slsa-gate evidence attach` */
export async function run(words: Invocation): Promise<void> {
  const recordId = recordArgument(words, COMMAND);
  if (namesImage(recordId)) return runAttachToImage(words, recordId);
  const format = chosenFormat(words);
  refuseOtherFlags(words, 'a record');
  const folder = words.text('to');
  if (folder === undefined && !words.on('stdout')) {
    return refuse('usage.flag', `${COMMAND} needs --to FOLDER or --stdout`);
  }
  if (folder !== undefined && LATER.test(folder)) {
    return refuse('usage.flag', `records cannot be attached there yet: ${folder}`, {
      hint: folder.startsWith('oci')
        ? 'Name the image in place of the record: slsa-gate evidence attach registry/repository@sha256:...'
        : `Attach to a folder, or give --stdout; a folder of that name is ./${folder} .`,
      actual: folder,
    });
  }
  const attachment = await withEvidence(words, COMMAND, { write: false }, (evidence) =>
    attachRecord(recordId, evidence),
  );
  if (folder === undefined) await print(toLines(attachment));
  else {
    await writeInto(folder, attachment);
    await print(render(attachment, folder, format));
  }
  process.exitCode = 0;
}

/** One line for each file. */
const toLines = ({ files }: Attachment): string =>
  files
    .map(({ path, digest, bytes }) =>
      toJsonLine({ file: path, digest, content: Buffer.from(bytes).toString('utf8') }),
    )
    .join('');

async function writeInto(folder: string, { files }: Attachment): Promise<void> {
  try {
    await makeFolders(folder, 0o777);
  } catch (error) {
    unwritable(folder, error);
  }
  for (const { path, bytes } of files) save(join(folder, path), bytes);
}

const render = ({ recordId, files }: Attachment, folder: string, format: string): string =>
  format === 'json'
    ? toJson({
        schemaVersion: 1,
        recordId,
        files: files.map(({ path, digest }) => ({ path: join(folder, path), digest })),
      })
    : files.map(({ path }) => `wrote ${toTerminal(join(folder, path))}\n`).join('');
