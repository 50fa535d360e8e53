import { afterEach, describe, expect, it, vi } from 'vitest';
import { CODES } from '../../src/codes.ts';
import type { Finding, RuleId } from '../../src/core/model/finding.ts';
import { OPTIONAL_RULES } from '../../src/core/policy/rules.ts';
import { INTERPRETED_RULES, STATED_RULES } from '../../src/core/rules/index.ts';
import type { Rule } from '../../src/core/rules/rule.ts';
import { SlsaGateError } from '../../src/errors.ts';
import {
  catalogueFor,
  type EvaluateOptions,
  evaluateWith,
  GENERATOR,
  NOW,
  type Signed,
  sigstore,
  sourceOf,
  widgetEntry,
  widgetPolicy,
} from '../kit/gate.ts';
import { ownWorkflowRun } from '../kit/github-run.ts';
import { emailSigner } from '../kit/identity.ts';
import { changed, without } from '../kit/json.ts';
import { createKeyPair, sha256 } from '../kit/keys.ts';
import { ARTIFACT, createSigstore, SIGNED_AT } from '../kit/sigstore.ts';
import { githubProvenanceV1, subjectOf, verificationSummary } from '../kit/statement.ts';

/** The gate's evaluation: what a policy asks, in what order, and what nothing outside of it can change. */

type Values = Record<string, unknown>;

/** The widget's policy with more in its entry, its environment or at the top. */
const policyWith = ({
  entry = {},
  source = {},
  environment = {},
  ...top
}: { readonly entry?: Values; readonly source?: Values; readonly environment?: Values } & Values) => {
  const base = widgetPolicy();
  const own = widgetEntry();
  return {
    ...base,
    packages: [{ ...own, source: { ...own.source, ...source }, ...entry }],
    environments: { production: { ...base.environments.production, ...environment } },
    ...top,
  };
};

