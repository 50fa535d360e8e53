import type { HttpCredential } from '../http/index.ts';

/** Where a credential comes from, for people: `GITHUB_TOKEN`, `~/.docker/config.json`, `helper ecr-login`. No secret. */
export type CredentialOrigin = string;

/** What a registry is told. */
export type RegistryCredential =
  | {
      readonly kind: 'basic';
      readonly username: string;
      readonly password: string;
      readonly from: CredentialOrigin;
    }
  /** `identitytoken` of Docker: exchanged at the token server (OAuth 2 refresh token). */
  | { readonly kind: 'refresh-token'; readonly token: string; readonly from: CredentialOrigin }
  /** `registrytoken` of Docker: sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string; readonly from: CredentialOrigin };

/** Credentials of registries, by their exact `host` or `host:port`. */
export interface RegistryCredentials {
  /**
   * Undefined: none, ask anonymously. A helper is asked once for each registry.
   *
   * @throws SlsaGateError `credential.unusable` for a file or helper that is configured and does not work
   */
  of(registry: string): Promise<RegistryCredential | undefined>;
}

/** A credential of an API or package index, bound to its origin. */
export interface KnownCredential extends HttpCredential {
  readonly from: CredentialOrigin;
}
