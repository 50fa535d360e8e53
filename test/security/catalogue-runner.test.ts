import { describe, expect, it } from 'vitest';
import { decideWith } from '../attacks/decide.ts';
import { sigstore } from '../attacks/verify.ts';

/** RUN-01 for builders of the catalogue: whoever owns the machine owns what the builder does on it. */

const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';
const SOURCE = { sourceUri: 'github.com/octo-org/widget' };
const on = (runnerEnvironment: string) => sigstore.signStatement({ run: { runnerEnvironment } });

describe('a builder of the catalogue that nobody named', () => {
  it('is trusted on a runner of the platform', () => {
    const { verdict, candidate } = decideWith({ signed: on('github-hosted'), flags: SOURCE });
    expect(verdict).toBe('allow');
    expect(candidate?.level.level).toBe(3);
  });

  it.each(['self-hosted', 'Github-hosted', 'github-hosted '])(
    'RUN-01 is not trusted on the runner %j',
    (runner) => {
      const { verdict, faults } = decideWith({ signed: on(runner), flags: SOURCE });
      expect(verdict).toBe('deny');
      expect(faults).toEqual([
        {
          rule: 'builder-id',
          code: 'runner.self-hosted',
          expected: 'a builder of the catalogue',
          actual: runner,
        },
      ]);
    },
  );

  it('is the choice of whoever names it, at level 1', () => {
    const { verdict, candidate } = decideWith({
      signed: on('self-hosted'),
      flags: { ...SOURCE, builderId: GENERATOR },
    });
    expect(verdict).toBe('allow');
    expect(candidate?.level.level).toBe(1);
  });
});
