import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArtifactFiles } from '../../src/adapters/attestations/file/index.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { spreadOf } from '../measure.ts';
import type { Figure, Report } from '../report.ts';
import { type BenchBundle, requestFor } from './bundles.ts';

const VERIFICATIONS = 100_000;
const WARM_UP = 10_000;
const HASH_ROUNDS = 3;
const ARTIFACT_BYTES = 10 * 1024 ** 3;
/** What resident memory may grow by after the warm-up and still be called flat. */
const FLAT_MIB = 16;

const rssMiB = (): number => process.memoryUsage.rss() / 1024 ** 2;

/** Many verifications in one process: what is kept between them must not grow. */
export function soakVerifications(bundles: readonly BenchBundle[]): readonly Figure[] {
  const start = rssMiB();
  let warm = start;
  for (let done = 0; done < VERIFICATIONS; done++) {
    if (done === WARM_UP) warm = rssMiB();
    const bundle = bundles[done % bundles.length] as BenchBundle;
    verifyBundle(requestFor(parseBundle(bundle.bytes), bundle));
  }
  const end = rssMiB();
  return [
    { name: 'soak.verifications', value: VERIFICATIONS, unit: 'count' },
    { name: 'soak.rssAtStart', value: start, unit: 'MiB' },
    { name: 'soak.rssAfterWarmUp', value: warm, unit: 'MiB' },
    { name: 'soak.rssAtEnd', value: end, unit: 'MiB' },
    { name: 'soak.rssGrowth', value: end - warm, unit: 'MiB', wanted: { atMost: FLAT_MIB } },
  ];
}

/** Undefined where openssl cannot be run. */
function opensslSha256(path: string): { readonly millis: number; readonly hex: string } | undefined {
  const started = performance.now();
  const { status, stdout } = spawnSync('openssl', ['dgst', '-sha256', '-r', path], { encoding: 'utf8' });
  return status === 0 ? { millis: performance.now() - started, hex: stdout.slice(0, 64) } : undefined;
}

/**
 * A large artifact, hashed as the command does, beside `openssl dgst -sha256` on the same sparse file. openssl reads it once
 * before, because the first reader pays for the pages in the cache.
 */
export async function hashLargeArtifact(): Promise<Pick<Report, 'figures' | 'notes'>> {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-bench-'));
  try {
    const path = join(folder, 'artifact');
    writeFileSync(path, '');
    truncateSync(path, ARTIFACT_BYTES);
    const baseline = opensslSha256(path);
    const before = rssMiB();
    let highest = before;
    const sampler = setInterval(() => {
      highest = Math.max(highest, rssMiB());
    }, 100);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < HASH_ROUNDS; round++) {
      const started = performance.now();
      const { digests } = await createArtifactFiles().read(path, {
        algorithms: new Set(['sha256']),
        withBytes: false,
      });
      ours.push(performance.now() - started);
      const answer = baseline && opensslSha256(path);
      if (answer === undefined) continue;
      theirs.push(answer.millis);
      if (digests.sha256 !== answer.hex) throw new Error('our hash of the artifact is not that of openssl');
    }
    clearInterval(sampler);
    const figures: Figure[] = [
      { name: 'hash.bytes', value: ARTIFACT_BYTES, unit: 'count' },
      { name: 'hash.ours', value: spreadOf(ours).median, unit: 'ms' },
      { name: 'hash.rssGrowth', value: highest - before, unit: 'MiB', wanted: { atMost: FLAT_MIB } },
    ];
    if (theirs.length === 0) return { figures, notes: ['openssl cannot be run: hashing has no baseline.'] };
    const openssl = spreadOf(theirs).median;
    figures.push(
      { name: 'hash.openssl', value: openssl, unit: 'ms' },
      {
        name: 'hashSpeedOfOpenssl',
        value: openssl / spreadOf(ours).median,
        unit: 'ratio',
        wanted: { atLeast: 0.9 },
      },
    );
    return { figures, notes: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
