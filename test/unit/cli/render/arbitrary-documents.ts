import * as fc from 'fast-check';
import { CODES, isCode } from '../../../../src/codes.ts';
import type { Finding, Outcome, RuleId } from '../../../../src/core/model/finding.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../../../../src/core/model/result.ts';
import { documentOf, finding, resultOf } from '../documents.ts';
import { hostileText } from '../hostile.ts';

const RULES: readonly RuleId[] = ['attestation', 'signature', 'subject-digest', 'source-uri', 'trust-root'];
const DENYING = Object.keys(CODES)
  .filter(isCode)
  .filter((code) => CODES[code].answer === 'deny');
const UNKNOWING = Object.keys(CODES)
  .filter(isCode)
  .filter((code) => CODES[code].answer === 'indeterminate');

const codeOf = (outcome: Outcome): fc.Arbitrary<Finding['code']> =>
  outcome === 'pass' ? fc.constant('ok') : fc.constantFrom(...(outcome === 'fail' ? DENYING : UNKNOWING));

const findings = fc
  .tuple(
    fc.constantFrom(...RULES),
    fc.constantFrom<Outcome>('pass', 'pass', 'fail', 'error', 'not-evaluated'),
    fc.boolean(),
    fc.array(hostileText, { minLength: 5, maxLength: 5 }),
  )
  .chain(([rule, outcome, required, [expected = '', actual = '', message = '', hint = '', weakened = '']]) =>
    codeOf(outcome).map((code) =>
      finding(rule, outcome, {
        code,
        required,
        expected,
        actual,
        message,
        hint,
        ...(weakened.length % 2 === 0 ? { weakened } : {}),
      }),
    ),
  );

/** Kleene logic of decisions: any required fail denies, else any required error leaves it open. */
export const verdictOf = (all: readonly Finding[]): Verdict => {
  const required = all.filter((one) => one.required);
  if (required.some((one) => one.outcome === 'fail')) return 'deny';
  if (required.length === 0 || required.some((one) => one.outcome !== 'pass')) return 'indeterminate';
  return 'allow';
};

const results: fc.Arbitrary<ArtifactResult> = fc
  .tuple(
    fc.array(findings, { minLength: 1, maxLength: 4 }),
    fc.array(hostileText, { minLength: 5, maxLength: 5 }),
  )
  .map(([all, [reference = '', source = '', predicateType = '', issuer = '', subject = '']]) =>
    resultOf(verdictOf(all), all, {
      artifact: { reference, digest: null },
      attestations: [
        {
          digest: `sha256:${'c'.repeat(64)}`,
          source,
          verified: true,
          concernsArtifact: source.length % 2 === 0,
          predicateType,
          signer: { issuer, subject },
          findings: all,
        },
      ],
      sources: [{ name: source, answer: 'complete' }],
      trust: [{ name: subject, digest: `sha256:${'b'.repeat(64)}`, ageSeconds: null }],
    }),
  );

const worstOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('deny') ? 'deny' : verdicts.includes('indeterminate') ? 'indeterminate' : 'allow';

/** Documents as a use case may hand out, with hostile text wherever text of strangers can stand. */
export const documents: fc.Arbitrary<ResultDocument> = fc
  .array(results, { minLength: 1, maxLength: 3 })
  .map((all) => documentOf(worstOf(all.map(({ verdict }) => verdict)), all));

/** One document with the same hostile text in every field. */
export const documentFull = (text: string): ResultDocument =>
  documentOf('deny', [
    resultOf(
      'deny',
      [
        finding('signature', 'fail', {
          expected: text,
          actual: text,
          message: text,
          hint: text,
          weakened: text,
        }),
        finding('source-uri', 'not-evaluated', { expected: text, actual: text, message: text }),
      ],
      {
        artifact: { reference: text, digest: null },
        attestations: [
          {
            digest: `sha256:${'c'.repeat(64)}`,
            source: text,
            verified: true,
            concernsArtifact: true,
            predicateType: text,
            signer: { issuer: text, subject: text },
            findings: [],
          },
        ],
      },
    ),
  ]);
