import { dirname } from 'node:path';
import { toCanonicalJson } from '../../core/evidence/canonical.ts';
import { type IdentityReference, parseEvidenceFile, SIGSTORE } from '../../core/evidence/evidence-file.ts';
import { renderEvidenceFile } from '../../core/evidence/evidence-file-text.ts';
import type { RecordSigner } from '../../core/evidence-ports.ts';
import { toVkey } from '../../core/log/checkpoint.ts';
import { refuse } from '../../errors.ts';
import { createEvidenceLog } from './create-log.ts';
import { loadIdentities, openRecordSigner } from './identities.ts';
import { type EvidenceWiring, readingOptions } from './open-evidence.ts';

/** `slsa-gate evidence init`: texts as the evidence file will have them. */
export interface InitRequest {
  /** Where the evidence file goes. */
  readonly path: string;
  readonly origin: string;
  readonly verifierId: string;
  readonly store: string;
  readonly recordSigner: string;
  /** Who a `sigstore:` signer is, since it has no key that could be listed. */
  readonly recordIdentity?: IdentityReference | undefined;
  readonly publishPublicly?: boolean | undefined;
  readonly checkpointSigner: string;
  /** At least one. */
  readonly pins: readonly string[];
  readonly sinks: readonly { readonly name: string; readonly folder: string; readonly required: boolean }[];
}

export interface InitDocument {
  readonly schemaVersion: 1;
  readonly path: string;
  readonly origin: string;
  readonly store: string;
  readonly pins: readonly string[];
  /** Verifier key of the checkpoints (C2SP), for auditors. */
  readonly checkpointKey: string;
  /** PEM of the key of the records, for auditors and consumers of summaries; null where an identity signs. */
  readonly recordKey: string | null;
  /** Who signs the records; null where a key does. */
  readonly recordIdentity: IdentityReference | null;
  /** Signed note of the first head. */
  readonly checkpoint: string;
}

const toPem = (spki: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${(spki.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END PUBLIC KEY-----\n`;

/** What a new file says of whoever signs records, and what the first leaf commits to. */
interface RecordParty {
  readonly recordKeys: readonly string[];
  readonly recordIdentities: readonly IdentityReference[];
  readonly committed: Buffer;
}

function partyOf(recordSigner: RecordSigner, identity: IdentityReference | undefined): RecordParty {
  if (!('signBundle' in recordSigner)) {
    const { publicKey } = recordSigner;
    if (identity !== undefined)
      refuse('evidence.config', 'an identity is named, and a key signs the records', {
        hint: 'Name sigstore:PROFILE as the signer, or no identity.',
      });
    return { recordKeys: [toPem(publicKey)], recordIdentities: [], committed: publicKey };
  }
  if (identity === undefined) {
    return refuse('evidence.config', 'who signs by sigstore: has no key, and no identity is named', {
      hint: 'Give --certificate-identity, --certificate-oidc-issuer and --trusted-root.',
    });
  }
  const { subject, issuer } = identity;
  const committed = Buffer.from(toCanonicalJson({ issuer, subject }));
  return { recordKeys: [], recordIdentities: [identity], committed };
}

/**
 * Makes a log and the evidence file that names it; the only thing that ever makes one. The file comes last, so that one
 * that is there names a log that is there.
 *
 * @throws SlsaGateError `evidence.exists`, `evidence.config`, `evidence.unwritable`, `signer.*`
 */
export async function initEvidence(
  request: InitRequest,
  wiring: EvidenceWiring & {
    /** Writes a file that is not there yet. @throws SlsaGateError `evidence.exists`, `evidence.unwritable` */
    readonly createFile: (path: string, text: string) => Promise<void>;
    readonly exists: (path: string) => Promise<boolean>;
  },
): Promise<InitDocument> {
  const { path, origin, verifierId, store, pins, sinks, recordIdentity } = request;
  const publishPublicly = request.publishPublicly === true;
  if (request.checkpointSigner.startsWith(SIGSTORE))
    refuse('signer.unsupported', 'heads of a log are signed with a key that stays, not by an identity');
  if (await wiring.exists(path)) refuse('evidence.exists', `there is an evidence file already: ${path}`);
  const baseDirectory = dirname(path);
  const recordSigner = await openRecordSigner(request.recordSigner, baseDirectory, wiring, {
    publishPublicly,
  });
  const checkpointSigner = await wiring.openSigner(request.checkpointSigner, baseDirectory);
  try {
    const { recordKeys, recordIdentities, committed } = partyOf(recordSigner, recordIdentity);
    if (checkpointSigner.algorithm !== 'Ed25519') {
      refuse(
        'evidence.config',
        `checkpoints are signed with Ed25519, not with ${checkpointSigner.algorithm}`,
        {
          hint: 'Make a key with slsa-gate key generate --algorithm ed25519.',
        },
      );
    }
    const checkpointKey = toVkey(origin, checkpointSigner.publicKey);
    const text = renderEvidenceFile({
      origin,
      verifierId,
      store,
      recordSigner: request.recordSigner,
      recordKeys,
      recordIdentities,
      publishPublicly,
      checkpointSigner: request.checkpointSigner,
      checkpointKeys: [checkpointKey],
      pins,
      sinks,
    });
    const file = parseEvidenceFile(Buffer.from(text), path);
    await loadIdentities(file.recordIdentities, baseDirectory, wiring);
    const reading = await readingOptions({ path, baseDirectory, file }, wiring);
    try {
      const log = await createEvidenceLog({
        ...reading,
        checkpointSigner,
        recordKeys: [committed],
      });
      await wiring.createFile(path, text);
      const { note } = await log.head();
      return {
        schemaVersion: 1,
        path,
        origin,
        store,
        pins,
        checkpointKey,
        recordKey: recordKeys[0] ?? null,
        recordIdentity: recordIdentities[0] ?? null,
        checkpoint: note,
      };
    } finally {
      await reading.store.close();
    }
  } finally {
    await recordSigner.close();
    await checkpointSigner.close();
  }
}
