import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Room that is made when it is made, so that not every write has to. */
const KEPT = 0.9;
/** A file that was never put in its place: its writer is gone. */
const ABANDONED_MS = 3600_000;

/** Names of files that we make; nothing else is ever removed. */
const OURS = /^[0-9a-f]{64,128}(?:\.[0-9a-f]{16}\.tmp)?$/;

export interface SweptFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** All files of ours below folders; links are not followed, and what vanishes meanwhile is not there. */
export async function filesBelow(folders: readonly string[]): Promise<readonly SweptFile[]> {
  const files: SweptFile[] = [];
  for (const folder of folders) {
    const isFolder = await lstat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const entries = isFolder ? await readdir(folder, { withFileTypes: true }).catch(() => []) : [];
    const inside = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
    files.push(...(await filesBelow(inside)));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const found =
        entry.isFile() && OURS.test(entry.name) ? await lstat(path).catch(() => undefined) : undefined;
      if (found !== undefined) files.push({ path, size: found.size, mtimeMs: found.mtimeMs });
    }
  }
  return files;
}

/** Removes the least recently used files, when all together are larger than the bound, and what was abandoned. */
export async function sweep(folders: readonly string[], maxBytes: number, now: number): Promise<void> {
  const kept: SweptFile[] = [];
  for (const file of await filesBelow(folders)) {
    const isAbandoned = file.path.endsWith('.tmp') && Math.abs(now - file.mtimeMs) > ABANDONED_MS;
    if (isAbandoned) await rm(file.path, { force: true });
    else kept.push(file);
  }
  let bytes = kept.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= maxBytes) return;
  for (const { path, size } of kept.sort((one, other) => one.mtimeMs - other.mtimeMs)) {
    if (bytes <= maxBytes * KEPT) return;
    await rm(path, { force: true });
    bytes -= size;
  }
}
