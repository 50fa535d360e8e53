import type { FoundAttestation } from '../../core/attestation/parse.ts';
import { parseAttestations } from '../../core/attestation/parse.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ArtifactDigests } from '../../core/model/digest.ts';
import { type Purl, parsePurl } from '../../core/model/purl.ts';
import { packageName } from '../../core/policy/package-name.ts';
import type { CollectedAttestations } from '../../core/ports.ts';
import { attempt, refuse } from '../../errors.ts';
import { isCloudBuild, namesKey } from '../load-trust.ts';
import { hintsOf } from '../needed-digests.ts';
import type { NamedArtifact } from '../open-artifact.ts';
import type { Located } from '../sources/ask.ts';
import type { GateArtifact, GateMaterial, ShippedKeys } from './material.ts';
import type { GatePorts, GateRequest } from './requests.ts';

/** What is known of one artifact, and what was found about it. */
export type OpenedArtifact = Pick<GateMaterial, 'artifact' | 'resourceUri' | 'sources' | 'facts' | 'keys'>;

/**
 * Hashes the artifact, or reads it out of its layout, and names it: by the purl that was given or that it has.
 *
 * @throws SlsaGateError `path.*`, `registry.*`, `limit.*`, `usage.*`, `trust.unavailable`
 */
export async function openGateArtifact(
  named: NamedArtifact,
  files: CollectedAttestations,
  request: Pick<GateRequest, 'package' | 'resourceUri'>,
  environment: string,
  ports: Pick<GatePorts, 'artifacts' | 'keys'>,
  located?: Located,
): Promise<OpenedArtifact> {
  const { reference, parsed } = named;
  const layout =
    parsed.kind === 'oci-layout' ? await ports.artifacts.readLayout(parsed.reference) : undefined;
  const sources = located?.collected ?? (layout === undefined ? [files] : [layout.collected, files]);
  // What cannot be parsed is told when it is evaluated; here it only says what to hash and which keys to load.
  const parsing = attempt(() => parseAttestations(sources.flatMap(({ attestations }) => attestations)));
  const found = 'error' in parsing ? [] : parsing.value.slice(0, LIMITS.attestations);
  const digests =
    located?.digests ?? (await digestsOf(parsed, layout?.artifact.digests, found, ports.artifacts));
  const { sha256 } = digests;
  if (sha256 === undefined) {
    return refuse('usage.artifact', `gate knows artifacts by SHA-256: ${reference}`, {
      actual: reference,
      hint: 'Name the file, or its sha256 digest.',
    });
  }
  const fileName = located?.fileName ?? fileNameOf(parsed) ?? null;
  const purl = packageOf(request.package, named, located?.purl);
  const artifact: GateArtifact = {
    reference: located?.reference ?? layout?.artifact.reference ?? reference,
    digests: { ...digests, sha256 },
    fileName,
    package: purl,
  };
  return {
    artifact,
    resourceUri: request.resourceUri ?? defaultTarget(environment, purl),
    sources,
    facts: located?.facts ?? [],
    keys: await loadKeys(found, ports.keys),
  };
}

async function digestsOf(
  parsed: NamedArtifact['parsed'],
  layoutDigests: ArtifactDigests | undefined,
  found: readonly FoundAttestation[],
  artifacts: GatePorts['artifacts'],
): Promise<ArtifactDigests> {
  switch (parsed.kind) {
    case 'file':
      return (await artifacts.read(parsed.path, { ...hintsOf(found), withBytes: false })).digests;
    case 'bytes':
      return refuse('internal.bug', 'gate reads artifacts by their names');
    case 'oci-layout':
      return layoutDigests ?? {};
    case 'remote':
      return refuse('internal.bug', 'an artifact at a server that nobody asked');
    default:
      return parsed.digests;
  }
}

const fileNameOf = (parsed: NamedArtifact['parsed']): string | undefined =>
  parsed.kind === 'file' ? (parsed.path.split(/[\\/]/).at(-1) ?? parsed.path) : undefined;

/**
 * The name by which the policy will find the artifact, as far as it is known before anything is asked.
 *
 * @throws SlsaGateError `usage.flag`
 */
export const namedPackage = (given: string | undefined, named: NamedArtifact): string | undefined =>
  given === undefined && named.parsed.kind === 'remote' && named.parsed.remote.kind === 'oci'
    ? undefined
    : packageOf(given, named, undefined);

/** The purl by which the caller named it. An image of a registry may be a copy of one with another name. */
function ownPurl({ reference, parsed }: NamedArtifact): string | undefined {
  if (parsed.kind === 'purl') return reference;
  return parsed.kind === 'remote' && parsed.remote.kind !== 'oci' ? parsed.remote.text : undefined;
}

/**
 * What a summary is about where the caller does not say: package and environment together, so that what passed for one
 * environment is no pass for another.
 */
export const defaultTarget = (environment: string, purl: string): string =>
  `slsa-gate:${environment}/${purl}`;

/** By which name the policy finds it: the one that was given, its own, that of its server, or that of its file. */
function packageOf(given: string | undefined, artifact: NamedArtifact, located: string | undefined): string {
  const own = ownPurl(artifact);
  const fileName = fileNameOf(artifact.parsed);
  const generic = fileName === undefined ? undefined : `pkg:generic/${encodeURIComponent(fileName)}`;
  const purl = given ?? own ?? located ?? generic;
  if (purl === undefined) {
    return refuse('usage.flag', 'the artifact has no name that the policy could know', {
      hint: 'Say what it is with --package, e.g. --package pkg:oci/app?repository_url=registry.example.com/team/app.',
    });
  }
  const parsed = parsePurl(purl);
  if (parsed === undefined) return refuse('usage.flag', `--package is no purl: ${purl}`, { actual: purl });
  const named = own === undefined ? undefined : parsePurl(own);
  const isOther = (own: Purl): boolean =>
    packageName(own) !== packageName(parsed) ||
    (own.version !== undefined && parsed.version !== undefined && own.version !== parsed.version);
  if (named !== undefined && isOther(named)) {
    refuse('usage.flag', `--package is another one than that of the artifact: ${purl}`, {
      expected: own ?? '',
      actual: purl,
    });
  }
  // The version that the artifact is named by is held to, whether or not it is said twice.
  return own !== undefined && named?.version !== undefined && parsed.version === undefined ? own : purl;
}

/** Keys of npm and Cloud Build only where something could be signed with them: the record names what was used. */
async function loadKeys(found: readonly FoundAttestation[], keys: GatePorts['keys']): Promise<ShippedKeys> {
  const loaded = new Map<string, Uint8Array>();
  if (found.some(namesKey)) loaded.set('npm', await keys.npm());
  if (found.some(isCloudBuild)) {
    for (const [region, bytes] of await keys.cloudBuild()) loaded.set(`cloud-build:${region}`, bytes);
  }
  return loaded;
}
