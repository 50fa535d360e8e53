import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { SlsaGateError } from '../../errors.ts';
import { readRegularFile } from '../disk/read.ts';
import type { CredentialOptions } from './options.ts';

export interface CredentialFile {
  readonly path: string;
  /** Whether it was named by a flag, so that it must be there. */
  readonly isNamed: boolean;
}

export interface FoundFile {
  readonly bytes: Buffer;
  /** For people: `~/.docker/config.json`. */
  readonly shown: string;
  /** Whether others than its owner may read it. */
  readonly isOpen: boolean;
}

export const shownPath = (path: string, { homeDirectory }: CredentialOptions): string =>
  path.startsWith(join(homeDirectory, '/')) ? join('~', path.slice(homeDirectory.length)) : path;

/**
 * Undefined: there is none, and it need not be there.
 *
 * @throws SlsaGateError `credential.unusable`
 */
export async function readCredentialFile(
  { path, isNamed }: CredentialFile,
  options: CredentialOptions,
): Promise<FoundFile | undefined> {
  try {
    const { bytes, mode } = await readRegularFile(path, {
      maxBytes: LIMITS.configBytes,
      missing: isNamed ? 'credential.unusable' : 'path.not-found',
      unreadable: 'credential.unusable',
      // Many keep the files of their home folder elsewhere.
      followLinks: true,
    });
    const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0;
    return { bytes, shown: shownPath(path, options), isOpen };
  } catch (error) {
    if (error instanceof SlsaGateError && error.finding === 'path.not-found') return undefined;
    throw error;
  }
}

export const warnOfOpenFile = ({ shown }: FoundFile, { warn }: CredentialOptions): void =>
  warn(`others may read ${shown}, which holds credentials; allow its owner alone: chmod 600`);
