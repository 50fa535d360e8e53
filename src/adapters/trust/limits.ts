import { LIMITS } from '../../core/limits.ts';

/** Bounds of TUF, in bytes; public repositories stay below a tenth of them. */
export const TUF_LIMITS = {
  root: 512 * 1024,
  timestamp: 16 * 1024,
  snapshot: 1024 * 1024,
  targets: 2 * 1024 * 1024,
  target: LIMITS.trustedRootBytes,
  /** Rotations between the root that is shipped and the newest. */
  rotations: 64,
  /** Roles walked for one target. */
  delegations: 32,
  /** One stored state: base64 of a whole chain. */
  state: 64 * 1024 * 1024,
} as const;
