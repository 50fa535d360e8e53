import type { Interfaces } from '@oclif/core';
import type { FlagSpecs } from './flag.ts';

export type ArgSpec = Interfaces.Arg<string | undefined>;

/** One command as data: parser, help, completion, documentation and the snapshot all read this. */
export interface CommandSpec {
  /** Words as typed, e.g. `bundle verify`. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly usage: string;
  readonly examples: readonly string[];
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** How many arguments may be given. */
  readonly maxArgs: number;
  readonly flags: FlagSpecs;
  /** Pairs of flags that contradict each other. */
  readonly conflicts: readonly (readonly [string, string])[];
  /** `[a, b]`: `a` is refused without `b`. */
  readonly needs: readonly (readonly [string, string])[];
}

/** An argument that is never read from standard input: a gate must not wait for, or believe, what is piped by chance. */
export const argument = (
  description: string,
  details: { multiple?: boolean; options?: readonly string[] } = {},
): ArgSpec => ({
  name: '',
  description,
  input: [],
  parse: async (input) => input,
  required: false,
  ignoreStdin: true,
  ...details,
});

/** An example that help, documentation and tests share. */
export const example = (explanation: string, command: string): string => `${explanation}\n$ ${command}`;
