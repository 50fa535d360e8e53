import { openSigner } from '../adapters/signers/index.ts';
import type { Signer } from '../core/evidence-ports.ts';
import { refuse } from '../errors.ts';
import { toTerminal } from './escape/terminal.ts';
import type { Invocation } from './parse.ts';
import { passphraseSource } from './passphrase.ts';
import { note } from './streams.ts';

/** Opens the signer of a reference, for as long as `work` runs. Relative paths start from the working directory. */
export async function withSigner<T>(
  reference: string,
  words: Invocation,
  work: (signer: Signer) => Promise<T>,
): Promise<T> {
  const signer = await openSigner(reference, {
    baseDirectory: process.cwd(),
    passphrase: passphraseSource(words),
    warn: (message) => void note(`warning: ${toTerminal(message)}\n`),
  });
  try {
    return await work(signer);
  } finally {
    await signer.close();
  }
}

/** @throws SlsaGateError `usage.flag` */
export const signerOf = (words: Invocation, command: string): string =>
  words.text('signer') ??
  refuse('usage.flag', `${command} needs --signer`, { hint: 'Give --signer key:FILE or pkcs11:URI.' });

/** Files that a signer reads, which no output may replace. */
export const filesOf = (reference: string): readonly string[] =>
  reference.startsWith('key:') ? [reference.slice('key:'.length)] : [];
