import type { FoundAttestation } from '../core/attestation/parse.ts';
import type { ArtifactDigests } from '../core/model/digest.ts';
import type { ArtifactRead } from '../core/ports.ts';
import { SlsaGateError } from '../errors.ts';

const ALGORITHMS = ['sha1', 'sha384', 'sha512'] as const satisfies readonly (keyof ArtifactDigests)[];

const ESCAPE = '\\u';

/**
 * Which digests of the artifact the attestations could be compared with, so that it is read once and hashed no more than
 * needed. A hint out of what nobody verified yet: a digest too many costs time alone.
 */
export function hintsOf(found: readonly FoundAttestation[]): ArtifactRead {
  const algorithms = new Set<keyof ArtifactDigests>();
  let withBytes = false;
  for (const { parsed } of found) {
    if (parsed instanceof SlsaGateError) continue;
    if (parsed.kind === 'bundle' && parsed.bundle.content.kind === 'message-signature') {
      algorithms.add(parsed.bundle.content.digestAlgorithm);
      withBytes = true;
      continue;
    }
    if (parsed.kind === 'cloud-build') {
      // Its payload is not decoded yet, and could name any.
      for (const algorithm of ALGORITHMS) algorithms.add(algorithm);
      continue;
    }
    const payloads =
      parsed.kind === 'bundle'
        ? [parsed.bundle, parsed.npmPublish].map((bundle) =>
            bundle?.content.kind === 'dsse' ? bundle.content.payload : undefined,
          )
        : [parsed.envelope.payload];
    for (const payload of payloads) {
      // A name may be written with escapes, and a digest that contradicts must not hide behind them.
      const isEscaped = payload?.includes(ESCAPE) === true;
      for (const algorithm of ALGORITHMS)
        if (isEscaped || payload?.includes(`"${algorithm}"`)) algorithms.add(algorithm);
    }
  }
  return { algorithms, withBytes };
}
