import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Types of file systems (statfs(2)) that are memory, or the writable layer of a container. */
const VOLATILE = new Set([0x01021994, 0x858458f6]);
const OVERLAY = new Set([0x794c7630, 0x61756673]);

/** What becomes of a file when machine or container end. Platforms that name no such types count as durable. */
export async function diskKind(path: string): Promise<'durable' | 'overlay' | 'volatile'> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { type } = await statfs(folder);
      return VOLATILE.has(type) ? 'volatile' : OVERLAY.has(type) ? 'overlay' : 'durable';
    } catch {
      // The store is not there yet, or its folder is not: the disk is that of the nearest folder above.
      if (dirname(folder) === folder) return 'durable';
    }
  }
}
