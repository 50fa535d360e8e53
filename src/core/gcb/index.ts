// Google Cloud Build provenance as gcloud prints it: the profile `gcb`.
export { readBuilder } from './builder.ts';
export { checkCloudBuildMetadata, checkCloudBuildSummary, checkCloudBuildText } from './copies.ts';
export { interpretCloudBuild } from './interpret.ts';
export { type CloudBuildKeys, parseCloudBuildKeys } from './keys.ts';
export {
  type CloudBuildDocument,
  type CloudBuildProvenance,
  looksLikeCloudBuild,
  parseCloudBuild,
  toCloudBuild,
} from './parse.ts';
export { readSource } from './source.ts';
export { type CloudBuildStatement, readCloudBuildStatement, readSubstitutions } from './statement.ts';
export { decodePayload, type VerifiedCloudBuild, verifyCloudBuild } from './verify.ts';
