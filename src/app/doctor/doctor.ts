import { parseOciDigest } from '../../core/model/oci/descriptor.ts';
import { toOciPurl } from '../../core/model/oci/purl.ts';
import type { OciRepository } from '../../core/model/oci/reference.ts';
import { parsePurl } from '../../core/model/purl.ts';
import { printSourceName, type SourceName } from '../../core/model/source-name.ts';
import { parseSourceUri } from '../../core/model/source-uri.ts';
import { DEFAULT_ROOTS, namedRoots } from '../../core/model/trusted-root-names.ts';
import { packageName } from '../../core/policy/package-name.ts';
import { matchingPackages, type Requirements } from '../../core/policy/requirements.ts';
import { type Attempt, attempt } from '../../errors.ts';
import { loadPolicy } from '../gate/load-policy.ts';
import { loadRoots } from '../gate/load-roots.ts';
import type { LoadedPolicy } from '../gate/material.ts';
import { namedPackage } from '../gate/open.ts';
import { type NamedArtifact, toNamedArtifact } from '../open-artifact.ts';
import { chooseSources, parseSourceNames } from '../sources/choose.ts';
import { attemptLater } from './attempt-later.ts';
import { caFileCheck, clientCertificateCheck } from './certificates.ts';
import { type DoctorDocument, notChecked, type Place } from './check.ts';
import { credentialChecks } from './credentials.ts';
import { evidenceCheck } from './evidence.ts';
import { cacheCheck, clockCheck, runtimeCheck } from './machine.ts';
import { policyChecks, requirementsOf } from './policy.ts';
import type { DoctorPorts, DoctorRequest, ServerPorts } from './ports.ts';
import { type Check, type RunOptions, runChecks } from './run.ts';
import { githubCheck, npmCheck, pypiCheck, registryCheck, rekorCheck } from './servers.ts';
import { sourcesCheck } from './sources.ts';
import { trustedRootCheck, tufMirrorCheck } from './trust.ts';
import { allowedHostCheck, plainHttpLines, proxyCheck } from './ways-out.ts';

/** What is known before anything is looked at. */
interface Case {
  readonly request: DoctorRequest;
  readonly ports: DoctorPorts;
  readonly artifact: NamedArtifact | undefined;
  readonly purl: string | undefined;
  readonly policy: Attempt<LoadedPolicy> | undefined;
  /** Of those environments that can be used. */
  readonly requirements: readonly Requirements[];
  readonly sources: readonly SourceName[];
}

/**
 * Looks at everything that a decision would rest on, and tells of each what is wrong and how to mend it.
 *
 * @throws SlsaGateError for flags and names that mean nothing
 */
export async function examine(
  request: DoctorRequest,
  ports: DoctorPorts,
  options: RunOptions,
): Promise<DoctorDocument> {
  const one = await toCase(request, ports);
  // Evidence alone: a key may ask for its passphrase.
  return runChecks([evidenceChecks(one), localChecks(one), serverChecks(one), clockChecks(one)], options);
}

async function toCase(request: DoctorRequest, ports: DoctorPorts): Promise<Case> {
  const named = parseSourceNames(request.sources);
  const artifact = request.artifact === undefined ? undefined : await toNamedArtifact(request.artifact);
  const purl = packageOf(request.package, artifact);
  const { policy: input, environment } = request;
  const policy = input === undefined ? undefined : await attemptLater(() => loadPolicy(input, ports.policy));
  const loaded = policy !== undefined && 'value' in policy ? policy.value : undefined;
  const requirements =
    loaded === undefined
      ? []
      : requirementsOf(loaded, environment).flatMap(([, one]) => ('value' in one ? [one.value] : []));
  const sources = sourcesOf(artifact, named, purl, loaded);
  return { request, ports, artifact, purl, policy, requirements, sources };
}

/** Of an image the registry alone knows the digest; its name is known before. */
function packageOf(given: string | undefined, artifact: NamedArtifact | undefined): string | undefined {
  if (artifact === undefined) return given;
  const own = namedPackage(given, artifact);
  if (own !== undefined || artifact.parsed.kind !== 'remote' || artifact.parsed.remote.kind !== 'oci')
    return own;
  return toOciPurl(artifact.parsed.remote.image, parseOciDigest(`sha256:${'0'.repeat(64)}`, 'digest'));
}

