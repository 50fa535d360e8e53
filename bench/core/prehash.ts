import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { interleave, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';
import { type BenchBundle, requestFor } from './bundles.ts';

const AT_MOST = 40;

/**
 * Message signatures of which only the artifact's digest is known. node:crypto has no call for them, so they are
 * checked in JavaScript, and stand beside the other figures, not in them.
 */
export function measurePrehash(byDigest: readonly BenchBundle[]): readonly Figure[] {
  const bundles = byDigest.slice(0, AT_MOST);
  const { byDigest: micros } = interleave(
    {
      byDigest: (item) => {
        const bundle = bundles[item] as BenchBundle;
        verifyBundle(requestFor(parseBundle(bundle.bytes), bundle));
      },
    },
    { items: bundles.length, rounds: 15, warmUpRounds: 3 },
  );
  const { median, ...spread } = spreadOf(micros);
  return [
    { name: 'byDigest.distinctBundles', value: bundles.length, unit: 'count' },
    { name: 'byDigest.strictCpuPerBundle', value: median, unit: 'µs', spread },
  ];
}
