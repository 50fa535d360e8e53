import { createHash } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../../core/ports.ts';
import type { AttestationSource } from '../../../core/source-ports.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import type { ContentCache } from '../../cache/types.ts';
import { concurrently } from '../concurrently.ts';
import type { Asset } from './answers.ts';
import type { Api } from './api.ts';
import { readAsset } from './asset-download.ts';
import { asFailure, toAnswer } from './collected.ts';
import { placeName, type ReleasePlace } from './place.ts';
import type { Places } from './places.ts';
import { readRelease, sha256Of } from './release.ts';

/** Files that hold attestations, by their names: of slsa-github-generator (also its own-builder framework), in-toto and Sigstore. */
const ATTESTATION_FILE = /\.(?:intoto(?:\.jsonl?)?|sigstore(?:\.jsonl?)?|build\.slsa)$/;
const FILES_AT_ONCE = 4;

/** Attestations among the files of a release. They are read once: other artifacts of the release get the same answer. */
export function createReleaseSource(
  api: Api,
  places: Places,
  cache: ContentCache | undefined,
  place: ReleasePlace,
): AttestationSource {
  const name = `github-release:${placeName(place)}@${place.tag}`;
  let kept: Promise<CollectedAttestations> | undefined;
  return {
    name,
    async collect() {
      kept ??= collectRelease(api, places, cache, place, name);
      const asked = kept;
      try {
        const answer = await asked;
        // What could not be read this time may be read the next.
        if (answer.code !== undefined && kept === asked) kept = undefined;
        return answer;
      } catch (error) {
        if (kept === asked) kept = undefined;
        throw error;
      }
    },
  };
}

async function collectRelease(
  api: Api,
  places: Places,
  cache: ContentCache | undefined,
  place: ReleasePlace,
  name: string,
): Promise<CollectedAttestations> {
  const attestations: CollectedAttestation[] = [];
  const failures: SlsaGateError[] = [];
  try {
    const listed = await readRelease(api, places, place);
    if (listed === undefined) return toAnswer(name, { attestations, failures, isListed: true });
    const files = listed.items.filter((asset) => ATTESTATION_FILE.test(asset.name));
    checkSizes(files);
    const read = await concurrently(files, FILES_AT_ONCE, async (asset) => {
      try {
        return await readFile(api, cache, place, asset);
      } catch (error) {
        return asFailure(error);
      }
    });
    if (listed.failure !== undefined) failures.push(listed.failure);
    for (const [index, one] of read.entries()) {
      if (one instanceof SlsaGateError) failures.push(one);
      else attestations.push({ bytes: one, source: `${name}#${(files[index]?.name ?? '').slice(0, 255)}` });
    }
    const isListed = listed.failure === undefined || listed.items.length > 0;
    return toAnswer(name, { attestations, failures, isListed });
  } catch (error) {
    return toAnswer(name, { attestations: [], failures: [asFailure(error)], isListed: false });
  }
}

/** Before anything is read: what was cut off may be decisive. */
function checkSizes(files: readonly Asset[]): void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length > LIMITS.attestations)
    refuse('limit.attestations', `a release has more than ${LIMITS.attestations} files of attestations`);
  if (total > LIMITS.attestationFileBytes)
    refuse(
      'limit.attestations',
      `attestations of a release are larger than ${LIMITS.attestationFileBytes} bytes`,
    );
}

async function readFile(
  api: Api,
  cache: ContentCache | undefined,
  place: ReleasePlace,
  asset: Asset,
): Promise<Uint8Array> {
  const label = asset.name.slice(0, 100);
  if (asset.state !== 'uploaded')
    refuse('source.unavailable', `the upload of the file ${label} of a release is not finished`);
  const digest = sha256Of(asset);
  const kept = digest === undefined ? undefined : await cache?.get(`sha256:${digest}`);
  if (kept !== undefined) return kept;
  const bytes = await readAsset(api, place, asset, LIMITS.attestationFileBytes);
  if (digest === undefined) return bytes;
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== digest)
    refuse(
      'registry.digest-mismatch',
      `the file ${label} of a release does not have the digest that GitHub names`,
      {
        expected: `sha256:${digest}`,
        actual: `sha256:${actual}`,
      },
    );
  await cache?.put(`sha256:${digest}`, bytes);
  return bytes;
}
