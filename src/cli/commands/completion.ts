import { suggest } from '../../core/model/did-you-mean.ts';
import { refuse } from '../../errors.ts';
import { completionScript, SHELLS } from '../completion.ts';
import type { Invocation } from '../parse.ts';
import { print } from '../streams.ts';

/** `slsa-gate completion` */
export async function run(words: Invocation): Promise<void> {
  const [given] = words.args;
  const shell = SHELLS.find((known) => known === given);
  if (shell === undefined) {
    return refuse('usage.flag', `completion needs one of ${SHELLS.join(', ')}: ${given ?? 'nothing given'}`, {
      hint: suggest(given ?? '', SHELLS, `Give one of ${SHELLS.join(', ')}.`),
    });
  }
  await print(completionScript(shell));
  process.exitCode = 0;
}
