import { sha256Hex } from '../../core/evidence/canonical.ts';
import { type OverrideRecord, openOverrideRecord } from '../../core/evidence/override-record.ts';
import { openPruneRecord, type PruneRecord } from '../../core/evidence/prune-record.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import type { RecordAuthority } from '../../core/evidence/record-authority.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import { type GenesisLeaf, leafOfRecord } from '../../core/log/leaf.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { assertSummary } from './assert-summary.ts';
import { openDecision, readPayload } from './read-record.ts';

export type { DecisionRecord, OverrideRecord, PruneRecord };

/** Bytes that a record rests on, by what they are to it. */
export interface NamedMaterial {
  readonly kind:
    | 'policy'
    | 'catalogue'
    | 'trust-root'
    | 'key'
    | 'attestation'
    | 'leaf'
    | 'proof'
    | 'fact'
    | 'override';
  readonly name: string;
  readonly digest: Sha256Hex;
}

/** What a row of the log stands for, as it was signed. */
export type OpenedRecord =
  | { readonly kind: 'genesis'; readonly leaf: GenesisLeaf }
  | {
      readonly kind: 'decision';
      readonly envelope: Buffer;
      readonly record: DecisionRecord;
      /** Envelope of the verification summary; undefined where there is none. */
      readonly summary: Buffer | undefined;
    }
  | { readonly kind: 'override'; readonly envelope: Buffer; readonly record: OverrideRecord }
  | { readonly kind: 'prune'; readonly envelope: Buffer; readonly record: PruneRecord };

/** A record of which an envelope is not there any more. */
export interface GoneRecord {
  readonly kind: 'gone';
  readonly digest: Sha256Hex;
}

/** Whose records count; all of it comes from configuration. */
export interface RecordTrust {
  /** Keys and identities that may have signed records. */
  readonly recordKeys: readonly RecordAuthority[];
  /** What decisions must name as their verifier; undefined where the caller does not say. */
  readonly verifierId: string | undefined;
}

type Payloads = Pick<EvidenceReader, 'payload'>;

/**
 * Reads what stands behind a row: the envelope, signed by a configured key, saying what leaf and columns say; for a
 * decision its summary too. That the leaf stands in the log is proven elsewhere.
 *
 * @returns `gone` where the envelope, or that of the summary, is not there
 * @throws SlsaGateError `evidence.tampered`, `evidence.signature`, `evidence.origin`, each with `details.seq`
 */
export function openRecord(
  reader: Payloads,
  row: StoredRecord,
  trust: RecordTrust,
): Promise<OpenedRecord | GoneRecord> {
  return atRecord(row, () => open(reader, row, trust));
}

async function open(
  reader: Payloads,
  row: StoredRecord,
  trust: RecordTrust,
): Promise<OpenedRecord | GoneRecord> {
  const leaf = leafOfRecord(row);
  if (leaf.type === 'genesis') {
    assertEmpty(row);
    return { kind: 'genesis', leaf };
  }
  const read = (digest: Sha256Hex) => readPayload(reader, digest, { sha256Hex, seq: row.seq });
  const envelope = await read(leaf.recordDigest);
  if (envelope === undefined) return gone(leaf.recordDigest);
  switch (leaf.type) {
    case 'decision': {
      const record = openDecision(envelope, row, trust.recordKeys);
      assertVerifier(record, trust);
      const summary = leaf.vsaDigest === null ? undefined : await read(leaf.vsaDigest);
      if (leaf.vsaDigest !== null && summary === undefined) return gone(leaf.vsaDigest);
      assertSummary(summary, record, leaf.recordDigest, trust.recordKeys);
      return { kind: 'decision', envelope, record, summary };
    }
    case 'override': {
      assertNoDecision(row);
      const record = openOverrideRecord(envelope, row, trust.recordKeys);
      // By which the same override, given again, is found.
      if (row.requestKey !== hexOf(record.override))
        refuse('evidence.tampered', `record ${row.seq} has another requestKey than was signed`);
      return { kind: 'override', envelope, record };
    }
    case 'prune':
      assertNoDecision(row);
      return { kind: 'prune', envelope, record: openPruneRecord(envelope, row, trust.recordKeys) };
  }
}

const gone = (digest: Sha256Hex): GoneRecord => ({ kind: 'gone', digest });

/** Columns that only a decision has. */
function assertNoDecision(row: StoredRecord): void {
  const { verdict, codes, vsaDigest, decisionDigest, requestKey, type } = row;
  // An override is found again by the digest of what was given.
  const isAsked = type === 'prune' && requestKey !== null;
  if (verdict !== null || codes.length > 0 || vsaDigest !== null || decisionDigest !== null || isAsked)
    refuse('evidence.tampered', `record ${row.seq} says more than was signed`);
}

function assertEmpty(row: StoredRecord): void {
  const { artifactDigest, environment, requestKey } = row;
  if (artifactDigest !== null || environment !== null || requestKey !== null)
    refuse('evidence.tampered', `record ${row.seq} says more than its leaf`);
  assertNoDecision(row);
}

function assertVerifier({ inputs }: DecisionRecord, { verifierId }: RecordTrust): void {
  if (verifierId === undefined || inputs.verifierId === verifierId) return;
  refuse('evidence.origin', 'the record was made by another verifier than the configured one', {
    expected: verifierId,
    actual: inputs.verifierId,
  });
}

/** All that a record rests on, each digest as often as it is named. */
export function materialsOf(opened: OpenedRecord): readonly NamedMaterial[] {
  switch (opened.kind) {
    case 'genesis':
    case 'prune':
      return [];
    case 'override':
      return [{ kind: 'override', name: 'override', digest: hexOf(opened.record.override) }];
    case 'decision': {
      const { policy, catalogue, trust, keys, candidates, logged, facts, override } = opened.record.inputs;
      const named = (kind: NamedMaterial['kind'], name: string, digest: string): NamedMaterial => ({
        kind,
        name,
        digest: hexOf(digest),
      });
      return [
        named('policy', policy.fileName, policy.digest),
        named('catalogue', catalogue.name, catalogue.digest),
        ...trust.map(({ name, digest }) => named('trust-root', name, digest)),
        ...keys.map(({ name, digest }) => named('key', name, digest)),
        ...candidates.map(({ source, digest }) => named('attestation', source, digest)),
        ...logged.flatMap(({ leaf, proof }) => [named('leaf', 'leaf', leaf), named('proof', 'proof', proof)]),
        ...facts.map(({ name, digest }) => named('fact', name, digest)),
        ...(override === null ? [] : [named('override', 'override', override)]),
      ];
    }
  }
}

/** `sha256:<hex>` to hex. */
export const hexOf = (digest: string): Sha256Hex => digest.slice('sha256:'.length);

/** What is refused about a record names its position, and is about our own state whatever the parser called it. */
export async function atRecord<T>({ seq }: Pick<StoredRecord, 'seq'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    // A clock that is wrong says nothing about the record.
    if (cause.finding === 'clock.skew') throw cause;
    if (cause.finding.startsWith('evidence.') && ('seq' in cause.details || cause.exitCode !== 3))
      throw cause;
    const code = cause.finding.startsWith('evidence.') ? cause.finding : 'evidence.tampered';
    const message = cause.message.startsWith(`record ${seq} `)
      ? cause.message
      : `record ${seq}: ${cause.message}`;
    return refuse(code, message, {
      hint: cause.hint,
      ...(cause.expected === undefined ? {} : { expected: cause.expected }),
      ...(cause.actual === undefined ? {} : { actual: cause.actual }),
      details: { ...cause.details, seq },
      cause,
    });
  }
}
