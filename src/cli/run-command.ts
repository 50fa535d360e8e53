import { refuse } from '../errors.ts';
import { COMMANDS } from './commands/index.ts';
import { type ParseWords, parseInvocation } from './parse.ts';
import type { CommandSpec } from './spec/command.ts';

/** Parses the words and runs the command; both ways into a command end here. */
export async function runCommand(
  spec: CommandSpec,
  argv: readonly string[],
  parseWords?: ParseWords,
): Promise<void> {
  const load = COMMANDS[spec.id];
  if (load === undefined) return refuse('internal.bug', `command without an implementation: ${spec.id}`);
  const words = await parseInvocation(spec, argv, parseWords);
  await (await load()).run(words);
}
