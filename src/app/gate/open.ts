import type { FoundAttestation } from '../../core/attestation/parse.ts';
import { parseAttestations } from '../../core/attestation/parse.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Purl, parsePurl } from '../../core/model/purl.ts';
import { packageName } from '../../core/policy/package-name.ts';
import type { CollectedAttestations } from '../../core/ports.ts';
import { attempt, refuse } from '../../errors.ts';
import { isCloudBuild, namesKey } from '../load-trust.ts';
import { hintsOf } from '../needed-digests.ts';
import type { NamedArtifact } from '../open-artifact.ts';
import type { GateArtifact, GateMaterial, ShippedKeys } from './material.ts';
import type { GatePorts, GateRequest } from './requests.ts';

/** What is known of one artifact, and what was found about it. */
export type OpenedArtifact = Pick<GateMaterial, 'artifact' | 'resourceUri' | 'sources' | 'keys'>;

/**
 * Hashes the artifact, or reads it out of its layout, and names it: by the purl that was given or that it has.
 *
 * @throws SlsaGateError `path.*`, `registry.*`, `limit.*`, `usage.*`, `trust.unavailable`
 */
export async function openGateArtifact(
  { reference, parsed }: NamedArtifact,
  files: CollectedAttestations,
  request: Pick<GateRequest, 'package' | 'resourceUri'>,
  environment: string,
  ports: Pick<GatePorts, 'artifacts' | 'keys'>,
): Promise<OpenedArtifact> {
  const layout =
    parsed.kind === 'oci-layout' ? await ports.artifacts.readLayout(parsed.reference) : undefined;
  const sources = layout === undefined ? [files] : [layout.collected, files];
  // What cannot be parsed is told when it is evaluated; here it only says what to hash and which keys to load.
  const parsing = attempt(() => parseAttestations(sources.flatMap(({ attestations }) => attestations)));
  const found = 'error' in parsing ? [] : parsing.value.slice(0, LIMITS.attestations);
  const digests =
    parsed.kind === 'file'
      ? (await ports.artifacts.read(parsed.path, { ...hintsOf(found), withBytes: false })).digests
      : parsed.kind === 'bytes'
        ? refuse('internal.bug', 'gate reads artifacts by their names')
        : (layout?.artifact.digests ?? (parsed.kind === 'oci-layout' ? {} : parsed.digests));
  const { sha256 } = digests;
  if (sha256 === undefined) {
    return refuse('usage.artifact', `gate knows artifacts by SHA-256: ${reference}`, {
      actual: reference,
      hint: 'Name the file, or its sha256 digest.',
    });
  }
  const fileName = parsed.kind === 'file' ? (parsed.path.split(/[\\/]/).at(-1) ?? parsed.path) : null;
  const purl = packageOf(request.package, parsed.kind === 'purl' ? reference : undefined, fileName);
  const artifact: GateArtifact = {
    reference: layout?.artifact.reference ?? reference,
    digests: { ...digests, sha256 },
    fileName,
    package: purl,
  };
  return {
    artifact,
    resourceUri: request.resourceUri ?? defaultTarget(environment, purl),
    sources,
    keys: await loadKeys(found, ports.keys),
  };
}

/**
 * What a summary is about where the caller does not say: package and environment together, so that what passed for one
 * environment is no pass for another.
 */
export const defaultTarget = (environment: string, purl: string): string =>
  `slsa-gate:${environment}/${purl}`;

/** By which name the policy finds it: the one that was given, its own, or that of its file. */
function packageOf(given: string | undefined, own: string | undefined, fileName: string | null): string {
  const purl =
    given ?? own ?? (fileName === null ? undefined : `pkg:generic/${encodeURIComponent(fileName)}`);
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
  return purl;
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
