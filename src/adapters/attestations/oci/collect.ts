import { LIMITS } from '../../../core/limits.ts';
import type { AttachedLayer } from '../../../core/model/oci/attached.ts';
import { type OciDigest, parseOciDigest } from '../../../core/model/oci/descriptor.ts';
import { isBuildkitAttestation } from '../../../core/model/oci/image.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../../core/ports.ts';
import type { SourceQuery } from '../../../core/source-ports.ts';
import { SlsaGateError } from '../../../errors.ts';
import { concurrently } from '../concurrently.ts';
import { getBlob } from './blobs.ts';
import { type Looked, lookFor } from './look.ts';
import { createProblems, type Problems } from './problems.ts';
import { proveReadable } from './proof.ts';
import { REQUESTS_AT_ONCE, type Repository } from './repository.ts';

/**
 * Everything that claims to attest the digests of a query, or the index through which it was reached. Nothing of it is
 * verified.
 *
 * @param name of the source
 * @throws SlsaGateError for usage alone
 */
export async function collectAttestations(
  repository: Repository,
  name: string,
  query: SourceQuery,
): Promise<CollectedAttestations> {
  const problems = createProblems();
  const looked: Looked[] = [];
  for (const digest of digestsOf(repository, query)) looked.push(await lookFor(repository, digest, problems));
  const isAbsenceClaimed = looked.some(({ absences }) => absences.length > 0);
  if (isAbsenceClaimed && !repository.isProven)
    await problems.attempt(() => proveReadable(repository, imageOf(repository, query)?.text));
  const layers = [
    ...new Map(looked.flatMap((one) => one.layers.map((layer) => [layer.key, layer]))).values(),
  ];
  const attestations = await readLayers(repository, name, layers, problems);
  const failure = problems.summary();
  if (failure !== undefined) {
    const isPartial =
      attestations.length > 0 || (repository.isProven && looked.some(({ answered }) => answered > 0));
    return { name, answer: isPartial ? 'partial' : 'failed', attestations, ...failure };
  }
  const remark = remarkOn(repository, query, looked);
  return {
    name,
    answer: attestations.length === 0 ? 'absent' : 'complete',
    attestations,
    ...(remark !== undefined && { reason: remark }),
  };
}

/** The image of a query, where it lies in this very repository. */
function imageOf(
  { registry, repository }: Repository,
  { remote, digests }: SourceQuery,
): OciDigest | undefined {
  if (remote?.kind !== 'oci') return undefined;
  const { image } = remote;
  if (image.registry !== registry || image.repository !== repository) return undefined;
  return image.digest ?? sha256(digests.sha256);
}

const sha256 = (hex: string): OciDigest => parseOciDigest(`sha256:${hex}`, 'digests.sha256');

/** Digests by which attestations may be attached, each once. */
function digestsOf(repository: Repository, query: SourceQuery): readonly OciDigest[] {
  const named = imageOf(repository, query);
  const all = [
    sha256(query.digests.sha256),
    ...(named === undefined ? [] : [named]),
    ...(query.viaIndex === undefined ? [] : [parseOciDigest(query.viaIndex, 'viaIndex')]),
  ];
  return [...new Map(all.map((digest) => [digest.text, digest])).values()];
}

async function readLayers(
  repository: Repository,
  name: string,
  layers: readonly AttachedLayer[],
  problems: Problems,
): Promise<readonly CollectedAttestation[]> {
  const limit = (code: 'limit.attestations' | 'limit.bytes', message: string): void =>
    problems.add(new SlsaGateError(code, message));
  if (layers.length > LIMITS.attestations) {
    limit('limit.attestations', `the registry has more than ${LIMITS.attestations} attestations`);
    return [];
  }
  const small = layers.filter(({ layer }) => layer.size <= LIMITS.attestationBytes);
  if (small.length < layers.length)
    limit('limit.bytes', `an attestation is larger than ${LIMITS.attestationBytes} bytes`);
  if (small.reduce((sum, { layer }) => sum + layer.size, 0) > LIMITS.attestationFileBytes) {
    limit('limit.attestations', `attestations are larger than ${LIMITS.attestationFileBytes} bytes`);
    return [];
  }
  const read = await concurrently(small, REQUESTS_AT_ONCE, async ({ layer, labels }) => {
    const found = await problems.attempt(() => getBlob(repository, layer));
    if (found === undefined) return undefined;
    if ('content' in found)
      return { bytes: found.content, source: `${name}#${layer.digest.text}`, ...labels };
    problems.add(
      new SlsaGateError(
        'registry.malformed-response',
        'the registry lists an attestation that it does not hold',
        {
          actual: layer.digest.text,
        },
      ),
    );
    return undefined;
  });
  return read.filter((one) => one !== undefined);
}

/** What was seen and does not count; no more than that can be said of a complete answer. */
function remarkOn(
  { resolved }: Repository,
  { digests, viaIndex }: SourceQuery,
  looked: readonly Looked[],
): string | undefined {
  const buildkit = [`sha256:${digests.sha256}`, viaIndex].flatMap((digest) => {
    const manifest = digest === undefined ? undefined : resolved.get(digest);
    return manifest?.kind === 'index'
      ? manifest.manifests.filter((child) => isBuildkitAttestation({ named: [child] }))
      : [];
  }).length;
  const strangers = looked.reduce((sum, one) => sum + one.strangers, 0);
  const remarks = [
    buildkit > 0 ? `attestation manifests of BuildKit, which nobody signed (${buildkit})` : undefined,
    strangers > 0 ? `listed referrers of something else (${strangers})` : undefined,
  ].filter((remark) => remark !== undefined);
  return remarks.length === 0 ? undefined : `left out: ${remarks.join('; ')}`;
}
