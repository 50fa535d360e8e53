import * as z from 'zod/mini';
import { type ParsedBundle, toBundle } from './bundle.ts';
import { isJsonObject, type Json, type JsonObject, withoutNulls } from './json.ts';
import { lazy } from './lazy.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './payload-type.ts';
import { refuseIssue } from './refuse-fault.ts';

const Attestation = lazy(() =>
  z.strictObject({
    version: z.literal(1),
    verification_material: z.strictObject({
      certificate: z.string(),
      transparency_entries: z.array(z.unknown()),
    }),
    envelope: z.strictObject({ statement: z.string(), signature: z.string() }),
  }),
);

const Provenance = lazy(() =>
  z.strictObject({
    version: z.literal(1),
    attestation_bundles: z.array(
      z.strictObject({
        publisher: z.looseObject({ kind: z.string() }),
        attestations: z.array(z.unknown()),
      }),
    ),
  }),
);

/** Whether JSON has the members of an attestation object of PEP 740; says nothing about their form. */
export const looksLikePypiAttestation = (json: Json): boolean =>
  isJsonObject(json) && 'verification_material' in json && 'envelope' in json;

/** Whether JSON has the member of a provenance object of PEP 740; says nothing about its form. */
export const looksLikePypiProvenance = (json: Json): boolean =>
  isJsonObject(json) && 'attestation_bundles' in json;

/**
 * Turns an attestation object of PEP 740 into the Sigstore bundle v0.3 that it abbreviates. Nothing is verified.
 *
 * @throws SlsaGateError `bundle.malformed`, `bundle.unknown-field`, and those of {@link toBundle}
 */
export function toPypiAttestation(json: Json): ParsedBundle {
  const parsed = Attestation().safeParse(withoutNulls(json));
  if (!parsed.success) refuseIssue(parsed.error.issues[0], 'PyPI attestation');
  const { verification_material: material, envelope } = parsed.data;
  const bundle: JsonObject = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: material.certificate },
      tlogEntries: material.transparency_entries as Json[],
    },
    dsseEnvelope: {
      payload: envelope.statement,
      payloadType: IN_TOTO_PAYLOAD_TYPE,
      signatures: [{ sig: envelope.signature }],
    },
  };
  return toBundle(bundle);
}

/**
 * The attestations of a provenance object of PEP 740. Its `publisher` is the index's word, not signed; the certificate
 * says who published.
 *
 * @throws SlsaGateError `bundle.malformed`, `bundle.unknown-field`
 */
export function toPypiProvenance(json: Json): readonly Json[] {
  const parsed = Provenance().safeParse(withoutNulls(json));
  if (!parsed.success) refuseIssue(parsed.error.issues[0], 'PyPI provenance');
  return parsed.data.attestation_bundles.flatMap(({ attestations }) => attestations as Json[]);
}
