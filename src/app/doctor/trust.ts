import type { TrustRootBytes } from '../../core/ports.ts';
import { parseTrustedRoot } from '../../core/verify/trusted-root.ts';
import { SlsaGateError } from '../../errors.ts';
import { assertTrustAge, trustAgeSeconds } from '../trust-age.ts';
import { type CheckLine, failsMildly, isOk, type Place, warns } from './check.ts';
import { type Check, step } from './run.ts';

const DAY_S = 86_400;
/** New keys and revocations come about so often. */
const OLD_DAYS = 30;

export interface RootSource {
  /** As the user or the policy calls it. */
  readonly name: string;
  readonly open: () => Promise<readonly TrustRootBytes[]>;
}

export interface TrustOptions {
  /** The limit of the user, and that of the policy. */
  readonly maxAgeSeconds: number | undefined;
  readonly now: () => Date;
}

const ORIGINS: Record<TrustRootBytes['origin'], string> = {
  embedded: 'shipped with the package',
  tuf: 'from trust update',
  file: 'a file of yours',
  pack: 'from a pack',
};

/** Each root: readable, well-formed, and not too old. */
export const trustedRootCheck = (source: RootSource, options: TrustOptions): Check => {
  const place: Place = { id: 'trusted-root', name: `trusted root ${source.name}` };
  return {
    ...place,
    run: async () => {
      const lines: CheckLine[] = [];
      for (const root of await source.open()) {
        const own = root.name === source.name ? place : { ...place, name: `${place.name}: ${root.name}` };
        lines.push(...(await step(own, async () => lineOf(own, root, options))));
      }
      return lines;
    },
  };
};

function lineOf(place: Place, root: TrustRootBytes, { maxAgeSeconds, now }: TrustOptions): CheckLine {
  parseTrustedRoot(root.bytes, root.name);
  assertTrustAge(root, maxAgeSeconds, now());
  const seconds = trustAgeSeconds(root, now());
  if (seconds === null) return isOk(place, `${ORIGINS[root.origin]}, of unknown age`);
  const days = Math.floor(seconds / DAY_S);
  const found = `${ORIGINS[root.origin]}, known to be current ${days} ${days === 1 ? 'day' : 'days'} ago`;
  if (days <= OLD_DAYS) return isOk(place, found);
  const hint =
    root.origin === 'pack'
      ? 'Make a new pack with slsa-gate trust export on a machine with a network.'
      : 'Run slsa-gate trust update.';
  return warns(place, found, hint, 'trust.stale');
}

/** Where roots are refreshed; without it they only grow older. */
export const tufMirrorCheck = (
  name: string,
  mirror: string,
  reach: (address: string) => Promise<void>,
): Check => {
  const place: Place = { id: 'tuf-mirror', name: `TUF repository of ${name}` };
  return {
    ...place,
    run: async () => {
      try {
        await reach(mirror);
        return isOk(place, `${mirror} answers`);
      } catch (error) {
        if (error instanceof SlsaGateError) return failsMildly(place, error);
        throw error;
      }
    },
  };
};