function sourcesOf(
  artifact: NamedArtifact | undefined,
  named: readonly SourceName[],
  purl: string | undefined,
  loaded: LoadedPolicy | undefined,
): readonly SourceName[] {
  if (artifact === undefined) return named;
  const parsed = purl === undefined ? undefined : parsePurl(purl);
  const entries =
    parsed === undefined || loaded === undefined ? [] : matchingPackages(loaded.policy, packageName(parsed));
  const repositories = entries.map(({ source }) => parseSourceUri(source.repository));
  // None at all is told where the artifact is.
  const chosen = attempt(() =>
    chooseSources(artifact.parsed, { named, isGiven: false, canAsk: true, purl, repositories }),
  );
  return 'value' in chosen ? chosen.value : named;
}

const evidenceChecks = ({ request, ports, requirements }: Case): readonly Check[] =>
  request.evidence === undefined
    ? []
    : [evidenceCheck(request.evidence, { ...ports.evidence, requirements })];

function localChecks(one: Case): readonly Check[] {
  const { ports, policy } = one;
  const { waysOut, now } = ports;
  const { readFile } = ports.policy;
  return [
    runtimeCheck(ports.runtime),
    cacheCheck(ports.cache),
    ...(waysOut.caFile === undefined ? [] : [caFileCheck(waysOut.caFile, readFile, now)]),
    ...waysOut.clientCertificates.map((setting) => clientCertificateCheck(setting, now)),
    {
      ...place('allow-host', 'addresses'),
      run: async () => plainHttpLines(waysOut.addresses, new Set(waysOut.allowedHosts)),
    },
    ...credentialChecks({ ...ports.credentials, registries: [...registriesOf(one.sources).keys()] }),
    ...rootChecks(one),
    ...(policy === undefined ? [] : policyChecks(policy, toPolicyTarget(one))),
  ];
}

const place = (id: Place['id'], name: string): Place => ({ id, name });

const toPolicyTarget = ({ request, artifact, purl, sources }: Case) => ({
  path: request.policy?.path ?? '',
  environment: request.environment,
  package: purl,
  sourceKinds: new Set(sources.map(({ kind }) => kind)),
  hasArtifact: artifact !== undefined,
  offline: request.offline,
});

/** Those that were named, else those of the policy, else those that count without one. */
function rootNames({ request, requirements }: Case): readonly string[] {
  const heard = [...new Set(requirements.flatMap(({ heardRoots }) => heardRoots))];
  return namedRoots(request.trustedRoots, heard.length === 0 ? DEFAULT_ROOTS : heard);
}

function rootChecks(one: Case): readonly Check[] {
  const { request, ports, policy, requirements } = one;
  const loaded = policy !== undefined && 'value' in policy ? policy.value.policy : undefined;
  const limits = [
    request.maxTrustAgeSeconds,
    ...requirements.map(({ maxTrustAgeSeconds }) => maxTrustAgeSeconds),
  ].filter((limit) => limit !== undefined);
  const maxAgeSeconds = limits.length === 0 ? undefined : Math.min(...limits);
  return rootNames(one).map((name) => {
    const own = loaded?.trust?.roots ?? {};
    const isOfPolicy = request.trustedRoots.length === 0 && Object.hasOwn(own, name);
    const open = async () =>
      isOfPolicy && loaded !== undefined
        ? loadRoots(
            loaded,
            request.policy?.path ?? '',
            { heardRoots: [name], maxTrustAgeSeconds: undefined },
            ports.trust,
            ports.now(),
          )
        : ports.trust.open(name);
    return trustedRootCheck({ name, open }, { maxAgeSeconds, now: ports.now });
  });
}

/** Repositories of each registry that is asked. */
function registriesOf(sources: readonly SourceName[]): ReadonlyMap<string, readonly OciRepository[]> {
  const places = new Map<string, OciRepository[]>();
  for (const source of sources) {
    if (source.kind !== 'oci') continue;
    const { registry, repository } = source;
    places.set(registry, [...(places.get(registry) ?? []), { registry, repository }]);
  }
  return places;
}

