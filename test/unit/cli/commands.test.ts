import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { OCLIF_COMMANDS } from '../../../src/cli/oclif.ts';
import { parseInvocation } from '../../../src/cli/parse.ts';
import { COMMAND_SPECS, TOPICS } from '../../../src/cli/spec/index.ts';

const IDS = COMMAND_SPECS.map(({ id }) => id);

/** Example lines of the help that start with our name, without what the shell does around them. */
const EXAMPLES = COMMAND_SPECS.flatMap((spec) =>
  spec.examples.flatMap((text) =>
    [...text.matchAll(/slsa-gate ([^)>]+)/g)].map(([, line = '']) => [line.trim(), spec] as const),
  ),
);

describe('the commands', () => {
  it('have an implementation each, and a class for oclif', async () => {
    expect(Object.keys(COMMANDS).sort()).toEqual([...IDS].sort());
    expect(Object.keys(OCLIF_COMMANDS).sort()).toEqual(IDS.map((id) => id.replaceAll(' ', ':')).sort());
    for (const load of Object.values(COMMANDS)) expect(typeof (await load()).run).toBe('function');
  });

  it('of two words belong to a topic that has a summary', () => {
    const topics = new Set(IDS.filter((id) => id.includes(' ')).map((id) => id.split(' ')[0] ?? ''));
    expect([...topics].sort()).toEqual(Object.keys(TOPICS).sort());
  });

  it.each(EXAMPLES)('accept their own example: %s', async (line, spec) => {
    const words = line.split(' ');
    const count = spec.id.split(' ').length;
    expect(words.slice(0, count).join(' ')).toBe(spec.id);
    const argv = words.slice(count);
    await expect(parseInvocation(spec, argv)).resolves.toBeDefined();
  });

  it.each(COMMAND_SPECS.map((spec) => [spec.id, spec]))(
    '%s says what it does and for every flag what it means',
    (_id, spec) => {
      expect(spec.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(spec.description).toMatch(/^[A-Z][\s\S]*\.$/);
      expect(spec.usage.startsWith(spec.id)).toBe(true);
      expect(spec.examples.length).toBeGreaterThan(0);
      for (const [name, flag] of Object.entries(spec.flags)) {
        expect(flag.summary, name).toMatch(/^(?:[A-Z]|npm ).*[^.]$/);
        expect(flag.helpGroup, name).toMatch(/^[A-Z ]+$/);
      }
      for (const pair of [...spec.conflicts, ...spec.needs]) {
        for (const name of pair) expect(Object.keys(spec.flags)).toContain(name);
      }
    },
  );

  it('lower assurance only by flags that say unsafe or unbound', () => {
    const lowering = COMMAND_SPECS.flatMap(({ flags }) => Object.entries(flags))
      .filter(([, flag]) => flag.helpGroup === 'UNSAFE')
      .map(([name]) => name);
    for (const name of lowering) expect(name).toMatch(/^unsafe-|^allow-unbound$/);
  });
});
