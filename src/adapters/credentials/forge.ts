import { refuse } from '../../errors.ts';
import { type CredentialOptions, variable } from './options.ts';
import { assertToken, withHidden } from './secret.ts';
import type { KnownCredential } from './types.ts';

const GITHUB = 'https://api.github.com';
/** GitHub with data residency: one label for each tenant, nothing more. */
const TENANT = /^https:\/\/api\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.ghe\.com$/;
const OF_GITHUB = /(?:^|\.)(?:github|ghe)\.com$/;
const GITLAB = 'https://gitlab.com';

function originOf(apiUrl: string): URL {
  const url = URL.parse(apiUrl);
  if (url === null || url.origin === 'null') refuse('config.invalid', 'not the address of an API');
  return url;
}

function toCredential(
  options: CredentialOptions,
  name: string,
  { origin }: URL,
  header: string,
  scheme = '',
): KnownCredential {
  const token = variable(options, name) ?? '';
  assertToken(token, name);
  return withHidden({ origin, header, value: `${scheme}${token}`, from: name }, 'value');
}

/**
 * The token for an API of GitHub, chosen as `gh` does: `GH_TOKEN`, then `GITHUB_TOKEN` for github.com and tenants of
 * ghe.com; `GH_ENTERPRISE_TOKEN`, then `GITHUB_ENTERPRISE_TOKEN` for a server of one's own, and for `GH_HOST` alone where that
 * is set. Within GitHub Actions a `GITHUB_TOKEN` is the job's, so it goes to no other server than that of the job.
 *
 * @throws SlsaGateError `credential.unusable`, `config.invalid`
 */
export function githubCredentials(options: CredentialOptions, apiUrl: string): KnownCredential | undefined {
  const url = originOf(apiUrl);
  const isGithub = url.origin === GITHUB || TENANT.test(url.origin);
  const names = isGithub
    ? ['GH_TOKEN', 'GITHUB_TOKEN']
    : isOwnServer(url, options)
      ? ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN']
      : [];
  const name = names.find(
    (other) =>
      variable(options, other) !== undefined && (other !== 'GITHUB_TOKEN' || isServerOfJob(url, options)),
  );
  return name === undefined ? undefined : toCredential(options, name, url, 'authorization', 'Bearer ');
}

function isOwnServer(url: URL, options: CredentialOptions): boolean {
  if (OF_GITHUB.test(url.hostname.replace(/\.$/, ''))) return false;
  const own = variable(options, 'GH_HOST')?.toLowerCase();
  return own === undefined || url.host === own || url.host === `api.${own}`;
}

function isServerOfJob(url: URL, options: CredentialOptions): boolean {
  const server = variable(options, 'GITHUB_SERVER_URL');
  if (server === undefined) return true;
  const own = URL.parse(server);
  return own !== null && url.protocol === own.protocol && url.host === `api.${own.host}`;
}

/**
 * The token for an API of GitLab: `GITLAB_TOKEN` for `GITLAB_HOST`, else for gitlab.com and the server of the job;
 * `CI_JOB_TOKEN` for the server of the job alone.
 *
 * @throws SlsaGateError `credential.unusable`, `config.invalid`
 */
export function gitlabCredentials(options: CredentialOptions, apiUrl: string): KnownCredential | undefined {
  const url = originOf(apiUrl);
  const ofJob = originOfVariable(options, 'CI_SERVER_URL');
  const own = originOfVariable(options, 'GITLAB_HOST');
  const isOwn = own === undefined ? url.origin === GITLAB || url.origin === ofJob : url.origin === own;
  if (isOwn && variable(options, 'GITLAB_TOKEN') !== undefined)
    return toCredential(options, 'GITLAB_TOKEN', url, 'private-token');
  if (url.origin === ofJob && variable(options, 'CI_JOB_TOKEN') !== undefined)
    return toCredential(options, 'CI_JOB_TOKEN', url, 'job-token');
  return undefined;
}

/** An origin that a variable names in full, or as a host. */
function originOfVariable(options: CredentialOptions, name: string): string | undefined {
  const text = variable(options, name);
  if (text === undefined) return undefined;
  return URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`)?.origin;
}

/** The APIs that the environment has tokens for. */
export function knownApis(options: CredentialOptions): {
  readonly github: readonly string[];
  readonly gitlab: readonly string[];
} {
  const own = variable(options, 'GH_HOST');
  const tenant = `https://api.${URL.parse(variable(options, 'GITHUB_SERVER_URL') ?? '')?.host ?? ''}`;
  const github = [
    GITHUB,
    ...(TENANT.test(tenant) ? [tenant] : []),
    ...(own === undefined || OF_GITHUB.test(own) ? [] : [`https://${own}`]),
  ];
  const gitlab = ['GITLAB_HOST', 'CI_SERVER_URL'].flatMap((name) => originOfVariable(options, name) ?? []);
  return { github: [...new Set(github)], gitlab: [...new Set([GITLAB, ...gitlab])] };
}
