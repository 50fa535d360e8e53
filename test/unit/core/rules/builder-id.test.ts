import { describe, expect, it } from 'vitest';
import { builderId } from '../../../../src/core/rules/builder-id.ts';
import { decideWith } from '../../../attacks/decide.ts';
import { sigstore } from '../../../attacks/verify.ts';
import { expecting, NO_FACTS, subjectWith } from './subjects.ts';

const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';

describe('a builder of the catalogue that nobody named', () => {
  it('is named by provenance alone: a certificate is not enough', () => {
    const facts = { ...NO_FACTS, builder: { uri: GENERATOR, ref: 'refs/tags/v2.0.0' } };
    expect(builderId.check(subjectWith({ facts }), expecting({ signer: { kind: 'builder' } }))).toMatchObject(
      {
        holds: false,
        code: 'builder.unknown',
        message: 'only provenance names a builder',
        actual: `${GENERATOR}@refs/tags/v2.0.0`,
      },
    );
  });

  it('is not trusted on a runner of its caller, but where it is named', () => {
    const signed = sigstore.signStatement({ run: { runnerEnvironment: 'self-hosted' } });
    const sourceUri = 'github.com/octo-org/widget';
    const unnamed = decideWith({ signed, flags: { sourceUri } });
    expect(unnamed.verdict).toBe('deny');
    expect(unnamed.faults).toEqual([
      {
        rule: 'builder-id',
        code: 'runner.self-hosted',
        expected: 'a builder of the catalogue',
        actual: 'self-hosted',
      },
    ]);
    const named = decideWith({ signed, flags: { sourceUri, builderId: GENERATOR } });
    expect(named.verdict).toBe('allow');
    expect(named.candidate?.level.level).toBe(1);
  });
});
