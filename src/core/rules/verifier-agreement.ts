import { fails, holds, type Rule, type Stated } from './rule.ts';

/** Where two verifiers were asked, both accept; what the second cannot read is named. */
export const verifierAgreement: Rule<Stated> = {
  id: 'verifier-agreement',
  spec: 'slsa-gate, two verifiers',
  expected: (_, verified) =>
    verified?.bundle?.secondOpinion === undefined
      ? undefined
      : 'our verifier and @sigstore/verify both accept',
  check({ verified }) {
    const opinion = verified.bundle?.secondOpinion;
    if (opinion === undefined)
      return fails('verifier.disagreement', 'the second verifier was not asked', undefined);
    return opinion === 'agrees'
      ? holds('both accept')
      : {
          holds: true,
          actual: 'both accept, as far as the second can read',
          weakened: `form: ${opinion.exempt}`,
        };
  },
};
