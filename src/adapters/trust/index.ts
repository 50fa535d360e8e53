export { type CacheEnvironment, defaultCacheDirectory } from './cache-directory.ts';
export { loadTrustRootFile } from './file.ts';
export { INSTANCE_NAMES, INSTANCES, type Instance, type InstanceName, isInstanceName } from './instances.ts';
export {
  type ExportOptions,
  exportTrustRoots,
  type ManageOptions,
  type TrustOutcome,
  type TrustRootInfo,
  type UpdateOptions,
  updateTrustRoots,
} from './manage.ts';
export { createTrustRoots, type TrustOrigin, type TrustRootsOptions } from './trust-roots.ts';
export { type TufRepositoryOptions, type VerifiedTarget, verifyTufRepository } from './tuf/repository.ts';
export type { TufStore } from './tuf/stored-root.ts';
