import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/model/result.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import { catalogueFor, evaluateWith, GENERATOR, NOW, type Signed, sigstore, sourceOf } from '../kit/gate.ts';
import { ownWorkflowRun } from '../kit/github-run.ts';
import { emailSigner } from '../kit/identity.ts';
import { ARTIFACT, createSigstore, SIGNED_AT } from '../kit/sigstore.ts';
import { githubProvenanceV1, subjectOf, verificationSummary } from '../kit/statement.ts';
import { holdsAsync } from './settings.ts';

/**
 * I6: layers only tighten. Another entry that matches, something more to extend, a demand: none of them lets anything pass
 * that did not pass before. Random policies over random attestations.
 */

const other = createSigstore({ rekor: { host: 'other.local' }, rekor2: { host: 'other2.local' } });

const OWN = 'https://github.com/octo-org/widget/.github/workflows/release.yml';
const VERIFIER = 'https://verifier.local/gate';
const byVerifier = emailSigner('verifier@example.org', 'https://accounts.google.com');
const SIGNER = { identity: 'verifier@example.org', issuer: 'https://accounts.google.com' };

const summary = (changes: Record<string, unknown>): Signed =>
  sigstore.signStatement({
    certificate: byVerifier,
    statement: verificationSummary([subjectOf('widget', ARTIFACT)], {
      verifier: { id: VERIFIER },
      timeVerified: SIGNED_AT.toISOString(),
      ...changes,
    }),
  });
const byOwn = (run: Parameters<typeof ownWorkflowRun>[0] = {}): Signed =>
  sigstore.signStatement({
    run: ownWorkflowRun(run),
    statement: (right) => githubProvenanceV1(ownWorkflowRun(run), right.subject ?? []),
  });

/** What most policies of this test let pass. */
const GOOD: readonly Signed[] = [
  sigstore.signStatement(),
  sigstore.signStatement({ timestamp: {} }),
  byOwn(),
  summary({}),
];
/** Each says something else, and each is verified under some root but for the last two. */
const ATTESTATIONS: readonly Signed[] = [
  sigstore.signStatement(),
  sigstore.signStatement({ timestamp: {} }),
  sigstore.signStatement({ version: '0.2' }),
  sigstore.signStatement({ run: { ref: 'refs/heads/main' } }),
  sigstore.signStatement({ run: { repository: 'octo-org/fork' } }),
  sigstore.signStatement({ run: { repositoryId: '1', repositoryOwnerId: '2' } }),
  sigstore.signStatement({ run: { eventName: 'workflow_dispatch', runnerEnvironment: 'self-hosted' } }),
  sigstore.signStatement({ artifact: Buffer.from('other') }),
  byOwn(),
  byOwn({ ref: 'refs/heads/main', repository: 'octo-org/fork' }),
  other.signStatement(),
  other.signStatement({ run: { repository: 'octo-org/fork' } }),
  summary({}),
  summary({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'] }),
  summary({ timeVerified: '2025-01-01T00:00:00Z' }),
  createSigstore().signStatement(),
  'no JSON',
];

type Values = Readonly<Record<string, unknown>>;

interface RandomPolicy {
  readonly packages: readonly Values[];
  readonly environments: Readonly<Record<string, Values>>;
}

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 1 });
/** The first value mostly: policies in which much is wrong at once never show what one step lets through. */
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );
/** Only what is there; JSON leaves the rest out. */
const record = (model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Values> =>
  fc.record(model);

const BUILDERS = [
  { id: GENERATOR },
  { id: GENERATOR, maxLevel: 1 },
  { id: OWN, ref: 'any' },
  { id: OWN, ref: 'any', maxLevel: 1 },
];
const source = record({
  repository: mostly('https://github.com/octo-org/widget', 'https://github.com/octo-org/fork'),
  repositoryId: maybe(mostly('486325809', '1')),
  ownerId: maybe(mostly('80431187', '2')),
  refs: maybe(
    mostly<unknown>(['refs/tags/v1.2.3'], ['refs/heads/main'], ['refs/heads/main', { glob: 'refs/tags/v*' }]),
  ),
});
const V02 = 'https://slsa.dev/provenance/v0.2';
const V1 = 'https://slsa.dev/provenance/v1';
/** Keys of an entry that demand something where they were not. */
const DEMANDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  predicateTypes: fc.constantFrom([V02], [V1], [V02, V1]),
  triggers: mostly(['push'], ['workflow_dispatch'], ['push', 'workflow_dispatch']),
  runners: mostly(['github-hosted'], ['self-hosted']),
  parameters: mostly<unknown>(
    { free: ['notes'] },
    { expected: { channel: 'stable' } },
    { refused: ['debug'] },
  ),
  minBundleVersion: fc.constantFrom('0.1', '0.2', '0.3'),
};
const summaries = fc.constant([
  {
    verifierId: VERIFIER,
    signer: SIGNER,
    resourceUri: { glob: 'pkg:generic/**' },
    levels: ['SLSA_BUILD_LEVEL_2'],
    maxAge: '1d',
  },
]);
const entry = fc
  .tuple(
    source,
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(BUILDERS) },
      { weight: 2, arbitrary: fc.shuffledSubarray(BUILDERS, { minLength: 1 }) },
    ),
    maybe(summaries),
    record(Object.fromEntries(Object.entries(DEMANDS).map(([key, value]) => [key, maybe(value)]))),
    fc.constantFrom('pkg:generic/widget', { glob: 'pkg:generic/w*' }),
  )
  .map(([from, builders, listed, demands, name]) => ({
    package: name,
    source: from,
    builders,
    summaries: listed,
    ...demands,
  }));

