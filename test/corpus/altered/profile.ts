import type { VerifiedAttestation } from '../../../src/core/attestation/verify.ts';
import {
  DEFAULT_THRESHOLDS,
  resolveThresholds,
  type Thresholds,
} from '../../../src/core/verify/thresholds.ts';
import type { VerifiedBundle } from '../../../src/core/verify/verify-bundle.ts';
import type { Unit } from './unit.ts';

/** What is taken away: positions in the lists of the bundle. */
export interface Taken {
  readonly entries?: readonly number[] | 'all';
  readonly timestamps?: readonly number[] | 'all';
}

const isLeft = (taken: readonly number[] | 'all' | undefined, index: number): boolean =>
  taken === undefined || (taken !== 'all' && !taken.includes(index));

/** Whether what remains of a good bundle meets the thresholds of its root's profile, as the caller changed them. */
export function meetsProfile(verified: VerifiedBundle, wanted: Thresholds, taken: Taken): boolean {
  const entries = verified.logEntries.filter((_, index) => isLeft(taken.entries, index));
  const stamps = verified.times
    .filter(({ kind }) => kind === 'tsa')
    .filter((_, index) => isLeft(taken.timestamps, index));
  const keysOf = (list: typeof entries): number =>
    new Set(list.map(({ log }) => log.key.spki.toString('latin1'))).size;
  const logs = keysOf(entries);
  const logTimes = keysOf(entries.filter(({ timeMs }) => timeMs !== undefined));
  const tsas = new Set(stamps.map(({ authority }) => authority)).size;
  // Without any time nobody knows whether certificate or key were valid.
  const least = verified.signer.kind === 'certificate' || verified.signer.key.window !== undefined ? 1 : 0;
  return (
    logs >= wanted.log &&
    tsas >= wanted.tsa &&
    logTimes >= wanted.logTime &&
    logTimes + tsas >= Math.max(wanted.time, least)
  );
}

export const thresholdsOf = ({ context }: Unit, { root }: VerifiedBundle): Thresholds =>
  resolveThresholds(root?.thresholds ?? DEFAULT_THRESHOLDS, context.thresholds);

/** The verified bundle within, for forms that hold one. */
export function bundleOf({ bundle }: VerifiedAttestation): VerifiedBundle {
  if (bundle === undefined) throw new TypeError('a form without a bundle');
  return bundle;
}
