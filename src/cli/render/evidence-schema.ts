import { z } from 'zod';

/**
 * The published form of what the evidence commands print under --json. As elsewhere objects are open: fields may be added
 * within version 1, none is changed or removed.
 */
const digest = z.string().describe('sha256: and 64 hex digits');
const instant = z.string().describe('RFC 3339, UTC');
const recordId = z.string().regex(/^rec_[0-9A-Z]{26}$/);
const position = z.int().min(0).describe('Position in the log, from 0');
const verdict = z.enum(['allow', 'deny', 'indeterminate']);
const type = z.enum(['genesis', 'decision', 'override', 'prune']);
const code = z.string().describe('What happened; `slsa-gate explain CODE` tells more');
const note = z.string().describe('Signed note (C2SP tlog-checkpoint)');
const number = z.int().min(0);
const schemaVersion = z.literal(1);
const origin = z.string().describe('Name of the log');

const columns = {
  seq: position,
  recordId,
  type,
  artifactDigest: digest.nullable(),
  environment: z.string().nullable(),
  verdict: verdict.nullable(),
  codes: z.array(code).describe('Codes of required findings that block'),
  appendTime: instant,
};

const prunedBy = recordId.nullable().describe('Record that took it away');

/** The predicate of a signed record, as it was signed. */
const DecisionSchema = z
  .looseObject({
    recordId,
    decisionDigest: digest,
    supersedes: recordId.nullable(),
    decidedAt: instant,
    gate: z.looseObject({ name: z.string(), version: z.string() }),
    ephemeral: z.boolean(),
    inputs: z.looseObject({
      artifact: z.looseObject({ reference: z.string(), digests: z.record(z.string(), z.string()) }),
      package: z.string(),
      resourceUri: z.string(),
      environment: z.string(),
      verifierId: z.string(),
      policy: z.looseObject({ name: z.string(), digest }),
    }),
    outcome: z.looseObject({ verdict, findings: z.array(z.looseObject({ rule: z.string(), code })).min(1) }),
  })
  .describe('Predicate https://slsa-gate.dev/decision/v1, as it was signed');

const OverrideSchema = z
  .looseObject({
    recordId,
    lifts: recordId,
    artifactDigest: digest,
    environment: z.string(),
    reason: z.string(),
    owner: z.string(),
    approver: z.string(),
    expires: instant,
  })
  .describe('Predicate https://slsa-gate.dev/override-record/v1, as it was signed');

const PruneSchema = z
  .looseObject({
    recordId,
    cutoff: instant,
    environment: z.string().nullable(),
    reason: z.string(),
    records: z.array(z.looseObject({ recordId, row: digest })).min(1),
    payloads: z.array(digest).min(1),
  })
  .describe('Predicate https://slsa-gate.dev/prune/v1, as it was signed');

const ListSchema = z
  .looseObject({
    schemaVersion,
    origin,
    verified: z.boolean().describe('False: the rows are what the store says, and nothing of them is proven'),
    records: z.array(z.looseObject({ ...columns, prunedBy: prunedBy.optional() })).describe('Newest first'),
    before: position.nullable().describe('For --before of the next page'),
  })
  .describe('Answer of slsa-gate evidence list');

const ShowSchema = z
  .looseObject({
    schemaVersion,
    origin,
    seq: position,
    recordId,
    leaf: z.looseObject({ v: z.literal(1), type, recordId, salt: z.string(), appendTime: instant }),
    treeSize: number.describe('Leaves of the head that it was proven under'),
    prunedBy,
    decision: DecisionSchema.nullable(),
    override: OverrideSchema.nullable(),
    prune: PruneSchema.nullable(),
    materials: z.array(
      z.looseObject({
        kind: z.enum(['policy', 'catalogue', 'trust-root', 'key', 'attestation', 'fact', 'override']),
        name: z.string(),
        digest,
        bytes: number.nullable(),
        prunedBy,
      }),
    ),
  })
  .describe('Answer of slsa-gate evidence show: everything in it is verified');