const good = sigstore.signStatement();
const ofFork = sigstore.signStatement({ run: { repository: 'octo-org/fork' } });
const ofBranch = sigstore.signStatement({ run: { ref: 'refs/heads/dev' } });
const DIGEST = `sha256:${sha256(ARTIFACT).toString('hex')}`;
const COMMIT = sigstore.run.sha;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('POL-04 a rule that is no answer', () => {
  /** Rules that the policy of this test asks, each of them on its way to pass. */
  const ASKED: readonly RuleId[] = [
    'log-inclusion',
    'subject-digest',
    'predicate-type',
    'signer-identity',
    'bundle-version',
    'builder-id',
    'source-uri',
    'source-repository-id',
    'source-ref',
    'build-trigger',
    'runner-environment',
    'build-parameters',
    'min-level',
  ];
  const policy = policyWith({
    source: { repositoryId: '486325809', refs: ['refs/tags/v1.2.3'] },
    entry: {
      triggers: ['push'],
      runners: ['github-hosted'],
      parameters: { refused: ['debug'] },
      minBundleVersion: '0.3',
    },
  });
  const ruleOf = (id: RuleId): Rule<never> => {
    const rule = [...STATED_RULES, ...INTERPRETED_RULES].find((candidate) => candidate.id === id);
    if (rule === undefined) throw new Error(`no such rule: ${id}`);
    return rule as Rule<never>;
  };
  const throwing = (error: unknown) => () => {
    throw error;
  };
  const ANSWERS: readonly (readonly [what: string, answer: () => unknown, actual: string])[] = [
    ['throws', throwing(new RangeError('hostile: \u001b[2J')), 'RangeError'],
    ['throws what is no error', throwing('no error'), 'string'],
    ['ends in a bug of ours', throwing(new SlsaGateError('internal.bug', 'bug')), 'SlsaGateError'],
    ['returns nothing', () => undefined, 'TypeError'],
    ['returns null', () => null, 'TypeError'],
    ['returns "false"', () => ({ holds: 'false', actual: 'x' }), 'TypeError'],
    ['returns NaN', () => ({ holds: Number.NaN, actual: 'x' }), 'TypeError'],
    ['returns 1', () => ({ holds: 1, actual: 'x' }), 'TypeError'],
    ['returns an empty object', () => ({}), 'TypeError'],
    ['returns a promise', () => Promise.resolve({ holds: true, actual: 'x' }), 'TypeError'],
  ];

  it('POL-04 all of them are asked and pass', async () => {
    const { verdict, findings } = await evaluateWith({ policy });
    expect(verdict).toBe('allow');
    expect(findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining([...ASKED]));
  });

  it.each(ASKED)('POL-04 %s is indeterminate, whatever it does instead of answering', async (id) => {
    for (const [what, answer, actual] of ANSWERS) {
      vi.spyOn(ruleOf(id), 'check').mockImplementation(answer as never);
      const { verdict, findings, faults, finding } = await evaluateWith({ policy });
      expect({ what, verdict, faults }).toEqual({
        what,
        verdict: 'indeterminate',
        faults: [`${id} policy.eval-error`],
      });
      expect(finding(id)).toMatchObject({
        outcome: 'error',
        required: true,
        code: 'policy.eval-error',
        actual,
        message: `the rule could not be evaluated: ${id}`,
        hint: CODES['policy.eval-error'].hint,
      });
      expect(JSON.stringify(findings.map(({ error: _, ...rest }) => rest))).not.toContain('hostile');
      vi.restoreAllMocks();
    }
  });

  it('POL-04 is indeterminate when what a rule expects cannot be said', async () => {
    vi.spyOn(ruleOf('source-uri'), 'expected').mockImplementation(throwing(new TypeError('bug')));
    const { verdict, faults } = await evaluateWith({ policy });
    expect({ verdict, faults }).toEqual({
      verdict: 'indeterminate',
      faults: ['source-uri policy.eval-error'],
    });
  });

  it('POL-04 hides no denial by another rule, and stays an error where the rule has refused by itself', async () => {
    vi.spyOn(ruleOf('source-ref'), 'check').mockImplementation(throwing(new TypeError('bug')));
    const denied = await evaluateWith({ policy, signed: ofFork });
    expect(denied.verdict).toBe('deny');
    expect(denied.faults).toEqual(['source-uri source.mismatch', 'source-ref policy.eval-error']);
    vi.restoreAllMocks();
    vi.spyOn(ruleOf('source-ref'), 'check').mockImplementation(
      throwing(new SlsaGateError('clock.skew', 'a typed refusal')),
    );
    expect((await evaluateWith({ policy })).faults).toEqual(['source-ref clock.skew']);
  });

  it('POL-04 does not count where the rule is only reported, and is shown', async () => {
    vi.spyOn(ruleOf('source-ref'), 'check').mockImplementation(throwing(new TypeError('bug')));
    const reported = {
      ...policy,
      environments: {
        production: { ...policy.environments.production, rules: { reported: ['source-ref'] } },
      },
    };
    const { verdict, finding } = await evaluateWith({ policy: reported });
    expect(verdict).toBe('allow');
    expect(finding('source-ref')).toMatchObject({
      outcome: 'error',
      required: false,
      weakened: 'rules.reported',
    });
  });

  it('POL-04 keeps the error with its cause, for whoever debugs', async () => {
    const bug = new RangeError('bug');
    vi.spyOn(ruleOf('min-level'), 'check').mockImplementation(throwing(bug));
    expect((await evaluateWith({ policy })).finding('min-level').error?.cause).toBe(bug);
  });
});

describe('POL-05 what comes with the artifact', () => {
  const WORDS = [
    'skip',
    'exempt',
    'true',
    'allow',
    'PASSED',
    'verified',
    'slsa-gate.dev/skip=true',
    '{"holds":true}',
  ];
  const KEYS = [
    'slsa-gate.dev/skip',
    'policy',
    'verdict',
    'level',
    'environment',
    'predicateType',
    'dev.sigstore.cosign/skip',
    'org.opencontainers.image.verified',
    'in-toto.io/predicate-type',
  ];

  it('POL-05 denies what is denied, whatever its labels, annotations and media types say', async () => {
    for (const word of WORDS) {
      const labelled: readonly Signed[] = [
        { bytes: Buffer.from(ofFork.text()), mediaType: word },
        { bytes: Buffer.from(ofFork.text()), claimedPredicateType: word },
        { bytes: Buffer.from(ofFork.text()), source: `file:${word}` },
        ...KEYS.map((key): Signed => ({ bytes: Buffer.from(ofFork.text()), annotations: { [key]: word } })),
      ];
      for (const signed of labelled) {
        const { verdict } = await evaluateWith({ signed });
        expect({ signed, verdict }).toEqual({ signed, verdict: 'deny' });
      }
    }
  });

  it('POL-05 denies what is denied, whatever the file, the package and the resource are called', async () => {
    for (const word of WORDS) {
      const name = encodeURIComponent(word);
      const options: readonly Partial<EvaluateOptions>[] = [
        { fileName: word },
        { fileName: `widget.${word}` },
        { package: `pkg:generic/widget@${name}` },
        { package: `pkg:generic/widget@1.2.3?skip=${name}` },
        { package: `pkg:generic/widget@1.2.3#${name}` },
        { resourceUri: word },
      ];
      for (const option of options) {
        const { faults } = await evaluateWith({ signed: ofFork, ...option });
        expect({ option, faults }).toEqual({ option, faults: ['source-uri source.mismatch'] });
      }
    }
  });

  it('POL-05 denies what is denied, whatever the provenance says of verification', async () => {
    for (const path of [
      'predicate.slsa-gate',
      'predicate.metadata.skip',
      'verified',
      'predicate.invocation.environment.SLSA_GATE_SKIP',
    ]) {
      const signed = sigstore.signStatement({
        run: { repository: 'octo-org/fork' },
        statement: (right) => changed(right, path, { verdict: 'allow', skip: true }),
      });
      expect((await evaluateWith({ signed })).verdict).toBe('deny');
    }
  });

  it('POL-05 denies a package that no entry is about, also by a name that looks like one', async () => {
    for (const name of [
      'pkg:generic/widget-2',
      'pkg:generic/Widget',
      'pkg:npm/widget',
      'pkg:generic/widget%2Fx',
      'pkg:generic/x/widget',
    ]) {
      const { verdict, faults } = await evaluateWith({ package: name });
      expect({ name, verdict, faults }).toEqual({
        name,
        verdict: 'deny',
        faults: ['policy-match policy.no-match'],
      });
    }
  });
});

