import type { Finding, Outcome, RuleId } from '../../../src/core/model/finding.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../../../src/core/model/result.ts';

/** Results as a use case would hand them to the renderers. */
export const finding = (rule: RuleId, outcome: Outcome, changes: Partial<Finding> = {}): Finding => ({
  rule,
  code: outcome === 'pass' ? 'ok' : 'source.mismatch',
  outcome,
  required: true,
  expected: `${rule} as expected`,
  actual: `${rule} as found`,
  message: `what was found about ${rule}`,
  ...(outcome === 'pass' ? {} : { hint: 'Do this next.' }),
  evidence: [{ kind: 'attestation', digest: `sha256:${'e'.repeat(64)}` }],
  spec: 'SLSA v1.0',
  ...changes,
});

export const resultOf = (
  verdict: Verdict,
  findings: readonly Finding[],
  changes: Partial<ArtifactResult> = {},
): ArtifactResult => ({
  artifact: { reference: 'app.tgz', digest: `sha256:${'a'.repeat(64)}` },
  resourceUri: null,
  environment: null,
  asOf: '2026-11-01T00:00:00Z',
  verdict,
  slsaBuildLevel: verdict === 'allow' ? 3 : 0,
  recordId: null,
  mode: 'verify',
  findings,
  attestations: [],
  facts: [],
  sources: [{ name: 'file', answer: 'complete' }],
  trust: [{ name: 'public-good', digest: `sha256:${'b'.repeat(64)}`, ageSeconds: 86_400 }],
  ...changes,
});

export const documentOf = (verdict: Verdict, results: readonly ArtifactResult[]): ResultDocument => ({
  schemaVersion: 1,
  verdict,
  results,
});
