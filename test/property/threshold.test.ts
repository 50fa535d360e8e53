import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Thresholds } from '../../src/core/verify/thresholds.ts';
import type { EntryBody } from '../kit/entry-body.ts';
import { sha256 } from '../kit/keys.ts';
import { answerOf, BOTH, other, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I9: only distinct authorities count; evidence that is there again never helps, it refuses the bundle. */

const LOGS = [{ log: sigstore.rekor }, { log: other.rekor }] as const;
const AUTHORITIES = [{ authority: sigstore.tsa }, { authority: other.tsa }] as const;
const CERTIFICATE_LOGS = [{ log: sigstore.ctLog }, { log: other.ctLog }] as const;

/** Which of two authorities gave each piece of evidence. */
const witnesses = fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 4 });
const wanted = fc.record({
  log: fc.integer({ min: 1, max: 3 }),
  sct: fc.integer({ min: 1, max: 3 }),
  tsa: fc.integer({ min: 1, max: 3 }),
  time: fc.integer({ min: 1, max: 5 }),
});
/** One body twice in one log would be one entry twice. Without its bytes nobody can compare the hash of an envelope. */
const ownBody =
  (place: number) =>
  ({ spec }: EntryBody): void => {
    spec.envelopeHash = { algorithm: 'sha256', value: sha256(Buffer.of(place)).toString('hex') };
  };
const distinct = (list: readonly number[]): number => new Set(list).size;

describe('I9 thresholds', () => {
  it('count distinct authorities, however often each vouches', () => {
    holds(
      fc.property(witnesses, witnesses, witnesses, wanted, (logs, stamps, scts, atLeast) => {
        const signed = sigstore.signStatement({
          entries: logs.map((index, place) => ({ ...LOGS[index], editBody: ownBody(place) })),
          timestamps: stamps.map((index) => AUTHORITIES[index] ?? {}),
          scts: scts.map((index) => CERTIFICATE_LOGS[index] ?? {}),
        });
        const found = {
          log: distinct(logs),
          sct: distinct(scts),
          tsa: distinct(stamps),
          time: distinct(logs) + distinct(stamps),
        };
        const names = ['sct', 'log', 'tsa', 'time'] as const;
        const missed = names.filter((name) => found[name] < atLeast[name]);
        const answer = answerOf(signed, { root: BOTH, thresholds: { atLeast } });
        if (missed.length === 0) expect(answer).toBe('accepted');
        else expect(missed.map((name) => `${name === 'log' ? 'tlog' : name}.threshold`)).toContain(answer);
      }),
      60,
    );
  });

  it('are not met by repeating what a bundle holds, and nothing may be repeated', () => {
    const { bundle } = sigstore.signStatement({ timestamp: {} });
    holds(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (entries, stamps) => {
        const copy = structuredClone(bundle);
        const material = copy.verificationMaterial ?? {};
        const { tlogEntries = [], timestampVerificationData = {} } = material;
        material.tlogEntries = Array(entries).fill(tlogEntries).flat();
        const { rfc3161Timestamps = [] } = timestampVerificationData;
        timestampVerificationData.rfc3161Timestamps = Array(stamps).fill(rfc3161Timestamps).flat();
        const answer = (atLeast: Partial<Thresholds>): string => answerOf(copy, { thresholds: { atLeast } });
        const isRepeated = entries > 1 || stamps > 1;
        expect(answer({})).toBe(isRepeated ? 'bundle.duplicate' : 'accepted');
        expect(answer({ log: 2 })).toBe(isRepeated ? 'bundle.duplicate' : 'tlog.threshold');
        expect(answer({ tsa: 2 })).toBe(isRepeated ? 'bundle.duplicate' : 'tsa.threshold');
        expect(answer({ time: 3 })).toBe(isRepeated ? 'bundle.duplicate' : 'time.threshold');
      }),
      20,
    );
  });
});
