import type { Code } from '../../codes.ts';
import { type ArtifactDigests, compareDigests, type DigestComparison } from './digest.ts';
import type { Subject } from './statement.ts';

/** From the most telling to the least: what the operator should hear when no subject is the artifact. */
const FAULTS: readonly (readonly [DigestComparison, Code])[] = [
  ['conflict', 'subject.digest-conflict'],
  ['malformed', 'subject.digest-format'],
  ['mismatch', 'subject.mismatch'],
  ['weak', 'subject.weak-digest'],
];

/**
 * Whether one of the subjects is the artifact: `ok` when a digest set matches and no subject mixes the artifact's
 * digests with another's. Names play no part.
 */
export function bindSubjects(subjects: readonly Subject[], artifact: ArtifactDigests): Code {
  const found = new Set(subjects.map(({ digest }) => compareDigests(digest, artifact)));
  if (found.has('match') && !found.has('conflict')) return 'ok';
  return FAULTS.find(([comparison]) => found.has(comparison))?.[1] ?? 'subject.empty';
}
