import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EvidenceSink } from '../../../core/evidence-ports.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Payload, Sha256Hex } from '../../../core/model/evidence.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { readRegularFile } from '../../disk/read.ts';
import { isSystemError, systemCode } from '../../disk/system-code.ts';
import { replaceFile, syncFolder } from '../../disk/write.ts';
import { placeOf } from './place.ts';

const sha256 = (bytes: Uint8Array): Sha256Hex => createHash('sha256').update(bytes).digest('hex');

/**
 * Keeps every payload of a record in a folder, in a file named by its digest (`sha256/ab/cdef...`); nothing that a record
 * says becomes part of a path. The folder must be there: one that is missing may be a disk that is not mounted.
 *
 * @throws SlsaGateError `path.unsafe`
 */
export function openFolderSink(name: string, folder: string, baseDirectory: string): EvidenceSink {
  if (folder === '' || /\p{Cc}/u.test(folder))
    refuse('path.unsafe', `no usable folder of the sink: ${name}`, { actual: folder });
  const root = resolve(baseDirectory, folder);
  return {
    name,
    async store({ payloads }) {
      try {
        if (!(await stat(root)).isDirectory())
          refuse('evidence.unwritable', `the sink is no folder: ${name}`);
        for (const payload of payloads) await keep(root, name, payload);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        refuse('evidence.unwritable', `the sink could not be written (${systemCode(error)}): ${name}`, {
          cause: error,
        });
      }
    },
  };
}

async function keep(root: string, name: string, { digest, bytes }: Payload): Promise<void> {
  const [algorithm, start, rest] = placeOf(digest);
  if (sha256(bytes) !== digest) throw new TypeError('a payload is named by its digest');
  const folders = [join(root, algorithm), join(root, algorithm, start)];
  const path = join(root, algorithm, start, rest);
  if (!(await holds(path, digest, name))) {
    for (const [index, folder] of folders.entries()) await makeFolder(folder, folders[index - 1] ?? root);
    await replaceFile(path, bytes, 0o644);
    if (!(await holds(path, digest, name)))
      refuse('evidence.unwritable', `the sink does not hold what was written: ${name}`);
  }
}

/** @returns false where there is none yet */
async function holds(path: string, digest: Sha256Hex, name: string): Promise<boolean> {
  try {
    const { bytes } = await readRegularFile(path, {
      maxBytes: LIMITS.attestationFileBytes,
      missing: 'path.not-found',
      unreadable: 'evidence.unwritable',
      followLinks: false,
    });
    if (sha256(bytes) === digest) return true;
  } catch (error) {
    if (error instanceof SlsaGateError && error.finding === 'path.not-found') return false;
    throw error;
  }
  // A file comes here whole or not at all, so somebody changed it, or the disk did.
  refuse('evidence.tampered', `the sink holds other bytes under a digest: ${name}`, { expected: digest });
}

/** A folder whose name is durable before anything in it counts as kept. */
async function makeFolder(folder: string, parent: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    throw error;
  }
  await syncFolder(parent);
}
