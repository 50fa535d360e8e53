import { exportTrust } from '../../../app/trust.ts';
import { refuse } from '../../../errors.ts';
import { chosenFormat } from '../../output.ts';
import { checkOutputName } from '../../output-file.ts';
import type { Invocation } from '../../parse.ts';
import { renderTrust } from '../../render/trust.ts';
import { toTrustRequest } from '../../request.ts';
import { print, save } from '../../streams.ts';
import { createPorts } from '../../wire.ts';

/** `slsa-gate trust export` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const file = words.text('output');
  if (file === undefined) return refuse('usage.flag', 'trust export needs --output FILE');
  checkOutputName(file);
  const { pack, document } = await exportTrust(toTrustRequest(words), await createPorts());
  save(file, pack);
  await print(renderTrust(document, format));
  process.exitCode = 0;
}