describe('POL-06 exceptions', () => {
  const exception = (changes: Values = {}): Values => ({
    id: 'EX-1',
    rule: 'source-ref',
    environment: 'production',
    digest: DIGEST,
    reason: 'hotfix',
    owner: 'Ada',
    approver: 'Grace',
    expires: '2026-03-02T00:00:00Z',
    ...changes,
  });
  const withRef = (...exceptions: readonly Values[]) =>
    policyWith({
      source: { refs: ['refs/heads/main'] },
      environment: { aliases: ['prod'] },
      ...(exceptions.length === 0 ? {} : { exceptions }),
    });
  const EXCEPTED = 'exception EX-1 until 2026-03-02T00:00:00Z, owner Ada, approver Grace';

  it('POL-06 let one rule not decide for one artifact, and it stands in the finding by whom', async () => {
    expect((await evaluateWith({ policy: withRef() })).faults).toEqual(['source-ref source.ref']);
    for (const environment of ['production', 'prod']) {
      const { verdict, finding } = await evaluateWith({ policy: withRef(exception()), environment });
      expect(verdict).toBe('allow');
      expect(finding('source-ref')).toMatchObject({
        outcome: 'fail',
        required: false,
        code: 'source.ref',
        weakened: EXCEPTED,
      });
    }
  });

  it('POL-06 let one rule not decide for one change', async () => {
    const policy = withRef(exception({ digest: undefined, change: COMMIT }));
    const { verdict, finding } = await evaluateWith({ policy });
    expect({ verdict, weakened: finding('source-ref').weakened }).toEqual({
      verdict: 'allow',
      weakened: EXCEPTED,
    });
    const other = sigstore.signStatement({ run: { sha: '9'.repeat(40) } });
    expect((await evaluateWith({ policy, signed: other })).faults).toEqual(['source-ref source.ref']);
  });

  it.each([
    ['another artifact', { digest: `sha256:${'9'.repeat(64)}` }],
    ['another rule', { rule: 'build-trigger' }],
    ['another change', { digest: undefined, change: '9'.repeat(40) }],
  ])('POL-06 of %s lift nothing', async (_, changes) => {
    const { verdict, faults, finding } = await evaluateWith({ policy: withRef(exception(changes)) });
    expect({ verdict, faults }).toEqual({ verdict: 'deny', faults: ['source-ref source.ref'] });
    expect(finding('source-ref')).not.toHaveProperty('weakened');
  });

  it('POL-06 of another environment lift nothing, also where one extends the other', async () => {
    const policy = {
      ...withRef(exception({ environment: 'staging' })),
      environments: {
        staging: { level: 3, trustedRoots: ['public-good'], verifier: 'strict' },
        production: { extends: 'staging', verifier: 'strict' },
        canary: { extends: 'production', verifier: 'strict' },
      },
    };
    expect((await evaluateWith({ policy, environment: 'staging' })).verdict).toBe('allow');
    for (const environment of ['production', 'canary'])
      expect((await evaluateWith({ policy, environment })).faults).toEqual(['source-ref source.ref']);
  });

  it('POL-06 that have expired lift nothing, by the clock of the decision and to the second', async () => {
    const policy = withRef(exception());
    const at = (time: string) => evaluateWith({ policy, now: new Date(time) });
    expect((await at('2026-03-01T23:59:59Z')).verdict).toBe('allow');
    for (const time of ['2026-03-02T00:00:00Z', '2026-03-02T00:00:01Z', '2030-01-01T00:00:00Z']) {
      const { faults, finding } = await at(time);
      expect(faults).toEqual(['source-ref source.ref']);
      expect(finding('source-ref').hint).toBe(
        'Exception EX-1 expired on 2026-03-02T00:00:00Z; have a new one approved.',
      );
    }
  });

  it('POL-06 do not prolong each other: of two that overlap, each ends by itself', async () => {
    const expired = exception({ id: 'EX-0', expires: '2026-01-01T00:00:00Z' });
    for (const exceptions of [
      [expired, exception()],
      [exception(), expired],
    ]) {
      const { verdict, finding } = await evaluateWith({ policy: withRef(...exceptions) });
      expect({ verdict, weakened: finding('source-ref').weakened }).toEqual({
        verdict: 'allow',
        weakened: EXCEPTED,
      });
      const later = await evaluateWith({
        policy: withRef(...exceptions),
        now: new Date('2026-03-03T00:00:00Z'),
      });
      expect(later.verdict).toBe('deny');
    }
  });

  it('POL-06 do not add up: one for the artifact and one for the rule of another are no exception', async () => {
    const policy = withRef(
      exception({ rule: 'build-trigger' }),
      exception({ id: 'EX-2', digest: `sha256:${'9'.repeat(64)}` }),
    );
    expect((await evaluateWith({ policy })).verdict).toBe('deny');
  });

  it('POL-06 of every rule that has them lift that rule alone', async () => {
    const foreign = sigstore.signStatement({ run: { repository: 'octo-org/fork', ref: 'refs/heads/dev' } });
    for (const rule of OPTIONAL_RULES) {
      const { verdict, finding } = await evaluateWith({
        policy: withRef(exception({ rule })),
        signed: foreign,
      });
      expect(verdict).toBe('deny');
      expect(finding('source-uri')).toMatchObject({ outcome: 'fail', required: true });
    }
  });

  it('POL-06 are refused for rules that always hold', async () => {
    for (const rule of [
      'signature',
      'subject-digest',
      'source-uri',
      'builder-id',
      'min-level',
      'attestation',
    ])
      await expect(evaluateWith({ policy: withRef(exception({ rule })) })).rejects.toThrow(
        expect.objectContaining({ finding: 'policy.rule-not-optional', exitCode: 64 }),
      );
  });

  it('POL-06 let nothing pass that cannot be known', async () => {
    const policy = withRef(exception());
    expect((await evaluateWith({ policy, signed: [] })).verdict).toBe('deny');
    expect((await evaluateWith({ policy, signed: createSigstore().signStatement() })).verdict).toBe('deny');
    const sources = [sourceOf([], { answer: 'failed' })];
    expect((await evaluateWith({ policy, sources })).verdict).toBe('indeterminate');
  });
});

