import type { ArtifactReference } from '../../core/model/local-reference.ts';
import type { RemoteReference } from '../../core/model/remote-reference.ts';
import { parseSourceName, printSourceName, type SourceName } from '../../core/model/source-name.ts';
import type { SourceRepository } from '../../core/model/source-uri.ts';
import { refuse } from '../../errors.ts';
import type { ArtifactBytes } from '../artifact-bytes.ts';

export interface SourceChoice {
  /** Sources that the caller named. */
  readonly named: readonly SourceName[];
  /** Files, logs of others: whether the caller brought attestations along. */
  readonly isGiven: boolean;
  /** Whether there is a way to ask anybody; without one only files count, and what lies at a server cannot be had. */
  readonly canAsk: boolean;
  /** Purl of the artifact: a file of a package is looked for where the package lies. */
  readonly purl?: string | undefined;
  /** Repositories that the artifact must come from, where it is known beforehand. */
  readonly repositories: readonly SourceRepository[];
}

/**
 * Which sources are asked: those that the caller names, and where the artifact itself says that it lies. One without such
 * a home, for which nothing was brought along, is looked for at GitHub, where its repository is known.
 *
 * @throws SlsaGateError `usage.no-bundle` where nothing could be found anywhere
 */
export function chooseSources(
  parsed: ArtifactReference | ArtifactBytes,
  { named, isGiven, canAsk, purl, repositories }: SourceChoice,
): readonly SourceName[] {
  if (!canAsk && parsed.kind !== 'remote' && named.length === 0) return [];
  if (parsed.kind === 'oci-layout' && named.length > 0)
    refuse('usage.flag', `sources are not asked about a layout: ${named.map(printSourceName).join(', ')}`, {
      hint: 'Leave out --source, or name the image in its registry or by its sha256 digest.',
    });
  const home = homeOf(parsed, isGiven, purl);
  // A log completes what is found elsewhere; it is no place to find anything in.
  const places = named.filter(({ kind }) => kind !== 'rekor');
  const atGitHub =
    isGiven || home.length > 0 || places.length > 0 || parsed.kind === 'oci-layout'
      ? []
      : repositories.flatMap(toGitHub);
  if (home.length + places.length + atGitHub.length === 0 && !isGiven && parsed.kind !== 'oci-layout')
    refuse('usage.no-bundle', 'no attestation given, and no source of any known');
  const chosen = [...home, ...named, ...atGitHub];
  return unique(chosen);
}

/** @throws SlsaGateError `usage.flag` */
export const parseSourceNames = (names: readonly string[]): readonly SourceName[] =>
  names.map((name) => parseSourceName(name));

/** A package whose digest is known needs no server where attestations were brought along. */
function homeOf(
  parsed: ArtifactReference | ArtifactBytes,
  isGiven: boolean,
  purl: string | undefined,
): readonly SourceName[] {
  if (parsed.kind === 'remote') return homes(parsed.remote);
  if (parsed.kind === 'purl' && parsed.remote !== undefined && !isGiven) return homes(parsed.remote);
  const [, type] = /^pkg:(npm|pypi)\/[^@?#]+@[^?#]/.exec(purl ?? '') ?? [];
  return parsed.kind !== 'oci-layout' && !isGiven && (type === 'npm' || type === 'pypi')
    ? [{ kind: type }]
    : [];
}

function homes(remote: RemoteReference): readonly SourceName[] {
  switch (remote.kind) {
    case 'oci': {
      const { registry, repository } = remote.image;
      return [{ kind: 'oci', registry, repository }];
    }
    case 'npm':
    case 'pypi':
      return [{ kind: remote.kind }];
    case 'github-release': {
      const [owner = '', repo = ''] = remote.purl.name.split('/');
      const tag = remote.purl.version ?? '';
      return [
        { kind: 'github-release', owner, repo, tag },
        { kind: 'github', owner, repo },
      ];
    }
  }
}

const toGitHub = ({ host, path }: SourceRepository): readonly SourceName[] => {
  const [owner, repo] = path.split('/');
  return host === 'github.com' && owner !== undefined && repo !== undefined
    ? [{ kind: 'github', owner, repo }]
    : [];
};

const unique = (sources: readonly SourceName[]): readonly SourceName[] => [
  ...new Map(sources.map((source) => [printSourceName(source), source])).values(),
];
