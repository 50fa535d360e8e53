import { defined } from '../../../app/defined.ts';
import { explainPolicyFile } from '../../../app/policy/explain.ts';
import { refuse } from '../../../errors.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderPolicyExplanation } from '../../render/policy-explain.ts';
import { print } from '../../streams.ts';
import { readSmallFile } from '../../wire-evidence.ts';

/** `slsa-gate policy explain` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const [file] = words.args;
  if (file === undefined) {
    return refuse('usage.flag', 'no policy given', { hint: 'Run slsa-gate policy explain FILE.' });
  }
  const document = await explainPolicyFile(
    { file, ...defined({ environment: words.text('to'), package: words.text('package') }) },
    { readFile: (path) => readSmallFile(path), now: () => new Date() },
  );
  await print(renderPolicyExplanation(document, format));
  process.exitCode = 0;
}