describe('POL-07 rules that are only reported', () => {
  const policy = (reported: readonly string[], changes: Values = {}) =>
    policyWith({
      source: { refs: ['refs/heads/main'] },
      entry: { triggers: ['release'] },
      environment: { rules: { reported }, ...changes },
    });

  it('POL-07 do not decide, and say that and why', async () => {
    const { verdict, finding } = await evaluateWith({ policy: policy(['source-ref', 'build-trigger']) });
    expect(verdict).toBe('allow');
    for (const rule of ['source-ref', 'build-trigger'] as const)
      expect(finding(rule)).toMatchObject({ outcome: 'fail', required: false, weakened: 'rules.reported' });
  });

  it('POL-07 take nothing from those that decide: the worst of these is the answer', async () => {
    const { verdict, faults } = await evaluateWith({ policy: policy(['source-ref']) });
    expect({ verdict, faults }).toEqual({ verdict: 'deny', faults: ['build-trigger build.trigger'] });
    const fork = await evaluateWith({ policy: policy(['source-ref', 'build-trigger']), signed: ofFork });
    expect(fork.verdict).toBe('deny');
  });

  it('POL-07 decide where another environment that is extended lets them', async () => {
    const base = { level: 3, trustedRoots: ['public-good'], verifier: 'strict' };
    const reported = ['source-ref', 'build-trigger'];
    for (const rules of [
      undefined,
      { reported: ['source-ref'] },
      { reported: ['source-ref'], required: ['build-trigger'] },
    ]) {
      const layered = {
        ...policy(reported),
        environments: {
          base: { ...base, ...(rules === undefined ? {} : { rules }) },
          production: { ...base, extends: 'base', rules: { reported } },
        },
      };
      expect((await evaluateWith({ policy: layered })).verdict).toBe('deny');
    }
  });

  it('POL-07 are shown as passed where they pass, and still do not decide', async () => {
    const { finding } = await evaluateWith({
      policy: policyWith({
        source: { refs: ['refs/tags/v1.2.3'] },
        environment: { rules: { reported: ['source-ref'] } },
      }),
    });
    expect(finding('source-ref')).toMatchObject({
      outcome: 'pass',
      required: false,
      weakened: 'rules.reported',
    });
  });
});

