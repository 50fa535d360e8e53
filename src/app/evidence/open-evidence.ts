import { dirname } from 'node:path';
import { type EvidenceFile, parseEvidenceFile } from '../../core/evidence/evidence-file.ts';
import type { StoreReference } from '../../core/evidence/store-reference.ts';
import type {
  CheckpointPin,
  EvidenceSink,
  EvidenceStore,
  IdentitySigner,
  RecordSigner,
  Signer,
  SigstoreProfile,
} from '../../core/evidence-ports.ts';
import { refuse } from '../../errors.ts';
import type { GateEvidence, StoreTraits } from '../gate/requests.ts';
import { openRecordSigner, recordAuthorities } from './identities.ts';
import { openEvidenceLog } from './log.ts';
import type { EvidenceLogOptions } from './log-options.ts';
import { resolveFrom } from './resolve-from.ts';

export type { StoreReference } from '../../core/evidence/store-reference.ts';

/** What an evidence file is opened with; the shell wires it. */
export interface EvidenceWiring {
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Creates nothing. Paths are absolute, or relative to the working directory. */
  readonly openStore: (reference: StoreReference, name: string) => Promise<EvidenceStore>;
  readonly openSigner: (reference: string, baseDirectory: string) => Promise<Signer>;
  /** Asks nobody for anything yet. */
  readonly openIdentitySigner: (profile: SigstoreProfile) => Promise<IdentitySigner>;
  /** A shipped root by its name, or a file. @throws SlsaGateError `trust.*`, `path.*` */
  readonly readTrustedRoot: (name: string, baseDirectory: string) => Promise<Uint8Array>;
  readonly openPin: (reference: string, baseDirectory: string) => CheckpointPin;
  readonly openSink: (name: string, folder: string, baseDirectory: string) => EvidenceSink;
  readonly diskOf: (reference: StoreReference) => Promise<StoreTraits['disk']>;
  readonly onHostedRunner: boolean;
  readonly now: () => Date;
  readonly random: (bytes: number) => Uint8Array;
}

/** An evidence file, and what its parts need to be opened. */
export interface LoadedEvidenceFile {
  readonly path: string;
  readonly baseDirectory: string;
  readonly file: EvidenceFile;
}

/** @throws SlsaGateError `evidence.config`, `path.*` */
export async function loadEvidenceFile(
  path: string,
  { readFile }: Pick<EvidenceWiring, 'readFile'>,
): Promise<LoadedEvidenceFile> {
  return { path, baseDirectory: dirname(path), file: parseEvidenceFile(await readFile(path), path) };
}

/** Everything but the signers: enough for reading and verifying. */
export async function readingOptions(
  { file, baseDirectory }: LoadedEvidenceFile,
  wiring: EvidenceWiring,
): Promise<EvidenceLogOptions> {
  const reference = absolute(file.store, baseDirectory);
  return {
    store: await wiring.openStore(reference, nameOf(file.store)),
    origin: file.origin,
    checkpointKeys: file.checkpointKeys.map(({ vkey }) => vkey),
    pins: file.pins.map((pin) => wiring.openPin(pin, baseDirectory)),
    now: wiring.now,
    random: wiring.random,
  };
}

/**
 * Opens the log that an evidence file names, for writing where it names signers and `write` asks for them. Whoever opens
 * it closes it.
 *
 * @throws SlsaGateError `evidence.*`, `signer.*`, `path.*`
 */
export async function openEvidence(
  path: string,
  wiring: EvidenceWiring,
  options: { readonly write: boolean; readonly ephemeralAccepted?: boolean },
): Promise<GateEvidence & { close(): Promise<void> }> {
  const loaded = await loadEvidenceFile(path, wiring);
  const { file, baseDirectory } = loaded;
  const reading = await readingOptions(loaded, wiring);
  const signers: RecordSigner[] = [];
  const close = async (): Promise<void> => {
    for (const signer of signers) await signer.close();
    await reading.store.close();
  };
  const open = async <T extends RecordSigner>(
    reference: string | undefined,
    opening: (reference: string) => Promise<T>,
  ): Promise<T | undefined> => {
    if (reference === undefined || !options.write) return undefined;
    const signer = await opening(reference);
    signers.push(signer);
    return signer;
  };
  try {
    const recordKeys = await recordAuthorities(loaded, wiring);
    const recordSigner = await open(file.recordSigner, (reference) =>
      openRecordSigner(reference, baseDirectory, wiring, file),
    );
    const checkpointSigner = await open(file.checkpointSigner, (reference) =>
      wiring.openSigner(reference, baseDirectory),
    );
    assertSigners(file, recordSigner, checkpointSigner);
    const log = await openEvidenceLog({ ...reading, checkpointSigner });
    const reference = absolute(file.store, baseDirectory);
    return {
      log,
      verifierId: file.verifierId,
      recordSigner,
      recordKeys,
      sinks: file.sinks.map(({ name, folder, required }) => ({
        sink: wiring.openSink(name, folder, baseDirectory),
        isRequired: required,
      })),
      store: {
        kind: file.store.kind,
        disk: await wiring.diskOf(reference),
        onHostedRunner: wiring.onHostedRunner,
        ephemeralAccepted: options.ephemeralAccepted === true,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A signer that no configured key belongs to would write records that nobody accepts. */
function assertSigners(
  file: EvidenceFile,
  recordSigner: RecordSigner | undefined,
  checkpointSigner: Signer | undefined,
): void {
  // Whose an identity is shows when it signs.
  if (recordSigner === undefined || 'signBundle' in recordSigner) return;
  if (!file.recordKeys.some(({ spki }) => spki.equals(recordSigner.publicKey))) {
    refuse('evidence.config', 'the record signer has none of the configured record keys');
  }
  if (checkpointSigner?.publicKey.equals(recordSigner.publicKey) === true) {
    refuse('evidence.config', 'one key signs records and heads of the log', {
      hint: 'Make another key for checkpoints: whoever has both could write another history.',
    });
  }
}

function absolute(reference: StoreReference, baseDirectory: string): StoreReference {
  if (reference.kind !== 'sqlite') return reference;
  return { kind: 'sqlite', path: resolveFrom(reference.path, baseDirectory) };
}

/** As the file has it; a URL has no password by its form. */
const nameOf = (reference: StoreReference): string =>
  reference.kind === 'sqlite' ? `sqlite:${reference.path}` : reference.url;
