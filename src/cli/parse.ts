import type { Interfaces } from '@oclif/core';
import { parse } from '@oclif/core/parser';
import { refuse } from '../errors.ts';
import { scan } from './scan.ts';
import type { CommandSpec } from './spec/command.ts';

/** Flags and arguments of one invocation, as the parser answered. */
export class Invocation {
  readonly args: readonly string[];
  readonly #spec: CommandSpec;
  readonly #flags: Readonly<Record<string, unknown>>;

  constructor(spec: CommandSpec, flags: Readonly<Record<string, unknown>>, args: readonly unknown[]) {
    this.#spec = spec;
    this.#flags = flags;
    this.args = args.map(String);
  }

  #value(name: string): unknown {
    // A misspelt name in our own code would read as "flag not given".
    if (!Object.hasOwn(this.#spec.flags, name)) throw new TypeError(`${this.#spec.id} has no flag ${name}`);
    return this.#flags[name];
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#spec.flags, name);
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  on(name: string): boolean {
    return this.#value(name) === true;
  }
}

/** The part of oclif's parser output that is used. */
export interface ParserAnswer {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly argv: readonly unknown[];
}

/** How the words are parsed: by the parser alone, or by an oclif command around the same parser. */
export type ParseWords = (argv: string[]) => Promise<ParserAnswer>;

/** What the parser needs of a command; an oclif command has the same as static fields. */
export const parserInput = (
  spec: CommandSpec,
): { flags: Interfaces.FlagInput; args: Interfaces.ArgInput } => ({
  flags: { ...spec.flags },
  args: { ...spec.args },
});

/**
 * @throws SlsaGateError `usage.flag`
 */
export async function parseInvocation(
  spec: CommandSpec,
  argv: readonly string[],
  parseWords: ParseWords = (words) => parse(words, parserInput(spec)),
): Promise<Invocation> {
  const found = scan(argv, spec);
  let answer: ParserAnswer;
  try {
    answer = await parseWords([...argv]);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    return refuse('usage.flag', message, { cause: error });
  }
  // Two readings of one command line must agree: a flag that only one of them saw would be accepted and do nothing.
  for (const name of found.given.keys()) {
    if (answer.flags[name] === undefined) refuse('internal.bug', `flag was not parsed: --${name}`);
  }
  if (answer.argv.length !== found.positionals.length) refuse('internal.bug', 'arguments were not parsed');
  return new Invocation(spec, answer.flags, found.positionals);
}