const RULES = [
  'source-ref',
  'source-repository-id',
  'build-parameters',
  'build-trigger',
  'runner-environment',
  'bundle-version',
];
const rules = fc
  .tuple(fc.subarray(RULES, { maxLength: 1 }), fc.subarray(RULES, { maxLength: 3 }))
  .map(([required, reported]) => {
    const shown = reported.filter((rule) => !required.includes(rule));
    return {
      ...(required.length === 0 ? {} : { required }),
      ...(shown.length === 0 ? {} : { reported: shown }),
    };
  })
  .filter((value) => Object.keys(value).length > 0);
const thresholds = fc.constantFrom({ log: 1 }, { tsa: 1 }, { sct: 1 }, { time: 1 }, { time: 2 }, { log: 2 });
const vetoes = fc.constant([{ verifierId: VERIFIER, signer: SIGNER }]);
const environment: fc.Arbitrary<Values> = record({
  level: fc.constantFrom(1, 2, 3),
  trustedRoots: fc.constantFrom(['public-good'], ['public-good', 'staging']),
  thresholds: mostly<unknown>(undefined, { log: 1 }, { tsa: 1 }, { sct: 1 }, { time: 2 }),
  minBundleVersion: mostly<unknown>(undefined, '0.1', '0.2', '0.3'),
  verifier: mostly<unknown>('strict', undefined),
  rules: maybe(rules),
  provenance: fc.constantFrom(undefined, { quantifier: 'any' }, { quantifier: 'all' }),
  sources: maybe(fc.constant({ required: ['file'] })),
  vetoes: maybe(vetoes),
});

const policy: fc.Arbitrary<RandomPolicy> = fc.record({
  packages: fc.oneof(fc.tuple(entry), fc.array(entry, { minLength: 1, maxLength: 2 })),
  environments: fc.record({ production: environment }),
});

/** What was found: something good, mostly, and something else, in any order, from sources that told all they have or not. */
const found: fc.Arbitrary<readonly CollectedAttestations[]> = fc
  .tuple(
    fc.subarray([...GOOD], { maxLength: 2 }),
    fc.array(fc.constantFrom(...ATTESTATIONS), { maxLength: 2 }),
    fc.boolean(),
    mostly<CollectedAttestations['answer']>('complete', 'partial', 'failed'),
  )
  .map(([good, others, isFirst, answer]) => [
    sourceOf(isFirst ? [...good, ...others] : [...others, ...good]),
    sourceOf([], { name: 'oci-layout:x', answer }),
  ]);

const replaced = <T>(list: readonly T[], at: number, change: (item: T) => T): T[] =>
  list.map((item, index) => (index === at % list.length ? change(item) : item));

type Step = (before: RandomPolicy) => RandomPolicy;
const inProduction =
  (change: (values: Values) => Values): Step =>
  (before) => ({
    ...before,
    environments: { ...before.environments, production: change(before.environments.production ?? {}) },
  });
/** A key that was not there; one that is stays as it is. */
const added = (values: Values, key: string, value: unknown): Values =>
  values[key] === undefined ? { ...values, [key]: value } : values;

const addEntry: fc.Arbitrary<Step> = entry.map((more) => (before) => ({
  ...before,
  packages: [...before.packages, more],
}));

const extendMore: fc.Arbitrary<Step> = environment.map((base) => (before) => {
  const name = `base${Object.keys(before.environments).length}`;
  const known = [before.environments.production?.extends ?? []].flat();
  return inProduction((values) => ({ ...values, extends: [...known, name] }))({
    ...before,
    environments: { ...before.environments, [name]: base },
  });
});

const addDemand: fc.Arbitrary<Step> = fc
  .tuple(fc.nat(), fc.constantFrom(...Object.keys(DEMANDS)))
  .chain(([at, key]) =>
    (DEMANDS[key] ?? fc.constant(undefined)).map(
      (value): Step =>
        (before) => ({
          ...before,
          packages: replaced(before.packages, at, (values) => added(values, key, value)),
        }),
    ),
  );

