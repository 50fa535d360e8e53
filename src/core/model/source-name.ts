import { refuse } from '../../errors.ts';

/** A source that is asked over the network, as a caller names it. */
export type SourceName =
  /** Attestations that a registry keeps beside an image. */
  | { readonly kind: 'oci'; readonly registry: string; readonly repository: string }
  /** Attestations of a repository of GitHub, or of all repositories of an owner. */
  | { readonly kind: 'github'; readonly owner: string; readonly repo: string | undefined }
  /** Files of a release. */
  | { readonly kind: 'github-release'; readonly owner: string; readonly repo: string; readonly tag: string }
  /** The registry that the user's npm is set to. */
  | { readonly kind: 'npm' }
  | { readonly kind: 'pypi' }
  /** A log in which entries are looked up that an attestation came without; undefined: that of the public good instance. */
  | { readonly kind: 'rekor'; readonly url: string | undefined };

/** Names at GitHub: nothing in them leads elsewhere where they become part of a path. */
export const GITHUB_OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?(?:_[A-Za-z0-9]+)?$/;
export const GITHUB_REPO = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const TAG = /^(?!.*(?:\.\.|\/\/|@\{))[A-Za-z0-9._/+@-]{1,200}$/;
const OCI = /^([a-z0-9.[\]:-]+)\/([a-z0-9][a-z0-9._/-]*[a-z0-9])$/;

const EXPECTED =
  'oci:REGISTRY/REPOSITORY, github:OWNER[/REPO], github-release:OWNER/REPO@TAG, npm, pypi, rekor[:URL]';

const bad = (text: string): never =>
  refuse('usage.flag', `no such source: ${text}`, {
    expected: EXPECTED,
    actual: text,
    hint: `Name one of ${EXPECTED}.`,
  });

/**
 * Parses the name of a source: `oci:ghcr.io/owner/app`, `github:owner/app`, `github:owner`,
 * `github-release:owner/app@v1.2.3`, `npm`, `pypi`, `rekor`, `rekor:https://log.example`.
 *
 * @throws SlsaGateError `usage.flag`
 */
export function parseSourceName(text: string): SourceName {
  const colon = text.indexOf(':');
  const kind = colon === -1 ? text : text.slice(0, colon);
  const rest = colon === -1 ? undefined : text.slice(colon + 1);
  switch (kind) {
    case 'npm':
    case 'pypi':
      return rest === undefined ? { kind } : bad(text);
    case 'rekor':
      return rest === '' ? bad(text) : { kind, url: rest };
    case 'oci': {
      const [, registry, repository] = OCI.exec(rest ?? '') ?? [];
      return registry === undefined || repository === undefined ? bad(text) : { kind, registry, repository };
    }
    case 'github': {
      const [owner = '', repo, ...more] = (rest ?? '').split('/');
      if (!GITHUB_OWNER.test(owner) || more.length > 0 || (repo !== undefined && !GITHUB_REPO.test(repo)))
        bad(text);
      return { kind, owner, repo };
    }
    case 'github-release': {
      const [, owner = '', repo = '', tag = ''] = /^([^/]*)\/([^/@]*)@(.*)$/.exec(rest ?? '') ?? [];
      if (!GITHUB_OWNER.test(owner) || !GITHUB_REPO.test(repo) || !TAG.test(tag)) bad(text);
      return { kind, owner, repo, tag };
    }
    default:
      return bad(text);
  }
}

/** One text for one source, to tell two of the same apart from two different ones. */
export function printSourceName(source: SourceName): string {
  switch (source.kind) {
    case 'npm':
    case 'pypi':
      return source.kind;
    case 'rekor':
      return source.url === undefined ? 'rekor' : `rekor:${source.url}`;
    case 'oci':
      return `oci:${source.registry}/${source.repository}`;
    case 'github':
      return `github:${source.owner}${source.repo === undefined ? '' : `/${source.repo}`}`;
    case 'github-release':
      return `github-release:${source.owner}/${source.repo}@${source.tag}`;
  }
}
