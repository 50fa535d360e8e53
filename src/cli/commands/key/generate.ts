import { generateKeyFiles } from '../../../adapters/signers/key/generate.ts';
import { describeKey } from '../../../app/describe-key.ts';
import { refuse } from '../../../errors.ts';
import { chosenFormat } from '../../output.ts';
import { checkOutputName } from '../../output-file.ts';
import type { Invocation } from '../../parse.ts';
import { passphraseSource } from '../../passphrase.ts';
import { renderGeneratedKey } from '../../render/key.ts';
import { print } from '../../streams.ts';

const ALGORITHMS = { p256: 'P-256', p384: 'P-384', ed25519: 'Ed25519' } as const;

const isAlgorithm = (name: string): name is keyof typeof ALGORITHMS => Object.hasOwn(ALGORITHMS, name);

/** `slsa-gate key generate` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const output = words.text('output');
  if (output === undefined) return refuse('usage.flag', 'key generate needs --output FILE');
  checkOutputName(output);
  const name = words.text('algorithm') ?? 'p256';
  if (!isAlgorithm(name)) return refuse('internal.bug', `algorithm was not checked: ${name}`);
  const isEncrypted = [words.text('passphrase-file'), words.text('passphrase-env')].some(
    (flag) => flag !== undefined,
  );
  // Never asked for: whoever types it once may have mistyped it for ever.
  const passphrase = isEncrypted ? await passphraseSource(words)(output) : undefined;
  const { privatePath, publicPath, publicKey } = await generateKeyFiles({
    output,
    algorithm: ALGORITHMS[name],
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const key = { privateFile: privatePath, publicFile: publicPath, ...describeKey(publicKey) };
  await print(renderGeneratedKey(key, format));
  process.exitCode = 0;
}
