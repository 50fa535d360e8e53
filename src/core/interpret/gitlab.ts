import { refuse } from '../../errors.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { PROVENANCE_TYPES, type Provenance } from '../model/provenance.ts';
import { parseSourceUri } from '../model/source-uri.ts';
import type { Statement } from '../model/statement.ts';
import type { CertificateSigner } from '../verify/verify-bundle.ts';
import { factsOfCertificate } from './certificate-facts.ts';
import { PredicateV1, parsePredicate } from './predicate-schemas.ts';
import { type CertifiedSource, compareCommit, compareSourceUri } from './statements-of-source.ts';

/**
 * Interprets provenance that a GitLab CI job signed. Builder (the CI configuration with its ref), project, ref, commit,
 * trigger and runner are the certificate's; what the runner wrote into the predicate must agree.
 *
 * @throws SlsaGateError `predicate.type`, `predicate.schema`, `builder.ref`, `builder.mismatch`, `cert.claim-missing`,
 *   `source.inconsistent`, `source.commit`, `source.malformed`
 */
export function interpretGitlabProvenance(statement: Statement, signer: CertificateSigner): Provenance {
  if (statement.predicateType !== PROVENANCE_TYPES.v1) {
    refuse('predicate.type', 'GitLab signs SLSA provenance v1', { actual: statement.predicateType });
  }
  const { buildDefinition } = parsePredicate(PredicateV1, statement.predicate, 'SLSA provenance v1');
  const { buildSignerUri } = signer.claims;
  if (buildSignerUri === undefined)
    refuse('cert.claim-missing', 'certificate does not name the CI configuration');
  if (buildSignerUri !== signer.subject.value) {
    refuse('builder.mismatch', 'certificate names two CI configurations', {
      expected: buildSignerUri,
      actual: signer.subject.value,
    });
  }
  const facts = factsOfCertificate(signer);
  const { builder, sourceUri } = facts;
  if (builder?.ref === undefined) {
    refuse('builder.ref', 'certificate names the CI configuration ambiguously', {
      actual: signer.subject.value,
    });
  }
  if (sourceUri === undefined) refuse('cert.claim-missing', 'certificate does not name the project');
  const source: CertifiedSource = {
    repository: parseSourceUri(sourceUri),
    ref: facts.sourceRef,
    commit: facts.sourceCommit,
  };
  compareSourceUri(textOf(buildDefinition.externalParameters.source as Json | undefined), source, true);
  const [dependency] = buildDefinition.resolvedDependencies ?? [];
  if (dependency !== undefined) {
    compareSourceUri(dependency.uri, source, true);
    compareCommit(withCommit(dependency.digest), source);
  }
  return { ...facts, predicateType: statement.predicateType, builder, buildType: buildDefinition.buildType };
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string'
    ? value
    : isJsonObject(value) && typeof value.uri === 'string'
      ? value.uri
      : undefined;

/** GitLab's runner writes the commit under `sha256`, whatever its length. */
const withCommit = (
  digest: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> => ({
  ...digest,
  ...(digest?.sha256 !== undefined && digest.gitCommit === undefined ? { gitCommit: digest.sha256 } : {}),
});
