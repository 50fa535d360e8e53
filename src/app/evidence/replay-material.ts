import { sha256Hex } from '../../core/evidence/canonical.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { LoggedLeaf } from '../../core/model/evidence.ts';
import type { Fact } from '../../core/model/fact.ts';
import { parsePolicy } from '../../core/policy/parse.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import type { GateMaterial } from '../gate/material.ts';
import { hexOf } from './open-record.ts';
import { readPayload } from './read-record.ts';

/** A payload that a decision rests on is not there. */
export class MissingMaterial extends Error {
  override readonly name = 'MissingMaterial';
  /** Hex. */
  readonly digest: string;

  constructor(digest: string) {
    super(`no such payload: ${digest}`);
    this.digest = digest;
  }
}

/**
 * What a decision was made from, out of its record and the payloads that it names: everything else, the clock too, is
 * what was recorded.
 *
 * @throws MissingMaterial
 * @throws SlsaGateError `evidence.tampered` for a payload with other bytes, and whatever the policy is refused with now
 */
export async function toMaterial(
  { inputs, decidedAt }: DecisionRecord,
  reader: Pick<EvidenceReader, 'payload'>,
): Promise<GateMaterial> {
  const bytesOf = async (digest: string): Promise<Buffer> => {
    const hex = hexOf(digest);
    const bytes = await readPayload(reader, hex, { sha256Hex });
    if (bytes === undefined) throw new MissingMaterial(hex);
    return bytes;
  };
  const { artifact, policy, catalogue } = inputs;
  const { sha256 } = artifact.digests;
  if (sha256 === undefined) return refuse('evidence.tampered', 'the record names no SHA-256 of its artifact');
  const policyBytes = await bytesOf(policy.digest);
  const candidates: CollectedAttestation[] = [];
  for (const { digest, ...labels } of inputs.candidates)
    candidates.push({ ...labels, bytes: await bytesOf(digest) });
  const keys = new Map<string, Uint8Array>();
  for (const { name, digest } of inputs.keys) keys.set(name, await bytesOf(digest));
  const roots: GateMaterial['roots'][number][] = [];
  for (const { name, digest, origin, currentAt } of inputs.trust) {
    const currentTime = currentAt === null ? null : new Date(currentAt);
    roots.push({ name, bytes: await bytesOf(digest), origin, currentAt: currentTime });
  }
  const logged: LoggedLeaf[] = [];
  for (const { leaf, proof } of inputs.logged) {
    logged.push({
      leaf: (await bytesOf(leaf)).toString('utf8'),
      proof: (await bytesOf(proof)).toString('utf8'),
    });
  }
  const facts: Fact[] = [];
  for (const { name, digest } of inputs.facts) facts.push({ name, bytes: await bytesOf(digest) });
  return {
    artifact: {
      reference: artifact.reference,
      digests: { ...artifact.digests, sha256 },
      fileName: artifact.fileName,
      package: inputs.package,
    },
    environment: inputs.environment,
    resourceUri: inputs.resourceUri,
    verifierId: inputs.verifierId,
    policy: {
      policy: parsePolicy(policyBytes, policy.fileName),
      bytes: policyBytes,
      fileName: policy.fileName,
      pinnedBy: policy.pinnedBy,
      checkout: policy.checkout,
      inPipeline: policy.inPipeline,
    },
    catalogue: { fileName: catalogue.name, bytes: await bytesOf(catalogue.digest) },
    roots,
    keys,
    sources: toSources(inputs.sources, candidates),
    facts,
    logged,
    now: new Date(decidedAt),
  };
}

/** Which source found a candidate changes nothing; their order is kept. */
function toSources(
  sources: DecisionRecord['inputs']['sources'],
  candidates: readonly CollectedAttestation[],
): readonly CollectedAttestations[] {
  if (sources.length === 0 && candidates.length > 0)
    refuse('evidence.tampered', 'the record has attestations and no source of them');
  return sources.map((source, index) => ({ ...source, attestations: index === 0 ? candidates : [] }));
}
