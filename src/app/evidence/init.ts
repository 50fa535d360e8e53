import { dirname } from 'node:path';
import { parseEvidenceFile } from '../../core/evidence/evidence-file.ts';
import { renderEvidenceFile } from '../../core/evidence/evidence-file-text.ts';
import { toVkey } from '../../core/log/checkpoint.ts';
import { refuse } from '../../errors.ts';
import { createEvidenceLog } from './create-log.ts';
import { type EvidenceWiring, readingOptions } from './open-evidence.ts';

/** `slsa-gate evidence init`: texts as the evidence file will have them. */
export interface InitRequest {
  /** Where the evidence file goes. */
  readonly path: string;
  readonly origin: string;
  readonly verifierId: string;
  readonly store: string;
  readonly recordSigner: string;
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
  /** PEM of the key of the records, for auditors and consumers of summaries. */
  readonly recordKey: string;
  /** Signed note of the first head. */
  readonly checkpoint: string;
}

const toPem = (spki: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${(spki.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END PUBLIC KEY-----\n`;

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
  const { path, origin, verifierId, store, pins, sinks } = request;
  if (await wiring.exists(path)) refuse('evidence.exists', `there is an evidence file already: ${path}`);
  const baseDirectory = dirname(path);
  const recordSigner = await wiring.openSigner(request.recordSigner, baseDirectory);
  const checkpointSigner = await wiring.openSigner(request.checkpointSigner, baseDirectory);
  try {
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
      recordKeys: [toPem(recordSigner.publicKey)],
      checkpointSigner: request.checkpointSigner,
      checkpointKeys: [checkpointKey],
      pins,
      sinks,
    });
    const file = parseEvidenceFile(Buffer.from(text), path);
    const reading = await readingOptions({ path, baseDirectory, file }, wiring);
    try {
      const log = await createEvidenceLog({
        ...reading,
        checkpointSigner,
        recordKeys: [recordSigner.publicKey],
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
        recordKey: toPem(recordSigner.publicKey),
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
