/** What the shell hands in; nothing else of the environment is read. */
export interface CredentialOptions {
  /**
   * `GITHUB_TOKEN`, `GH_TOKEN`, `GH_ENTERPRISE_TOKEN`, `GITHUB_ENTERPRISE_TOKEN`, `GH_HOST`, `GITHUB_SERVER_URL`,
   * `GITLAB_TOKEN`, `GITLAB_HOST`, `CI_JOB_TOKEN`, `CI_SERVER_URL`, `CI_REGISTRY`, `CI_REGISTRY_USER`,
   * `CI_REGISTRY_PASSWORD`, `DOCKER_CONFIG`, `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `NPM_CONFIG_USERCONFIG`, `PATH`; and
   * what an .npmrc may refer to as `${NAME}`, such as `NPM_TOKEN`. An empty one counts as not set.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly workingDirectory: string;
  /** Programs by the name of their helper, given in full instead of looked up in PATH. */
  readonly helpers: ReadonlyMap<string, string>;
  /** What helpers get as environment, beside a PATH without unsafe folders; see `pickHelperEnvironment`. */
  readonly helperEnv?: Readonly<Record<string, string | undefined>>;
  /** How long a helper may take. Default 10 000. */
  readonly helperTimeoutMs?: number;
  /** A file in Docker's form instead of the usual ones. */
  readonly dockerConfig?: string;
  /** An .npmrc instead of the user's. */
  readonly npmrc?: string;
  /** Told once for each file; never holds a secret. */
  readonly warn: (message: string) => void;
}

/** A variable that is set and not empty. */
export const variable = ({ env }: Pick<CredentialOptions, 'env'>, name: string): string | undefined => {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
};
