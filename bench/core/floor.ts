import { createPublicKey, verify } from 'node:crypto';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { interleave, ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';
import { type BenchBundle, requestFor } from './bundles.ts';
import { type Operations, operationsOf } from './operations.ts';

const MIN_BUNDLES = 30;

/**
 * How much of the CPU time of verifying from bytes is public-key cryptography that nobody can leave out: 1 would be a
 * verifier that costs nothing beside it.
 */
export function measureFloor(bundles: readonly BenchBundle[]): readonly Figure[] {
  if (bundles.length < MIN_BUNDLES) throw new Error(`only ${bundles.length} bundles to measure on`);
  const operations = bundles.map(operationsOf);
  const floor = (item: number): void => {
    const { imports, signatures } = operations[item] as Operations;
    for (const key of imports) createPublicKey({ key, format: 'der', type: 'spki' });
    for (const { hash, data, key, signature } of signatures) {
      if (!verify(hash, data, key, signature)) throw new Error('a signature of the floor does not verify');
    }
  };
  const strict = (item: number): void => {
    const bundle = bundles[item] as BenchBundle;
    verifyBundle(requestFor(parseBundle(bundle.bytes), bundle));
  };
  const micros = interleave({ floor, strict }, { items: bundles.length, rounds: 41, warmUpRounds: 20 });
  const { median: share, ...shareSpread } = spreadOf(ratios(micros.floor, micros.strict));
  const perBundle = (name: string, values: readonly number[]): Figure => {
    const { median, ...spread } = spreadOf(values);
    return { name, value: median, unit: 'µs', spread };
  };
  return [
    { name: 'distinctBundles', value: bundles.length, unit: 'count' },
    perBundle('floorCpuPerBundle', micros.floor),
    perBundle('strictCpuPerBundle', micros.strict),
    {
      name: 'strictShareOfFloor',
      value: share,
      unit: 'ratio',
      spread: shareSpread,
      wanted: { atLeast: 0.8 },
    },
  ];
}
