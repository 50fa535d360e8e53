import type { ArtifactDigests } from '../model/digest.ts';
import { PROVENANCE_TYPES, type Provenance } from '../model/provenance.ts';
import { readBuilder, readNames } from './builder.ts';
import {
  checkCloudBuildMetadata,
  checkCloudBuildSummary,
  checkCloudBuildText,
  checkImageName,
  checkSignedCopy,
} from './copies.ts';
import { checkResolvedSource, readSource } from './source.ts';
import { readSourceRef } from './trigger.ts';
import type { VerifiedCloudBuild } from './verify.ts';

/**
 * Interprets verified provenance of Cloud Build. Before anything is read, all that gcloud prints beside the signed payload
 * is compared with it and with the artifact, so that nobody reads something else than what was decided on.
 *
 * `artifact` is the image by its sha256; that it is a subject of the statement is a rule of its own.
 *
 * @throws SlsaGateError `gcb.text-mismatch`, `gcb.summary`, `gcb.malformed`, `builder.mismatch`, `builder.build-type`,
 *   `source.malformed`, `source.commit`, `source.inconsistent`, `predicate.schema`
 */
export function interpretCloudBuild(
  { provenance, signed }: VerifiedCloudBuild,
  artifact: ArtifactDigests,
): Provenance {
  checkSignedCopy(signed);
  checkCloudBuildText(provenance, signed);
  checkCloudBuildMetadata(provenance, artifact);
  checkCloudBuildSummary(provenance.imageSummary, artifact);
  checkImageName(provenance);
  const builder = readBuilder(signed);
  const source = readSource(signed, builder.ref);
  if (source !== undefined) checkResolvedSource(signed, source);
  return {
    predicateType: signed.version === 'v0.1' ? PROVENANCE_TYPES.v01 : PROVENANCE_TYPES.v1,
    builder,
    delegator: undefined,
    builderAliases: [],
    baseBranch: undefined,
    buildType: readNames(signed).buildType,
    sourceUri: source?.uri,
    sourceRef: source === undefined ? undefined : readSourceRef(signed, source),
    sourceCommit: source?.commit,
    repositoryId: undefined,
    ownerId: undefined,
    workflowInputs: undefined,
    parameters: undefined,
    trigger: undefined,
    runnerEnvironment: undefined,
  };
}
