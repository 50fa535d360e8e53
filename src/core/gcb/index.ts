// Google Cloud Build provenance as gcloud prints it: the profile `gcb`.
export {
  checkCloudBuildBuilder,
  checkCloudBuildMetadata,
  checkCloudBuildSource,
  checkCloudBuildSummary,
  checkCloudBuildTag,
  checkCloudBuildText,
  checkCloudBuildVersionedTag,
} from './checks.ts';
export { interpretCloudBuild } from './interpret.ts';
export { type CloudBuildKeys, parseCloudBuildKeys } from './keys.ts';
export {
  type CloudBuildDocument,
  type CloudBuildProvenance,
  looksLikeCloudBuild,
  parseCloudBuild,
  toCloudBuild,
} from './parse.ts';
export { type CloudBuildStatement, readCloudBuildStatement } from './statement.ts';
export { decodePayload, type VerifiedCloudBuild, verifyCloudBuild } from './verify.ts';
