import * as z from 'zod/mini';
import { CODES } from '../codes.ts';
import type { Finding } from './model/finding.ts';
import { parseJson } from './model/json.ts';
import { lazy } from './model/lazy.ts';
import type { ClockReading } from './source-ports.ts';

/** How far this clock may be from the median of the servers. */
const MAX_SKEW_MS = 60_000;
const SPEC = 'slsa-gate, clock';
const EXPECTED = `within ${MAX_SKEW_MS / 1000} s of the median of the servers`;

const Readings = lazy(() =>
  z.array(z.strictObject({ origin: z.string(), serverMs: z.number(), localMs: z.number() })),
);

/** The readings as bytes that a record keeps. */
export const encodeClock = (readings: readonly ClockReading[]): Uint8Array =>
  Buffer.from(
    JSON.stringify(readings.map(({ origin, serverMs, localMs }) => ({ origin, serverMs, localMs }))),
  );

/** @throws SlsaGateError `json.*`; a ZodError for another form */
export const parseClock = (bytes: Uint8Array): readonly ClockReading[] =>
  Readings().parse(parseJson(bytes, 'clock readings'));

/** How far the servers are ahead of this clock, by their median; undefined where none answered. */
function medianSkewMs(readings: readonly ClockReading[]): number | undefined {
  const skews = readings.map(({ serverMs, localMs }) => serverMs - localMs).sort((a, b) => a - b);
  const middle = Math.floor(skews.length / 2);
  const upper = skews[middle];
  if (upper === undefined) return undefined;
  return skews.length % 2 === 1 ? upper : (upper + (skews[middle - 1] ?? upper)) / 2;
}

/**
 * Holds this clock against those of the servers that answered (their `Date`, in whole seconds). Undefined where none
 * answered: the clock is then only ours.
 */
export function checkClock(readings: readonly ClockReading[]): Finding | undefined {
  const skewMs = medianSkewMs(readings);
  if (skewMs === undefined) return undefined;
  const base = {
    rule: 'clock-corroboration',
    required: true,
    expected: EXPECTED,
    evidence: [],
    spec: SPEC,
  } as const;
  const servers = `${readings.length} ${readings.length === 1 ? 'server' : 'servers'}`;
  if (Math.abs(skewMs) <= MAX_SKEW_MS) {
    return { ...base, code: 'ok', outcome: 'pass', actual: servers, message: CODES.ok.title };
  }
  const seconds = Math.round(skewMs / 1000);
  return {
    ...base,
    code: 'clock.skew',
    outcome: 'error',
    actual: `${servers} ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`,
    message: `this clock and the servers differ by ${Math.abs(seconds)} s`,
    hint: CODES['clock.skew'].hint,
  };
}
