import type { DispatchOptions } from './dispatch.ts';
import { VERSION } from './version.ts';

const version = (): void => {
  // Set only when the text has been taken; an answer that did not arrive is none.
  process.stdout.write(`slsa-gate ${VERSION}\n`, (error) => {
    if (error == null) process.exitCode = 0;
  });
  process.stdout.on('error', () => undefined);
};

/**
 * The command. Resolves when the answer is given and the exit code is set; the process then ends by itself, so that
 * nothing that was written is lost.
 */
export async function main(argv: readonly string[], options?: DispatchOptions): Promise<void> {
  if (argv.length === 1 && argv[0] === '--version') return version();
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(argv, options);
}
