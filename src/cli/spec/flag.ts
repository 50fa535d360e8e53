import type { Interfaces } from '@oclif/core';

/**
 * Builders for flag objects as `@oclif/core/parser` reads them. Written as plain data, because `@oclif/core/flags`
 * loads the help renderer and would double the start of the hot commands.
 */
export type FlagSpec = Interfaces.OptionFlag<string | undefined> | Interfaces.BooleanFlag<boolean>;
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

const same = async <T>(value: T): Promise<T> => value;

interface OptionDetails {
  readonly group: string;
  readonly options?: readonly string[];
  readonly multiple?: boolean;
}

const option = (helpValue: string, summary: string, details: OptionDetails): FlagSpec => ({
  type: 'option',
  name: '',
  input: [],
  parse: same,
  summary,
  helpValue,
  helpGroup: details.group,
  multiple: details.multiple === true,
  // Without it a repeatable flag would swallow the artifacts that follow.
  multipleNonGreedy: true,
  ...(details.options === undefined ? {} : { options: details.options }),
});

/** A flag that takes one value and may be given once. */
export const text = (group: string, helpValue: string, summary: string): FlagSpec =>
  option(helpValue, summary, { group });

/** A flag that takes one value out of a closed list. */
export const choice = (group: string, options: readonly string[], summary: string): FlagSpec =>
  option(`<${options.join('|')}>`, summary, { group, options });

/** A flag that takes one value each time it is given. */
export const repeatable = (group: string, helpValue: string, summary: string): FlagSpec =>
  option(helpValue, `${summary} (repeatable)`, { group, multiple: true });

/** A flag that is on when given; there is no `--no-` form. */
export const toggle = (group: string, summary: string): FlagSpec => ({
  type: 'boolean',
  name: '',
  allowNo: false,
  parse: same,
  summary,
  helpGroup: group,
});
