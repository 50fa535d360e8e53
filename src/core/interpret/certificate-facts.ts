import { parseBuilderId } from '../model/builder-id.ts';
import type { BuildFacts } from '../model/provenance.ts';
import { parseSourceUri } from '../model/source-uri.ts';
import type { CertificateSigner } from '../verify/verify-bundle.ts';

/**
 * What the certificate alone says about the build, for attestations that are no provenance. Certificates of people say
 * nothing of it.
 *
 * @throws SlsaGateError `source.malformed`
 */
export function factsOfCertificate({ claims, subject }: CertificateSigner): BuildFacts {
  const signer = claims.buildSignerUri ?? (subject.kind === 'uri' ? subject.value : undefined);
  const repository =
    claims.sourceRepositoryUri ??
    (claims.githubWorkflowRepository && `https://github.com/${claims.githubWorkflowRepository}`);
  return {
    builder: signer === undefined ? undefined : parseBuilderId(signer),
    delegator: undefined,
    builderAliases: [],
    baseBranch: undefined,
    sourceUri: repository === undefined ? undefined : parseSourceUri(repository).uri,
    sourceRef: claims.sourceRepositoryRef ?? claims.githubWorkflowRef,
    sourceCommit: claims.sourceRepositoryDigest ?? claims.githubWorkflowSha,
    repositoryId: claims.sourceRepositoryIdentifier,
    ownerId: claims.sourceRepositoryOwnerIdentifier,
    workflowInputs: undefined,
    parameters: undefined,
    trigger: claims.buildTrigger ?? claims.githubWorkflowTrigger,
    runnerEnvironment: claims.runnerEnvironment,
  };
}
