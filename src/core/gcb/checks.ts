import { refuse } from '../../errors.ts';
import { parseBuilderId } from '../model/builder-id.ts';
import { isJsonObject } from '../model/json.ts';
import { readBuilder } from './builder.ts';
import { canonicalSource, readSource } from './source.ts';
import { type CloudBuildStatement, readSubstitutions } from './statement.ts';

/** Single expectations over one statement of Cloud Build; whole verifications use the rules over `Provenance`. */

export { checkCloudBuildBuilder } from './builder.ts';
export { checkCloudBuildMetadata, checkCloudBuildSummary, checkCloudBuildText } from './copies.ts';

/**
 * The source is the expected one. `builderId` says by which version of the builder the source is read; left out, the
 * statement's own. An object of Cloud Storage may be named with its generation behind `#`.
 *
 * @throws SlsaGateError `source.mismatch`, `source.malformed`, `source.commit`, `builder.mismatch`, `builder.build-type`
 */
export function checkCloudBuildSource(
  signed: CloudBuildStatement,
  expected: string,
  builderId?: string,
): void {
  const source = readSource(signed, readVersion(signed, builderId));
  if (source === undefined) refuse('source.mismatch', 'provenance names no source', { expected });
  const actual = source.generation === undefined ? source.uri : `${source.uri}#${source.generation}`;
  if (expected.startsWith('gs://') && expected === actual) return;
  if (canonicalSource(expected) !== source.uri) {
    refuse('source.mismatch', 'built from another source', { expected, actual });
  }
}

function readVersion(signed: CloudBuildStatement, builderId: string | undefined): string | undefined {
  if (builderId === undefined) return readBuilder(signed).ref;
  const version = parseBuilderId(builderId)?.ref;
  if (signed.version === 'v0.1' && version !== 'v0.2' && version !== 'v0.3') {
    refuse('builder.mismatch', 'this version of the builder is not known', {
      expected: 'v0.2 or v0.3',
      actual: version ?? 'none',
    });
  }
  return version;
}

/**
 * The tag that was built, without `refs/tags/`: the trigger's, and in provenance v1 that of the source too.
 *
 * @throws SlsaGateError `source.tag` where there is none
 */
export function readCloudBuildTag(signed: CloudBuildStatement): string {
  const tag = readSubstitutions(signed).TAG_NAME;
  if (typeof tag !== 'string' || tag === '') {
    refuse('source.tag', 'provenance names no tag', { actual: String(tag ?? 'none'), path: 'TAG_NAME' });
  }
  if (signed.version === 'v1.0') {
    const config = signed.predicate.buildDefinition.externalParameters.buildConfigSource;
    const ref = isJsonObject(config) ? config.ref : undefined;
    if (ref !== `refs/tags/${tag}`) {
      refuse('source.tag', 'trigger and source name different tags', {
        expected: `refs/tags/${tag}`,
        actual: String(ref),
      });
    }
  }
  return tag;
}

/** @throws SlsaGateError `source.tag` */
export function checkCloudBuildTag(signed: CloudBuildStatement, expected: string): void {
  const tag = readCloudBuildTag(signed);
  if (tag !== expected) refuse('source.tag', 'built from another tag', { expected, actual: tag });
}

const EXPECTED_VERSION = /^v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?)?)?$/;
const VERSION = /^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * The tag is a version that begins with the expected one: `v1` fits `v1.2.3`, `v1.2.3` fits itself alone. A pre-release
 * is another version than its release.
 *
 * @throws SlsaGateError `source.tag` where there is no tag, `source.version`
 */
export function checkCloudBuildVersionedTag(signed: CloudBuildStatement, expected: string): void {
  const tag = readCloudBuildTag(signed);
  const wanted = EXPECTED_VERSION.exec(expected);
  const found = VERSION.exec(tag);
  if (wanted === null || found === null) {
    refuse('source.version', 'not a version', {
      expected: 'vX, vX.Y or vX.Y.Z',
      actual: wanted === null ? expected : tag,
    });
  }
  const [, major, minor, patch, preRelease] = wanted;
  const same =
    found[1] === major &&
    (minor === undefined || found[2] === minor) &&
    (patch === undefined || (found[3] === patch && found[4] === preRelease));
  if (!same) refuse('source.version', 'built from another version', { expected, actual: tag });
}
