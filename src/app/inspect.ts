import { parseAttestations } from '../core/attestation/parse.ts';
import { parseCloudBuildKeys } from '../core/gcb/index.ts';
import type { ArtifactDigests } from '../core/model/digest.ts';
import type { CollectedAttestation } from '../core/ports.ts';
import { parseTrustedRoot, type TrustedRoot } from '../core/verify/trusted-root.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import { inspectAttestation, readRefused } from './inspect/attestation-parts.ts';
import type { Surroundings } from './inspect/bundle-parts.ts';
import { standing } from './inspect/part.ts';
import type { InspectDocument, InspectRequest, Ports } from './requests.ts';

/** What an inspection needs of the outside. */
export interface InspectPorts extends Ports {
  /** @throws SlsaGateError `path.*`, `limit.bytes` */
  collectBundles(names: readonly string[]): Promise<readonly CollectedAttestation[]>;
  /** PEM files of Cloud Build's keys by stem. @throws SlsaGateError `trust.unavailable` */
  loadCloudBuildKeys(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** @throws SlsaGateError `path.*`, `subject.digest-format` */
  digestArtifact(reference: string): Promise<ArtifactDigests>;
}

const DEFAULT_ROOTS = ['public-good', 'github'] as const;

async function loadRoots(request: InspectRequest, ports: Ports): Promise<readonly TrustedRoot[]> {
  const names = request.trustedRoots.length === 0 ? DEFAULT_ROOTS : [...new Set(request.trustedRoots)];
  const roots: TrustedRoot[] = [];
  for (const name of names) {
    for (const root of await ports.trust.open(name)) roots.push(parseTrustedRoot(root.bytes, root.name));
  }
  return roots;
}

const inspectCollected = (
  collected: CollectedAttestation,
  surroundings: Surroundings,
): InspectDocument['attestations'] => {
  const found = parseAttestations([collected]);
  return found.map(({ digest, source, parsed }) => {
    if (!(parsed instanceof SlsaGateError)) {
      return { digest, source, parts: inspectAttestation(parsed, surroundings) };
    }
    const form = { name: 'form', ...standing({ error: parsed }) };
    const rest = found.length === 1 ? readRefused(collected.bytes, surroundings.artifact) : [];
    return { digest, source, parts: [form, ...rest] };
  });
};

/**
 * Shows everything readable in the bundles, each part with what was proven. Decides nothing: what is refused in a bundle
 * stands in the document.
 *
 * @throws SlsaGateError `usage.no-bundle`, `path.*`, `trust.*`, `limit.*`
 */
export async function inspectBundle(request: InspectRequest, ports: InspectPorts): Promise<InspectDocument> {
  const nowMs = ports.now().getTime();
  const artifact = request.artifact === undefined ? undefined : await ports.digestArtifact(request.artifact);
  const collected = await ports.collectBundles(request.bundles);
  const roots = await loadRoots(request, ports);
  const cloudBuildKeys = parseCloudBuildKeys(await ports.loadCloudBuildKeys());
  const surroundings: Surroundings = { roots, cloudBuildKeys, artifact, nowMs };
  const attestations = collected.flatMap((item) => inspectCollected(item, surroundings));
  if (attestations.length === 0) refuse('usage.no-bundle', 'no attestation found in what was named');
  return { schemaVersion: 1, attestations };
}
