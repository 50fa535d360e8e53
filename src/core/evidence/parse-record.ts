import * as z from 'zod/mini';
import { type Code, isCode } from '../../codes.ts';
import { refuse } from '../../errors.ts';
import { isJsonObject, type Json, parseJson } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';
import { toCanonicalJson } from './canonical.ts';
import { DECISION_TYPE, type DecisionRecord } from './record.ts';
import { STATEMENT_TYPE } from './statements.ts';

const digest = lazy(() => z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)));
const material = lazy(() => z.strictObject({ name: z.string(), digest: digest() }));
const digests = lazy(() => z.record(z.string(), z.string()));
const text = lazy(() => z.nullable(z.string()));
const verdict = lazy(() => z.enum(['allow', 'deny', 'indeterminate']));
const code = lazy(() => z.custom<Code>((value) => typeof value === 'string' && isCode(value)));

const finding = lazy(() =>
  z.strictObject({
    rule: z.string(),
    code: code(),
    outcome: z.enum(['pass', 'fail', 'error', 'not-evaluated']),
    required: z.boolean(),
    weakened: z.optional(z.string()),
    expected: z.string(),
    actual: z.string(),
    message: z.string(),
    hint: z.optional(z.string()),
    evidence: z.array(z.strictObject({ kind: z.string(), digest: z.string() })),
    spec: z.string(),
    error: z.optional(z.strictObject({ message: z.string() })),
  }),
);

const Record = lazy(() =>
  z.strictObject({
    schemaVersion: z.literal(1),
    recordId: z.string(),
    requestKey: digest(),
    decisionDigest: digest(),
    supersedes: text(),
    decidedAt: z.iso.datetime(),
    gate: z.strictObject({ name: z.literal('slsa-gate'), version: z.string() }),
    ephemeral: z.boolean(),
    requests: z.optional(
      z.array(
        z.strictObject({
          origin: z.string(),
          status: z.nullable(z.number()),
          bytes: z.number(),
          ms: z.number(),
        }),
      ),
    ),
    inputs: z.strictObject({
      artifact: z.strictObject({ reference: z.string(), digests: digests(), fileName: text() }),
      package: z.string(),
      resourceUri: z.string(),
      environment: z.string(),
      mode: z.string(),
      verifierId: z.string(),
      policy: z.strictObject({
        name: z.string(),
        fileName: z.string(),
        digest: digest(),
        pinnedBy: z.nullable(z.enum(['digest', 'key'])),
        checkout: text(),
        inPipeline: z.boolean(),
      }),
      catalogue: material(),
      trust: z.array(
        z.strictObject({
          name: z.string(),
          digest: digest(),
          origin: z.enum(['embedded', 'tuf', 'file', 'pack']),
          currentAt: text(),
        }),
      ),
      keys: z.array(material()),
      candidates: z.array(
        z.strictObject({
          digest: digest(),
          source: z.string(),
          claimedPredicateType: z.optional(z.string()),
          mediaType: z.optional(z.string()),
          annotations: z.optional(digests()),
          lookup: z.optional(
            z.strictObject({ searched: z.array(z.string()), entry: z.optional(z.string()) }),
          ),
        }),
      ),
      sources: z.array(
        z.strictObject({
          name: z.string(),
          answer: z.enum(['complete', 'partial', 'absent', 'failed']),
          reason: z.optional(z.string()),
          code: z.optional(code()),
        }),
      ),
      logged: z.array(z.strictObject({ leaf: digest(), proof: digest() })),
      facts: z.array(material()),
      denials: z.array(
        z.strictObject({
          recordId: z.string(),
          codes: z.array(z.string()),
          lifted: z.nullable(z.enum(['override', 'evidence-changed'])),
        }),
      ),
      override: z.nullable(digest()),
      rulesVersion: z.number(),
    }),
    outcome: z.strictObject({
      verdict: verdict(),
      slsaBuildLevel: z.literal([0, 1, 2, 3]),
      reason: text(),
      findings: z.array(finding()).check(z.minLength(1)),
      attestations: z.array(
        z.strictObject({
          digest: digest(),
          source: z.string(),
          verified: z.boolean(),
          concernsArtifact: z.boolean(),
          predicateType: z.optional(z.string()),
          signer: z.optional(z.strictObject({ issuer: z.string(), subject: z.string() })),
          notBefore: z.optional(z.string()),
          seenBy: z.optional(z.string()),
          findings: z.array(finding()),
        }),
      ),
    }),
  }),
);

/**
 * Reads the payload of a decision's envelope, whose signature is verified already: exactly the form that
 * `toDecisionStatement` writes, in its one spelling.
 *
 * @throws SlsaGateError `evidence.tampered`
 */
export function parseDecisionRecord(payload: Uint8Array): DecisionRecord {
  const fail = (message: string, cause?: unknown): never =>
    refuse('evidence.tampered', `record of a decision ${message}`, { cause });
  let statement: Json;
  try {
    statement = parseJson(payload, 'record');
  } catch (cause) {
    return fail('is no JSON', cause);
  }
  if (!isJsonObject(statement) || toCanonicalJson(statement) !== Buffer.from(payload).toString('utf8'))
    return fail('is not in canonical form');
  if (statement._type !== STATEMENT_TYPE || statement.predicateType !== DECISION_TYPE)
    return fail('is another kind of statement');
  const parsed = Record().safeParse(statement.predicate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(`has another form at ${issue?.path.join('.') ?? ''}`, parsed.error);
  }
  // The schema says all of it but the names of rules and kinds of evidence, which a newer version may add to.
  const record = parsed.data as unknown as DecisionRecord;
  const { artifact } = record.inputs;
  const subject = [{ name: artifact.reference, digest: artifact.digests }];
  if (toCanonicalJson(statement.subject ?? null) !== toCanonicalJson(subject))
    return fail('is about another subject than it says');
  return record;
}
