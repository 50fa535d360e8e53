import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { type Asked, createDecidedLog, SIGSTORE_POLICY } from '../kit/decided-log.ts';
import { EFFORT, SEED } from './settings.ts';

/** One of few requests, by one of three policies: two allow, one denies. */
const asked: fc.Arbitrary<Asked> = fc.record({
  requestId: fc.constantFrom('a', 'b', 'c'),
  environment: fc.constantFrom('staging', 'production'),
  policy: fc.constantFrom(
    SIGSTORE_POLICY,
    SIGSTORE_POLICY,
    `${SIGSTORE_POLICY}# the same\n`,
    SIGSTORE_POLICY.replace('refs/heads/main', 'refs/heads/release'),
  ),
});
/** Groups that are asked at once, one group after the other. */
const groups = fc.array(fc.array(asked, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });

describe('requests in any number and interleaving', () => {
  it('I14 give one record for one request and decision, and a denial stays', async () => {
    await fc.assert(
      fc.asyncProperty(groups, async (rounds) => {
        const { gate, log } = await createDecidedLog();
        const denied = new Set<string>();
        const records = new Map<string, string>();
        for (const round of rounds) {
          const before = new Set(denied);
          const results = await Promise.all(round.map(gate));
          for (const [index, result] of results.entries()) {
            const { environment = '', requestId = '' } = round[index] ?? {};
            assertRecorded(result, `${requestId} ${environment} ${result.decisionDigest}`, records);
            if (before.has(environment)) expect(result.verdict).toBe('deny');
            if (result.verdict === 'deny') denied.add(environment);
          }
        }
        const stored = await log.store.list({ type: 'decision' }, 1000);
        const keys = stored.map(({ requestKey, decisionDigest }) => `${requestKey} ${decisionDigest}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(new Set(stored.map(({ recordId }) => recordId))).toEqual(new Set(records.values()));
      }),
      { seed: SEED, numRuns: 25 * EFFORT },
    );
  });
});

function assertRecorded(result: ArtifactResult, key: string, records: Map<string, string>): void {
  expect(result.recordId).not.toBeNull();
  expect(['allow', 'deny']).toContain(result.verdict);
  const known = records.get(key);
  if (known !== undefined) expect(result.recordId).toBe(known);
  records.set(key, String(result.recordId));
}