function serverChecks(one: Case): readonly Check[] {
  const { request, ports, artifact, purl, sources } = one;
  const { servers, waysOut } = ports;
  const openSources = 'unasked' in servers ? undefined : servers.openSources;
  const isAsked = artifact !== undefined || sources.length > 0;
  const attestations = isAsked
    ? [
        sourcesCheck(
          { artifact, package: purl, sources, viaIndex: request.viaIndex },
          { artifacts: ports.artifacts, openSources },
        ),
      ]
    : [];
  const offline = 'unasked' in servers;
  const proxy = proxyCheck(waysOut.proxy, offline ? undefined : servers.reachProxy);
  if (offline) return [proxy, ...unaskedChecks(one, servers.unasked), ...attestations];
  return [
    proxy,
    ...waysOut.allowedHosts.map((host) => allowedHostCheck(host, servers.kindOf)),
    ...mirrorsOf(one).map(([name, mirror]) => tufMirrorCheck(name, mirror, servers.reachMirror)),
    ...apiChecks(one, servers),
    ...attestations,
  ];
}

const mirrorsOf = (one: Case): readonly (readonly [string, string])[] =>
  rootNames(one).flatMap((name) => {
    const mirror = one.ports.mirrors.get(name);
    return mirror === undefined ? [] : [[name, mirror] as const];
  });

type Api = keyof DoctorPorts['configured'];

/** What is asked in this run is needed, and so is an address that was set. */
const isNeeded = ({ ports: { configured }, sources }: Case, name: Api): boolean =>
  configured[name] === 'address' ||
  sources.some(({ kind }) => kind === name || (name === 'github' && kind === 'github-release'));

/** Where nothing was named, it is all that could be asked. */
function isLookedAt(one: Case, name: Api): boolean {
  const { request, ports, sources } = one;
  const isNothingNamed =
    sources.length === 0 && request.artifact === undefined && request.policy === undefined;
  return isNeeded(one, name) || ports.configured[name] !== undefined || isNothingNamed;
}

const API_NAMES: Readonly<Record<Api, string>> = {
  github: 'GitHub',
  npm: 'npm registry',
  pypi: 'Python index',
};

function unaskedChecks(one: Case, why: string): readonly Check[] {
  const apiPlaces = (...names: readonly Api[]) =>
    names.filter((name) => isLookedAt(one, name)).map((name) => place(name, API_NAMES[name]));
  return [
    ...one.ports.waysOut.allowedHosts.map((host) => place('allow-host', `--allow-host ${host}`)),
    ...mirrorsOf(one).map(([name]) => place('tuf-mirror', `TUF repository of ${name}`)),
    ...apiPlaces('github'),
    ...[...registriesOf(one.sources).keys()].map((registry) => place('registry', `registry ${registry}`)),
    ...apiPlaces('npm', 'pypi'),
    ...one.sources.flatMap((source) =>
      source.kind === 'rekor' ? [place('rekor', `source ${printSourceName(source)}`)] : [],
    ),
  ].map((own) => ({ ...own, run: async () => notChecked(own, why) }));
}

function apiChecks(one: Case, servers: ServerPorts): readonly Check[] {
  const { ports, sources, purl } = one;
  const needs = (name: Api) => ({ isNeeded: isNeeded(one, name) });
  return [
    ...(isLookedAt(one, 'github') ? [githubCheck({ ...servers.github, ...needs('github') }, ports.now)] : []),
    ...[...registriesOf(sources).values()]
      .flat()
      .map((repository) => registryCheck({ ...servers.registry(repository), isNeeded: true })),
    ...(isLookedAt(one, 'npm') ? [npmCheck({ ...servers.npm(scopeOf(purl)), ...needs('npm') })] : []),
    ...(isLookedAt(one, 'pypi') ? [pypiCheck({ ...servers.pypi, ...needs('pypi') })] : []),
    ...sources.flatMap((source) =>
      source.kind === 'rekor' ? [rekorCheck({ ...servers.rekor(source.url), isNeeded: true })] : [],
    ),
  ];
}

/** `@scope` of a package of npm. */
function scopeOf(purl: string | undefined): string | undefined {
  const parsed = purl === undefined ? undefined : parsePurl(purl);
  return parsed?.type === 'npm' && parsed.name.startsWith('@') ? parsed.name.split('/')[0] : undefined;
}

const clockChecks = ({ ports: { servers } }: Case): readonly Check[] => [
  clockCheck('unasked' in servers ? () => [] : servers.clocks),
];
