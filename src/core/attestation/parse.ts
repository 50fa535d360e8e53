import { createHash } from 'node:crypto';
import { attempt, refuse, type SlsaGateError } from '../../errors.ts';
import { type CloudBuildProvenance, looksLikeCloudBuild, toCloudBuild } from '../gcb/index.ts';
import { LIMITS } from '../limits.ts';
import { type ParsedBundle, toBundle } from '../model/bundle.ts';
import { splitDocuments } from '../model/documents.ts';
import { looksLikeEnvelope, type ParsedEnvelope, toEnvelope } from '../model/envelope.ts';
import { isJsonObject, type Json, parseJson } from '../model/json.ts';
import {
  fromCosignLayer,
  fromEnvelopeWithCertificate,
  isEnvelopeWithCertificate,
} from '../model/legacy-bundle.ts';
import { readLookup, withLookedUp } from '../model/looked-up.ts';
import { type LabelledBundle, looksLikeNpmAttestations, toNpmAttestations } from '../model/npm.ts';
import {
  looksLikePypiAttestation,
  looksLikePypiProvenance,
  toPypiAttestation,
  toPypiProvenance,
} from '../model/pypi.ts';
import type { CollectedAttestation } from '../ports.ts';

/** A Sigstore bundle, or a form that was turned into one. */
export interface BundleAttestation {
  readonly kind: 'bundle';
  readonly bundle: ParsedBundle;
  readonly claimedPredicateType?: string;
  /** What the registry signed beside it, out of the same npm list: it must verify too. */
  readonly npmPublish?: ParsedBundle;
  /** It came in an attestation object of PyPI. */
  readonly isPypi?: true;
}

/** A DSSE envelope with nothing beside it: only a key that the caller names can vouch for it. */
export interface EnvelopeAttestation {
  readonly kind: 'envelope';
  readonly envelope: ParsedEnvelope;
  readonly claimedPredicateType?: string;
}

/** Provenance as Google Cloud Build signed it. */
export interface CloudBuildAttestation {
  readonly kind: 'cloud-build';
  readonly provenance: CloudBuildProvenance;
}

export type ParsedAttestation = BundleAttestation | EnvelopeAttestation | CloudBuildAttestation;

/** One attestation as found, and what became of parsing it. Nothing is verified. */
export interface FoundAttestation {
  /** `sha256:<hex>` of the bytes of its document, or of its line. */
  readonly digest: string;
  /** Printable place, e.g. `file:prov.jsonl#2`. */
  readonly source: string;
  /** The refusal when its form is no known one. */
  readonly parsed: ParsedAttestation | SlsaGateError;
}

/**
 * Reads what a source found: Sigstore bundles, DSSE envelopes, layers of cosign, Cloud Build provenance, the lists of npm
 * and PyPI, each alone or as JSON lines.
 * A malformed attestation does not hide those beside it: each carries its own refusal.
 *
 * @throws SlsaGateError `limit.bytes`, `limit.attestations`
 */
export function parseAttestations(collected: readonly CollectedAttestation[]): readonly FoundAttestation[] {
  const found: FoundAttestation[] = [];
  for (const place of collected) {
    const { bytes, source } = place;
    const documents = place.annotations === undefined ? splitDocuments(bytes) : [bytes];
    for (const [index, document] of documents.entries()) {
      const line = documents.length > 1 ? `${source}#${index + 1}` : source;
      const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
      for (const parsed of parseDocument(document, place)) found.push({ digest, source: line, parsed });
      if (found.length > LIMITS.attestations) {
        refuse('limit.attestations', `more than ${LIMITS.attestations} attestations`);
      }
    }
  }
  return found;
}

type Parsed = ParsedAttestation | SlsaGateError;

function parseDocument(
  bytes: Uint8Array,
  { annotations, claimedPredicateType, lookup }: CollectedAttestation,
): readonly Parsed[] {
  const label = claimedPredicateType === undefined ? {} : { claimedPredicateType };
  const tried = attempt((): readonly Parsed[] => {
    const lookedUp = readLookup(lookup);
    if (annotations !== undefined)
      return [{ kind: 'bundle', bundle: fromCosignLayer(bytes, annotations, lookedUp), ...label }];
    const json = parseJson(bytes, 'attestation');
    const list = toList(json);
    if (list !== undefined) return list;
    if (isEnvelopeWithCertificate(json))
      return [{ kind: 'bundle', bundle: fromEnvelopeWithCertificate(bytes, lookedUp), ...label }];
    if (looksLikeEnvelope(json)) return [{ kind: 'envelope', envelope: toEnvelope(json), ...label }];
    if (isBareStatement(json)) refuse('attestation.unverified', 'a statement that nobody signed');
    return [{ kind: 'bundle', bundle: toBundle(withLookedUp(json, lookedUp)), ...label }];
  });
  return 'error' in tried ? [tried.error] : tried.value;
}

/** The payload of an attestation without its envelope, as BuildKit and some referrers carry it. */
const isBareStatement = (json: Json): boolean =>
  isJsonObject(json) && Object.hasOwn(json, '_type') && Object.hasOwn(json, 'predicateType');

/** The members of a list format, or undefined when the JSON is none. */
function toList(json: Json): readonly Parsed[] | undefined {
  if (looksLikeCloudBuild(json)) {
    return toCloudBuild(json).provenances.map((provenance) => ({ kind: 'cloud-build', provenance }));
  }
  if (looksLikeNpmAttestations(json)) {
    const { provenance, publish } = toNpmAttestations(json);
    const asAttestation = ({ bundle, claimedPredicateType }: LabelledBundle): BundleAttestation => ({
      kind: 'bundle',
      bundle,
      claimedPredicateType,
    });
    return [
      ...(provenance === undefined
        ? []
        : [
            {
              ...asAttestation(provenance),
              ...(publish === undefined ? {} : { npmPublish: publish.bundle }),
            },
          ]),
      ...(publish === undefined ? [] : [asAttestation(publish)]),
    ];
  }
  if (looksLikePypiAttestation(json)) return [toPypi(json)];
  if (looksLikePypiProvenance(json)) return toPypiProvenance(json).map(toPypi);
  if (!isJsonObject(json)) {
    refuse('attestation.format', 'not a JSON object', {
      actual: Array.isArray(json) ? 'an array' : typeof json,
    });
  }
  return undefined;
}

function toPypi(json: Json): Parsed {
  const bundle = attempt(() => toPypiAttestation(json));
  return 'error' in bundle ? bundle.error : { kind: 'bundle', bundle: bundle.value, isPypi: true };
}
