import { refuse } from '../../errors.ts';
import type { ArtifactDigests } from '../model/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { CloudBuildProvenance, ImageSummary } from './parse.ts';
import type { CloudBuildStatement } from './statement.ts';

/** What gcloud prints beside the signed payload must say the same: it is what people read. */

/**
 * Compares the readable statement with the signed one, member for member.
 *
 * @throws SlsaGateError `gcb.text-mismatch`
 */
export function checkCloudBuildText({ text, path }: CloudBuildProvenance, signed: CloudBuildStatement): void {
  const isV01 = signed.version === 'v0.1';
  const member = isV01 ? 'intotoStatement' : 'inTotoSlsaProvenanceV1';
  const at = `${path}.build.${member}`;
  const copy = isV01 ? text.v01 : text.v1;
  if ((isV01 ? text.v1 : text.v01) !== undefined) {
    refuse('gcb.text-mismatch', 'a readable statement of another version stands beside the signed one', {
      expected: `${member} alone`,
      path: `${path}.build`,
    });
  }
  if (copy === undefined) refuse('gcb.text-mismatch', 'the readable statement is missing', { path: at });
  const { slsaProvenance: _repeated, ...statement } = signed.json;
  // A second predicate beside the compared one would be read by people and compared by nobody.
  const hasSecond = isV01 && Object.hasOwn(copy, 'predicate');
  const same = !hasSecond && isSame(isV01 ? asStatement(copy) : copy, isV01 ? statement : signed.json);
  if (!same) refuse('gcb.text-mismatch', 'readable and signed statement differ', { path: at });
}

/**
 * A payload of v0.1 holds its predicate twice, under its own name and under Cloud Build's.
 *
 * @throws SlsaGateError `gcb.text-mismatch`
 */
export function checkSignedCopy(signed: CloudBuildStatement): void {
  const copy = signed.json.slsaProvenance;
  if (signed.version !== 'v0.1' || copy === undefined || copy === null) return;
  if (!isSame(copy, signed.statement.predicate)) {
    refuse('gcb.text-mismatch', 'the signed payload has two predicates that differ', {
      path: 'slsaProvenance',
    });
  }
}

/**
 * The summary of the document must be about this very image.
 *
 * @throws SlsaGateError `gcb.summary`
 */
export function checkCloudBuildSummary(summary: ImageSummary, artifact: ArtifactDigests): void {
  const digest = imageDigest(artifact);
  if (summary.digest !== digest) {
    refuse('gcb.summary', 'image summary is about another image', {
      expected: digest,
      actual: summary.digest,
      path: 'image_summary.digest',
    });
  }
  const [name, actual, more] = summary.fullyQualifiedDigest.split('@');
  if (actual !== digest || more !== undefined || name?.startsWith(`${summary.registry}/`) !== true) {
    refuse('gcb.summary', 'fully qualified digest contradicts the image', {
      expected: `${summary.registry}/...@${digest}`,
      actual: summary.fullyQualifiedDigest,
      path: 'image_summary.fully_qualified_digest',
    });
  }
}

/**
 * What stands beside the envelope must say that it is the provenance of a build of this very image.
 *
 * @throws SlsaGateError `gcb.malformed`, `gcb.summary`
 */
export function checkCloudBuildMetadata(
  { kind, resourceUri, path }: CloudBuildProvenance,
  artifact: ArtifactDigests,
): void {
  if (kind !== 'BUILD') {
    refuse('gcb.malformed', 'not the provenance of a build', {
      expected: 'BUILD',
      actual: kind,
      path: `${path}.kind`,
    });
  }
  const digest = imageDigest(artifact);
  const [name, actual, more] = resourceUri.split('@');
  if (actual !== digest || more !== undefined || name === '') {
    refuse('gcb.summary', 'resource URI is about another image', {
      expected: `...@${digest}`,
      actual: resourceUri,
      path: `${path}.resourceUri`,
    });
  }
}

/**
 * Summary and provenance must name the image in the same place, not only by the same digest.
 *
 * @throws SlsaGateError `gcb.summary`
 */
export function checkImageName({ resourceUri, imageSummary, path }: CloudBuildProvenance): void {
  const expected = `https://${imageSummary.fullyQualifiedDigest}`;
  if (resourceUri !== expected) {
    refuse('gcb.summary', 'image summary and provenance name different images', {
      expected,
      actual: resourceUri,
      path: `${path}.resourceUri`,
    });
  }
}

/** Cloud Build names images by sha256 alone. */
function imageDigest({ sha256 }: ArtifactDigests): string {
  if (sha256 === undefined) {
    refuse('gcb.summary', 'the sha256 digest of the image is not known', {
      hint: 'Name the image by its sha256 digest.',
    });
  }
  return `sha256:${sha256}`;
}

/** Equal as JSON: the order of members says nothing, and null is the same as absent. */
function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item: Json, index) => isSame(item, b[index]))
    );
  }
  if (!isJsonObject(a)) return (a ?? null) === (b ?? null);
  if (!isJsonObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSame(a[name], b[name]));
}

/** The readable statement of v0.1 calls its predicate `slsaProvenance`. */
function asStatement({ slsaProvenance, ...header }: JsonObject): JsonObject {
  return slsaProvenance === undefined ? header : { ...header, predicate: slsaProvenance };
}
