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
export { type CloudBuildKeys, type CloudBuildVersion, parseCloudBuildKeys } from './keys.ts';
export {
  type CloudBuildDocument,
  type CloudBuildProvenance,
  type ImageSummary,
  looksLikeCloudBuild,
  parseCloudBuild,
} from './parse.ts';
export { type CloudBuildStatement, readCloudBuildStatement } from './statement.ts';
export { type CheckedSignature, decodePayload, type VerifiedCloudBuild, verifyCloudBuild } from './verify.ts';
