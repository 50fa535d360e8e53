import {
  type AttachedForm,
  type RecordDocument,
  toAttachedForms,
} from '../../core/evidence/attached-document.ts';
import { LIMITS } from '../../core/limits.ts';
import type { OciReference } from '../../core/model/oci/reference.ts';
import type { ImageWriter, ReferrersPlace } from '../../core/model/oci/referrer.ts';
import { refuse } from '../../errors.ts';
import type { EvidenceAccess } from './find-record.ts';
import { artifactDigestOf } from './read-record.ts';
import { envelopeOf, refusePruned, type ShownRecord, showRecord, summaryOf } from './show.ts';

export interface AttachToImage {
  /** Named by digest. */
  readonly image: OciReference;
  /** Without: the newest allow about the image. */
  readonly recordId?: string;
  /** The newest allow for this environment, by the name that the policy has. */
  readonly environment?: string;
  /** Attach the decision too, which says everything that it was decided on. */
  readonly withDecision: boolean;
}

/** What hangs on the image now; all of it was read back. */
export interface ImageAttachment {
  readonly recordId: string;
  /** `ghcr.io/owner/app@sha256:<hex>` */
  readonly image: string;
  readonly environment: string;
  readonly verdict: string;
  readonly place: ReferrersPlace;
  readonly referrers: readonly {
    readonly document: RecordDocument;
    readonly form: AttachedForm['form'];
    readonly predicateType: string;
    /** Of its manifest. */
    readonly digest: string;
    /** Of the document itself. */
    readonly documentDigest: string;
  }[];
}

/**
 * Hangs the summary and the decision of a record on the image that it is about, so that whoever has the image finds them. The
 * record is verified first: signature, place in the log, and that it is about this very image.
 *
 * @throws SlsaGateError `registry.*`, `source.*`, `usage.artifact`, and the `evidence.*` codes
 */
export async function attachToImage(
  { image, withDecision, ...wanted }: AttachToImage,
  access: EvidenceAccess,
  writer: ImageWriter,
): Promise<ImageAttachment> {
  const digest = await writer.digestOf(image);
  const recordId = wanted.recordId ?? (await newestAllow(digest, wanted.environment, access));
  const shown = await showRecord(recordId, access);
  const { decidedAt, inputs, outcome } = decisionOf(shown);
  const about = artifactDigestOf(inputs.artifact.digests);
  if (about !== digest) {
    refuse('evidence.not-found', `the record is about another artifact: ${recordId}`, {
      expected: digest,
      actual: about,
      hint: 'Leave --record out, or list the records of the image with evidence list --artifact.',
    });
  }
  const formsOf = (document: RecordDocument, bytes: Uint8Array) =>
    toAttachedForms(bytes, { document, recordId, decidedAt }).map((form) => ({ document, ...form }));
  const forms = [
    ...(hasSummary(shown) || !withDecision ? formsOf('summary', summaryOf(shown)) : []),
    ...(withDecision ? formsOf('decision', envelopeOf(shown)) : []),
  ];
  const largest = Math.max(...forms.map(({ referrer }) => referrer.bytes.length));
  // No gate would read a larger one, and so decide nothing about the image any more.
  if (largest > LIMITS.attestationBytes) {
    refuse('limit.attestations', `the record is too large to be attached: ${recordId}`, {
      expected: `at most ${LIMITS.attestationBytes} bytes`,
      actual: `${largest} bytes`,
      hint: 'Attach the summary alone, with --summary-only.',
    });
  }
  const { place, referrers } = await writer.attach(
    image,
    forms.map(({ referrer }) => referrer),
  );
  return {
    recordId,
    image: `${image.registry}/${image.repository}@${digest}`,
    environment: inputs.environment,
    verdict: outcome.verdict,
    place,
    referrers: forms.map(({ document, form, predicateType }, index) => ({
      document,
      form,
      predicateType,
      digest: referrers[index]?.digest ?? '',
      documentDigest: referrers[index]?.document ?? '',
    })),
  };
}

/** @throws SlsaGateError `evidence.not-found`, `evidence.pruned` */
function decisionOf({ row, opened, document }: ShownRecord) {
  if (opened.kind === 'decision') return opened.record;
  if (opened.kind === 'gone') return refusePruned(row, document.prunedBy);
  return refuse('evidence.not-found', `the record decides nothing about an image: ${row.recordId}`, {
    actual: opened.kind,
  });
}

/** An indeterminate answer has none. */
const hasSummary = ({ opened }: ShownRecord): boolean =>
  opened.kind === 'decision' && opened.summary !== undefined;

/**
 * The newest allow of an artifact. Where a newer answer for the same environment is a denial, none stands any more: whoever
 * means the allow all the same names its record.
 *
 * @throws SlsaGateError `evidence.not-found`
 */
async function newestAllow(
  artifactDigest: string,
  environment: string | undefined,
  { log: { store } }: EvidenceAccess,
): Promise<string> {
  const about = { artifactDigest, type: 'decision' } as const;
  const place = environment === undefined ? about : { ...about, environment };
  const [allow] = await store.list({ ...place, verdict: 'allow' }, 1);
  if (allow === undefined) {
    return refuse('evidence.not-found', `no allow of the image is on record: ${artifactDigest}`, {
      expected: environment === undefined ? 'an allow' : `an allow for ${environment}`,
      actual: 'none',
      hint: 'Decide with slsa-gate gate, or name another record with --record.',
    });
  }
  const [denial] = await store.list(
    { ...about, verdict: 'deny', ...(allow.environment === null ? {} : { environment: allow.environment }) },
    1,
  );
  if (denial !== undefined && denial.seq > allow.seq) {
    return refuse('evidence.not-found', `the image was denied after it was allowed: ${denial.recordId}`, {
      expected: `an allow for ${allow.environment ?? 'the environment'} that stands`,
      actual: `${allow.recordId}, then ${denial.recordId}`,
      hint: 'Name the record with --record to attach it all the same.',
    });
  }
  return allow.recordId;
}
