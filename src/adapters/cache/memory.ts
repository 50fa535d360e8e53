import type { KeptAnswer } from '../http/index.ts';
import { namedContent } from './content.ts';
import type { SourceCache } from './types.ts';

const DEFAULT_BYTES = 64 * 1024 * 1024;

/** A cache that ends with the process; what was used longest ago makes room. */
export function createMemoryCache(maxBytes = DEFAULT_BYTES): SourceCache {
  const kept = new Map<string, { readonly value: KeptAnswer; readonly size: number }>();
  let total = 0;
  const remove = (key: string): void => {
    total -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  const get = (key: string): KeptAnswer | undefined => {
    const found = kept.get(key);
    if (found === undefined) return undefined;
    kept.delete(key);
    kept.set(key, found);
    return { ...found.value, bytes: Buffer.from(found.value.bytes) };
  };
  const put = (key: string, value: KeptAnswer): void => {
    const size = value.bytes.length;
    if (size > maxBytes / 8) return;
    remove(key);
    // A copy, both ways: what is kept is not what somebody else changes later.
    kept.set(key, { value: { ...value, bytes: Buffer.from(value.bytes) }, size });
    total += size;
    for (const oldest of kept.keys()) {
      if (total <= maxBytes) break;
      remove(oldest);
    }
  };
  return {
    content: {
      async get(digest) {
        return get(`content ${digest}`)?.bytes;
      },
      async put(digest, bytes) {
        if (namedContent(digest)?.isOf(bytes) === true)
          put(`content ${digest}`, { etag: '', headers: {}, bytes });
      },
    },
    answers: {
      async get(key) {
        return get(`answer ${key}`);
      },
      async put(key, answer) {
        put(`answer ${key}`, answer);
      },
    },
  };
}
