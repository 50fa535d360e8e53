import { join } from 'node:path';
import { namedContent } from './content.ts';
import { answerFile, decodeAnswer, encodeAnswer, isAnswerKey } from './kept-answer.ts';
import { Store } from './store.ts';
import type { SourceCache } from './types.ts';

export interface CacheOptions {
  /** Made when it is first needed. One that is a link, or that others own or may write to, is not used. */
  readonly directory: string;
  /** Bound of all files together, kept to within what a few processes write between two looks at it. */
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface CacheDescription {
  readonly directory: string;
  readonly isUsable: boolean;
  readonly bytes: number;
  readonly count: number;
}

/** A cache on disk, safe for many processes at once. */
export interface DiskCache extends SourceCache {
  /** What it holds. Never throws. */
  describe(): Promise<CacheDescription>;
  /** Removes what it holds, and nothing else in its directory. Never throws. */
  clear(): Promise<void>;
}

const CONTENT = 'content';
const ANSWERS = 'answers';

export function openCache({ directory, maxBytes, now }: CacheOptions): DiskCache {
  if (!(maxBytes > 0)) throw new TypeError('maxBytes must be positive');
  const store = new Store({ directory, maxBytes, now, folders: [CONTENT, ANSWERS] });
  return {
    content: {
      async get(digest) {
        const named = namedContent(digest);
        if (named === undefined) return undefined;
        const name = join(CONTENT, named.algorithm, named.hex.slice(0, 2), named.hex);
        const bytes = await store.read(name);
        if (bytes === undefined || named.isOf(bytes)) return bytes;
        await store.remove(name);
        return undefined;
      },
      async put(digest, bytes) {
        const named = namedContent(digest);
        if (named?.isOf(bytes) !== true) return;
        await store.write(join(CONTENT, named.algorithm, named.hex.slice(0, 2), named.hex), bytes);
      },
    },
    answers: {
      async get(key) {
        if (!isAnswerKey(key)) return undefined;
        const name = join(ANSWERS, answerFile(key));
        const file = await store.read(name);
        const answer = file === undefined ? undefined : decodeAnswer(key, file);
        if (file !== undefined && answer === undefined) await store.remove(name);
        return answer;
      },
      async put(key, answer) {
        if (isAnswerKey(key)) await store.write(join(ANSWERS, answerFile(key)), encodeAnswer(key, answer));
      },
    },
    async describe() {
      return { directory, isUsable: await store.isUsable(), ...(await store.size()) };
    },
    clear: () => store.clear(),
  };
}
