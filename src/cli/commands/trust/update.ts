import { updateTrust } from '../../../app/trust.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderTrust } from '../../render/trust.ts';
import { toTrustRequest } from '../../request.ts';
import { print } from '../../streams.ts';
import { createPorts } from '../../wire.ts';

/** `slsa-gate trust update` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const document = await updateTrust(toTrustRequest(words), await createPorts());
  await print(renderTrust(document, format));
  process.exitCode = 0;
}
