import { z } from 'zod';

/**
 * The published form of the answers. Objects are open, because fields may be added within version 1; what is listed is
 * never changed or removed. Codes and rules are texts of a fixed form, because both lists grow.
 */
const digest = z.string().describe('ALGORITHM:HEX');
const instant = z.string().describe('RFC 3339, UTC');
const code = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)?$/)
  .describe('What happened; `slsa-gate explain CODE` tells more');

const ErrorSchema = z.looseObject({
  code: z.string().regex(/^SG_[A-Z]+$/),
  finding: code,
  message: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
});

const FindingSchema = z.looseObject({
  rule: z.string().regex(/^[a-z0-9-]+$/),
  code,
  outcome: z.enum(['pass', 'fail', 'error', 'not-evaluated']),
  required: z.boolean(),
  weakened: z.string().optional().describe('The flag or policy line that lowered this rule'),
  expected: z.string(),
  actual: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  evidence: z.array(z.looseObject({ kind: z.string(), digest })),
  spec: z.string().describe('Section of the specification that the rule comes from'),
  error: ErrorSchema.optional(),
});

const AttestationSchema = z.looseObject({
  digest,
  source: z.string(),
  verified: z.boolean(),
  concernsArtifact: z.boolean().describe('False: listed, never counted'),
  predicateType: z.string().optional(),
  signer: z.looseObject({ issuer: z.string(), subject: z.string() }).optional(),
  notBefore: instant.optional(),
  seenBy: instant.optional(),
  findings: z.array(FindingSchema),
});

const verdict = z.enum(['allow', 'deny', 'indeterminate']);

const ArtifactSchema = z.looseObject({
  artifact: z.looseObject({ reference: z.string(), digest: digest.nullable() }),
  resourceUri: z.string().nullable(),
  environment: z.string().nullable(),
  asOf: instant,
  verdict,
  slsaBuildLevel: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  recordId: z.string().nullable(),
  mode: z.string(),
  reason: z.string().optional().describe('What stands in the way, in one sentence'),
  decisionDigest: digest
    .optional()
    .describe('Over all that was decided on and what came out; the same whenever it is decided again'),
  findings: z.array(FindingSchema).min(1),
  attestations: z.array(AttestationSchema),
  facts: z.array(z.looseObject({ source: z.string(), readAt: instant, digest })),
  sources: z.array(
    z.looseObject({
      name: z.string(),
      answer: z.enum(['complete', 'partial', 'absent', 'failed']),
      reason: z.string().optional().describe('Why it did not tell everything'),
      code: code.optional(),
    }),
  ),
  requests: z
    .array(
      z.looseObject({
        origin: z.string(),
        status: z.number().nullable().describe('Null when no answer came'),
        bytes: z.number(),
        ms: z.number(),
      }),
    )
    .optional()
    .describe('Every request to a source, without paths and secrets; absent where none was asked'),
  trust: z.array(z.looseObject({ name: z.string(), digest, ageSeconds: z.number().nullable() })),
});

export const ResultSchema = z
  .looseObject({ schemaVersion: z.literal(1), verdict, results: z.array(ArtifactSchema).min(1) })
  .describe('Answer of slsa-gate verify, gate and batch');

export const ErrorDocumentSchema = z
  .looseObject({ schemaVersion: z.literal(1), error: ErrorSchema })
  .describe('Why nothing was decided; printed under --json');
