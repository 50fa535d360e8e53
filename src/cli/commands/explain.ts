import { chosenFormat } from '../output.ts';
import type { Invocation } from '../parse.ts';
import { explain, renderPages } from '../render/code-page.ts';
import { print } from '../streams.ts';

/** `slsa-gate explain` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  await print(renderPages(explain(words.args[0]), format));
  process.exitCode = 0;
}
