import { updateTrust } from '../../../app/trust.ts';
import { networkOptions } from '../../network.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderTrust } from '../../render/trust.ts';
import { toTrustRequest } from '../../request.ts';
import { print } from '../../streams.ts';
import { createPorts } from '../../wire.ts';
import { createTrustStore } from '../../wire-trust.ts';

/** `slsa-gate trust update` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const trust = createTrustStore(
    () => new Date(),
    () => networkOptions(words),
  );
  const document = await updateTrust(toTrustRequest(words), { ...(await createPorts()), trust });
  await print(renderTrust(document, format));
  process.exitCode = 0;
}
