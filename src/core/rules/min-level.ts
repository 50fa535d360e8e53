import { levelUnder } from './listed-builder.ts';
import { fails, holds, type Interpreted, type Rule } from './rule.ts';

/** The builder reaches the wanted SLSA build level by the catalogue. */
export const minLevel: Rule<Interpreted> = {
  id: 'min-level',
  spec: 'SLSA v1.0, build track',
  expected: ({ minLevel: level }) => (level === undefined ? undefined : `level ${level} or higher`),
  check(subject, expectations) {
    const { minLevel: wanted = 3 } = expectations;
    const { level, reason } = levelUnder(subject, expectations);
    const actual = `level ${level} (${reason})`;
    return level >= wanted
      ? holds(actual)
      : fails('level.too-low', 'the builder does not reach the level', actual);
  },
};
