import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import { SIGNED_AT } from '../kit/sigstore.ts';
import { answerOf, NOW_MS, outcomeOf, parseRoot, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I10: an accepted bundle was signed before now, and inside every window that matters. */

const MINUTE = 60_000;
const at = (minutes: number): Date => new Date(SIGNED_AT.getTime() + minutes * MINUTE);
const moment = fc.integer({ min: -8, max: 8 });
/** From some minutes before the signing to some after it, in no order. */
const window = fc.tuple(moment, moment).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
type Minutes = { readonly start: number; readonly end: number };
const holdsAt = ({ start, end }: Minutes, minute: number): boolean => start <= minute && minute <= end;
const validFor = ({ start, end }: Minutes): { validFor: { start: Date; end: Date } } => ({
  validFor: { start: at(start), end: at(end) },
});

describe('I10 verified times', () => {
  it('lie inside the windows of certificate, authority, log and timestamp authority, and not after now', () => {
    let accepted = 0;
    holds(
      fc.property(
        fc.record({ leaf: window, ca: window, log: window, tsa: window }),
        fc.record({ logged: moment, stamped: moment, now: fc.integer({ min: -8, max: 20 }) }),
        fc.array(fc.constantFrom('leaf', 'ca', 'log', 'tsa', 'now'), { maxLength: 2 }),
        (windows, { logged, stamped, now }, narrow) => {
          // All windows are wide but for some: else hardly anything would be accepted.
          const wide: Minutes = { start: -100, end: 100 };
          const of = (name: keyof typeof windows): Minutes => (narrow.includes(name) ? windows[name] : wide);
          const nowMinutes = narrow.includes('now') ? now : 50;
          const signed = sigstore.signStatement({
            certificate: { notBefore: at(of('leaf').start), notAfter: at(of('leaf').end) },
            sct: { at: SIGNED_AT },
            entry: { integratedTime: at(logged) },
            timestamp: { at: at(stamped) },
          });
          const root = parseRoot(
            sigstore.trustedRoot({
              ca: validFor(of('ca')),
              rekor: validFor(of('log')),
              tsa: validFor(of('tsa')),
            }),
          );
          const times = [logged, stamped];
          const right =
            times.every(
              (minute) => holdsAt(of('leaf'), minute) && holdsAt(of('ca'), minute) && minute <= nowMinutes,
            ) &&
            holdsAt(of('log'), logged) &&
            holdsAt(of('tsa'), stamped);
          const answer = answerOf(signed, { root, nowMs: at(nowMinutes).getTime() });
          if (right) {
            accepted++;
            expect(answer).toBe('accepted');
          } else {
            expect(answer).toMatch(
              /^(?:time\.(?:cert-window|future)|clock\.skew|cert\.chain-validity|log\.key-window|tsa\.authority-window)$/,
            );
          }
        },
      ),
      120,
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it('are the ones that are told, the earliest as seen by', () => {
    holds(
      fc.property(moment, moment, (logged, stamped) => {
        const signed = sigstore.signStatement({
          certificate: { notBefore: at(-10), notAfter: at(10) },
          sct: { at: SIGNED_AT },
          entry: { integratedTime: at(logged) },
          timestamp: { at: at(stamped) },
        });
        const outcome = outcomeOf(signed.text());
        if (typeof outcome === 'string') return false;
        expect(outcome.notBeforeMs).toBe(at(-10).getTime());
        expect(outcome.seenByMs).toBe(at(Math.min(logged, stamped)).getTime());
        return true;
      }),
      30,
    );
  });
});

describe('I10 the clock', () => {
  const signed = sigstore.signStatement({ timestamp: {} });
  const signedMs = SIGNED_AT.getTime();

  it('moved back is told as skew up to the limit, and denies beyond it', () => {
    holds(
      fc.property(fc.integer({ min: 1, max: 30 * 365 * 86_400_000 }), (aheadMs) => {
        const answer = answerOf(signed, { nowMs: signedMs - aheadMs });
        expect(answer).toBe(aheadMs <= LIMITS.clockSkewMs ? 'clock.skew' : 'time.future');
      }),
      60,
    );
    expect(answerOf(signed, { nowMs: signedMs - LIMITS.clockSkewMs })).toBe('clock.skew');
    expect(answerOf(signed, { nowMs: signedMs - LIMITS.clockSkewMs - 1 })).toBe('time.future');
    expect(answerOf(signed, { nowMs: signedMs - 1 })).toBe('clock.skew');
    expect(answerOf(signed, { nowMs: signedMs })).toBe('accepted');
  });

  it('moved on changes nothing that was proven', () => {
    const first = outcomeOf(signed.text(), { nowMs: NOW_MS });
    holds(
      fc.property(fc.integer({ min: 0, max: 1000 * 365 * 86_400_000 }), (laterMs) => {
        const outcome = outcomeOf(signed.text(), { nowMs: NOW_MS + laterMs });
        if (typeof outcome === 'string' || typeof first === 'string') return false;
        expect(outcome.times).toEqual(first.times);
        return true;
      }),
      40,
    );
  });
});
