import { type IdentityReference, PUBLISH_HINT, SIGSTORE } from '../../core/evidence/evidence-file.ts';
import type { RecordAuthority, RecordIdentity } from '../../core/evidence/record-authority.ts';
import {
  isPublicProfile,
  PUBLIC_GOOD,
  PUBLIC_GOOD_PROFILE,
  parseSigstoreProfile,
} from '../../core/evidence/sigstore-profile.ts';
import type { RecordSigner, SigstoreProfile } from '../../core/evidence-ports.ts';
import { parseTrustedRoot } from '../../core/verify/trusted-root.ts';
import { refuse } from '../../errors.ts';
import type { EvidenceWiring, LoadedEvidenceFile } from './open-evidence.ts';
import { resolveFrom } from './resolve-from.ts';

export type { IdentityReference };

type RootWiring = Pick<EvidenceWiring, 'readTrustedRoot' | 'now'>;

/**
 * The identities of configuration, each with the root that vouches for it.
 *
 * @throws SlsaGateError `trust.*`, `path.*`
 */
export async function loadIdentities(
  references: readonly IdentityReference[],
  baseDirectory: string,
  { readTrustedRoot, now }: RootWiring,
): Promise<readonly RecordIdentity[]> {
  const identities: RecordIdentity[] = [];
  for (const { subject, issuer, trustedRoot } of references) {
    const rootBytes = await readTrustedRoot(trustedRoot, baseDirectory);
    const root = parseTrustedRoot(rootBytes, trustedRoot);
    identities.push({ kind: 'identity', subject, issuer, root, rootBytes, now });
  }
  return identities;
}

/**
 * Whoever may have signed records of a log.
 *
 * @throws SlsaGateError `trust.*`, `path.*`
 */
export const recordAuthorities = async (
  { file, baseDirectory }: Pick<LoadedEvidenceFile, 'file' | 'baseDirectory'>,
  wiring: RootWiring,
): Promise<readonly RecordAuthority[]> => [
  ...file.recordKeys,
  ...(await loadIdentities(file.recordIdentities, baseDirectory, wiring)),
];

/**
 * Opens what signs records: a key, or `sigstore:` and a profile.
 *
 * @throws SlsaGateError `evidence.config`, `signer.*`, `path.*`
 */
export async function openRecordSigner(
  reference: string,
  baseDirectory: string,
  wiring: Pick<EvidenceWiring, 'readFile' | 'openSigner' | 'openIdentitySigner'>,
  permission: { readonly publishPublicly: boolean },
): Promise<RecordSigner> {
  if (!reference.startsWith(SIGSTORE)) return wiring.openSigner(reference, baseDirectory);
  const profile = await loadProfile(reference.slice(SIGSTORE.length), baseDirectory, wiring);
  if (isPublicProfile(profile) && !permission.publishPublicly) {
    refuse('evidence.config', `what ${reference} signs becomes public, and publishPublicly is not set`, {
      hint: PUBLISH_HINT,
    });
  }
  return wiring.openIdentitySigner(profile);
}

async function loadProfile(
  name: string,
  baseDirectory: string,
  { readFile }: Pick<EvidenceWiring, 'readFile'>,
): Promise<SigstoreProfile> {
  if (name === PUBLIC_GOOD) return PUBLIC_GOOD_PROFILE;
  if (name === '') {
    refuse('evidence.config', 'sigstore: names no profile', {
      hint: 'Write sigstore:FILE, or sigstore:public-good.',
    });
  }
  return parseSigstoreProfile(await readFile(resolveFrom(name, baseDirectory)), name);
}
