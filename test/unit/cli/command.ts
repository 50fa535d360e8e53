import { expect } from 'vitest';
import { type Invocation, parseInvocation } from '../../../src/cli/parse.ts';
import type { CommandSpec } from '../../../src/cli/spec/command.ts';
import { COMMAND_SPECS } from '../../../src/cli/spec/index.ts';
import type { Code } from '../../../src/codes.ts';
import { SlsaGateError } from '../../../src/errors.ts';

export const specOf = (id: string): CommandSpec => {
  const spec = COMMAND_SPECS.find((command) => command.id === id);
  if (spec === undefined) throw new Error(`no such command: ${id}`);
  return spec;
};

/** Parses a command line; the words of the command are apart from the rest. */
export const parsed = (id: string, ...argv: readonly string[]): Promise<Invocation> =>
  parseInvocation(specOf(id), argv);

/** A refusal with this code; further fields as given. */
export const refusal = (finding: Code, fields: Readonly<Record<string, unknown>> = {}) =>
  expect.objectContaining({ constructor: SlsaGateError, finding, ...fields });
