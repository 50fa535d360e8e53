import { type AttachedLayer, attachedLayers } from '../../../core/model/oci/attached.ts';
import type { Descriptor, OciDigest } from '../../../core/model/oci/descriptor.ts';
import type { Absence } from './absence.ts';
import { createGraph, type ManifestGraph } from './graph.ts';
import { getTagged, type StoredManifest } from './manifests.ts';
import type { Problems } from './problems.ts';
import { listReferrers } from './referrers.ts';
import type { Repository } from './repository.ts';

/** What a repository has about one digest. */
export interface Looked {
  readonly layers: readonly AttachedLayer[];
  /** Places that gave an answer, be it that nothing is there. */
  readonly answered: number;
  /** Answers 404 among them. */
  readonly absences: readonly Absence[];
  /** Manifests that are listed as referrers and refer to something else. */
  readonly strangers: number;
}

/**
 * Tag of the list that clients keep where a registry offers none (distribution specification, "Referrers Tag Schema"): 64
 * digits at most.
 */
export const fallbackTag = ({ algorithm, hex }: OciDigest): string => `${algorithm}-${hex.slice(0, 64)}`;
/** Tag of cosign's attestations; for other algorithms it would be longer than a tag may be. */
const cosignTag = ({ algorithm, hex }: OciDigest): string | undefined =>
  algorithm === 'sha256' ? `sha256-${hex}.att` : undefined;

/**
 * Looks in all places: the referrers, cosign's tag, and the fallback tag where the referrers hold no attestation, since
 * they may have been attached before the registry offered such a list.
 */
export async function lookFor(
  repository: Repository,
  digest: OciDigest,
  problems: Problems,
): Promise<Looked> {
  const graph = createGraph(repository, problems);
  const absences: Absence[] = [];
  let answered = 0;

  const readTag = async (tag: string | undefined): Promise<StoredManifest | undefined> => {
    const found = tag === undefined ? undefined : await problems.attempt(() => getTagged(repository, tag));
    if (found === undefined) return undefined;
    answered++;
    if ('content' in found) return found.content;
    absences.push(found.absence);
    return undefined;
  };
  const follow = async (tag: string | undefined, stored: StoredManifest | undefined): Promise<void> => {
    if (tag !== undefined && stored !== undefined) await graph.followTagged(tag, stored);
  };

  const [list, cosign] = await Promise.all([listReferrers(repository, digest), readTag(cosignTag(digest))]);
  if (list.problem !== undefined) problems.add(list.problem);
  else answered++;
  if (!list.isOffered) absences.push('silent');
  await graph.follow(list.descriptors);
  const strangers = list.descriptors.filter((one) => isStranger(graph, one, digest)).length;
  if (attachedLayers(graph.nodes.values(), digest).length === 0) {
    const tag = fallbackTag(digest);
    await follow(tag, await readTag(tag));
  }
  await follow(cosignTag(digest), cosign);
  return { layers: attachedLayers(graph.nodes.values(), digest), answered, absences, strangers };
}

/** A list of referrers is what the registry makes of it; only the manifest says what it refers to. */
const isStranger = ({ nodes }: ManifestGraph, { digest }: Descriptor, subject: OciDigest): boolean => {
  const manifest = nodes.get(digest.text)?.manifest;
  return manifest !== undefined && manifest.subject?.digest.text !== subject.text;
};
