import { readRegularFile } from '../../../adapters/disk/read.ts';
import { checkPolicies } from '../../../app/policy/check.ts';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderPolicyCheck, warningsOf } from '../../render/policy.ts';
import { note, print } from '../../streams.ts';

const readFile = async (path: string): Promise<Uint8Array> => {
  // One byte more than a policy may have, so that it is told as any other fault.
  const maxBytes = LIMITS.configBytes + 1;
  const options = { maxBytes, missing: 'path.not-found', unreadable: 'path.unreadable' } as const;
  return (await readRegularFile(path, { ...options, followLinks: true })).bytes;
};

/** `slsa-gate policy check` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  if (words.args.length === 0) {
    return refuse('usage.flag', 'no policy given', { hint: 'Run slsa-gate policy check FILE.' });
  }
  const document = await checkPolicies(words.args, readFile);
  await print(renderPolicyCheck(document, format));
  await note(warningsOf(document));
  process.exitCode = document.policies.every(({ outcome }) => outcome === 'ok') ? 0 : 64;
}
