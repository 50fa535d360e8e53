import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BundleJson } from '../kit/bundle.ts';
import { answerOf, BOTH, other, outcomeOf, type Setting, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I3: the order of what vouches for a signature changes nothing. */

const TWO: Setting = { root: BOTH, thresholds: { atLeast: { log: 2, tsa: 2, time: 2 } } };

const good = sigstore.signStatement({
  entries: [{}, { log: other.rekor }],
  timestamps: [{}, { authority: other.tsa }, { serialNumber: 77n }],
}).bundle;
/** Its second entry is one that nobody trusts. */
const bad = sigstore.signStatement({
  entries: [{}, { log: other.rekor, inclusionPromise: { signature: () => Buffer.alloc(70) } }],
  timestamps: [{}, { authority: other.tsa }],
}).bundle;

function permuted(bundle: BundleJson, entries: readonly number[], timestamps: readonly number[]): BundleJson {
  const copy = structuredClone(bundle);
  const material = copy.verificationMaterial ?? {};
  const { tlogEntries = [], timestampVerificationData = {} } = material;
  const { rfc3161Timestamps = [] } = timestampVerificationData;
  material.tlogEntries = entries.flatMap((index) => tlogEntries[index] ?? []);
  timestampVerificationData.rfc3161Timestamps = timestamps.flatMap((index) => rfc3161Timestamps[index] ?? []);
  return copy;
}

const order = (length: number): fc.Arbitrary<number[]> => {
  const all = Array.from({ length }, (_, index) => index);
  return fc.shuffledSubarray(all, { minLength: length, maxLength: length });
};

describe('I3 the order', () => {
  it('of log entries and timestamps changes neither the answer nor what was proven', () => {
    const first = outcomeOf(JSON.stringify(good), TWO);
    holds(
      fc.property(order(2), order(3), (entries, timestamps) => {
        const outcome = outcomeOf(JSON.stringify(permuted(good, entries, timestamps)), TWO);
        if (typeof outcome === 'string' || typeof first === 'string') return false;
        const times = (verified: typeof first): string[] =>
          verified.times.map(({ kind, authority, timeMs }) => `${kind} ${authority} ${timeMs}`).sort();
        expect(times(outcome)).toEqual(times(first));
        expect(outcome.seenByMs).toBe(first.seenByMs);
        expect(outcome.notBeforeMs).toBe(first.notBeforeMs);
        return true;
      }),
      30,
    );
  });

  it('of log entries and timestamps saves no bundle with a bad one', () => {
    holds(
      fc.property(order(2), order(2), (entries, timestamps) => {
        expect(answerOf(permuted(bad, entries, timestamps), { root: BOTH })).toBe('log.set');
      }),
      30,
    );
  });

  it('of SCTs changes nothing', () => {
    const scts = [{}, { log: other.ctLog }] as const;
    const atLeast = { sct: 2 };
    for (const list of [scts, scts.toReversed()])
      expect(answerOf(sigstore.signStatement({ scts: list }), { root: BOTH, thresholds: { atLeast } })).toBe(
        'accepted',
      );
    const forged = [
      {},
      { log: other.ctLog, signature: () => Buffer.from('3006020101020101', 'hex') },
    ] as const;
    for (const list of [forged, forged.toReversed()])
      expect(answerOf(sigstore.signStatement({ scts: list }), { root: BOTH })).toBe('sct.invalid');
  });

  it('of log entries and authorities in the trusted root changes nothing', () => {
    const text = JSON.stringify(good);
    const { logs, certificateLogs, authorities, timestampAuthorities } = BOTH;
    const turned = {
      ...BOTH,
      logs: new Map([...logs].toReversed()),
      certificateLogs: new Map([...certificateLogs].toReversed()),
      authorities: authorities.toReversed(),
      timestampAuthorities: timestampAuthorities.toReversed(),
    };
    expect(answerOf(text, { ...TWO, root: turned })).toBe('accepted');
  });
});
