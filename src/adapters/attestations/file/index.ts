import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../../core/limits.ts';
import type {
  ArtifactFiles,
  AttestationFiles,
  CollectedAttestation,
  CollectedAttestations,
} from '../../../core/ports.ts';
import { refuse } from '../../../errors.ts';
import { hashFile, type ReadProgress } from './hash-file.ts';
import { readSmallFile, refuseOpen, withFile } from './read.ts';

/** Names of files that hold attestations; a directory may hold others, which are passed over. */
const ATTESTATION_FILE = /\.(?:json|jsonl|sigstore|bundle|attestation|intoto)$/;

const STANDARD_INPUT = '-';

/** Attestations out of files, directories (their own files, not those of folders in them) and standard input. */
export function createAttestationFiles(stdin: AsyncIterable<Uint8Array>): AttestationFiles {
  return {
    async collect(names): Promise<CollectedAttestations> {
      const attestations: CollectedAttestation[] = [];
      for (const name of names) {
        if (name === STANDARD_INPUT) {
          attestations.push({ bytes: await readStream(stdin), source: 'stdin' });
        } else if (await isDirectory(name)) {
          for (const file of await listDirectory(name)) {
            const bytes = await readSmallFile(file, LIMITS.attestationFileBytes, { followLinks: false });
            attestations.push({ bytes, source: `file:${file}` });
          }
        } else {
          attestations.push({
            bytes: await readSmallFile(name, LIMITS.attestationFileBytes),
            source: `file:${name}`,
          });
        }
      }
      return { name: 'file', answer: 'complete', attestations };
    },
  };
}

/** Artifacts that are files; `onProgress` hears of long ones. */
export const createArtifactFiles = (onProgress?: ReadProgress): Pick<ArtifactFiles, 'check' | 'read'> => ({
  check: (path) => withFile(path, async () => undefined),
  read: (path, request) => withFile(path, (handle) => hashFile(handle, path, request, onProgress)),
});

/** The bytes of one public key file. */
export const readKeyFile = (path: string): Promise<Uint8Array> => readSmallFile(path, LIMITS.publicKeyBytes);

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // Why it cannot be opened is told when it is.
  }
}

async function listDirectory(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) =>
    refuseOpen(directory, cause),
  );
  const files = entries.filter((entry) => !entry.isDirectory() && ATTESTATION_FILE.test(entry.name));
  if (files.length > LIMITS.attestations) {
    refuse('limit.attestations', `more than ${LIMITS.attestations} files: ${directory}`);
  }
  return files.map((entry) => join(directory, entry.name)).sort();
}

async function readStream(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > LIMITS.attestationFileBytes) {
      refuse('limit.bytes', `standard input is larger than ${LIMITS.attestationFileBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
