import type { ArtifactDigests } from '../../core/model/digest.ts';
import type { SubjectExpectation } from '../../core/model/expectations.ts';
import { type Fact, INDEX_FACT, VIA_INDEX_FACT } from '../../core/model/fact.ts';
import { readIndexCommitment } from '../../core/model/oci/index-commitment.ts';

type Sides = Pick<Extract<SubjectExpectation, { kind: 'artifact' }>, 'viaIndex' | 'otherSides'>;

/**
 * What the artifact is a part of, or is made of, out of the bytes of indexes. An index counts where it lists the artifact
 * and the caller relies on it; else attestations about it are told from those about something else entirely.
 */
export function subjectSides(
  facts: readonly Fact[],
  digests: ArtifactDigests | undefined,
  { mayRelyOnIndex }: { readonly mayRelyOnIndex: boolean },
): Sides {
  const otherSides: string[] = [];
  let viaIndex: ArtifactDigests | undefined;
  for (const { name, bytes } of facts) {
    if (name.startsWith(INDEX_FACT)) {
      otherSides.push(...readIndexCommitment(bytes, name.slice(INDEX_FACT.length)).platforms);
    }
    if (name.startsWith(VIA_INDEX_FACT)) {
      const index = readIndexCommitment(bytes, name.slice(VIA_INDEX_FACT.length));
      const isListed = (['sha256', 'sha512'] as const).some((algorithm) => {
        const value = digests?.[algorithm];
        return value !== undefined && index.platforms.includes(`${algorithm}:${value}`);
      });
      if (isListed && mayRelyOnIndex) viaIndex = index.digests;
      else otherSides.push(`sha256:${index.digests.sha256}`);
    }
  }
  return {
    ...(viaIndex === undefined ? {} : { viaIndex }),
    ...(otherSides.length === 0 ? {} : { otherSides }),
  };
}
