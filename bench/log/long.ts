import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { createEvidenceLog } from '../../src/app/evidence/create-log.ts';
import { verifyLog } from '../../src/app/evidence/verify-log.ts';
import type { Figure } from '../report.ts';
import { appendAll, logOptions } from './kit.ts';
import { createEntries, SMALL_ENVELOPES } from './workload.ts';

const LEAVES = 1_000_000;
const WARM_UP = 100_000;
const AT_A_TIME = 10_000;
/** What resident memory may grow by after the warm-up and still be called flat. */
const FLAT_MIB = 16;

/** After a collection where the process can be told to make one, so that what counts is what is held. */
function rssMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1024 ** 2;
}

/** A million appends in one process, then a verification of them: what is kept between them must not grow. */
export async function soakAppends(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-bench-'));
  try {
    const store = createSqliteStore({ path: join(folder, 'log.db') });
    const options = logOptions(store);
    const log = await createEvidenceLog(options);
    let warm = 0;
    let highest = 0;
    let lastSeconds = 0;
    for (let done = 0; done < LEAVES; done += AT_A_TIME) {
      if (done === WARM_UP) warm = rssMiB();
      const entries = createEntries(AT_A_TIME, SMALL_ENVELOPES);
      const start = performance.now();
      await appendAll(log, entries);
      lastSeconds = (performance.now() - start) / 1000;
      if (done >= WARM_UP) highest = Math.max(highest, rssMiB());
    }
    const written = rssMiB();
    const { size } = await verifyLog(options);
    const verified = rssMiB();
    await store.close();
    return [
      { name: 'soak.appends', value: size - 1, unit: 'count' },
      { name: 'soak.lastAppendsPerSecond', value: AT_A_TIME / lastSeconds, unit: '/s' },
      { name: 'soak.rssAfterWarmUp', value: warm, unit: 'MiB' },
      { name: 'soak.rssHighest', value: highest, unit: 'MiB' },
      { name: 'soak.rssAtEnd', value: written, unit: 'MiB' },
      { name: 'soak.rssGrowth', value: written - warm, unit: 'MiB', wanted: { atMost: FLAT_MIB } },
      { name: 'soak.rssGrowthByVerifying', value: verified - written, unit: 'MiB' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
