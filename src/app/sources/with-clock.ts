import { checkClock } from '../../core/clock.ts';
import type { ClockReading } from '../../core/source-ports.ts';
import { SlsaGateError } from '../../errors.ts';
import type { Asked } from './ask.ts';

/** Where this clock is wrong, nothing that was read over the network is decided by it. */
export function withClock<K, A extends Asked>(
  asked: ReadonlyMap<K, A>,
  clocks: readonly ClockReading[],
): ReadonlyMap<K, A | (Pick<A, 'exchanges'> & { readonly error: SlsaGateError } & Omit<A, 'located'>)> {
  const finding = checkClock(clocks);
  if (finding === undefined || finding.outcome === 'pass') return asked;
  const { code, message, expected, actual } = finding;
  const error = new SlsaGateError(code, message, { expected, actual });
  return new Map([...asked].map(([key, one]) => [key, { ...one, error }]));
}
