import { randomBytes } from 'node:crypto';
import { rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlsaGateError } from '../../errors.ts';
import { makeFolders } from '../disk/make-folders.ts';
import { readRegularFile } from '../disk/read.ts';
import { isSystemError, systemCode } from '../disk/system-code.ts';
import { claimFolder } from './folder.ts';
import { filesBelow, sweep } from './sweep.ts';

const DAY_MS = 24 * 3600_000;
/** How often processes look whether it has grown beyond its bound, all together. */
const SWEEP_MS = 60_000;
/** Of the bound: what one process may add before it looks itself. */
const UNSWEPT = 0.05;
const SWEPT = 'swept';
/** The disk takes nothing more, and will not soon. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EFBIG']);

export interface StoreOptions {
  readonly directory: string;
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Folders of ours in the directory; nothing else in it is ever touched. */
  readonly folders: readonly string[];
}

/** Files that may be gone at any time. Nothing here throws for what the disk does: a cache that fails is an empty one. */
export class Store {
  readonly #options: StoreOptions;
  #claimed: Promise<boolean> | undefined;
  /** Set once the disk takes nothing more: each further try would cost time and change nothing. */
  #isFull = false;
  #unsweptBytes = 0;
  #isSweeping = false;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Whether the directory can be used at all. */
  isUsable(): Promise<boolean> {
    this.#claimed ??= orElse(false, async () => {
      for (const folder of [this.#options.directory, ...this.#folders()])
        if (!(await claimFolder(folder))) return false;
      return true;
    });
    return this.#claimed;
  }

  /** The largest file that is worth keeping: one must not push out all others. */
  get maxFileBytes(): number {
    return Math.floor(this.#options.maxBytes / 8);
  }

  async read(name: string): Promise<Buffer | undefined> {
    if (!(await this.isUsable())) return undefined;
    const path = this.#at(name);
    const bytes = await orElse(undefined, async () => {
      const read = await readRegularFile(path, {
        maxBytes: this.maxFileBytes,
        missing: 'path.not-found',
        unreadable: 'path.unreadable',
        followLinks: false,
      });
      return read.bytes;
    });
    if (bytes !== undefined) await orElse(undefined, () => this.#touch(path));
    return bytes;
  }

  /** All of it or nothing: it is written beside its place and then put there. It need not survive a crash. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    if (this.#isFull || bytes.length > this.maxFileBytes || !(await this.isUsable())) return;
    const path = this.#at(name);
    const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
    try {
      await makeFolders(dirname(path), 0o700);
      await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
      await this.#stamp(temporary);
      await rename(temporary, path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#isFull = FULL.has(systemCode(error));
      await orElse(undefined, () => rm(temporary, { force: true }));
      return;
    }
    await this.#sweepNowAndThen(bytes.length);
  }

  async remove(name: string): Promise<void> {
    await orElse(undefined, () => rm(this.#at(name), { force: true }));
  }

  async size(): Promise<{ readonly bytes: number; readonly count: number }> {
    if (!(await this.isUsable())) return { bytes: 0, count: 0 };
    const files = await filesBelow(this.#folders());
    return { bytes: files.reduce((sum, { size }) => sum + size, 0), count: files.length };
  }

  async clear(): Promise<void> {
    if (!(await this.isUsable())) return;
    for (const folder of this.#folders())
      await orElse(undefined, () => rm(folder, { recursive: true, force: true }));
  }

  #at(name: string): string {
    return join(this.#options.directory, name);
  }

  #folders(): readonly string[] {
    return this.#options.folders.map((folder) => this.#at(folder));
  }

  /** Ours is the clock by which the oldest is found. */
  async #stamp(path: string): Promise<void> {
    const now = new Date(this.#options.now());
    await utimes(path, now, now);
  }

  /** When it was last used, to the day: a write for each read would cost more than it tells. */
  async #touch(path: string): Promise<void> {
    const { mtimeMs } = await stat(path);
    if (Math.abs(this.#options.now() - mtimeMs) > DAY_MS) await this.#stamp(path);
  }

  async #sweepNowAndThen(written: number): Promise<void> {
    const { maxBytes, now } = this.#options;
    this.#unsweptBytes += written;
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      if (this.#unsweptBytes < maxBytes * UNSWEPT && !(await this.#isDue())) return;
      this.#unsweptBytes = 0;
      await orElse(undefined, async () => {
        await writeFile(this.#at(SWEPT), '', { mode: 0o600 });
        await this.#stamp(this.#at(SWEPT));
        await sweep(this.#folders(), maxBytes, now());
      });
    } finally {
      this.#isSweeping = false;
    }
  }

  async #isDue(): Promise<boolean> {
    const last = await orElse(undefined, () => stat(this.#at(SWEPT)));
    return last === undefined || Math.abs(this.#options.now() - last.mtimeMs) > SWEEP_MS;
  }
}

/** What the disk refuses is no answer; bugs go on. */
async function orElse<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SlsaGateError || isSystemError(error)) return otherwise;
    throw error;
  }
}
