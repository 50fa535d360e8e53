import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import { type VerifiedLogEntry, verifyLogEntry } from './log-entry.ts';
import { isRekorV2Kind } from './log-entry-body.ts';
import type { PublicKey } from './public-key.ts';
import type { Thresholds } from './thresholds.ts';
import { type VerifiedTimestamp, verifyTimestamp } from './timestamp.ts';
import { isWithin, type TrustedRoot } from './trusted-root.ts';

export interface VerifiedTime {
  readonly kind: 'log' | 'tsa';
  /** Identifies the authority among those of the root: two times of one authority are one witness. */
  readonly authority: string;
  readonly timeMs: number;
}

export type WitnessRoot = Pick<TrustedRoot, 'logs' | 'timestampAuthorities'>;

/** With a bare key and no root, entries and timestamps have nobody who vouches for them. */
export const NO_WITNESSES: WitnessRoot = { logs: new Map(), timestampAuthorities: [] };

export interface Witnesses {
  readonly logEntries: readonly VerifiedLogEntry[];
  readonly timestamps: readonly VerifiedTimestamp[];
  readonly times: readonly VerifiedTime[];
}

export function verifyWitnesses(
  bundle: ParsedBundle,
  root: WitnessRoot,
  key: PublicKey,
  certificate: Buffer | undefined,
): Witnesses {
  const logged = { certificate, key, content: bundle.content };
  const logEntries = bundle.logEntries.map((entry) => verifyLogEntry(entry, logged, root.logs));
  // The form of a bundle sees labels alone, and an entry may come without one.
  if (bundle.version === '0.1' && logEntries.some(({ kind }) => isRekorV2Kind(kind)))
    refuse('bundle.version-downgrade', 'log entry is newer than the bundle version');
  const { signature } = bundle.content;
  const timestamps = bundle.timestamps.map((token) =>
    verifyTimestamp(token, signature, root.timestampAuthorities),
  );
  const times: VerifiedTime[] = timestamps.map(({ authority, timeMs }) => ({
    kind: 'tsa',
    authority: authority.anchorDigest,
    timeMs,
  }));
  for (const { log, timeMs } of logEntries) {
    // A root may list one key under several ids: they are one witness.
    if (timeMs !== undefined)
      times.push({ kind: 'log', authority: hash('sha256', log.key.spki, 'hex'), timeMs });
  }
  for (const { log, timeMs } of logEntries) {
    // Rekor v2 signs no time: its key must have been valid at every other verified time.
    const moments = timeMs === undefined ? times.map((time) => time.timeMs) : [timeMs];
    if (!moments.every((moment) => isWithin(log.window, moment))) {
      refuse('log.key-window', 'log entry lies outside the window of the log key');
    }
  }
  return { logEntries, timestamps, times };
}

/** An authority under two names, and two names for one key, are one witness. */
export function checkThresholds({ logEntries, timestamps }: Witnesses, thresholds: Thresholds): void {
  const logs = countKeys(logEntries.map(({ log }) => log.key));
  const anchors = new Set(timestamps.map(({ authority }) => authority.anchorDigest)).size;
  const tsas = Math.min(anchors, countKeys(timestamps.map(({ key }) => key)));
  const logTimes = countKeys(
    logEntries.filter(({ timeMs }) => timeMs !== undefined).map(({ log }) => log.key),
  );
  const all = tsas + logTimes;
  const below = (found: number, wanted: number): { expected: string; actual: string } | undefined =>
    found < wanted ? { expected: String(wanted), actual: String(found) } : undefined;
  const log = below(logs, thresholds.log);
  if (log)
    refuse(
      logs === 0 ? 'tlog.missing' : 'tlog.threshold',
      'too few transparency logs hold the signature',
      log,
    );
  const tsa = below(tsas, thresholds.tsa);
  if (tsa)
    refuse(
      all === 0 ? 'time.none' : 'tsa.threshold',
      'too few timestamp authorities vouch for the signature',
      tsa,
    );
  const logTime = below(logTimes, thresholds.logTime);
  if (logTime) {
    refuse(all === 0 ? 'time.none' : 'time.threshold', 'too few logs sign the time', logTime);
  }
  const time = below(all, thresholds.time);
  if (time) refuse(all === 0 ? 'time.none' : 'time.threshold', 'too few verified times', time);
}

const countKeys = (keys: readonly PublicKey[]): number =>
  new Set(keys.map(({ spki }) => spki.toString('latin1'))).size;

export function checkNotInFuture({ timeMs }: VerifiedTime, nowMs: number): void {
  if (timeMs <= nowMs) return;
  const details = {
    expected: `not after ${new Date(nowMs).toISOString()}`,
    actual: new Date(timeMs).toISOString(),
  };
  if (timeMs > nowMs + LIMITS.clockSkewMs)
    refuse('time.future', 'a verified time lies in the future', details);
  refuse('clock.skew', 'a verified time lies slightly ahead of the clock', details);
}

export const earliest = (times: readonly VerifiedTime[]): number | undefined =>
  times.length === 0 ? undefined : Math.min(...times.map(({ timeMs }) => timeMs));
