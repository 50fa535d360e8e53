import { readRegularFile } from '../../../adapters/disk/read.ts';
import { describeKey } from '../../../app/describe-key.ts';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import { withSigner } from '../../named-signer.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderKey } from '../../render/key.ts';
import { print } from '../../streams.ts';

/** A public key as text, or undefined for what only a signer reads. */
async function readPublicPem(path: string): Promise<string | undefined> {
  const { bytes } = await readRegularFile(path, {
    maxBytes: LIMITS.privateKeyBytes,
    missing: 'path.not-found',
    unreadable: 'path.unreadable',
    followLinks: true,
  });
  const text = bytes.toString('latin1');
  return /-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text) && !text.includes('PRIVATE KEY') ? text : undefined;
}

/** `slsa-gate key show` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const [name] = words.args;
  if (name === undefined || name === '')
    return refuse('usage.flag', 'no key given', { hint: 'Run slsa-gate key show FILE.' });
  const origin = words.text('origin');
  const isReference = /^(?:key|pkcs11|kms|sigstore):/.test(name);
  const pem = isReference ? undefined : await readPublicPem(name);
  const reference = isReference ? name : `key:${name}`;
  const key =
    pem === undefined
      ? await withSigner(reference, words, async ({ publicKey }) => describeKey(publicKey, origin))
      : describeKey(pem, origin);
  await print(renderKey(key, format));
  process.exitCode = 0;
}
