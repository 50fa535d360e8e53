import type { CheckContext } from '../src/core/attestation/check.ts';
import { isBuilderOfRow } from '../src/core/catalogue/level.ts';
import { readStatedProvenance } from '../src/core/interpret/generic.ts';
import { parseBuilderId } from '../src/core/model/builder-id.ts';
import { toEnvelope } from '../src/core/model/envelope.ts';
import { parseJson } from '../src/core/model/json.ts';
import { parseSourceUri } from '../src/core/model/source-uri.ts';
import { parseStatement } from '../src/core/model/statement.ts';
import { refuse } from '../src/errors.ts';
import type { Case } from './case.ts';

/**
 * Decides a case about the builder of a statement that is taken as verified: `certBuilderId` is the workflow in the
 * certificate, and no builder is named, so that the catalogue must know it.
 *
 * @throws SlsaGateError the refusal
 */
export function decideProvenanceOnly(
  { only, options }: Case,
  bytes: Uint8Array,
  { catalogue }: CheckContext,
): void {
  if (only !== 'provenance-policy') refuse('usage.unsupported', 'no such check', { actual: String(only) });
  const envelope = toEnvelope(parseJson(bytes, 'envelope'));
  const provenance = readStatedProvenance(parseStatement(envelope.payload));
  const signer = parseBuilderId(options.certBuilderId ?? '');
  if (signer === undefined) refuse('cert.claim-missing', 'no builder in the certificate');
  const builder = options.byob === true ? provenance.builder : signer;
  const delegator = options.byob === true ? signer : undefined;
  const row = catalogue.rows.find(
    (candidate) =>
      candidate.builders !== 'any' && isBuilderOfRow({ ...provenance, builder, delegator }, candidate),
  );
  if (row === undefined)
    refuse('builder.unknown', 'the builder is none of the catalogue', { actual: builder.uri });
  if (options.sourceUri !== undefined && provenance.sourceUri !== parseSourceUri(options.sourceUri).uri) {
    refuse('source.mismatch', 'built from another repository', { actual: provenance.sourceUri ?? 'none' });
  }
}