const VerifySchema = z
  .looseObject({
    schemaVersion,
    origin,
    size: number,
    from: position.describe('First position that was looked at'),
    checkpoints: number,
    checkpoint: note,
    withMaterial: z.boolean(),
    records: z.looseObject({
      genesis: number,
      decisions: number,
      overrides: number,
      prunes: number,
      pruned: number,
      materials: number,
    }),
  })
  .describe('Answer of slsa-gate evidence verify; it is printed only when all of it is intact');

const PackSchema = z
  .looseObject({
    schemaVersion,
    origin,
    size: number,
    checkpoint: note,
    records: z
      .array(
        z.looseObject({
          ...columns,
          decision: DecisionSchema.nullable(),
          override: OverrideSchema.nullable(),
        }),
      )
      .min(1),
    materials: number,
  })
  .describe('Answer of slsa-gate evidence verify --pack; it is printed only when all of it is intact');

const ReplaySchema = z
  .looseObject({
    schemaVersion,
    origin,
    results: z
      .array(
        z.looseObject({
          recordId,
          seq: position,
          outcome: z.enum(['same', 'differs', 'pruned', 'failed']),
          code: code.nullable(),
          message: z.string().nullable(),
          differences: z.array(
            z.looseObject({ path: z.string(), recorded: z.string(), replayed: z.string() }),
          ),
        }),
      )
      .describe('Of one record its result; of all records those that are not the same'),
    totals: z.looseObject({
      records: number.describe('The sum of the others'),
      same: number,
      differs: number,
      pruned: number,
      failed: number,
      notDecisions: number,
    }),
  })
  .describe('Answer of slsa-gate evidence replay');

const ExportSchema = z
  .looseObject({ schemaVersion, origin, records: z.array(recordId).min(1), files: number, bytes: number })
  .describe('Answer of slsa-gate evidence export');

const AttachSchema = z
  .looseObject({
    schemaVersion,
    recordId,
    files: z.array(z.looseObject({ path: z.string(), digest })).min(1),
  })
  .describe('Answer of slsa-gate evidence attach --to');

const AttachImageSchema = z
  .looseObject({
    schemaVersion,
    recordId,
    image: z.string().describe('REGISTRY/REPOSITORY@sha256:<hex>'),
    environment: z.string(),
    verdict,
    place: z
      .looseObject({ kind: z.enum(['referrers', 'tag']), tag: z.string().optional() })
      .describe('Where others find it: in the list of the registry, or under a tag where it has none'),
    referrers: z
      .array(
        z.looseObject({
          document: z.enum(['summary', 'decision']),
          form: z.enum(['bundle', 'envelope']),
          predicateType: z.string(),
          digest: digest.describe('Of its manifest'),
          documentDigest: digest,
        }),
      )
      .min(1),
  })
  .describe('Answer of slsa-gate evidence attach IMAGE: all of it was read back');

const PruneDocumentSchema = z
  .looseObject({
    schemaVersion,
    origin,
    dryRun: z.boolean(),
    cutoff: instant,
    environment: z.string().nullable(),
    records: z.array(
      z.looseObject({
        seq: position,
        recordId,
        artifactDigest: digest,
        environment: z.string(),
        verdict,
        appendTime: instant,
      }),
    ),
    payloads: number,
    prunedBy: z.array(recordId),
    hasMore: z.boolean(),
  })
  .describe('Answer of slsa-gate evidence prune');

/** By the name of the file: docs/schemas/evidence-NAME.v1.json. */
export const EVIDENCE_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  list: ListSchema,
  show: ShowSchema,
  verify: VerifySchema,
  pack: PackSchema,
  replay: ReplaySchema,
  export: ExportSchema,
  attach: AttachSchema,
  'attach-image': AttachImageSchema,
  prune: PruneDocumentSchema,
};