describe('POL-14 provenance that says nothing about where it comes from', () => {
  const keys = createKeyPair();
  /** A builder of one's own, known by its key: what its provenance says of the source is all that there is. */
  const policy = policyWith({
    entry: {
      builders: [
        {
          id: 'https://tekton.example.com/chains',
          ref: 'any',
          grantedLevel: 3,
          signer: { key: { pem: keys.pem, id: 'tekton' } },
        },
      ],
    },
  });
  const sign = (edit: (statement: Parameters<typeof changed>[0]) => unknown = (right) => right): Signed => {
    const right = githubProvenanceV1(ownWorkflowRun(), [subjectOf('widget', ARTIFACT)]);
    const named = changed(right, 'predicate.runDetails.builder.id', 'https://tekton.example.com/chains');
    const typed = changed(named, 'predicate.buildDefinition.buildType', 'https://tekton.dev/chains/v2/slsa');
    return sigstore.signStatement({
      keys,
      publicKeyHint: 'tekton',
      statement: edit(typed) as never,
    });
  };
  const DEPENDENCIES = 'predicate.buildDefinition.resolvedDependencies';

  it('POL-14 is allowed where it names the source', async () => {
    const { faults, verdict } = await evaluateWith({ policy, signed: sign() });
    expect({ faults, verdict }).toEqual({ faults: [], verdict: 'allow' });
  });

  it.each([
    ['no dependencies', (right: unknown) => without(right, DEPENDENCIES)],
    ['an empty list of dependencies', (right: unknown) => changed(right, DEPENDENCIES, [])],
    ['a dependency without URI', (right: unknown) => without(right, `${DEPENDENCIES}.0.uri`)],
    [
      'dependencies on something else alone',
      (right: unknown) => changed(right, `${DEPENDENCIES}.0.uri`, 'pkg:npm/left-pad@1.0.0'),
    ],
    [
      'another repository',
      (right: unknown) =>
        changed(right, `${DEPENDENCIES}.0.uri`, 'git+https://github.com/octo-org/fork@refs/heads/main'),
    ],
  ])('POL-14 is denied with %s', async (_, edit) => {
    const { verdict, faults } = await evaluateWith({ policy, signed: sign(edit) });
    expect(verdict).toBe('deny');
    expect(faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['no subject', (right: unknown) => changed(right, 'subject', [])],
    ['a subject without digest', (right: unknown) => changed(right, 'subject.0.digest', {})],
    [
      'subjects of other artifacts alone',
      (right: unknown) => changed(right, 'subject.0.digest.sha256', '9'.repeat(64)),
    ],
    [
      'the right name and another digest',
      (right: unknown) => changed(right, 'subject', [{ name: 'widget', digest: { sha256: '9'.repeat(64) } }]),
    ],
  ])('POL-14 is denied with %s: nothing in common is no match', async (_, edit) => {
    const { verdict } = await evaluateWith({ policy, signed: sign(edit) });
    expect(verdict).toBe('deny');
  });
});

describe('PRD-04, PRD-05 and PRD-06 several attestations under a policy', () => {
  const strict = policyWith({ source: { refs: ['refs/tags/v1.2.3'] } });
  const all = policyWith({
    source: { refs: ['refs/tags/v1.2.3'] },
    environment: { provenance: { quantifier: 'all' } },
  });
  const junk: readonly Signed[] = [
    createSigstore().signStatement({ run: { repository: 'octo-org/fork' } }),
    sigstore.signStatement({
      run: { repository: 'octo-org/fork' },
      signature: () => Buffer.from('3006020101020101', 'hex'),
    }),
    'no JSON',
    '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}',
  ];

  it('PRD-04 gives the same answer in both orders, and facts of two never mix', async () => {
    for (const signed of [
      [ofFork, good],
      [good, ofFork],
    ])
      expect((await evaluateWith({ policy: strict, signed })).verdict).toBe('allow');
    const halves = [ofFork, ofBranch];
    for (const signed of [halves, halves.toReversed()]) {
      const { verdict, faults } = await evaluateWith({ policy: strict, signed });
      expect(verdict).toBe('deny');
      expect(faults).toHaveLength(1);
    }
  });

  it('PRD-04 demands all where the policy says so, in every order', async () => {
    expect((await evaluateWith({ policy: all, signed: [good] })).verdict).toBe('allow');
    for (const signed of [
      [ofFork, good],
      [good, ofFork],
      [good, good, ofFork, good],
    ]) {
      const { verdict, faults } = await evaluateWith({ policy: all, signed });
      expect({ verdict, faults }).toEqual({ verdict: 'deny', faults: ['source-uri source.mismatch'] });
    }
  });

  it('PRD-04 with all, leaves out no provenance for its version, its witnesses or its root', async () => {
    const other = createSigstore();
    const byOwn = sigstore.signStatement({
      run: ownWorkflowRun({ repository: 'octo-org/fork' }),
      statement: (right) =>
        githubProvenanceV1(ownWorkflowRun({ repository: 'octo-org/fork' }), right.subject ?? []),
    });
    const typed = policyWith({
      entry: { predicateTypes: ['https://slsa.dev/provenance/v0.2'] },
      environment: { provenance: { quantifier: 'all' } },
    });
    expect((await evaluateWith({ policy: typed, signed: [good, byOwn] })).verdict).toBe('deny');
    const stamped = sigstore.signStatement({ timestamp: {} });
    const witnessed = policyWith({
      environment: { provenance: { quantifier: 'all' }, thresholds: { tsa: 1 } },
    });
    expect((await evaluateWith({ policy: witnessed, signed: [stamped] })).verdict).toBe('allow');
    expect((await evaluateWith({ policy: witnessed, signed: [stamped, ofFork] })).faults).toEqual([
      'source-uri source.mismatch',
    ]);
    const narrowed = {
      ...all,
      environments: {
        base: {
          level: 3,
          trustedRoots: ['public-good', 'staging'],
          verifier: 'strict',
          provenance: { quantifier: 'all' },
        },
        production: { extends: 'base', trustedRoots: ['public-good'], verifier: 'strict' },
      },
    };
    const elsewhere = other.signStatement({ run: { repository: 'octo-org/fork' } });
    const roots = [
      ['public-good', sigstore],
      ['staging', other],
    ] as const;
    const material = {
      catalogue: { fileName: 'catalogue.json', bytes: catalogueFor(sigstore, other) },
      roots: roots.map(([name, { trustedRoot }]) => ({
        name,
        bytes: Buffer.from(JSON.stringify(trustedRoot())),
        origin: 'file' as const,
        currentAt: NOW,
      })),
    };
    for (const environment of ['base', 'production'])
      expect(
        (await evaluateWith({ policy: narrowed, signed: [good, elsewhere], environment, material })).verdict,
      ).toBe('deny');
    // Under a root that is only heard, nothing counts for the artifact.
    const friendly = other.signStatement();
    expect(
      (await evaluateWith({ policy: narrowed, signed: [friendly], environment: 'production', material }))
        .verdict,
    ).toBe('deny');
    expect(
      (
        await evaluateWith({
          policy: narrowed,
          signed: [good, friendly],
          environment: 'production',
          material,
        })
      ).verdict,
    ).toBe('allow');
  });

  it('PRD-05 counts an attestation once, however often and however it is written', async () => {
    const rewritten = JSON.stringify(good.bundle, null, 2);
    const once = await evaluateWith({ policy: strict, signed: [ofBranch] });
    const often = await evaluateWith({ policy: strict, signed: Array(5).fill(ofBranch) });
    expect([once.verdict, often.verdict]).toEqual(['deny', 'deny']);
    expect(often.faults).toEqual(once.faults);
    const demanding = policyWith({ environment: { thresholds: { log: 2 } } });
    expect((await evaluateWith({ policy: demanding, signed: [good, good, rewritten] })).verdict).toBe('deny');
  });

  it('PRD-06 is not poisoned by 99 that do not verify, which are listed as such', async () => {
    const many = Array.from({ length: 99 }, (_, index) => junk[index % junk.length] ?? '');
    for (const policy of [strict, all]) {
      const { verdict, outcome } = await evaluateWith({ policy, signed: [...many, good] });
      expect(verdict).toBe('allow');
      expect(outcome.attestations.filter(({ verified }) => verified)).toHaveLength(1);
      expect(outcome.attestations).toHaveLength(100);
      for (const report of outcome.attestations.filter(({ verified }) => !verified)) {
        expect(report).not.toHaveProperty('predicateType');
        expect(report).not.toHaveProperty('signer');
      }
    }
    for (const policy of [strict, all])
      expect((await evaluateWith({ policy, signed: many })).verdict).toBe('deny');
  });
});

describe('VSA-05 and VSA-06 summaries under a policy', () => {
  const VERIFIER = 'https://verifier.local/gate';
  const OWN = 'https://gate.example.com';
  const identity = emailSigner('verifier@example.org', 'https://accounts.google.com');
  const POLICY_DIGEST = sha256(Buffer.from('policy')).toString('hex');
  const summaryOf = (changes: Values = {}): Signed =>
    sigstore.signStatement({
      certificate: identity,
      statement: verificationSummary([subjectOf('widget', ARTIFACT)], {
        verifier: { id: VERIFIER },
        resourceUri: 'pkg:generic/widget@1.2.3',
        timeVerified: SIGNED_AT.toISOString(),
        ...changes,
      }),
    });
  const policy = (changes: Values = {}) =>
    policyWith({
      entry: {
        summaries: [
          {
            verifierId: VERIFIER,
            signer: { identity: 'verifier@example.org', issuer: 'https://accounts.google.com' },
            levels: ['SLSA_BUILD_LEVEL_3'],
            policyDigest: `sha256:${POLICY_DIGEST}`,
            maxAge: '2h',
            ...changes,
          },
        ],
      },
    });
  const judge = async (options: EvaluateOptions) => {
    const { verdict, faults } = await evaluateWith(options);
    return { verdict, faults };
  };
  const denied = (code: Finding['code']) => ({ verdict: 'deny', faults: [`verification-summary ${code}`] });

  it('VSA-05 counts in place of provenance where the policy names its verifier, signer, policy and age', async () => {
    expect(await judge({ policy: policy(), signed: summaryOf() })).toEqual({ verdict: 'allow', faults: [] });
    expect((await judge({ signed: summaryOf() })).verdict).toBe('deny');
  });

  it('VSA-05 is denied when the gate wrote it itself, even where the policy lists it', async () => {
    const own = summaryOf({ verifier: { id: OWN } });
    expect(await judge({ policy: policy({ verifierId: OWN }), signed: own })).toEqual(denied('vsa.self'));
  });

  it('VSA-05 is denied when it was made by another policy', async () => {
    for (const digest of [{ sha256: '9'.repeat(64) }, {}, { sha512: '9'.repeat(128) }]) {
      const signed = summaryOf({ policy: { uri: 'https://policies.local/old.json', digest } });
      expect(await judge({ policy: policy(), signed })).toEqual(denied('vsa.policy-digest'));
    }
  });

  it('VSA-06 is denied when it is too old, from the future, or says no time', async () => {
    const at = (time: number): Signed => summaryOf({ timeVerified: new Date(time).toISOString() });
    const TWO_HOURS = 7_200_000;
    expect((await judge({ policy: policy(), signed: at(NOW.getTime() - TWO_HOURS) })).verdict).toBe('allow');
    for (const time of [NOW.getTime() - TWO_HOURS - 1000, NOW.getTime() + 3_600_000, 0])
      expect(await judge({ policy: policy(), signed: at(time) })).toEqual(denied('vsa.stale'));
    expect(await judge({ policy: policy(), signed: summaryOf({ timeVerified: undefined }) })).toEqual(
      denied('vsa.stale'),
    );
    const later = new Date(NOW.getTime() + TWO_HOURS);
    expect(await judge({ policy: policy(), signed: summaryOf(), now: later })).toEqual(denied('vsa.stale'));
  });

  it('VSA-05 of somebody else does not take the place of provenance, and is no objection to it', async () => {
    const foreign = summaryOf({ verifier: { id: 'https://verifier.local/other' } });
    expect((await judge({ policy: policy(), signed: foreign })).verdict).toBe('deny');
    expect((await judge({ policy: policy(), signed: [foreign, good] })).verdict).toBe('allow');
  });
});

describe('PRD-06 vetoes', () => {
  const SCANNER = 'https://scanner.example.com';
  const identity = emailSigner('scanner@example.org', 'https://accounts.google.com');
  const veto = (changes: Values = {}, signer = identity, artifact = ARTIFACT): Signed =>
    sigstore.signStatement({
      certificate: signer,
      statement: verificationSummary([subjectOf('widget', artifact)], {
        verifier: { id: SCANNER },
        verificationResult: 'FAILED',
        verifiedLevels: ['FAILED'],
        ...changes,
      }),
    });
  const policy = (environment: Values = {}) =>
    policyWith({
      environment: {
        vetoes: [
          {
            verifierId: SCANNER,
            signer: { identity: 'scanner@example.org', issuer: 'https://accounts.google.com' },
          },
        ],
        ...environment,
      },
    });

  it('PRD-06 deny by whom the policy names, whatever else passes and whatever witnesses it demands', async () => {
    expect((await evaluateWith({ policy: policy() })).verdict).toBe('allow');
    expect((await evaluateWith({ policy: policy(), signed: [good, veto()] })).faults).toEqual([
      'negative-attestation negative.attested',
    ]);
    const witnessed = policy({ thresholds: { tsa: 1 } });
    const stamped = sigstore.signStatement({ timestamp: {} });
    expect((await evaluateWith({ policy: witnessed, signed: [stamped] })).verdict).toBe('allow');
    expect((await evaluateWith({ policy: witnessed, signed: [stamped, veto()] })).faults).toEqual([
      'negative-attestation negative.attested',
    ]);
  });

  it.each([
    ['by somebody else', veto({}, emailSigner('evil@example.org'))],
    ['in the name of another verifier', veto({ verifier: { id: `${SCANNER}/2` } })],
    ['about other bytes', veto({}, identity, Buffer.from('other'))],
    ['that let it pass', veto({ verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_LEVEL_3'] })],
    [
      'that nobody signed',
      '{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/verification_summary/v1"}',
    ],
  ])('PRD-06 are none %s', async (_, signed) => {
    expect((await evaluateWith({ policy: policy(), signed: [good, signed] })).verdict).toBe('allow');
  });

  it('PRD-06 are not known to be none while a source has not told everything', async () => {
    const sources = [sourceOf(good), sourceOf([], { name: 'oci-layout:image', answer: 'partial' })];
    const { verdict, finding } = await evaluateWith({ policy: policy(), sources });
    expect(verdict).toBe('indeterminate');
    expect(finding('negative-attestation')).toMatchObject({ outcome: 'error', code: 'source.unavailable' });
  });
});

describe('POL-13 builders that a policy lists twice', () => {
  const HELD = '9'.repeat(40);
  const OPEN = { id: GENERATOR };

  it.each([
    ['a cap', { ...OPEN, maxLevel: 1 }],
    ['another revision', { ...OPEN, workflowDigest: HELD }],
    ['both', { ...OPEN, maxLevel: 1, workflowDigest: HELD }],
  ])(
    'POL-13 each count as if they stood alone: %s in one takes nothing from the other, and adds nothing',
    async (_, held) => {
      for (const builders of [
        [OPEN, held],
        [held, OPEN],
      ])
        expect((await evaluateWith({ policy: policyWith({ entry: { builders } }) })).verdict).toBe('allow');
      expect((await evaluateWith({ policy: policyWith({ entry: { builders: [held] } }) })).verdict).toBe(
        'deny',
      );
    },
  );
});

describe('POL-14 sources that a policy requires', () => {
  const policy = policyWith({ environment: { sources: { required: ['oci-layout'] } } });
  const layout = (answer: 'complete' | 'partial' | 'absent' | 'failed', signed: readonly Signed[] = []) =>
    sourceOf(signed, { name: 'oci-layout:image', answer });

  it.each([
    ['complete', [layout('complete', [good])], 'allow'],
    ['empty, with what the caller has', [layout('absent'), sourceOf(good)], 'allow'],
    ['partial', [layout('partial', [good])], 'indeterminate'],
    ['failed', [layout('failed'), sourceOf(good)], 'indeterminate'],
    ['never asked', [sourceOf(good)], 'indeterminate'],
    ['of a name that only begins so', [sourceOf(good, { name: 'oci-layouts' })], 'indeterminate'],
    ['complete twice and failed once', [layout('complete', [good]), layout('failed')], 'indeterminate'],
  ] as const)('POL-14 that is %s', async (_, sources, verdict) => {
    expect((await evaluateWith({ policy, sources })).verdict).toBe(verdict);
  });
});

describe('the generator that the kit signs as', () => {
  it('is the builder of the default policy', async () => {
    expect((await evaluateWith()).finding('builder-id').actual).toBe(`${GENERATOR}@refs/tags/v2.0.0`);
  });
});
