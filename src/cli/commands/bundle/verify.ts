import { verifyBundleOnly } from '../../../app/verify.ts';
import { answer, prepareOutput, reportOptions } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { toBundleVerifyRequest } from '../../request.ts';
import { createPorts } from '../../wire.ts';

/** `slsa-gate bundle verify` */
export async function run(words: Invocation): Promise<void> {
  const options = reportOptions(words);
  const request = toBundleVerifyRequest(words);
  prepareOutput(options, words);
  await answer(await verifyBundleOnly(request, await createPorts()), options);
}
