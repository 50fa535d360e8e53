import { describe, expect, it } from 'vitest';
import { notRecorded, recorded } from '../../../../src/app/gate/result.ts';
import { encodeClock } from '../../../../src/core/clock.ts';
import { checkDenials } from '../../../../src/core/evidence/deny-memory.ts';
import type { Finding, RuleId } from '../../../../src/core/model/finding.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import {
  type EvaluateOptions,
  evaluateWith,
  sigstore,
  widgetEntry,
  widgetPolicy,
} from '../../../kit/gate.ts';
import { generatorRun } from '../../../kit/github-run.ts';
import { ARTIFACT } from '../../../kit/sigstore.ts';
import { subjectOf, verificationSummary } from '../../../kit/statement.ts';

/** Every rule of the gate that is not about one attestation, each seen to pass, to deny and to be undecided. */

const policyWith = (production: object, entry: object = {}) => ({
  ...widgetPolicy(),
  packages: [{ ...widgetEntry(), ...entry }],
  environments: { production: { ...widgetPolicy().environments.production, ...production } },
});

const signed = sigstore.signStatement();
const COMMIT = 'c0ffee'.padEnd(40, '0');
const source = (name: string, answer: 'complete' | 'partial' | 'failed' | 'absent') => ({
  name,
  answer,
  attestations: answer === 'complete' ? [{ bytes: Buffer.from(signed.text()), source: name }] : [],
});
const SIGNER = {
  identity: { re2: '^https://github\\.com/slsa-framework/.*$' },
  issuer: 'https://token.actions.githubusercontent.com',
};
const VETO = { vetoes: [{ verifierId: 'https://verifier.local/gate', signer: SIGNER }] };
const summary = (verificationResult: string) =>
  sigstore.signStatement({
    statement: verificationSummary([subjectOf('widget', ARTIFACT)], {
      verificationResult,
      verifiedLevels: verificationResult === 'FAILED' ? ['FAILED'] : ['SLSA_BUILD_LEVEL_3'],
    }),
  });

interface Case {
  readonly rule: RuleId;
  readonly outcome: Finding['outcome'];
  readonly code: Finding['code'];
  readonly verdict: 'allow' | 'deny' | 'indeterminate';
  readonly asked: EvaluateOptions;
}

const of = (
  rule: RuleId,
  outcome: Finding['outcome'],
  code: Finding['code'],
  verdict: Case['verdict'],
  asked: EvaluateOptions,
): Case => ({ rule, outcome, code, verdict, asked });

const clockFact = (seconds: number) => ({
  name: 'clock',
  bytes: encodeClock([{ origin: 'https://server.local', serverMs: seconds * 1000, localMs: 0 }]),
});

const historyFact = (has: { readonly earlier: boolean; readonly own: boolean; readonly since?: string }) => ({
  name: 'package-history',
  bytes: Buffer.from(
    JSON.stringify({
      package: 'widget',
      version: '1.2.3',
      versions: [
        { version: '1.2.2', publishedAt: '2026-01-01T00:00:00.000Z', hasProvenance: has.earlier },
        { version: '1.2.3', publishedAt: has.since ?? '2026-02-01T00:00:00.000Z', hasProvenance: has.own },
      ],
    }),
  ),
});

