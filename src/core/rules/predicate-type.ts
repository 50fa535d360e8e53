import type { Expectations } from '../model/expectations.ts';
import { isProvenanceType } from '../model/provenance.ts';
import { fails, holds, type Rule, type Stated } from './rule.ts';

const isWanted = (type: string, { predicateType }: Expectations): boolean => {
  if (predicateType === 'any') return true;
  return predicateType === 'provenance' ? isProvenanceType(type) : predicateType.includes(type);
};

/** The signed predicate type is the wanted one, and the label that came with it, if any, says the same. */
export const predicateType: Rule<Stated> = {
  id: 'predicate-type',
  spec: 'in-toto Statement v1, predicateType',
  expected({ predicateType: wanted, subject }) {
    if (wanted === 'provenance') return 'SLSA provenance v0.1, v0.2 or v1';
    if (wanted === 'any') return subject.kind === 'unbound' ? undefined : 'any';
    return wanted.join(' or ');
  },
  check({ statement, verified }, expectations) {
    if (statement === undefined) {
      return expectations.predicateType === 'any'
        ? holds('a signature without a statement')
        : fails('predicate.type', 'the signature is over the artifact and makes no statement', 'none');
    }
    const { predicateType: actual } = statement;
    const { claimedPredicateType: label } = verified;
    if (label !== undefined && label !== actual) {
      return fails(
        'predicate.type-mismatch',
        `the attestation is labelled as another type: ${label}`,
        actual,
      );
    }
    if (isWanted(actual, expectations)) return holds(actual);
    if (verified.isRegistrySigned) {
      return fails(
        'npm.publish-not-provenance',
        'a publish attestation says who accepted the package, not who built it',
        actual,
      );
    }
    return fails('predicate.type', 'the attestation is of another type', actual);
  },
};
