import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { TUF_LIMITS } from '../limits.ts';
import { type VerifiedChain, verifyChain } from './chain.ts';
import { createFetcher, METADATA_BASE, type RecordingFetcher, TARGETS_BASE } from './fetcher.ts';
import { assertNotOlder } from './rollback.ts';
import type { TufSource } from './source.ts';
import type { TufState } from './state.ts';
import { asTufRefusal } from './tuf-js-errors.ts';

export interface RefreshOptions {
  /** The root that is trusted beforehand. */
  readonly seed: Uint8Array;
  readonly source: TufSource;
  /** Path of the wanted target, e.g. `trusted_root.json`. */
  readonly target: string;
  readonly now: Date;
  /** What was known before, verified when it was read. */
  readonly previous?: { readonly state: TufState; readonly chain: VerifiedChain } | undefined;
}

export interface Refreshed {
  readonly state: TufState;
  readonly chain: VerifiedChain;
}

/**
 * Reads a repository twice-checked: tuf-js drives the update in a scratch folder, then {@link verifyChain} goes over
 * the very bytes again. Nothing is stored here, so a refused update leaves no trace.
 *
 * @throws SlsaGateError every `trust.*` code of verifyChain, and what the source throws
 */
export async function refreshTarget(options: RefreshOptions): Promise<Refreshed> {
  const { seed, previous, target, now } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'slsa-gate-tuf-'));
  try {
    await layOut(scratch, seed, previous?.state);
    const fetcher = createFetcher(options.source, scratch);
    await drive(scratch, fetcher, options);
    const state = await collect(scratch, fetcher, target, now, previous?.state);
    const chain = verifyChain(seed, state, now);
    if (previous !== undefined) assertNotOlder(previous.chain, chain);
    const delegated = new Map([...state.delegated].filter(([role]) => chain.visited.includes(role)));
    return { state: { ...state, delegated }, chain };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const fileOf = (role: string): string => `${encodeURIComponent(role)}.json`;

async function layOut(scratch: string, seed: Uint8Array, previous: TufState | undefined): Promise<void> {
  const files = new Map<string, Uint8Array>([['root', previous?.roots.at(-1) ?? seed]]);
  if (previous !== undefined) {
    files
      .set('timestamp', previous.timestamp)
      .set('snapshot', previous.snapshot)
      .set('targets', previous.targets);
    for (const [role, bytes] of previous.delegated) files.set(role, bytes);
  }
  for (const [role, bytes] of files) await writeFile(join(scratch, fileOf(role)), bytes, { mode: 0o600 });
}

async function drive(
  scratch: string,
  fetcher: RecordingFetcher,
  { target, now }: RefreshOptions,
): Promise<void> {
  try {
    const updater = new Updater({
      metadataDir: scratch,
      metadataBaseUrl: METADATA_BASE,
      targetDir: scratch,
      targetBaseUrl: TARGETS_BASE,
      fetcher,
      config: { maxRootRotations: TUF_LIMITS.rotations, maxDelegations: TUF_LIMITS.delegations },
    });
    setReferenceTime(updater, now);
    await updater.refresh();
    const info = await updater.getTargetInfo(target);
    // Without a target the library has nothing to say; why there is none is told by the chain.
    if (info !== undefined) await updater.downloadTarget(info, join(scratch, 'target'));
  } catch (error) {
    if (fetcher.refusal !== undefined) throw fetcher.refusal;
    throw error instanceof SlsaGateError ? error : asTufRefusal(error, fetcher.role);
  }
}

/** tuf-js takes the time of its own construction and has no parameter for another one. */
function setReferenceTime(updater: Updater, now: Date): void {
  const { trustedSet } = updater as unknown as { trustedSet?: { referenceTime?: unknown } };
  if (!(trustedSet?.referenceTime instanceof Date)) refuse('internal.bug', 'tuf-js keeps its time elsewhere');
  trustedSet.referenceTime = now;
}

async function collect(
  scratch: string,
  fetcher: RecordingFetcher,
  target: string,
  now: Date,
  previous: TufState | undefined,
): Promise<TufState> {
  const read = (role: string): Promise<Uint8Array> => readFile(join(scratch, fileOf(role)));
  const delegated = new Map<string, Uint8Array>();
  for (const role of new Set([...fetcher.delegated, ...(previous?.delegated.keys() ?? [])])) {
    delegated.set(role, await read(role));
  }
  return {
    roots: [...(previous?.roots ?? []), ...fetcher.roots],
    timestamp: await read('timestamp'),
    snapshot: await read('snapshot'),
    targets: await read('targets'),
    delegated,
    target: { path: target, bytes: fetcher.target ?? new Uint8Array() },
    checkedAt: now,
  };
}
