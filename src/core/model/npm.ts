import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { type IGNORED_FIELDS, type ParsedBundle, toBundle } from './bundle.ts';
import { isJsonObject, type Json, type JsonObject, withoutNulls } from './json.ts';
import { lazy } from './lazy.ts';
import { isProvenanceType } from './provenance.ts';
import { refuseIssue } from './refuse-fault.ts';

/** Predicate type of what npm's registry signs when it accepts a package. */
export const NPM_PUBLISH_TYPE = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';

/** One attestation of npm's list. The label is the registry's, not signed. */
export interface LabelledBundle {
  readonly claimedPredicateType: string;
  readonly bundle: ParsedBundle;
}

/** The attestations of one npm package version; nothing is verified. */
export interface NpmAttestations {
  readonly provenance: LabelledBundle | undefined;
  /** Signed by the registry's own key, which says that it accepted these bytes under this name. */
  readonly publish: LabelledBundle | undefined;
}

const List = lazy(() =>
  z.strictObject({
    attestations: z.array(
      z.strictObject({
        predicateType: z.string(),
        bundle: z.unknown(),
        signedAccessSignatureUrl: z.optional(z.unknown()),
        // The list of ignored fields is documented in one place; this keeps both equal.
      } satisfies Record<
        'predicateType' | 'bundle' | (typeof IGNORED_FIELDS)['attestations[]'][number],
        unknown
      >),
    ),
  }),
);

/** Whether JSON has the member of npm's answer; says nothing about its form. */
export const looksLikeNpmAttestations = (json: Json): boolean => isJsonObject(json) && 'attestations' in json;

/**
 * Parses the answer of npm's attestations endpoint: at most one publish attestation and one SLSA provenance, at least
 * one of both, nothing else.
 *
 * @throws SlsaGateError `bundle.malformed`, `bundle.unknown-field`, `npm.attestations`, and those of {@link toBundle}
 */
export function toNpmAttestations(json: Json): NpmAttestations {
  const parsed = List().safeParse(withoutNulls(json));
  if (!parsed.success) refuseIssue(parsed.error.issues[0], 'npm attestations');
  let provenance: LabelledBundle | undefined;
  let publish: LabelledBundle | undefined;
  for (const { predicateType, bundle } of parsed.data.attestations) {
    const labelled = { claimedPredicateType: predicateType, bundle: toBundle(bundle as JsonObject) };
    if (predicateType === NPM_PUBLISH_TYPE && publish === undefined) publish = labelled;
    else if (isProvenanceType(predicateType) && provenance === undefined) provenance = labelled;
    else {
      refuse(
        'npm.attestations',
        'npm lists an attestation that is neither its publish attestation nor one provenance',
        {
          expected: `one ${NPM_PUBLISH_TYPE} and one SLSA provenance`,
          actual: predicateType,
        },
      );
    }
  }
  if (provenance === undefined && publish === undefined) {
    refuse('attestation.missing', 'npm lists no attestation');
  }
  return { provenance, publish };
}
