import type { VerifiedAttestation } from '../attestation/verify.ts';
import { interpretCloudBuild } from '../gcb/index.ts';
import type { ArtifactDigests } from '../model/digest.ts';
import { GITHUB_ISSUER, isGitlabIssuer } from '../model/known-builders.ts';
import { NPM_PUBLISH_TYPE } from '../model/npm.ts';
import { type BuildFacts, isProvenanceType, type Provenance } from '../model/provenance.ts';
import type { Statement } from '../model/statement.ts';
import { VERIFICATION_SUMMARY_TYPE, type VerificationSummary } from '../model/verification-summary.ts';
import { factsOfCertificate } from './certificate-facts.ts';
import { interpretGenericProvenance } from './generic.ts';
import { type InterpretOptions, interpretGithubProvenance } from './github.ts';
import { interpretGitlabProvenance } from './gitlab.ts';
import { checkNpmPublish } from './npm-publish.ts';
import { parseVerificationSummary } from './verification-summary.ts';

/** What a verified statement means. */
export interface Interpretation {
  /** Undefined when nothing is known about a build: a person or a bare key signed something that is no provenance. */
  readonly facts: BuildFacts | undefined;
  readonly provenance: Provenance | undefined;
  readonly summary: VerificationSummary | undefined;
}

const isGithubIssuer = (issuer: string | undefined): boolean =>
  issuer !== undefined &&
  (issuer === GITHUB_ISSUER || /^https:\/\/token\.actions\.[a-z0-9][a-z0-9-]{0,62}\.ghe\.com$/.test(issuer));

/** Whether predicates of this type are read: one that lacks the form of its type is then refused, whatever is asked. */
export const hasMeaning = (predicateType: string): boolean =>
  isProvenanceType(predicateType) ||
  predicateType === VERIFICATION_SUMMARY_TYPE ||
  predicateType === NPM_PUBLISH_TYPE;

/**
 * Interprets a verified statement by its predicate type and by who signed it.
 *
 * @throws SlsaGateError `predicate.schema`, `predicate.type`, and those of the builder's interpretation
 */
export function interpret(
  statement: Statement,
  { signer }: Pick<VerifiedAttestation, 'signer'>,
  artifact: ArtifactDigests,
  options: InterpretOptions,
): Interpretation {
  if (isProvenanceType(statement.predicateType)) {
    const provenance = interpretProvenance(statement, signer, artifact, options);
    return { facts: provenance, provenance, summary: undefined };
  }
  const isSummary = statement.predicateType === VERIFICATION_SUMMARY_TYPE;
  if (statement.predicateType === NPM_PUBLISH_TYPE) checkNpmPublish(statement.predicate);
  return {
    ...interpretCertificate({ signer }),
    summary: isSummary ? parseVerificationSummary(statement.predicate) : undefined,
  };
}

/**
 * What the certificate says of the build, with the predicate left unread.
 *
 * @throws SlsaGateError `source.malformed`
 */
export const interpretCertificate = ({ signer }: Pick<VerifiedAttestation, 'signer'>): Interpretation => ({
  facts: signer.kind === 'certificate' ? factsOfCertificate(signer) : undefined,
  provenance: undefined,
  summary: undefined,
});

function interpretProvenance(
  statement: Statement,
  signer: VerifiedAttestation['signer'],
  artifact: ArtifactDigests,
  options: InterpretOptions,
): Provenance {
  if (signer.kind === 'cloud-build') return interpretCloudBuild(signer.verified, artifact);
  if (signer.kind === 'certificate') {
    const { issuer } = signer.claims;
    if (isGithubIssuer(issuer)) return interpretGithubProvenance(statement, signer, options);
    if (isGitlabIssuer(issuer)) return interpretGitlabProvenance(statement, signer);
  }
  return interpretGenericProvenance(statement, signer);
}
