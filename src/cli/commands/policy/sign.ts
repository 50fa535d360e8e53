import { readRegularFile } from '../../../adapters/disk/read.ts';
import { signPolicy } from '../../../app/policy/sign.ts';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import { filesOf, signerOf, withSigner } from '../../named-signer.ts';
import { chosenFormat } from '../../output.ts';
import { checkOutputName, clearOutput } from '../../output-file.ts';
import type { Invocation } from '../../parse.ts';
import { renderSignedFile } from '../../render/key.ts';
import { print, save } from '../../streams.ts';

/** `slsa-gate policy sign` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const [file] = words.args;
  if (file === undefined || file === '')
    return refuse('usage.flag', 'no policy given', { hint: 'Run slsa-gate policy sign FILE.' });
  const reference = signerOf(words, 'policy sign');
  const output = words.text('output') ?? `${file}.dsse.json`;
  checkOutputName(output);
  const { bytes } = await readRegularFile(file, {
    maxBytes: LIMITS.configBytes,
    missing: 'path.not-found',
    unreadable: 'path.unreadable',
    followLinks: true,
  });
  clearOutput(output, [file, ...filesOf(reference)]);
  const { envelope, digest, keyId } = await withSigner(reference, words, (signer) =>
    signPolicy(bytes, file, signer),
  );
  save(output, envelope);
  await print(renderSignedFile({ file: output, keyId, digest }, format));
  process.exitCode = 0;
}