const addToSource: fc.Arbitrary<Step> = fc.tuple(fc.nat(), source).map(([at, more]) => (before) => ({
  ...before,
  packages: replaced(before.packages, at, (values) => ({
    ...values,
    source: { ...more, ...defined(values.source as Values) },
  })),
}));
const defined = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** A cap, or a revision, of one of the builders. */
const holdBuilder: fc.Arbitrary<Step> = fc
  .tuple(
    fc.nat(),
    fc.nat(),
    fc.constantFrom(
      { maxLevel: 1 },
      { maxLevel: 2 },
      { workflowDigest: '9'.repeat(40) },
      { workflowDigest: '5a775b367a56d5bd118a224a811bba288150a563' },
    ),
  )
  .map(([at, which, held]) => (before) => ({
    ...before,
    packages: replaced(before.packages, at, (values) => ({
      ...values,
      builders: replaced(values.builders as Values[], which, (builder) => ({ ...held, ...builder })),
    })),
  }));

const demandMore: fc.Arbitrary<Step> = fc.oneof(
  fc
    .constantFrom(2, 3)
    .map((level) => inProduction((values) => ({ ...values, level: Math.max(Number(values.level), level) }))),
  thresholds.map((value) => inProduction((values) => added(values, 'thresholds', value))),
  fc
    .constantFrom('0.2', '0.3')
    .map((value) => inProduction((values) => added(values, 'minBundleVersion', value))),
  fc.constant(inProduction((values) => ({ ...values, provenance: { quantifier: 'all' } }))),
  vetoes.map((value) => inProduction((values) => added(values, 'vetoes', value))),
  fc
    .constantFrom('file', 'oci-layout')
    .map((name) => inProduction((values) => added(values, 'sources', { required: [name] }))),
  fc
    .constantFrom(...RULES)
    .map((rule) => inProduction((values) => added(values, 'rules', { required: [rule] }))),
  fc.constant(inProduction(({ rules: _, ...values }) => values)).map(
    (step): Step =>
      (before) => {
        // Without its list of required rules nothing would be tightened; without the reported ones all of them decide.
        const listed = (before.environments.production?.rules ?? {}) as { readonly required?: unknown };
        return inProduction((values) =>
          listed.required === undefined ? values : { ...values, rules: { required: listed.required } },
        )(step(before));
      },
  ),
  fc.constant(inProduction(({ verifier: _, ...values }) => values)),
);

const steps = fc.array(fc.oneof(addEntry, extendMore, addDemand, addToSource, holdBuilder, demandMore), {
  minLength: 1,
  maxLength: 2,
});

const material = {
  catalogue: { fileName: 'catalogue.json', bytes: catalogueFor(sigstore, other) },
  roots: (
    [
      ['public-good', sigstore],
      ['staging', other],
    ] as const
  ).map(([name, { trustedRoot }]) => ({
    name,
    bytes: Buffer.from(JSON.stringify(trustedRoot())),
    origin: 'file' as const,
    currentAt: NOW,
  })),
};

async function verdictOf(values: RandomPolicy, sources: readonly CollectedAttestations[]): Promise<Verdict> {
  const { verdict, findings } = await evaluateWith({
    policy: { schemaVersion: 1, name: 'random', ...values },
    sources,
    material,
  });
  if (findings.some(({ code }) => code === 'policy.eval-error'))
    throw new Error('a rule could not be evaluated');
  return verdict;
}

describe('I6 POL-13 policies', () => {
  it('POL-13 never let more pass by another entry, something more to extend, or a demand', async () => {
    const seen: Record<Verdict, number> = { allow: 0, deny: 0, indeterminate: 0 };
    const kept: Record<'kept' | 'lost', number> = { kept: 0, lost: 0 };
    await holdsAsync(
      fc.asyncProperty(policy, found, steps, async (before, sources, changes) => {
        const first = await verdictOf(before, sources);
        const after = changes.reduce((values, step) => step(values), before);
        const then = await verdictOf(after, sources);
        seen[first]++;
        if (first === 'allow') kept[then === 'allow' ? 'kept' : 'lost']++;
        else expect(then).not.toBe('allow');
      }),
      600,
    );
    // The policies are neither all open nor all closed, and what is added matters.
    for (const [verdict, count] of Object.entries(seen)) expect(count, verdict).toBeGreaterThan(20);
    for (const [what, count] of Object.entries(kept)) expect(count, what).toBeGreaterThan(20);
  });

  it('POL-13 deny in an environment what is denied in what it extends', async () => {
    const layered = fc.tuple(
      fc.array(entry, { minLength: 1, maxLength: 2 }),
      environment,
      environment,
      environment,
    );
    await holdsAsync(
      fc.asyncProperty(layered, found, async ([packages, base, middle, top], sources) => {
        const environments = {
          base,
          middle: { ...middle, extends: 'base' },
          production: { ...top, extends: ['middle'] },
        };
        const values = { schemaVersion: 1, name: 'layered', packages, environments };
        const verdicts: Verdict[] = [];
        for (const name of ['base', 'middle', 'production'])
          verdicts.push(
            (await evaluateWith({ policy: values, sources, material, environment: name })).verdict,
          );
        const firstBlock = verdicts.findIndex((verdict) => verdict !== 'allow');
        if (firstBlock !== -1) expect(verdicts.slice(firstBlock)).not.toContain('allow');
        expect(verdicts).toHaveLength(3);
      }),
      200,
    );
  });
});
