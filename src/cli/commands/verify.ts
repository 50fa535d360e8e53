import { verifyArtifacts } from '../../app/verify.ts';
import { answer, prepareOutput, reportOptions } from '../output.ts';
import type { Invocation } from '../parse.ts';
import { toVerifyRequest } from '../request.ts';
import { createPorts } from '../wire.ts';
import { createSourcePorts } from '../wire-sources.ts';

/** `slsa-gate verify` */
export async function run(words: Invocation): Promise<void> {
  const options = reportOptions(words);
  const request = toVerifyRequest(words);
  prepareOutput(options, words);
  await answer(
    await verifyArtifacts(request, { ...(await createPorts()), ...createSourcePorts(words) }),
    options,
  );
}
