import { canonicalDigest, sha256Hex } from '../../core/evidence/canonical.ts';
import type { DecisionRecord, RecordedRequest } from '../../core/evidence/record.ts';
import type { RecordAuthority } from '../../core/evidence/record-authority.ts';
import { requestKey } from '../../core/evidence/request-key.ts';
import { toDecisionStatement, toSummaryStatement } from '../../core/evidence/statements.ts';
import type { EvidenceReader, RecordSigner } from '../../core/evidence-ports.ts';
import { LIMITS } from '../../core/limits.ts';
import { toRecordId } from '../../core/log/record-id.ts';
import type { Payload, Requester, StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import type { Appended } from '../evidence/log.ts';
import { PrunedPayloads } from '../evidence/pruned-payloads.ts';
import { artifactDigestOf, blockingCodes, openDecision, readPayload } from '../evidence/read-record.ts';
import { signRecord } from '../evidence/sign-record.ts';
import type { Evaluation } from './evaluate.ts';
import { overriddenDenials, pastDenials } from './past-denials.ts';
import { type Remembered, remember } from './remember.ts';
import type { GateEvidence } from './requests.ts';

/** What the record of one decision is made with. */
export interface RecordContext {
  readonly evidence: GateEvidence & { readonly recordSigner: RecordSigner };
  readonly requester: Requester;
  /** Bytes of an accepted override; null for none. */
  readonly override: Uint8Array | null;
  readonly ephemeral: boolean;
  /** What was asked to find it; undefined where no source was. */
  readonly requests: readonly RecordedRequest[] | undefined;
  readonly version: string;
  readonly now: Date;
  readonly random: (bytes: number) => Uint8Array;
}

/** A decision whose record is in the log. */
export interface Recorded {
  readonly remembered: Remembered;
  readonly appended: Appended;
  /** Everything of the record, for sinks. */
  readonly payloads: readonly Payload[];
}

const materialsOf = ({ materials }: Evaluation): readonly Payload[] =>
  [...materials].map(([digest, bytes]) => ({ digest, bytes }));

const payloadOf = (bytes: Uint8Array): Payload => ({ digest: sha256Hex(bytes), bytes });

/**
 * Decides over past denials, signs the record and its summary, and appends them; the same request with the same decision
 * gives the record that stands there already. Past denials are read in the transaction that appends, so that no denial
 * comes in between.
 *
 * @throws SlsaGateError `evidence.*`, `signer.failed`
 */
export async function recordDecision(evaluation: Evaluation, context: RecordContext): Promise<Recorded> {
  const { evidence } = context;
  const { inputs } = evaluation;
  const place = {
    artifactDigest: artifactDigestOf(inputs.artifact.digests),
    environment: inputs.environment,
  };
  const key = requestKey(context.requester, { ...place, resourceUri: inputs.resourceUri });
  let made: { remembered: Remembered; payloads: readonly Payload[] } | undefined;
  const appended = await evidence.log.append({
    keys: [key, canonicalDigest({ ...place })],
    decide: async (reader) => {
      const remembered = remember(evaluation, {
        denials: await pastDenials(reader, place, evidence.recordKeys),
        overridden: await overriddenDenials(reader, place, evidence.recordKeys, context.now.getTime()),
        override: context.override,
      });
      // Not only the newest: another answer may have come in between.
      const existing = await reader.recordOfDecision(key, remembered.digest);
      if (existing !== undefined) {
        const envelopes = await envelopesOf(reader, existing, evidence.recordKeys);
        made = { remembered, payloads: [...envelopes, ...materialsOf(evaluation)] };
        return { existing };
      }
      const previous = await reader.recordOfRequest(key);
      const entry = await toEntry(remembered, evaluation, { ...context, key, previous });
      made = { remembered, payloads: entry.payloads };
      return entry;
    },
  });
  if (made === undefined) return refuse('internal.bug', 'a record that nobody decided');
  return { ...made, appended };
}

/** The envelopes of a record that stands there; they are handed out again, so they are verified again. */
async function envelopesOf(
  reader: EvidenceReader,
  row: StoredRecord,
  recordKeys: readonly RecordAuthority[],
): Promise<readonly Payload[]> {
  const payloads: Payload[] = [];
  for (const digest of [row.recordDigest, row.vsaDigest]) {
    if (digest === null) continue;
    const bytes = await readPayload(reader, digest, { sha256Hex, seq: row.seq });
    if (bytes === undefined) return refusePruned(reader, digest, row, recordKeys);
    if (digest === row.recordDigest) openDecision(bytes, row, recordKeys);
    payloads.push({ digest, bytes });
  }
  return payloads;
}

/** A record that answers the request and was pruned: it can be neither handed out nor made a second time. */
async function refusePruned(
  reader: EvidenceReader,
  digest: string,
  row: StoredRecord,
  recordKeys: readonly RecordAuthority[],
): Promise<never> {
  // Nothing is allowed on account of it, so its signature is enough.
  const prover = { prove: async () => '' };
  const by = await new PrunedPayloads(reader, { recordKeys, verifierId: undefined }, prover).recordOf(
    digest,
    row,
  );
  return refuse('evidence.pruned', `the record of this request was pruned by ${by}: ${row.recordId}`, {
    hint: 'Ask under another --request-id.',
    details: { seq: row.seq },
  });
}

async function toEntry(
  { inputs, outcome, digest }: Remembered,
  evaluation: Evaluation,
  context: RecordContext & { readonly key: string; readonly previous: StoredRecord | undefined },
) {
  const { evidence, now, random, key, previous, version, override } = context;
  const record: DecisionRecord = {
    schemaVersion: 1,
    recordId: toRecordId(now, random(10)),
    requestKey: `sha256:${key}`,
    decisionDigest: `sha256:${digest}`,
    supersedes: previous?.recordId ?? null,
    decidedAt: now.toISOString(),
    gate: { name: 'slsa-gate', version },
    ephemeral: context.ephemeral,
    ...(context.requests === undefined ? {} : { requests: context.requests }),
    inputs,
    outcome,
  };
  const envelope = payloadOf(await signRecord(toDecisionStatement(record), evidence));
  // Whoever reads it again would take a larger one for tampered.
  if (envelope.bytes.length > LIMITS.attestationBytes) {
    refuse('limit.attestations', 'what was found is too much for one record', {
      expected: `at most ${LIMITS.attestationBytes} bytes`,
      actual: `${envelope.bytes.length} bytes`,
    });
  }
  const summary = toSummaryStatement(record, envelope.digest);
  const vsa = summary === undefined ? undefined : payloadOf(await signRecord(summary, evidence));
  return {
    record: {
      recordId: record.recordId,
      type: 'decision' as const,
      recordDigest: envelope.digest,
      vsaDigest: vsa?.digest ?? null,
      requestKey: key,
      decisionDigest: digest,
      artifactDigest: artifactDigestOf(inputs.artifact.digests),
      environment: inputs.environment,
      verdict: outcome.verdict,
      codes: blockingCodes(outcome.findings),
    },
    payloads: [
      envelope,
      ...(vsa === undefined ? [] : [vsa]),
      ...materialsOf(evaluation),
      ...(override === null ? [] : [payloadOf(override)]),
    ],
  };
}