const CASES: readonly Case[] = [
  of('policy-match', 'pass', 'ok', 'allow', {}),
  of('policy-match', 'fail', 'policy.no-match', 'deny', { package: 'pkg:generic/widgets@1.2.3' }),
  of('policy-source', 'pass', 'ok', 'allow', { origin: { checkout: COMMIT } }),
  of('policy-source', 'pass', 'ok', 'allow', { origin: { pinnedBy: 'digest' } }),
  of('required-sources', 'pass', 'ok', 'allow', {
    policy: policyWith({ sources: { required: ['oci'] } }),
    sources: [source('oci', 'complete')],
  }),
  of('required-sources', 'pass', 'ok', 'allow', {
    policy: policyWith({ sources: { required: ['oci'] } }),
    sources: [source('file', 'complete'), source('oci', 'absent')],
  }),
  of('required-sources', 'error', 'source.unavailable', 'indeterminate', {
    policy: policyWith({ sources: { required: ['oci'] } }),
    sources: [source('file', 'complete'), source('oci', 'failed')],
  }),
  of('required-sources', 'error', 'source.unavailable', 'indeterminate', {
    policy: policyWith({ sources: { required: ['oci'] } }),
    sources: [source('file', 'complete')],
  }),
  of('negative-attestation', 'pass', 'ok', 'allow', { policy: policyWith(VETO) }),
  of('negative-attestation', 'pass', 'ok', 'allow', {
    policy: policyWith(VETO),
    signed: [signed, summary('PASSED')],
  }),
  of('negative-attestation', 'fail', 'negative.attested', 'deny', {
    policy: policyWith(VETO),
    signed: [signed, summary('FAILED')],
  }),
  of('negative-attestation', 'error', 'source.unavailable', 'indeterminate', {
    policy: policyWith(VETO),
    sources: [source('file', 'complete'), source('oci', 'partial')],
  }),
  ...(['source-on-branch', 'no-newer-change', 'branch-controls'] as const).map((rule) =>
    of(rule, 'not-evaluated', 'rule.not-evaluated', 'indeterminate', {
      policy: policyWith({ freshness: { branch: 'refs/heads/main', rules: [rule] } }),
    }),
  ),
  of('change-approvals', 'not-evaluated', 'rule.not-evaluated', 'indeterminate', {
    policy: policyWith({ approvals: { change: { minimum: 1, since: COMMIT } } }),
  }),
  of('release-approvals', 'not-evaluated', 'rule.not-evaluated', 'indeterminate', {
    policy: policyWith({ approvals: { release: { minimum: 1 } } }),
  }),
  of('clock-corroboration', 'not-evaluated', 'rule.not-evaluated', 'indeterminate', {
    policy: policyWith({ clock: 'corroborated' }),
  }),
  of('clock-corroboration', 'pass', 'ok', 'allow', {
    policy: policyWith({ clock: 'corroborated' }),
    material: { facts: [clockFact(5)] },
  }),
  of('clock-corroboration', 'error', 'clock.skew', 'indeterminate', {
    policy: policyWith({ clock: 'corroborated' }),
    material: { facts: [clockFact(300)] },
  }),
  // By a clock that is wrong nothing is decided, whether anybody asked for it or not.
  of('clock-corroboration', 'error', 'clock.skew', 'indeterminate', {
    material: { facts: [clockFact(-300)] },
  }),
  of('clock-corroboration', 'error', 'clock.skew', 'indeterminate', {
    signed: [],
    material: { facts: [clockFact(-300)] },
  }),
  of('no-downgrade', 'error', 'source.unavailable', 'indeterminate', {
    policy: policyWith({}, { noDowngrade: true }),
  }),
  of('no-downgrade', 'pass', 'ok', 'allow', {
    policy: policyWith({}, { noDowngrade: true }),
    material: { facts: [historyFact({ earlier: true, own: true })] },
  }),
  of('no-downgrade', 'pass', 'ok', 'allow', {
    policy: policyWith({}, { noDowngrade: true }),
    material: { facts: [historyFact({ earlier: false, own: false })] },
  }),
  of('no-downgrade', 'fail', 'npm.provenance-lost', 'deny', {
    policy: policyWith({}, { noDowngrade: true }),
    material: { facts: [historyFact({ earlier: true, own: false })] },
  }),
  // A year that RFC 3339 cannot write, as a registry may say it.
  of('no-downgrade', 'error', 'source.unavailable', 'indeterminate', {
    policy: policyWith({}, { noDowngrade: true }),
    material: { facts: [historyFact({ earlier: true, own: true, since: '+020000-01-01T00:00:00.000Z' })] },
  }),
  of('build-parameters', 'not-evaluated', 'rule.not-evaluated', 'indeterminate', {
    policy: policyWith({ rules: { required: ['build-parameters'] } }),
  }),
  of('attestation', 'fail', 'attestation.missing', 'deny', { signed: [] }),
  of('attestation', 'error', 'source.unavailable', 'indeterminate', { sources: [source('file', 'failed')] }),
  of('attestation', 'pass', 'ok', 'allow', {
    sources: [source('file', 'complete'), source('oci', 'failed')],
  }),
];

describe('rules about the whole answer', () => {
  it.each(CASES)('$rule is $outcome ($code), so the answer is $verdict', async (wanted) => {
    const evaluated = await evaluateWith(wanted.asked);
    const finding = evaluated.finding(wanted.rule);
    expect(finding).toMatchObject({ outcome: wanted.outcome, code: wanted.code, required: true });
    expect(evaluated.verdict).toBe(wanted.verdict);
    for (const text of [finding.expected, finding.actual, finding.message, finding.spec])
      expect(text).not.toBe('');
    expect(finding.hint === undefined).toBe(wanted.outcome === 'pass');
  });

  it('POL-11 denies an unpinned policy out of the checkout of the commit that is promoted', async () => {
    const checkout = generatorRun().sha;
    const denied = await evaluateWith({ origin: { checkout } });
    expect(denied.verdict).toBe('deny');
    expect(denied.faults).toEqual(['policy-source policy.untrusted-source']);
    for (const pinnedBy of ['digest', 'key'] as const) {
      expect((await evaluateWith({ origin: { checkout, pinnedBy } })).verdict).toBe('allow');
    }
    expect((await evaluateWith({ origin: { checkout: null } })).verdict).toBe('allow');
  });

  it('POL-11 denies an unpinned policy out of any checkout in a pipeline, whatever commit the evidence names', async () => {
    const checkout = 'f'.repeat(40);
    expect((await evaluateWith({ origin: { checkout, inPipeline: true } })).faults).toEqual([
      'policy-source policy.untrusted-source',
    ]);
    expect((await evaluateWith({ origin: { checkout, inPipeline: true, pinnedBy: 'key' } })).verdict).toBe(
      'allow',
    );
    expect((await evaluateWith({ origin: { checkout: null, inPipeline: true } })).verdict).toBe('allow');
  });

  it('previously-denied passes without a denial that stands, and denies with one', () => {
    const lifted = { recordId: 'rec_1', codes: ['source.ref'], lifted: 'override' } as const;
    expect(checkDenials([])).toMatchObject({ rule: 'deny-memory', outcome: 'pass', required: true });
    expect(checkDenials([lifted])).toMatchObject({ outcome: 'pass' });
    expect(checkDenials([lifted, { ...lifted, lifted: null }])).toMatchObject({
      outcome: 'fail',
      code: 'previously-denied',
      actual: 'rec_1 (source.ref)',
    });
  });

  it('evidence-record passes with a record, and blocks without one', () => {
    expect(recorded('rec_1', 7)).toMatchObject({ outcome: 'pass', required: true });
    const failed = (code: 'evidence.unwritable' | 'evidence.tampered' | 'replay.audience') =>
      notRecorded(new SlsaGateError(code, 'something'));
    expect(failed('evidence.unwritable')).toMatchObject({ outcome: 'error', required: true });
    expect(failed('evidence.tampered')).toMatchObject({ outcome: 'error', code: 'evidence.tampered' });
    expect(failed('replay.audience')).toMatchObject({ outcome: 'fail', code: 'replay.audience' });
  });
});
