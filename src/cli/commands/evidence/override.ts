import { describeKey } from '../../../app/describe-key.ts';
import { signOverride } from '../../../app/evidence/sign-override.ts';
import { refuse } from '../../../errors.ts';
import { filesOf, signerOf, withSigner } from '../../named-signer.ts';
import { chosenFormat } from '../../output.ts';
import { checkOutputName, clearOutput } from '../../output-file.ts';
import type { Invocation } from '../../parse.ts';
import { renderSignedFile } from '../../render/key.ts';
import { print, save } from '../../streams.ts';
import { checkTime } from '../../values.ts';

const needed = (words: Invocation, flag: string): string =>
  words.text(flag) ?? refuse('usage.flag', `evidence override needs --${flag}`);

/** `slsa-gate evidence override` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const [recordId] = words.args;
  if (recordId === undefined) {
    return refuse('usage.flag', 'no record given', { hint: 'Name the record of the denial: rec_...' });
  }
  const output = needed(words, 'output');
  checkOutputName(output);
  const override = {
    recordId,
    artifactDigest: needed(words, 'artifact'),
    environment: needed(words, 'environment'),
    reason: needed(words, 'reason'),
    owner: needed(words, 'owner'),
    approver: needed(words, 'approver'),
    expires: new Date(checkTime('expires', needed(words, 'expires'))).toISOString(),
  };
  const reference = signerOf(words, 'evidence override');
  clearOutput(output, filesOf(reference));
  const { envelope, keyId } = await withSigner(reference, words, async (signer) => ({
    envelope: await signOverride(override, signer, new Date()),
    keyId: describeKey(signer.publicKey).keyId,
  }));
  save(output, envelope);
  await print(renderSignedFile({ file: output, keyId, digest: null }, format));
  process.exitCode = 0;
}
