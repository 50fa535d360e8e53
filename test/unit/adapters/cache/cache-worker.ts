/** One of several processes that use one cache at once. */
import { createHash } from 'node:crypto';
import { openCache } from '../../../../src/adapters/cache/index.ts';

interface Job {
  readonly directory: string;
  readonly maxBytes: number;
  readonly rounds: number;
  readonly seed: number;
  /** Bytes of the largest item. */
  readonly size: number;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const cache = openCache({ directory: job.directory, maxBytes: job.maxBytes, now: () => Date.now() });

/** The same content for the same number, in every process. */
const contentOf = (number: number): Buffer =>
  Buffer.alloc(1 + ((number * 7919) % job.size), createHash('sha256').update(`${number}`).digest());
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const keyOf = (number: number): string => createHash('sha256').update(`key ${number}`).digest('hex');

let hits = 0;
for (let round = 0; round < job.rounds; round++) {
  const number = (round * 31 + job.seed * 17) % 40;
  const content = contentOf(number);
  const digest = digestOf(content);
  const held = await cache.content.get(digest);
  if (held === undefined) await cache.content.put(digest, content);
  else if (!content.equals(held)) throw new Error('torn content');
  const answer = await cache.answers.get(keyOf(number));
  if (answer !== undefined) {
    // Body and ETag were written together, whoever wrote them.
    const [writer] = answer.bytes;
    if (answer.etag !== `"${writer}"` || !answer.bytes.every((byte) => byte === writer))
      throw new Error('torn answer');
    hits += 1;
  }
  const mine = job.seed + 1;
  await cache.answers.put(keyOf(number), { etag: `"${mine}"`, headers: {}, bytes: Buffer.alloc(5000, mine) });
}
process.stdout.write(JSON.stringify({ hits }));
