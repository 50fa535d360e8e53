export {
  type ApiAddresses,
  type CredentialDescription,
  type CredentialProblem,
  type DescribedCredentials,
  describeCredentials,
} from './describe.ts';
export { githubCredentials, gitlabCredentials } from './forge.ts';
export { pickHelperEnvironment } from './helper-environment.ts';
export { type NpmConfig, npmCredentials } from './npm.ts';
export type { CredentialOptions } from './options.ts';
export { assertNamedUsable, registryCredentials } from './registry.ts';
export type {
  CredentialOrigin,
  KnownCredential,
  RegistryCredential,
  RegistryCredentials,
} from './types.ts';
