import type { TrustRootBytes } from '../core/ports.ts';
import { refuse } from '../errors.ts';

/** Seconds since the root was known to be current; null when nobody knows. */
export const trustAgeSeconds = ({ currentAt }: TrustRootBytes, now: Date): number | null =>
  currentAt === null ? null : Math.max(0, Math.floor((now.getTime() - currentAt.getTime()) / 1000));

/**
 * Refuses a root that is older than the caller accepts; one of unknown age is older than any limit.
 * @throws SlsaGateError `trust.stale`
 */
export function assertTrustAge(root: TrustRootBytes, maxAgeSeconds: number | undefined, now: Date): void {
  if (maxAgeSeconds === undefined) return;
  const age = trustAgeSeconds(root, now);
  if (age !== null && age <= maxAgeSeconds) return;
  refuse('trust.stale', `the trust root is older than its limit: ${root.name}`, {
    expected: `at most ${maxAgeSeconds} seconds`,
    actual: age === null ? 'of unknown age' : `${age} seconds`,
  });
}
