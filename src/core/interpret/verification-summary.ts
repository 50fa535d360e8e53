import * as z from 'zod/mini';
import type { JsonObject } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';
import type { VerificationSummary } from '../model/verification-summary.ts';
import { parsePredicate } from './predicate-schemas.ts';

const text = lazy(() => z.string().check(z.minLength(1)));
const Descriptor = lazy(() =>
  z.looseObject({
    uri: z.optional(z.string()),
    digest: z.optional(z.record(z.string(), z.string())),
  }),
);

/** Fields of the specification alone (SLSA verification summary v1). */
const Summary = lazy(() =>
  z.strictObject({
    verifier: z.strictObject({ id: text(), version: z.optional(z.record(z.string(), z.string())) }),
    timeVerified: z.optional(z.iso.datetime()),
    resourceUri: text(),
    policy: Descriptor(),
    inputAttestations: z.optional(z.array(Descriptor())),
    verificationResult: z.enum(['PASSED', 'FAILED']),
    verifiedLevels: z.array(text()).check(z.minLength(1)),
    dependencyLevels: z.optional(z.record(z.string(), z.number())),
    slsaVersion: z.optional(z.string()),
  }),
);

/** @throws SlsaGateError `predicate.schema` */
export function parseVerificationSummary(predicate: JsonObject): VerificationSummary {
  const summary = parsePredicate(Summary, predicate, 'a verification summary v1');
  return {
    verifierId: summary.verifier.id,
    resourceUri: summary.resourceUri,
    result: summary.verificationResult,
    verifiedLevels: summary.verifiedLevels,
    timeVerifiedMs: summary.timeVerified === undefined ? undefined : Date.parse(summary.timeVerified),
    policyDigest: summary.policy.digest ?? {},
  };
}
