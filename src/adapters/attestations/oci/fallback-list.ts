import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../core/model/json.ts';
import { INDEX_TYPE, parseManifest } from '../../../core/model/oci/manifest.ts';
import type { ReferrerDescriptor } from '../../../core/model/oci/referrer.ts';
import type { Repository } from './repository.ts';
import { moveTag, readTag, type TagState } from './tag-state.ts';
import { readBack, refuseWrite } from './write.ts';

/** Writes of the list, each after another read; more in a row means that somebody writes without end. */
const WRITES = 4;

/**
 * Adds referrers to the list under the tag, and leaves what others have put there. Between reading and writing somebody else
 * may write: the list is read again after each write until everything stands in it.
 *
 * @throws SlsaGateError `registry.write-failed`, `source.unauthorized`
 */
export async function listUnderTag(
  repository: Repository,
  tag: string,
  referrers: readonly ReferrerDescriptor[],
): Promise<void> {
  for (let writes = 0; ; writes++) {
    const before = await readBack(`the list ${tag}`, () => readTag(repository, tag));
    const list = parseList(before, tag);
    const missing = referrers.filter(({ digest }) => !list.digests.has(digest));
    if (missing.length === 0) return;
    if (writes >= WRITES) break;
    const bytes = Buffer.from(
      JSON.stringify({ ...list.json, manifests: [...list.manifests, ...missing.map(toJson)] }),
    );
    if (list.manifests.length + missing.length > LIMITS.manifests || bytes.length > LIMITS.manifestBytes)
      refuseWrite(`the list of referrers under the tag ${tag} is full`);
    await moveTag(repository, tag, { mediaType: INDEX_TYPE, bytes }, before);
  }
  refuseWrite(`the list of referrers under the tag ${tag} does not keep what is written into it`);
}

interface List {
  /** The whole list, in which others may have written more than we know. */
  readonly json: JsonObject;
  readonly manifests: readonly Json[];
  readonly digests: ReadonlySet<string>;
}

function parseList(state: TagState | undefined, tag: string): List {
  if (state === undefined)
    return { json: { schemaVersion: 2, mediaType: INDEX_TYPE }, manifests: [], digests: new Set() };
  const { bytes, mediaType } = state;
  const list = parseManifest(bytes, mediaType);
  const json = parseJson(bytes, tag, LIMITS.manifestBytes);
  if (list.kind !== 'index' || mediaType !== INDEX_TYPE || !isJsonObject(json))
    return refuseWrite(`the tag ${tag} names something else than a list of referrers`, { actual: mediaType });
  const { manifests } = json;
  return {
    json,
    manifests: Array.isArray(manifests) ? (manifests as readonly Json[]) : [],
    digests: new Set(list.manifests.map(({ digest }) => digest.text)),
  };
}

const toJson = ({ mediaType, digest, size, artifactType, annotations }: ReferrerDescriptor): Json => ({
  mediaType,
  digest,
  size,
  artifactType,
  annotations,
});
