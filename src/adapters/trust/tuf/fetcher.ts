import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { TUF_LIMITS } from '../limits.ts';
import { parseMetadata, type TufKind } from './metadata.ts';
import { assertTargetPath } from './names.ts';
import type { TufSource } from './source.ts';

/** Addresses are only names for the library; where the bytes come from is the source's affair. */
export const METADATA_BASE = 'https://tuf.invalid/metadata/';
export const TARGETS_BASE = 'https://tuf.invalid/targets/';

export interface RecordingFetcher extends Fetcher {
  /** New roots in the order they were read. */
  readonly roots: Uint8Array[];
  /** Delegated roles that were read. */
  readonly delegated: readonly string[];
  /** The target as it was read; undefined before. */
  readonly target: Uint8Array | undefined;
  /** Role whose metadata was asked for last. */
  readonly role: string;
  /** The first refusal of ours; the library turns it into text on the way up. */
  readonly refusal: SlsaGateError | undefined;
}

/** Hands tuf-js only bytes whose form passed our own reader, and keeps what it was given. */
export function createFetcher(source: TufSource, scratch: string): RecordingFetcher {
  const roots: Uint8Array[] = [];
  const delegated: string[] = [];
  let target: Uint8Array | undefined;
  let role = 'root';
  let refusal: SlsaGateError | undefined;

  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SlsaGateError) refusal ??= error;
      throw error;
    }
  };

  const fetchMetadata = async (url: string, maxLength: number): Promise<Buffer> => {
    const name = decodeURIComponent(url.slice(METADATA_BASE.length));
    assertTargetPath(name, 'the repository');
    role = roleOfFile(name);
    const kind = kindOfRole(role);
    const bytes = await source.read('metadata', name, Math.min(maxLength, TUF_LIMITS[kind]));
    if (bytes === undefined) {
      if (kind === 'root') throw new DownloadHTTPError('no such file', 404); // the newest root is at hand
      refuse('trust.unavailable', `the repository has no ${name}`);
    }
    parseMetadata(kind, bytes, role);
    if (kind === 'root') roots.push(bytes);
    if (kind === 'targets' && role !== 'targets') delegated.push(role);
    return Buffer.from(bytes);
  };

  const fetchTarget = async (url: string, length: number): Promise<string> => {
    const name = decodeURIComponent(url.slice(TARGETS_BASE.length));
    assertTargetPath(name, 'the repository');
    if (length > TUF_LIMITS.target)
      refuse('trust.oversize', `${name} is larger than ${TUF_LIMITS.target} bytes`);
    target = await source.read('targets', name, length);
    if (target === undefined) refuse('trust.unavailable', `the repository has no ${name}`);
    const file = join(scratch, 'download');
    await writeFile(file, target, { mode: 0o600 });
    return file;
  };

  return {
    roots,
    delegated,
    get target() {
      return target;
    },
    get role() {
      return role;
    },
    get refusal() {
      return refusal;
    },
    downloadBytes: (url, maxLength) => guard(() => fetchMetadata(url, maxLength)),
    downloadFile: (url, maxLength, handler) => guard(async () => handler(await fetchTarget(url, maxLength))),
  };
}

/** `7.root.json` and `root.json` are the root's. */
const roleOfFile = (name: string): string => name.replace(/^\d+\./, '').replace(/\.json$/, '');

function kindOfRole(role: string): TufKind {
  return role === 'root' || role === 'timestamp' || role === 'snapshot' ? role : 'targets';
}
