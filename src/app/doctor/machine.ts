import { CODES } from '../../codes.ts';
import { checkClock } from '../../core/clock.ts';
import type { ClockReading } from '../../core/source-ports.ts';
import { type CheckLine, isOk, notChecked, type Place, warns } from './check.ts';
import type { Check } from './run.ts';

/** What runs the command. */
export interface Runtime {
  readonly version: string;
  /** `24.15.0` */
  readonly node: string;
  /** What package.json asks for: `^24.15.0 || >=26.0.0`. */
  readonly engines: string;
  /** `linux-x64` */
  readonly platform: string;
}

const RUNTIME: Place = { id: 'runtime', name: 'slsa-gate and Node.js' };
const CLOCK: Place = { id: 'clock', name: 'clock' };
const CACHE: Place = { id: 'cache', name: 'cache of sources' };

export const runtimeCheck = ({ version, node, engines, platform }: Runtime): Check => ({
  ...RUNTIME,
  run: async () => {
    const found = `slsa-gate ${version}, Node.js ${node}, ${platform}`;
    return satisfies(node, engines)
      ? isOk(RUNTIME, found)
      : warns(RUNTIME, found, `It is tested with Node.js ${engines}: install such a version.`);
  },
});

type Version = readonly [number, number, number];

const toVersion = (text: string): Version | undefined => {
  const [, major, minor, patch] = /^([0-9]+)\.([0-9]+)\.([0-9]+)/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
};

const isAtLeast = (version: Version, least: Version): boolean => {
  const at = version.findIndex((part, index) => part !== least[index]);
  return at === -1 || (version[at] ?? 0) > (least[at] ?? 0);
};

/** The two forms that our own package.json has: `^1.2.3` and `>=1.2.3`, joined by `||`. */
export function satisfies(version: string, range: string): boolean {
  const own = toVersion(version);
  return range.split('||').some((part) => {
    const [, sign, text = ''] = /^\s*(\^|>=)(\S+)\s*$/.exec(part) ?? [];
    const least = toVersion(text);
    if (own === undefined || least === undefined) return false;
    return isAtLeast(own, least) && (sign === '>=' || own[0] === least[0]);
  });
}

/** To be run when all servers have been asked. */
export const clockCheck = (readings: () => readonly ClockReading[]): Check => ({
  ...CLOCK,
  run: async (): Promise<CheckLine> => {
    const finding = checkClock(readings());
    if (finding === undefined) return notChecked(CLOCK, 'no server said what time it is');
    const { outcome, actual, message } = finding;
    if (outcome === 'pass') return isOk(CLOCK, `as ${actual} ${actual.startsWith('1 ') ? 'has' : 'have'} it`);
    return {
      ...CLOCK,
      status: 'problem',
      found: `${message} (${actual})`,
      code: 'clock.skew',
      hint: CODES['clock.skew'].hint,
    };
  },
});

/** What is known of the folder in which sources keep what they read. */
export interface CacheState {
  readonly directory: string;
  /** Ours alone, and nothing that others may write to. */
  readonly isUsable: boolean;
  readonly isWritable: boolean;
  readonly bytes: number;
  readonly count: number;
}

/** Without a cache everything works, and is read anew each time. */
export const cacheCheck = (describe: () => Promise<CacheState | undefined>): Check => ({
  ...CACHE,
  run: async () => {
    const state = await describe();
    if (state === undefined) return notChecked(CACHE, 'not used, because of --without-cache');
    const { directory, isUsable, isWritable, bytes, count } = state;
    if (isUsable && isWritable)
      return isOk(CACHE, `${directory}: ${count} files, ${Math.ceil(bytes / 1024)} KiB`);
    const why = isUsable
      ? 'cannot be written'
      : 'cannot be made or used: it is a link, no folder, of somebody else, or others may write to it';
    return warns(
      CACHE,
      `${directory} ${why}`,
      'Make it a folder of your own (mode 700), name another one with --cache-dir, or give --without-cache.',
      'path.unreadable',
    );
  },
});
