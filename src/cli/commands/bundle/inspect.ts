import { inspectBundle } from '../../../app/inspect.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderInspection } from '../../render/inspection.ts';
import { toInspectRequest } from '../../request.ts';
import { print } from '../../streams.ts';
import { createPorts } from '../../wire.ts';

/** `slsa-gate bundle inspect` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const document = await inspectBundle(toInspectRequest(words), await createPorts());
  await print(renderInspection(document, format));
  process.exitCode = 0;
}
