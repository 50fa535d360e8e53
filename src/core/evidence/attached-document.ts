import { refuse } from '../../errors.ts';
import { isJsonObject, type Json, parseJson } from '../model/json.ts';
import type { Referrer } from '../model/oci/referrer.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../model/verification-summary.ts';
import { toCanonicalJson } from './canonical.ts';
import { DECISION_TYPE } from './record.ts';
import { looksLikeBundle } from './record-bundle.ts';
import { STATEMENT_PAYLOAD_TYPE } from './statements.ts';

/** A document of a record: what was decided, or the summary of it for consumers. */
export type RecordDocument = 'summary' | 'decision';

/**
 * How a document hangs on an image: `envelope`, the very bytes on record, whose digest the log has; `bundle`, a Sigstore
 * bundle, which `cosign` looks for.
 */
export interface AttachedForm {
  readonly form: 'envelope' | 'bundle';
  readonly predicateType: string;
  readonly referrer: Referrer;
}

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';
const CREATED = 'org.opencontainers.image.created';

const TYPES: Readonly<Record<RecordDocument, string>> = {
  summary: VERIFICATION_SUMMARY_TYPE,
  decision: DECISION_TYPE,
};
const NAMES: Readonly<Record<RecordDocument, string>> = { summary: 'vsa', decision: 'record' };

export interface DocumentName {
  readonly document: RecordDocument;
  readonly recordId: string;
  /** RFC 3339, of the record: the same document is the same manifest, whenever it is attached. */
  readonly decidedAt: string;
}

/**
 * Forms in which a signed document is attached. An identity signs a bundle, which stays what it is. Of an envelope that a key
 * signed, both are made: a bundle around it is what others find, and says nothing more.
 *
 * @param bytes envelope or bundle, as it stands on record and was verified
 */
export function toAttachedForms(bytes: Uint8Array, name: DocumentName): readonly AttachedForm[] {
  const json = parseJson(bytes, name.document);
  if (looksLikeBundle(json)) return [bundleForm(bytes, name)];
  return [bundleForm(Buffer.from(toCanonicalJson(toBundle(json))), name), envelopeForm(bytes, name)];
}

/** Nobody vouches for the hint: the key is named by whoever verifies. */
function toBundle(envelope: Json): Json {
  const { signatures } = isJsonObject(envelope) ? envelope : {};
  const [first] = Array.isArray(signatures) ? (signatures as readonly Json[]) : [];
  const { keyid } = isJsonObject(first) ? first : {};
  if (typeof keyid !== 'string')
    return refuse('internal.bug', 'an envelope of ours without the id of its key');
  return {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: keyid } },
    dsseEnvelope: envelope,
  };
}

const bundleForm = (bytes: Uint8Array, { document, recordId, decidedAt }: DocumentName): AttachedForm => ({
  form: 'bundle',
  predicateType: TYPES[document],
  referrer: {
    artifactType: BUNDLE_TYPE,
    mediaType: BUNDLE_TYPE,
    bytes,
    title: `${recordId}.${NAMES[document]}.sigstore.json`,
    annotations: {
      [CREATED]: decidedAt,
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': TYPES[document],
    },
  },
});

const envelopeForm = (bytes: Uint8Array, { document, recordId, decidedAt }: DocumentName): AttachedForm => ({
  form: 'envelope',
  predicateType: TYPES[document],
  referrer: {
    // What is in the envelope: by this, policy engines look for attestations.
    artifactType: STATEMENT_PAYLOAD_TYPE,
    mediaType: ENVELOPE_TYPE,
    bytes,
    title: `${recordId}.${NAMES[document]}.dsse.json`,
    annotations: { [CREATED]: decidedAt, 'in-toto.io/predicate-type': TYPES[document] },
  },
});
