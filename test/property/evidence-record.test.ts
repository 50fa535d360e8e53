import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayRecord } from '../../src/app/evidence/replay.ts';
import { showRecord, summaryOf } from '../../src/app/evidence/show.ts';
import { verifyEvidence } from '../../src/app/evidence/verify.ts';
import { decisionExit } from '../../src/cli/verdict.ts';
import { verifyProof } from '../../src/core/log/proof.ts';
import {
  type Asked,
  createDecidedLog,
  SIGSTORE_POLICY,
  sigstorePackage,
  VERIFIER_ID,
} from '../kit/decided-log.ts';
import { holdsAsync } from './settings.ts';

/** Requests about two releases, in two environments, with what belongs to them or not, by three policies. */
const asked: fc.Arbitrary<Omit<Asked, 'requestId'>> = fc.record(
  {
    version: fc.constantFrom('2.0.0' as const, '5.0.0' as const),
    environment: fc.constantFrom('staging', 'production'),
    bundles: fc.constantFrom([], [sigstorePackage('2.0.0').bundle], [sigstorePackage('5.0.0').bundle]),
    package: fc.constantFrom('pkg:npm/sigstore@5.0.0', 'pkg:npm/other@1.0.0'),
    policy: fc.constantFrom(
      SIGSTORE_POLICY.replace('refs/heads/main', 'refs/heads/release'),
      `${SIGSTORE_POLICY}    sources: { required: [oci] }\n`,
    ),
    resourceUri: fc.webUrl(),
  },
  { requiredKeys: [] },
);

const exitOf = { allow: 0, deny: 1, indeterminate: 2 } as const;
const resultOf = { allow: 'PASSED', deny: 'FAILED', indeterminate: undefined } as const;

describe('a record', () => {
  it('I15 says what the answer, its exit code, the row and the summary say, and is decided again as it was', async () => {
    const seen = new Set<string>();
    await holdsAsync(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 5 }), async (requests) => {
        const log = await createDecidedLog();
        for (const [index, request] of requests.entries()) {
          const result = await log.gate({ ...request, requestId: `${index}` });
          const { verdict } = result;
          seen.add(verdict);
          const document = { schemaVersion: 1 as const, verdict, results: [result] };
          expect(decisionExit(document)).toBe(exitOf[verdict]);
          const shown = await showRecord(String(result.recordId), log.evidence);
          const { row } = shown;
          const { outcome, inputs } = shown.document.decision ?? {};
          expect([outcome?.verdict, row.verdict]).toEqual([verdict, verdict]);
          expect([inputs?.environment, row.environment]).toEqual([result.environment, result.environment]);
          expect(row.artifactDigest).toBe(result.artifact.digest);
          expect(outcome?.slsaBuildLevel).toBe(result.slsaBuildLevel);
          const blocking = result.findings
            .filter(({ required, outcome: one }) => required && one !== 'pass')
            .map(({ code }) => code);
          expect(row.codes).toEqual([...new Set(blocking)].sort());
          const summary = verdict === 'indeterminate' ? undefined : JSON.parse(summaryOf(shown).toString());
          const predicate =
            summary && JSON.parse(Buffer.from(summary.payload, 'base64').toString('utf8')).predicate;
          expect(predicate?.verificationResult).toBe(resultOf[verdict]);
          if (predicate !== undefined) expect(predicate.resourceUri).toBe(result.resourceUri);
          verifyProof(shown.proof, row.leaf, { origin: log.log.origin, keys: [log.kit.key] });
          const { results } = await replayRecord(row.recordId, log.evidence);
          expect(results).toMatchObject([{ outcome: 'same' }]);
        }
        const trust = { recordKeys: log.evidence.recordKeys, verifierId: VERIFIER_ID };
        const verified = await verifyEvidence(
          { fromPinned: false, withMaterial: true },
          log.kit.options,
          trust,
        );
        expect(verified.records.decisions).toBe(requests.length);
      }),
      60,
    );
    expect([...seen].sort()).toEqual(['allow', 'deny', 'indeterminate']);
  });
});
