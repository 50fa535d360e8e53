import { refuse } from '../../../errors.ts';
import type { VerifiedChain } from './chain.ts';

/**
 * Steps 5.4.3 and 5.5.5: nothing that was seen before may come back older or disappear. After a rotation of the
 * timestamp or snapshot keys the old numbers no longer bind (step 5.3.11).
 *
 * @throws SlsaGateError `trust.rollback`
 */
export function assertNotOlder(previous: VerifiedChain, next: VerifiedChain): void {
  assertNumber('root', previous.versions.root, next.versions.root);
  if (!hasSameKeys(previous, next, 'timestamp') || !hasSameKeys(previous, next, 'snapshot')) return;
  assertNumber('timestamp', previous.versions.timestamp, next.versions.timestamp);
  assertNumber('snapshot', previous.versions.snapshot, next.versions.snapshot);
  for (const [name, { version }] of Object.entries(previous.snapshot.signed.meta)) {
    assertNumber(name, version, next.snapshot.signed.meta[name]?.version ?? 0);
  }
}

function assertNumber(what: string, before: number, now: number): void {
  if (now >= before) return;
  refuse('trust.rollback', `${what} is older than what was seen before`, {
    expected: `version ${before} or later`,
    actual: `version ${now}`,
  });
}

const hasSameKeys = (a: VerifiedChain, b: VerifiedChain, role: string): boolean =>
  keyIds(a, role) === keyIds(b, role);

const keyIds = ({ root }: VerifiedChain, role: string): string =>
  [...(root.signed.roles[role]?.keyIDs ?? [])].sort().join();
