import { LIMITS } from '../../../core/limits.ts';
import type { CollectedAttestation } from '../../../core/ports.ts';
import type { AttestationSource, SourceQuery } from '../../../core/source-ports.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { concurrently } from '../concurrently.ts';
import type { Entry } from './answers.ts';
import type { Api } from './api.ts';
import { checkCount, createAttestationLists } from './attestation-list.ts';
import { type Known, readBulk } from './bulk-list.ts';
import { readBundle } from './bundle.ts';
import { asFailure, asFailureOfForeign, toAnswer } from './collected.ts';
import type { Listed } from './pages.ts';
import { placeName, type SourcePlace } from './place.ts';
import type { Places } from './places.ts';

const BUNDLES_AT_ONCE = 6;
const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** Attestations that a repository, or all repositories of an owner, keep at GitHub. */
export interface GitHubSource extends AttestationSource {
  /** Looks up many digests (`sha256:<hex>`) with few requests; `collect` then knows of them. Never throws for a server. */
  prefetch(digests: readonly string[]): Promise<void>;
}

type Read = { readonly bytes: Uint8Array } | { readonly failure: SlsaGateError };

export function createAttestationSource(api: Api, places: Places, place: SourcePlace): GitHubSource {
  const name = `github:${placeName(place)}`;
  const lists = createAttestationLists(api, places, place);
  const known = new Map<string, Known>();

  const listOne = async (digest: string): Promise<Listed<Entry>> => {
    try {
      return await lists.list(digest);
    } catch (error) {
      return { items: [], failure: asFailure(error) };
    }
  };

  /** What is known of a digest counts once: a later question is about what is there then. */
  const take = (digest: string): Known | undefined => {
    const before = known.get(digest);
    known.delete(digest);
    return before;
  };

  const readEntries = async (entries: readonly Entry[]): Promise<readonly Read[]> => {
    checkCount(entries);
    let total = 0;
    return concurrently(entries, BUNDLES_AT_ONCE, async (entry): Promise<Read> => {
      try {
        const bytes = await readBundle(api, entry);
        total += bytes.length;
        if (total <= LIMITS.attestationFileBytes) return { bytes };
      } catch (error) {
        return { failure: asFailureOfForeign(error) };
      }
      return refuse(
        'limit.attestations',
        `attestations are larger than ${LIMITS.attestationFileBytes} bytes`,
      );
    });
  };

  /** Entries of one digest with their bundles. An address that was named a while ago may no longer be good. */
  const readDigest = async (digest: string) => {
    const before = take(digest);
    const listed = before ?? (await listOne(digest));
    const read = await readEntries(listed.items);
    const isOld = before !== undefined && read.some((one) => 'failure' in one && isExpired(one.failure));
    if (!isOld) return { listed, read };
    const again = await listOne(digest);
    return { listed: again, read: await readEntries(again.items) };
  };

  return {
    name,
    async prefetch(digests) {
      const asked = [...new Set(digests)].filter((digest) => SHA256.test(digest));
      if (asked.length < 2) return; // One look-up either way, and the other one is surer.
      for (const [digest, found] of await readBulk(api, places, place, asked)) known.set(digest, found);
    },
    async collect(query) {
      const attestations: CollectedAttestation[] = [];
      const failures: SlsaGateError[] = [];
      let isListed = false;
      try {
        for (const digest of digestsOf(query)) {
          if (!SHA256.test(digest)) {
            failures.push(notAskable(digest));
            continue;
          }
          const { listed, read } = await readDigest(digest);
          if (listed.failure !== undefined) failures.push(listed.failure);
          isListed ||= listed.failure === undefined || listed.items.length > 0;
          for (const [index, one] of read.entries()) {
            if ('failure' in one) failures.push(one.failure);
            else attestations.push({ bytes: one.bytes, source: `${name}/${digest}#${index + 1}` });
          }
        }
      } catch (error) {
        // Too many of them: none is handed on, for what was cut off may be decisive.
        return toAnswer(name, { attestations: [], failures: [asFailure(error)], isListed: false });
      }
      return toAnswer(name, { attestations, failures, isListed, remark: remarkOf(place) });
    },
  };
}

/** An index through which the image was reached speaks for it. */
const digestsOf = ({ digests, viaIndex }: SourceQuery): readonly string[] => [
  ...new Set([`sha256:${digests.sha256}`, ...(viaIndex === undefined ? [] : [viaIndex])]),
];

const notAskable = (digest: string): SlsaGateError =>
  new SlsaGateError('source.unavailable', 'GitHub can only be asked for SHA-256', {
    expected: 'sha256:<hex>',
    actual: digest.slice(0, 20),
  });

const EXPIRED = new Set(['source.unauthorized', 'source.http-status']);
const isExpired = ({ finding }: SlsaGateError): boolean => EXPIRED.has(finding);

const remarkOf = ({ repo }: SourcePlace): string | undefined =>
  repo === undefined ? 'only repositories that the credential may read were searched' : undefined;
