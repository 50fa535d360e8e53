import { createHash } from 'node:crypto';
import type { MetaFile, TargetFile } from '@tufjs/models';
import { refuse } from '../../../errors.ts';
import { TUF_LIMITS } from '../limits.ts';
import { type MetadataByKind, parseMetadata } from './metadata.ts';
import { assertSigned, type SigningRole } from './signers.ts';
import type { TufState } from './state.ts';
import { findTarget } from './walk.ts';

export interface TufVersions {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
}

/** What was proven about a state: each link is signed by the one before it, down to the bytes of the target. */
export interface VerifiedChain {
  readonly bytes: Uint8Array;
  readonly versions: TufVersions;
  /** Earliest expiry of the links. */
  readonly expires: Date;
  /** Delegated roles on the way to the target. */
  readonly visited: readonly string[];
  readonly root: MetadataByKind['root'];
  readonly snapshot: MetadataByKind['snapshot'];
}

/**
 * The client workflow of the TUF specification (section 5) on bytes at hand: no network, no disk, the time as a value.
 * Run on every state before it is stored and each time it is read.
 *
 * @param seed the root that is trusted beforehand
 * @param now instant for expiry; the epoch to leave expiry aside
 * @throws SlsaGateError `trust.root-invalid`, `trust.threshold`, `trust.threshold-invalid`, `trust.rollback`,
 * `trust.expired`, `trust.bad-name`, `trust.delegation`, `trust.hash-mismatch`, `trust.oversize`, `trust.unavailable`
 */
export function verifyChain(seed: Uint8Array, state: TufState, now: Date): VerifiedChain {
  const root = verifyRoots(seed, state.roots);
  assertFresh(root, 'root', now);
  const { keys, roles } = root.signed;
  const roleOf = (name: string): SigningRole =>
    roles[name] ?? refuse('trust.root-invalid', `the root names no keys for the role ${name}`);

  const timestamp = parseMetadata('timestamp', state.timestamp, 'timestamp');
  assertSigned(timestamp, roleOf('timestamp'), keys, 'timestamp', 'trust.threshold');
  assertFresh(timestamp, 'timestamp', now);

  const { snapshotMeta } = timestamp.signed;
  assertNamed(state.snapshot, snapshotMeta, 'snapshot');
  const snapshot = parseMetadata('snapshot', state.snapshot, 'snapshot');
  assertSigned(snapshot, roleOf('snapshot'), keys, 'snapshot', 'trust.threshold');
  assertVersion(snapshot.signed.version, snapshotMeta.version, 'snapshot');
  assertFresh(snapshot, 'snapshot', now);

  const expiries = [root, timestamp, snapshot].map(({ signed }) => Date.parse(signed.expires));
  const load = (role: string, bytes: Uint8Array | undefined, by: SigningRole, byKeys: typeof keys) => {
    const named = snapshot.signed.meta[`${role}.json`];
    const missing = role === 'targets' ? 'trust.unavailable' : 'trust.delegation';
    if (named === undefined) refuse('trust.delegation', `the snapshot does not name the role ${role}`);
    if (bytes === undefined) refuse(missing, `metadata of the role ${role} is missing`);
    assertNamed(bytes, named, role);
    const targets = parseMetadata('targets', bytes, role);
    assertSigned(targets, by, byKeys, role, role === 'targets' ? 'trust.threshold' : 'trust.delegation');
    assertVersion(targets.signed.version, named.version, role);
    assertFresh(targets, role, now);
    expiries.push(Date.parse(targets.signed.expires));
    return targets;
  };
  const targets = load('targets', state.targets, roleOf('targets'), keys);
  const found = findTarget(targets, state.target.path, (name, role, byKeys) =>
    load(name, state.delegated.get(name), role, byKeys),
  );
  assertTarget(state.target.bytes, found.file);
  return {
    bytes: state.target.bytes,
    versions: {
      root: root.signed.version,
      timestamp: timestamp.signed.version,
      snapshot: snapshot.signed.version,
      targets: targets.signed.version,
    },
    expires: new Date(Math.min(...expiries)),
    visited: found.visited,
    root,
    snapshot,
  };
}

/** Steps 5.2 and 5.3: each root is signed by the one before it and by itself, and its version is the next one. */
function verifyRoots(seed: Uint8Array, roots: readonly Uint8Array[]): MetadataByKind['root'] {
  let root = parseMetadata('root', seed, 'root');
  assertSignedRoot(root, root);
  if (roots.length > TUF_LIMITS.rotations)
    refuse('trust.oversize', `more than ${TUF_LIMITS.rotations} new roots`);
  for (const bytes of roots) {
    const next = parseMetadata('root', bytes, 'root');
    // A newer package starts from a newer root than the one that the stored chain was begun with.
    if (next.signed.version <= root.signed.version) continue;
    assertSignedRoot(next, root);
    assertSignedRoot(next, next);
    if (next.signed.version !== root.signed.version + 1) {
      refuse('trust.root-invalid', 'a version of the root is left out', {
        actual: String(next.signed.version),
      });
    }
    root = next;
  }
  return root;
}

function assertSignedRoot(next: MetadataByKind['root'], by: MetadataByKind['root']): void {
  const role = by.signed.roles.root ?? refuse('trust.root-invalid', 'the root names no keys for itself');
  assertSigned(next, role, by.signed.keys, `root ${next.signed.version}`, 'trust.root-invalid');
}

function assertFresh(metadata: MetadataByKind[keyof MetadataByKind], what: string, now: Date): void {
  if (!metadata.signed.isExpired(now)) return;
  refuse('trust.expired', `${what} has expired`, {
    expected: `before ${metadata.signed.expires}`,
    actual: now.toISOString(),
  });
}

function assertVersion(actual: number, expected: number, what: string): void {
  if (actual === expected) return;
  refuse('trust.rollback', `${what} is of another version than the signed one`, {
    expected: String(expected),
    actual: String(actual),
  });
}

const digest = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** Length and hashes are optional for metadata, which is signed itself; when present, they bind. */
function assertNamed(bytes: Uint8Array, named: MetaFile, what: string): void {
  if (named.length !== undefined && named.length !== bytes.length) mismatch(what);
  assertHashes(bytes, named.hashes ?? {}, what);
}

function assertTarget(bytes: Uint8Array, file: TargetFile): void {
  if (file.length !== bytes.length) mismatch(file.path);
  if (assertHashes(bytes, file.hashes, file.path) === 0) mismatch(file.path);
}

function assertHashes(bytes: Uint8Array, hashes: Readonly<Record<string, string>>, what: string): number {
  let compared = 0;
  for (const algorithm of ['sha256', 'sha512']) {
    const expected = hashes[algorithm];
    if (expected === undefined) continue;
    if (digest(algorithm, bytes) !== expected) mismatch(what);
    compared += 1;
  }
  return compared;
}

const mismatch = (what: string): never =>
  refuse('trust.hash-mismatch', `${what} is not the file that signed metadata names`);
