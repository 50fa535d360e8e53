import { refuse } from '../../errors.ts';

/** How much must be proven, counted in distinct authorities. */
export interface Thresholds {
  /** Distinct transparency logs with a verified entry. */
  readonly log: number;
  /** Distinct certificate logs with a verified SCT (certificates only). */
  readonly sct: number;
  /** Distinct timestamp authorities. */
  readonly tsa: number;
  /** Distinct verified times: timestamp authorities, and logs whose SET signs the time. */
  readonly time: number;
  /** Distinct logs whose SET signs the time. */
  readonly logTime: number;
}

/** Sigstore's public-good and staging instances, and any root that we do not know. */
export const DEFAULT_THRESHOLDS: Thresholds = { log: 1, sct: 1, tsa: 0, time: 1, logTime: 0 };

/** GitHub's own instance: no public log and no SCTs, time from its timestamp authority. */
export const GITHUB_THRESHOLDS: Thresholds = { log: 0, sct: 0, tsa: 1, time: 1, logTime: 0 };

/** SHA-256 of the root certificate of GitHub's instance. */
const GITHUB_ANCHORS = new Set(['dc64d3af9fd46dd840486935c903986d06edd35788769696d2f145d38b7f7887']);

/**
 * The profile that belongs to a trusted root, recognised by the digests of its CAs, never by its name. Only a root all
 * of whose CAs are GitHub's has GitHub's thresholds; a root without CAs has the default ones.
 */
export function thresholdsOf(anchorDigests: readonly string[]): Thresholds {
  const github = anchorDigests.length > 0 && anchorDigests.every((digest) => GITHUB_ANCHORS.has(digest));
  return github ? GITHUB_THRESHOLDS : DEFAULT_THRESHOLDS;
}

/** How the caller changes the thresholds of the root's profile; see {@link resolveThresholds}. */
export interface ThresholdOptions {
  /** Raising is free: the higher number wins. */
  readonly atLeast?: Partial<Thresholds>;
  /** What the caller gave up by an `--unsafe` flag: these thresholds become 0. */
  readonly unsafeDrop?: readonly (keyof Thresholds)[];
}

/**
 * Raises or drops the thresholds of the root's profile.
 *
 * @throws SlsaGateError `config.threshold` when a number that was asked for is not a whole one of at least 1
 */
export function resolveThresholds(
  profile: Thresholds,
  { atLeast = {}, unsafeDrop = [] }: ThresholdOptions,
): Thresholds {
  const resolve = (name: keyof Thresholds): number => {
    const wanted = atLeast[name];
    // 0 or NaN would be met by nothing at all.
    if (wanted !== undefined && !(Number.isSafeInteger(wanted) && wanted >= 1)) {
      refuse('config.threshold', `threshold ${name} is not a whole number of at least 1`, {
        actual: String(wanted),
      });
    }
    return unsafeDrop.includes(name) ? 0 : Math.max(profile[name], wanted ?? 0);
  };
  return {
    log: resolve('log'),
    sct: resolve('sct'),
    tsa: resolve('tsa'),
    time: resolve('time'),
    logTime: resolve('logTime'),
  };
}
