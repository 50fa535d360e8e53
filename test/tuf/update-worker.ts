/** One of several processes that share a cache: updates, then reads offline, `rounds` times. */
import { createHttpClient } from '../../src/adapters/http/client.ts';
import { updateTrustRoots } from '../../src/adapters/trust/manage.ts';
import { createTrustRoots } from '../../src/adapters/trust/trust-roots.ts';

interface Job {
  readonly packageRoot: string;
  readonly cacheDirectory: string;
  readonly origin: string;
  readonly host: string;
  readonly now: string;
  readonly rounds: number;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const http = createHttpClient({ listedHosts: [job.host] });
const now = new Date(job.now);
for (let round = 0; round < job.rounds; round++) {
  const mirrors = { 'public-good': job.origin };
  const [outcome] = await updateTrustRoots({ ...job, http, now, names: ['public-good'], mirrors });
  if (outcome === undefined) throw new Error('no outcome');
  if ('error' in outcome) throw outcome.error;
  await createTrustRoots({ ...job, origin: 'tuf', now: () => now }).load('public-good');
}
await http.close();
