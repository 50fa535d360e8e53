import { isUint8Array } from 'node:util/types';
import * as z from 'zod/mini';
import { INSTANCE_NAMES } from '../adapters/trust/instances.ts';

/** Each schema's message is what was expected in its place. */
const TEXT = 'a text that is not empty';
const text = z.string(TEXT).check(z.minLength(1, TEXT));
const maybe = z.optional(text);
const bytes = z.custom<Uint8Array>(isUint8Array, 'a Uint8Array');
const date = z.date('a valid Date');
const THRESHOLD = 'a whole number from 1 to 99';
const threshold = z.optional(z.int(THRESHOLD).check(z.gte(1, THRESHOLD), z.lte(99, THRESHOLD)));
const SECONDS = 'a whole number of seconds, at least 1';
const seconds = z.optional(z.int(SECONDS).check(z.gte(1, SECONDS)));
const droppedOnly = z.optional(z.literal(true, 'true, or left out'));

/** Not a record of zod: it leaves out a key of the name `__proto__`, and what is left out is not checked. */
const isRecordOfTexts = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((one) => typeof one === 'string');

const FILE_NAME = 'the name of a file, without folders';
const artifactBytes = z.strictObject({
  bytes,
  name: z.optional(z.string(FILE_NAME).check(z.regex(/^[^/\\\u0000-\u001f\u007f]+$/, FILE_NAME))),
});
const ARTIFACT = 'a reference, { bytes, name? } or { subjectDigest }';

const SIGNER = {
  certificateIdentity: maybe,
  certificateIdentityRegexp: maybe,
  certificateOidcIssuer: maybe,
  certificateOidcIssuerRegexp: maybe,
  key: z.optional(
    z.strictObject({ pem: text, id: maybe, notBefore: z.optional(date), notAfter: z.optional(date) }),
  ),
};

const expectations = z.strictObject({
  ...SIGNER,
  builderId: maybe,
  sourceUri: maybe,
  sourceBranch: maybe,
  sourceTag: maybe,
  sourceVersionedTag: maybe,
  sourceCommit: maybe,
  sourceRepositoryId: maybe,
  sourceOwnerId: maybe,
  buildWorkflowInputs: z.optional(
    z.custom<Readonly<Record<string, string>>>(isRecordOfTexts, 'an object of texts'),
  ),
  buildTrigger: maybe,
  runnerEnvironment: maybe,
  predicateType: maybe,
  minLevel: z.optional(z.literal([1, 2, 3], '1, 2 or 3')),
  npmPackage: maybe,
  npmVersion: maybe,
  pypiRepository: maybe,
  pypiWorkflow: maybe,
  subjectName: maybe,
  summary: z.optional(
    z.strictObject({
      verifierId: text,
      resourceUri: text,
      verifiedLevels: z.optional(z.array(text)),
      policyDigest: maybe,
      maxAgeSeconds: seconds,
    }),
  ),
});

const ROOT = `${INSTANCE_NAMES.join(', ')} or { name, bytes }`;
const options = {
  attestations: z.optional(z.array(bytes, 'a list of Uint8Array')),
  files: z.optional(z.array(text, 'a list of paths')),
  trustedRoots: z.optional(
    z
      .array(
        z.union([z.literal(INSTANCE_NAMES), z.strictObject({ name: text, bytes })], ROOT),
        'a list of trusted roots',
      )
      .check(z.minLength(1, 'at least one trusted root, or left out')),
  ),
  maxTrustAgeSeconds: seconds,
  verifier: z.optional(z.literal(['both', 'strict'], 'both or strict')),
  now: z.optional(date),
  thresholds: z.optional(
    z.strictObject({ tlog: threshold, sct: threshold, tsa: threshold, time: threshold }),
  ),
  minBundleVersion: z.optional(z.literal(['0.1', '0.2', '0.3'], '0.1, 0.2 or 0.3')),
  unsafeNoTlog: droppedOnly,
  unsafeNoSct: droppedOnly,
  unsafeNoTimestamp: droppedOnly,
};

/** As wide as the types of options.ts, or wider: what goes together is told by request.ts, with better words. */
export const ArtifactRequestSchema = z.strictObject({
  ...options,
  artifact: z.union([z.string(), artifactBytes, z.strictObject({ subjectDigest: text })], ARTIFACT),
  expectations,
  unsafeAllowBuilderRef: droppedOnly,
});

export const BundleRequestSchema = z.strictObject({
  ...options,
  artifact: z.optional(z.union([z.string(), artifactBytes], 'a reference, or { bytes, name? }')),
  signer: z.strictObject(SIGNER),
  unboundUnsafe: droppedOnly,
});

export type ParsedOptions = z.infer<typeof BundleRequestSchema> | z.infer<typeof ArtifactRequestSchema>;
export type ParsedSigner = z.infer<typeof BundleRequestSchema>['signer'];
