import { join } from 'node:path';
import { SlsaGateError } from '../../../errors.ts';
import type { HttpClient } from '../../http/types.ts';
import { readRegularFile } from '../disk.ts';

/** A TUF repository to read from. Not trusted: whoever runs it may serve anything, or nothing. */
export interface TufSource {
  /**
   * @param path below the metadata or targets folder; plain segments only
   * @returns undefined when the repository says that it has no such file
   * @throws SlsaGateError `trust.unavailable`, `trust.oversize`, `config.insecure-url`, `source.blocked-address`
   */
  read(area: 'metadata' | 'targets', path: string, maxBytes: number): Promise<Uint8Array | undefined>;
}

/** Refusals of the client that say something about the configuration; everything else is "cannot be had". */
const PASSED_ON = new Set(['config.insecure-url', 'config.invalid', 'source.blocked-address']);

/** A mirror in the layout of Sigstore: metadata at its base, targets below `targets/`. */
export function httpSource(http: HttpClient, mirror: string): TufSource {
  const base = mirror.endsWith('/') ? mirror : `${mirror}/`;
  return {
    async read(area, path, maxBytes) {
      try {
        const address = `${base}${area === 'targets' ? 'targets/' : ''}${path}`;
        return (await http.get(address, { maxBytes, totalTimeoutMs: 30_000 })).bytes;
      } catch (cause) {
        if (!(cause instanceof SlsaGateError) || PASSED_ON.has(cause.finding)) throw cause;
        // 403 is what object stores say of a file that does not exist.
        if ([403, 404].includes(Number(cause.details.status))) return undefined;
        const code = cause.finding === 'limit.response' ? 'trust.oversize' : 'trust.unavailable';
        throw new SlsaGateError(code, cause.message, {
          details: cause.details,
          cause,
          ...(code === 'trust.unavailable'
            ? { hint: `${cause.hint} Without a network give a pack with --trusted-root.` }
            : {}),
        });
      }
    },
  };
}

const FOLDER_REFUSALS = {
  missing: 'path.not-found',
  tooLarge: 'trust.oversize',
  unreadable: 'trust.unavailable',
} as const;

/** A repository as a folder with `metadata/` and `targets/`; links are not followed. */
export function folderSource(directory: string): TufSource {
  return {
    async read(area, path, maxBytes) {
      try {
        return await readRegularFile(join(directory, area, path), { maxBytes, refusals: FOLDER_REFUSALS });
      } catch (error) {
        if (error instanceof SlsaGateError && error.finding === FOLDER_REFUSALS.missing) return undefined;
        throw error;
      }
    },
  };
}
