import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, withoutNulls } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';

/** What gcloud says about the image; nobody signed it. */
export interface ImageSummary {
  /** `sha256:<hex>` in a good document. */
  readonly digest: string;
  /** `host/project/repository/image@sha256:<hex>` in a good document. */
  readonly fullyQualifiedDigest: string;
  readonly registry: string;
  readonly repository: string;
}

export interface EnvelopeSignature {
  /** Full name of a KMS key version; an unauthenticated hint. Empty when absent. */
  readonly keyid: string;
  /** Base64 or base64url. */
  readonly sig: string;
}

/** One provenance of a document, not verified: envelope, and the unsigned things beside it. */
export interface CloudBuildProvenance {
  /** Where it stands in the document, e.g. `provenance_summary.provenance[0]`. */
  readonly path: string;
  /** Unsigned; `BUILD` for provenance. */
  readonly kind: string;
  /** Unsigned; `https://host/.../image@sha256:<hex>`. */
  readonly resourceUri: string;
  readonly envelope: {
    /** Base64 or base64url, decoded when it is verified, so that one bad provenance does not hide its neighbours. */
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly EnvelopeSignature[];
  };
  /** The statement as people read it, by the version of its provenance; unsigned. */
  readonly text: {
    /** Has `slsaProvenance` where the statement has `predicate`. */
    readonly v01: JsonObject | undefined;
    readonly v1: JsonObject | undefined;
  };
  /** Of the document that it stands in. */
  readonly imageSummary: ImageSummary;
}

/** Answer of `gcloud artifacts docker images describe --format json --show-provenance`. Nothing is verified. */
export interface CloudBuildDocument {
  readonly imageSummary: ImageSummary;
  /** At least one; v0.1 and v1 may stand side by side. */
  readonly provenances: readonly [CloudBuildProvenance, ...CloudBuildProvenance[]];
}

const text = lazy(() => z.string());
const object = lazy(() => z.record(z.string(), z.unknown()));
const Occurrence = lazy(() =>
  z.strictObject({
    build: z.strictObject({
      intotoStatement: z.optional(object()),
      inTotoSlsaProvenanceV1: z.optional(object()),
    }),
    createTime: z.optional(text()),
    envelope: z.strictObject({
      payload: text(),
      payloadType: text(),
      signatures: z.optional(z.array(z.strictObject({ keyid: z.optional(text()), sig: z.optional(text()) }))),
    }),
    kind: text(),
    name: z.optional(text()),
    noteName: z.optional(text()),
    resourceUri: text(),
    updateTime: z.optional(text()),
  }),
);
const Document = lazy(() =>
  z.strictObject({
    image_summary: z.strictObject({
      digest: text(),
      fully_qualified_digest: text(),
      registry: text(),
      repository: z.optional(text()),
      slsa_build_level: z.optional(z.union([z.number(), text()])),
    }),
    provenance_summary: z.strictObject({ provenance: z.array(Occurrence()) }),
  }),
);

/** Whether JSON has the members of such a document; says nothing about their form. */
export const looksLikeCloudBuild = (json: unknown): boolean =>
  isJsonObject(json) && ('provenance_summary' in json || 'image_summary' in json);

/**
 * Parses Cloud Build provenance as gcloud prints it. Checks form only: nothing is verified, and base64 is not decoded.
 *
 * @throws SlsaGateError `json.*`, `limit.*`, `gcb.malformed`
 */
export const parseCloudBuild = (bytes: Uint8Array): CloudBuildDocument =>
  toCloudBuild(parseJson(bytes, 'Cloud Build document'));

/** As {@link parseCloudBuild}, for JSON that was parsed strictly already. */
export function toCloudBuild(json: Json): CloudBuildDocument {
  const parsed = Document().safeParse(withoutNulls(json));
  if (!parsed.success) refuseForm(parsed.error.issues[0]);
  const { image_summary: summary, provenance_summary: list } = parsed.data;
  const imageSummary: ImageSummary = {
    digest: summary.digest,
    fullyQualifiedDigest: summary.fully_qualified_digest,
    registry: summary.registry,
    repository: summary.repository ?? '',
  };
  if (list.provenance.length > LIMITS.attestations)
    refuse('limit.bundle', 'document has too many provenances');
  const [first, ...rest] = list.provenance.map((occurrence, index) =>
    toProvenance(occurrence, imageSummary, `provenance_summary.provenance[${index}]`),
  );
  if (first === undefined) {
    refuse('gcb.malformed', 'document has no provenance', { path: 'provenance_summary.provenance' });
  }
  return { imageSummary, provenances: [first, ...rest] };
}

function toProvenance(
  { kind, resourceUri, envelope, build }: z.infer<ReturnType<typeof Occurrence>>,
  imageSummary: ImageSummary,
  path: string,
): CloudBuildProvenance {
  const signatures = envelope.signatures ?? [];
  if (signatures.length > LIMITS.envelopeSignatures) {
    refuse('limit.bundle', 'envelope has too many signatures', { path: `${path}.envelope.signatures` });
  }
  return {
    path,
    kind,
    resourceUri,
    envelope: {
      payload: envelope.payload,
      payloadType: envelope.payloadType,
      signatures: signatures.map(({ keyid, sig }) => ({ keyid: keyid ?? '', sig: sig ?? '' })),
    },
    text: {
      v01: build.intotoStatement as JsonObject | undefined,
      v1: build.inTotoSlsaProvenanceV1 as JsonObject | undefined,
    },
    imageSummary,
  };
}

function refuseForm(issue: z.core.$ZodIssue | undefined): never {
  const path = (issue?.path ?? [])
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  refuse('gcb.malformed', 'document does not have the form that gcloud prints', {
    path: path === '' ? 'document' : path,
    ...(issue?.code === 'unrecognized_keys' ? { actual: `unknown field ${issue.keys.join(', ')}` } : {}),
  });
}
