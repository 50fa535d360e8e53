import type { CheckContext } from '../src/core/attestation/check.ts';
import { verifyAttestation } from '../src/core/attestation/verify.ts';
import type { ArtifactDigests } from '../src/core/model/digest.ts';
import { parseJson } from '../src/core/model/json.ts';
import { type LabelledBundle, toNpmAttestations } from '../src/core/model/npm.ts';
import { parseStatement, type Statement } from '../src/core/model/statement.ts';
import { bindSubjects } from '../src/core/model/subject-binding.ts';
import { checkNpmNames } from '../src/core/rules/npm-package.ts';
import { refuse } from '../src/errors.ts';
import type { Case } from './case.ts';

type Which = 'provenance' | 'publish';

/**
 * Decides a case about one check of npm's attestations; what the check does not look at is taken as it is.
 *
 * @throws SlsaGateError the refusal
 */
export function decideNpmOnly(
  { only, options, artifactDigest = {} }: Case,
  bytes: Uint8Array,
  context: CheckContext,
): void {
  const list = toNpmAttestations(parseJson(bytes, 'npm attestations'));
  const pick = (which: Which): LabelledBundle =>
    list[which] ?? refuse('npm.attestations', `npm lists no ${which} attestation`);
  const statementOf = (which: Which): Statement => {
    const { content } = pick(which).bundle;
    if (content.kind !== 'dsse') return refuse('dsse.payload-type', 'no statement');
    return parseStatement(content.payload);
  };
  const verify = (which: Which): void => {
    verifyAttestation({ kind: 'bundle', bundle: pick(which).bundle }, undefined, context);
  };
  const both: readonly Which[] = ['provenance', 'publish'];
  switch (only) {
    case 'npm-parse':
      for (const which of both) pick(which);
      return;
    case 'npm-provenance-signature':
      verify('provenance');
      return;
    case 'npm-publish-signature':
      verify('publish');
      return;
    case 'npm-publish-subject-digest': {
      const code = bindSubjects(statementOf('publish').subjects, artifactDigest as ArtifactDigests);
      if (code !== 'ok') refuse(code, 'the publish attestation is about other bytes');
      return;
    }
    case 'npm-statement-headers':
      for (const which of both) {
        const { predicateType } = statementOf(which);
        const label = pick(which).claimedPredicateType;
        if (predicateType !== label) {
          refuse('predicate.type-mismatch', 'labelled as another type', {
            expected: label,
            actual: predicateType,
          });
        }
      }
      return;
    case 'npm-package-name':
    case 'npm-package-version': {
      const { packageName: name, packageVersion: version } = options;
      const wanted = {
        ...(name === undefined ? {} : { name }),
        ...(version === undefined ? {} : { version }),
      };
      for (const which of both) {
        const { check } = checkNpmNames(statementOf(which), wanted);
        if (!check.holds) refuse(check.code, check.message, { actual: check.actual });
      }
      return;
    }
    default:
      refuse('usage.unsupported', 'no such check', { actual: String(only) });
  }
}
