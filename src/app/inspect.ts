import { parseAttestations } from '../core/attestation/parse.ts';
import { parseCloudBuildKeys } from '../core/gcb/index.ts';
import { parseArtifactReference } from '../core/model/artifact-reference.ts';
import type { ArtifactDigests } from '../core/model/digest.ts';
import { DEFAULT_ROOTS, namedRoots } from '../core/model/trusted-root-names.ts';
import type { ArtifactRead, CollectedAttestation } from '../core/ports.ts';
import { parseNpmKeys } from '../core/verify/npm-keys.ts';
import { parseTrustedRoot, type TrustedRoot } from '../core/verify/trusted-root.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import { inspectAttestation, readRefused } from './inspect/attestation-parts.ts';
import type { Surroundings } from './inspect/bundle-parts.ts';
import { standing } from './inspect/part.ts';
import type { InspectDocument, InspectRequest, Ports } from './requests.ts';
import { askSources } from './sources/ask.ts';
import { chooseSources } from './sources/choose.ts';

async function loadRoots(request: InspectRequest, ports: Ports): Promise<readonly TrustedRoot[]> {
  const roots: TrustedRoot[] = [];
  for (const name of namedRoots(request.trustedRoots, DEFAULT_ROOTS)) {
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

/** Digests that subjects can name; all of them, since nobody waits for an inspection. */
const READ: ArtifactRead = { algorithms: new Set(['sha1', 'sha384', 'sha512']), withBytes: false };

interface NamedArtifact {
  readonly digests: ArtifactDigests | undefined;
  /** What lies beside it in an image layout. */
  readonly attestations: readonly CollectedAttestation[];
}

async function openArtifact({ artifact }: InspectRequest, ports: Ports): Promise<NamedArtifact> {
  if (artifact === undefined) return { digests: undefined, attestations: [] };
  const parsed = parseArtifactReference(artifact);
  switch (parsed.kind) {
    case 'file':
      return { digests: (await ports.artifacts.read(parsed.path, READ)).digests, attestations: [] };
    case 'oci-layout': {
      const layout = await ports.artifacts.readLayout(parsed.reference);
      return { digests: layout.artifact.digests, attestations: layout.collected.attestations };
    }
    case 'digest':
    case 'purl':
      return { digests: parsed.digests, attestations: [] };
    case 'remote': {
      const sources = chooseSources(parsed, {
        named: [],
        isGiven: false,
        canAsk: true,
        repositories: [],
      });
      const { remote } = parsed;
      const wanted = {
        sources,
        remote,
        digests: {},
        purl: undefined,
        fileName: undefined,
        reference: artifact,
      };
      const [asked] = (
        await askSources([wanted], { openSources: ports.openSources, viaIndex: undefined, given: [] })
      ).asked;
      if (asked === undefined) return refuse('internal.bug', 'nothing was asked');
      if ('error' in asked) throw asked.error;
      const { digests, collected } = asked.located;
      return { digests, attestations: collected.flatMap(({ attestations }) => attestations) };
    }
  }
}

/**
 * Shows everything readable in the attestations, each part with what was proven. Decides nothing: what is refused in an
 * attestation stands in the document.
 *
 * @throws SlsaGateError `usage.*`, `path.*`, `trust.*`, `limit.*`, `registry.*`
 */
export async function inspectBundle(request: InspectRequest, ports: Ports): Promise<InspectDocument> {
  const nowMs = ports.now().getTime();
  const artifact = await openArtifact(request, ports);
  const files = await ports.attestations.collect(request.bundles);
  const surroundings: Surroundings = {
    roots: await loadRoots(request, ports),
    npmKeys: parseNpmKeys(await ports.keys.npm()),
    cloudBuildKeys: parseCloudBuildKeys(await ports.keys.cloudBuild()),
    artifact: artifact.digests,
    nowMs,
  };
  const collected = [...artifact.attestations, ...files.attestations];
  const attestations = collected.flatMap((item) => inspectCollected(item, surroundings));
  if (attestations.length === 0) refuse('usage.no-bundle', 'no attestation found in what was named');
  return { schemaVersion: 1, attestations };
}
