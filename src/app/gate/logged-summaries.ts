import { LIMITS } from '../../core/limits.ts';
import { MAX_LEAF_BYTES } from '../../core/log/leaf.ts';
import { isRecordId } from '../../core/log/record-id.ts';
import type { LoggedLeaf } from '../../core/model/evidence.ts';
import type { CollectedAttestation, CollectedAttestations, PackFiles } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import { PACK, recordPath } from '../evidence/pack.ts';

/** Summaries out of exports of evidence logs, and the proofs that came with them. Nothing is verified. */
export interface LoggedSummaries {
  readonly source: CollectedAttestations;
  readonly logged: readonly LoggedLeaf[];
}

/**
 * Reads the summaries of exports (`slsa-gate evidence export`). A record without a summary, such as an override, is passed
 * over. Whether a summary counts, and whether its proof holds, is for the rules to say.
 *
 * @throws SlsaGateError `path.*`, `limit.attestations`
 */
export async function readLoggedSummaries(
  paths: readonly string[],
  openPack: (path: string) => Promise<PackFiles>,
): Promise<LoggedSummaries> {
  const attestations: CollectedAttestation[] = [];
  const logged: LoggedLeaf[] = [];
  for (const path of paths) {
    const pack = await openPack(path);
    const files = new Set(await pack.list());
    const ids = [...files].flatMap((file) => file.slice(PACK.records.length).split('/', 1)[0] ?? []);
    for (const id of new Set(ids.filter(isRecordId))) {
      const summary = recordPath(id, 'summary');
      if (!files.has(summary)) continue;
      const text = async (file: string, maxBytes: number): Promise<string> =>
        Buffer.from(await pack.read(file, maxBytes)).toString('utf8');
      attestations.push({
        bytes: await pack.read(summary, LIMITS.attestationBytes),
        source: `evidence-log:${path}/${summary}`,
      });
      logged.push({
        leaf: await text(recordPath(id, 'leaf'), MAX_LEAF_BYTES),
        proof: await text(recordPath(id, 'proof'), 2 * LIMITS.checkpointBytes),
      });
      if (attestations.length > LIMITS.attestations)
        refuse('limit.attestations', `more than ${LIMITS.attestations} records in exports`);
    }
  }
  return { source: { name: 'evidence-log', answer: 'complete', attestations }, logged };
}
