import { describe, expect, it } from 'vitest';
import type { ExpectationInput } from '../../src/app/requests.ts';
import { changed, without } from '../kit/json.ts';
import type { SignStatementOptions } from '../kit/sigstore.ts';
import { delegatorProvenanceV1, npmProvenanceV1 } from '../kit/statement.ts';
import { type Decided, decideWith, github } from './decide.ts';
import { sigstore } from './verify.ts';

/** Section 5 of the catalogue: reusable workflows, runners, inputs and events. */

const ISSUER = 'https://token.actions.githubusercontent.com';
const WIDGET = 'https://github.com/octo-org/widget';
const EVIL = 'https://github.com/evil/widget';
const WORKFLOW = `${WIDGET}/.github/workflows/release.yml`;
const WORKFLOWS = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/';
const GENERATOR = `${WORKFLOWS}generator_generic_slsa3.yml`;
const DELEGATOR = `${WORKFLOWS}delegator_generic_slsa3.yml`;
const TOOL = 'slsa-framework/example-trw/.github/workflows/builder_high-perms_slsa3.yml';
const AGREES = 'what is stated agrees with what the certificate proves';

/** Leaves a certificate the deprecated claims alone, as before 2023. */
const OLD = {
  issuer: null,
  buildSignerUri: null,
  buildSignerDigest: null,
  runnerEnvironment: null,
  sourceRepositoryUri: null,
  sourceRepositoryDigest: null,
  sourceRepositoryRef: null,
  sourceRepositoryIdentifier: null,
  sourceRepositoryOwnerUri: null,
  sourceRepositoryOwnerIdentifier: null,
  buildConfigUri: null,
  buildConfigDigest: null,
  buildTrigger: null,
  runInvocationUri: null,
  sourceRepositoryVisibility: null,
};

type Run = NonNullable<SignStatementOptions['run']>;
const path = (uri: string): string => uri.replace('https://github.com/', '');

const denied = (decided: Decided, rule: string, code: string, expected: string, actual: string): void => {
  expect(decided.verdict).toBe('deny');
  expect(decided.faults).toEqual([{ rule, code, expected, actual }]);
};

describe("RWF-01 somebody else's repository calls the trusted workflow", () => {
  it.each<[string, Partial<ExpectationInput>]>([
    ['the catalogue', { sourceUri: WIDGET }],
    ['the builder', { builderId: GENERATOR, sourceUri: WIDGET }],
    [
      'the identity',
      {
        certificateIdentity: `${GENERATOR}@refs/tags/v2.0.0`,
        certificateOidcIssuer: ISSUER,
        sourceUri: WIDGET,
      },
    ],
  ])('RWF-01 denies although the signer is right by %s', (_, flags) => {
    const decided = decideWith({
      signed: sigstore.signStatement({ run: { repository: 'evil/widget' } }),
      flags,
    });
    denied(decided, 'source-uri', 'source.mismatch', WIDGET, EVIL);
    expect(decided.finding('signer-identity').outcome).toBe('pass');
  });
});

describe("RWF-02 the trusted repository calls somebody else's workflow", () => {
  const signerWorkflow = 'evil/builder/.github/workflows/build.yml@refs/tags/v1.0.0';
  const signed = sigstore.signStatement({ run: { signerWorkflow } });

  it('RWF-02 denies by builder, although the source is right', () => {
    denied(
      decideWith({ signed, flags: { builderId: GENERATOR, sourceUri: WIDGET } }),
      'builder-id',
      'identity.workflow',
      GENERATOR,
      `https://github.com/${signerWorkflow}`,
    );
  });

  it('RWF-02 denies by the catalogue', () => {
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'builder-id',
      'builder.unknown',
      'a builder of the catalogue',
      `https://github.com/${signerWorkflow}`,
    );
  });

  it('RWF-02 denies by identity: another workflow of the same repository, or another repository', () => {
    for (const [signer, code] of [
      [signerWorkflow, 'identity.mismatch'],
      [`${path(WORKFLOWS)}generator_evil.yml@refs/tags/v2.0.0`, 'identity.workflow'],
    ] as const) {
      const decided = decideWith({
        signed: sigstore.signStatement({ run: { signerWorkflow: signer } }),
        flags: {
          certificateIdentity: `${GENERATOR}@refs/tags/v2.0.0`,
          certificateOidcIssuer: ISSUER,
          sourceUri: WIDGET,
        },
      });
      denied(
        decided,
        'signer-identity',
        code,
        `${GENERATOR}@refs/tags/v2.0.0, issuer ${ISSUER}`,
        `https://github.com/${signer}, issuer ${ISSUER}`,
      );
    }
  });

  it('RWF-02 denies a build type of another builder than the one that signed', () => {
    const decided = decideWith({
      signed: sigstore.signStatement({
        statement: (right) =>
          changed(right, 'predicate.buildType', `${WORKFLOWS.replace('/.github/workflows/', '')}/go@v1`),
      }),
      flags: { sourceUri: WIDGET },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'builder.build-type' }]);
  });
});

describe('RWF-03 builders that sign through a delegator', () => {
  const delegated = (options: { tool?: string; signer?: string; run?: Run } = {}) => {
    const { tool = `${TOOL}@refs/tags/v2.0.0`, signer = `${DELEGATOR}@refs/tags/v2.0.0` } = options;
    const run = { ...sigstore.run, ...options.run, signerWorkflow: path(signer) };
    return sigstore.signStatement({
      run,
      statement: (right) => delegatorProvenanceV1(run, right.subject ?? [], tool),
    });
  };
  const BUILDER = `https://github.com/${TOOL}`;

  it('RWF-03 allows the tool that the delegator signed for, at level 1: it is in no row', () => {
    const decided = decideWith({ signed: delegated(), flags: { builderId: BUILDER, sourceUri: WIDGET } });
    expect(decided.faults).toEqual([]);
    expect(decided.verdict).toBe('allow');
    expect(decided.finding('builder-id').actual).toBe(`${BUILDER}@refs/tags/v2.0.0`);
    expect(decided.candidate?.level.level).toBe(1);
  });

  it('RWF-03 allows a builder beside the delegator at level 3', () => {
    const signed = delegated({ tool: `${path(WORKFLOWS)}builder_maven_slsa3.yml@refs/tags/v2.0.0` });
    expect(decideWith({ signed, flags: { sourceUri: WIDGET, minLevel: 3 } }).verdict).toBe('allow');
  });

  it('RWF-03 denies the tool where the delegator is expected, and the reverse', () => {
    denied(
      decideWith({ signed: delegated(), flags: { builderId: DELEGATOR, sourceUri: WIDGET } }),
      'builder-id',
      'builder.mismatch',
      DELEGATOR,
      `${BUILDER}@refs/tags/v2.0.0`,
    );
    const other = delegated({ tool: 'evil/tool/.github/workflows/build.yml@refs/tags/v2.0.0' });
    denied(
      decideWith({ signed: other, flags: { builderId: BUILDER, sourceUri: WIDGET } }),
      'builder-id',
      'builder.mismatch',
      BUILDER,
      'https://github.com/evil/tool/.github/workflows/build.yml@refs/tags/v2.0.0',
    );
  });

  it('RWF-03 denies a tool that nobody named', () => {
    denied(
      decideWith({ signed: delegated(), flags: { sourceUri: WIDGET } }),
      'builder-id',
      'builder.unknown',
      'a builder of the catalogue',
      `${BUILDER}@refs/tags/v2.0.0`,
    );
  });

  it.each([
    'https://github.com/evil/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml@refs/tags/v2.0.0',
    `${WORKFLOWS}delegator_evil.yml@refs/tags/v2.0.0`,
    `${WORKFLOW}@refs/tags/v1.2.3`,
  ])('RWF-03 denies a tool for which somebody signs who is no delegator: %s', (signer) => {
    const decided = decideWith({
      signed: delegated({ signer }),
      flags: { builderId: BUILDER, sourceUri: WIDGET },
    });
    denied(decided, 'provenance', 'builder.mismatch', signer, `${BUILDER}@refs/tags/v2.0.0`);
  });

  it.each([
    'refs/heads/main',
    'refs/tags/v2',
    'refs/tags/v2.0.0-rc.1',
    '5a775b367a56d5bd118a224a811bba288150a563',
  ])('RWF-03 denies tool or delegator at %s', (ref) => {
    const flags = { builderId: BUILDER, sourceUri: WIDGET };
    const tool = decideWith({ signed: delegated({ tool: `${TOOL}@${ref}` }), flags });
    denied(tool, 'provenance', 'builder.ref', 'refs/tags/vX.Y.Z', ref);
    const delegator = decideWith({ signed: delegated({ signer: `${DELEGATOR}@${ref}` }), flags });
    denied(delegator, 'builder-id', 'builder.ref', BUILDER, `${BUILDER}@refs/tags/v2.0.0`);
    const exact = { builderId: `${BUILDER}@v2.0.0`, sourceUri: WIDGET };
    expect(
      decideWith({ signed: delegated({ signer: `${DELEGATOR}@${ref}` }), flags: exact }).faults,
    ).toMatchObject([{ rule: 'builder-id', code: 'builder.ref' }]);
    const unsafe = { signed: delegated({ tool: `${TOOL}@${ref}` }), flags };
    const weak = decideWith({ ...unsafe, weakening: { allowBuilderRefUnsafe: true } });
    expect(weak.verdict).toBe('allow');
    expect(weak.finding('builder-id').weakened).toBe('--unsafe-allow-builder-ref');
  });

  it('RWF-03 denies a tool without a ref', () => {
    denied(
      decideWith({ signed: delegated({ tool: TOOL }), flags: { builderId: BUILDER } }),
      'provenance',
      'builder.ref',
      AGREES,
      BUILDER,
    );
  });

  it('RWF-03 denies the right tool in the repository of somebody else', () => {
    denied(
      decideWith({
        signed: delegated({ run: { repository: 'evil/widget' } }),
        flags: { builderId: BUILDER, sourceUri: WIDGET },
      }),
      'source-uri',
      'source.mismatch',
      WIDGET,
      EVIL,
    );
  });

  it('RWF-03 denies a reusable workflow inside the trusted one: the certificate names the one that signed', () => {
    const signed = github.signStatement({ run: { signerWorkflow: `${path(GENERATOR)}@refs/tags/v2.0.0` } });
    denied(
      decideWith({ signed, flags: { builderId: WORKFLOW, sourceUri: WIDGET } }),
      'provenance',
      'builder.build-type',
      `${GENERATOR.slice(0, GENERATOR.indexOf('/.github'))}/generic@v1`,
      'https://actions.github.io/buildtypes/workflow/v1',
    );
  });
});

describe('RUN-01 runners', () => {
  const flags = { builderId: WORKFLOW, sourceUri: WIDGET };
  const self = { runnerEnvironment: 'self-hosted' };

  it('RUN-01 allows a hosted runner', () => {
    const decided = decideWith({
      signed: github.signStatement(),
      flags: { ...flags, runnerEnvironment: 'github-hosted', minLevel: 2 },
    });
    expect(decided.verdict).toBe('allow');
    expect(decided.finding('runner-environment')).toMatchObject({ outcome: 'pass', actual: 'github-hosted' });
  });

  it('RUN-01 denies a runner of the tenant', () => {
    const signed = github.signStatement({ run: self });
    denied(
      decideWith({ signed, flags: { ...flags, runnerEnvironment: 'github-hosted' } }),
      'runner-environment',
      'runner.self-hosted',
      'github-hosted',
      'self-hosted',
    );
  });

  it('RUN-01 denies a hosted runner that is only claimed in the parameters', () => {
    const signed = github.signStatement({
      run: self,
      statement: (right) =>
        changed(
          right,
          'predicate.buildDefinition.internalParameters.github.runner_environment',
          'github-hosted',
        ),
    });
    denied(
      decideWith({ signed, flags: { ...flags, runnerEnvironment: 'github-hosted' } }),
      'provenance',
      'runner.self-hosted',
      'github-hosted',
      'self-hosted',
    );
  });

  const npm = (run: Run, claims = {}, builderId = 'https://github.com/actions/runner/github-hosted') =>
    sigstore.signStatement({
      run: { ...run, signerWorkflow: `${path(WORKFLOW)}@refs/tags/v1.2.3` },
      certificate: { claims },
      statement: (right) =>
        changed(
          npmProvenanceV1({ ...sigstore.run, ...run }, right.subject ?? []),
          'predicate.runDetails.builder.id',
          builderId,
        ),
    });
  const HOSTED = 'https://github.com/actions/runner/github-hosted';

  it.each(['self-hosted', 'larger', 'GitHub-hosted', 'github-hosted-evil', ''])(
    'RUN-01 denies a hosted runner that is only claimed as builder: %j',
    (runnerEnvironment) => {
      const signed = npm({ runnerEnvironment });
      const decided = decideWith({ signed, flags: { builderId: HOSTED, sourceUri: WIDGET } });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'runner.self-hosted' }]);
    },
  );

  it('RUN-01 takes the short name of the runner for hosted only where the certificate says so', () => {
    const short = 'https://github.com/actions/runner';
    const flagsOf = (builderId: string) => ({ builderId, sourceUri: WIDGET });
    expect(decideWith({ signed: npm({}, {}, short), flags: flagsOf(HOSTED) }).verdict).toBe('allow');
    for (const signed of [npm(self, {}, short), npm({}, { runnerEnvironment: null }, short)]) {
      denied(
        decideWith({ signed, flags: flagsOf(HOSTED) }),
        'builder-id',
        'builder.mismatch',
        HOSTED,
        `${short}, ${WORKFLOW}@refs/tags/v1.2.3`,
      );
    }
  });

  it('RUN-01 denies a certificate that says nothing of the runner', () => {
    const signed = github.signStatement({ certificate: { claims: { runnerEnvironment: null } } });
    denied(
      decideWith({ signed, flags: { ...flags, runnerEnvironment: 'github-hosted' } }),
      'runner-environment',
      'cert.claim-missing',
      'github-hosted',
      'none',
    );
  });

  it.each([
    [self, {}, 'level 1 (runner is not hosted: self-hosted)'],
    [{}, { runnerEnvironment: null }, 'level 1 (runner is not hosted: not named)'],
  ])('RUN-01 gives other runners level 1: %j %j', (run, claims, actual) => {
    const signed = github.signStatement({ run, certificate: { claims } });
    denied(
      decideWith({ signed, flags: { ...flags, minLevel: 2 } }),
      'min-level',
      'level.too-low',
      'level 2 or higher',
      actual,
    );
  });
});

describe('INP-01 workflow inputs', () => {
  const INPUTS = { release: 'v1.2.3', publish: 'true', count: '1' };
  const dispatched = (inputs: unknown, run: Run = {}) =>
    sigstore.signStatement({
      run: { eventName: 'workflow_dispatch', ...run },
      statement: (right) =>
        changed(right, 'predicate.invocation.environment.github_event_payload', { inputs }),
    });
  const decideInputs = (signed: ReturnType<typeof dispatched>, ...buildWorkflowInputs: string[]): Decided =>
    decideWith({ signed, flags: { sourceUri: WIDGET, buildWorkflowInputs } });

  it('INP-01 allows the right inputs, and those that nobody names, as the flag is known to mean', () => {
    expect(decideInputs(dispatched(INPUTS), 'release=v1.2.3', 'publish=true', 'count=1').verdict).toBe(
      'allow',
    );
    expect(decideInputs(dispatched(INPUTS), 'release=v1.2.3').verdict).toBe('allow');
  });

  it.each([
    ['another value', INPUTS, 'release=v1.2.4', 'release'],
    ['a missing one', INPUTS, 'debug=false', 'debug'],
    ['a missing one that is expected empty', INPUTS, 'debug=', 'debug'],
    ['a longer value', INPUTS, 'release=v1.2', 'release'],
    ['another case', INPUTS, 'Release=v1.2.3', 'Release'],
    ['a boolean', { publish: true }, 'publish=true', 'publish'],
    ['a number', { count: 1 }, 'count=1', 'count'],
    ['null', { count: null }, 'count=null', 'count'],
    ['a list', { count: ['1'] }, 'count=1', 'count'],
    ['a name of every object', INPUTS, 'constructor=x', 'constructor'],
    ['a name of every object that is text', INPUTS, '__proto__=x', '__proto__'],
  ])('INP-01 denies %s', (_, inputs, wanted, name) => {
    const decided = decideInputs(dispatched(inputs), wanted);
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([
      { rule: 'workflow-inputs', code: 'params.unexpected', expected: wanted },
    ]);
    expect(decided.finding('workflow-inputs').message).toBe(`workflow input differs or is missing: ${name}`);
  });

  it('INP-01 tells what the inputs were', () => {
    const decided = decideInputs(dispatched({ a: '1', b: true }), 'a=2');
    denied(decided, 'workflow-inputs', 'params.unexpected', 'a=2', 'a=1, b=true');
  });

  it('INP-01 denies one wrong input among right ones', () => {
    const decided = decideInputs(dispatched(INPUTS), 'release=v1.2.3', 'publish=false');
    expect(decided.finding('workflow-inputs').message).toBe('workflow input differs or is missing: publish');
    expect(decided.verdict).toBe('deny');
  });

  it.each([null, [], 'release=v1.2.3', 1])('INP-01 denies inputs that are no object: %j', (inputs) => {
    const decided = decideInputs(dispatched(inputs), 'release=v1.2.3');
    denied(decided, 'workflow-inputs', 'params.unexpected', 'release=v1.2.3', 'workflow_dispatch');
  });

  it('INP-01 denies a run that was not started by hand, whatever its event says', () => {
    const decided = decideInputs(dispatched(INPUTS, { eventName: 'push' }), 'release=v1.2.3');
    denied(decided, 'workflow-inputs', 'params.unexpected', 'release=v1.2.3', 'push');
  });

  it('INP-01 denies a certificate that does not say how the run started', () => {
    const signed = sigstore.signStatement({
      certificate: { claims: { buildTrigger: null } },
      statement: (right) =>
        changed(right, 'predicate.invocation.environment.github_event_payload', { inputs: INPUTS }),
    });
    const decided = decideInputs(signed, 'release=v1.2.3');
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([
      { rule: 'build-trigger', code: 'cert.claim-missing', actual: 'none' },
      { rule: 'workflow-inputs', code: 'params.unexpected', expected: 'release=v1.2.3', actual: 'none' },
    ]);
  });

  it.each([
    ['an unknown field', 'predicate.invocation.inputs', { release: 'v1.2.3' }],
    ['an unknown field beside the builder', 'predicate.builder.inputs', {}],
    ['an unknown field of the predicate', 'predicate.externalParameters', {}],
  ])('INP-01 denies %s in provenance v0.2', (_, place, value) => {
    const signed = sigstore.signStatement({ statement: (right) => changed(right, place, value) });
    const decided = decideWith({ signed, flags: { sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'predicate.schema' }]);
  });
});

describe('INP-02 variables that a build could have written', () => {
  const V02: readonly (readonly [string, string])[] = [
    ['github_event_name', 'push'],
    ['github_ref', 'refs/tags/v1.2.3'],
    ['github_ref_type', 'tag'],
    ['github_repository_id', '486325809'],
    ['github_repository_owner', 'octo-org'],
    ['github_repository_owner_id', '80431187'],
    ['github_run_attempt', '1'],
    ['github_run_id', '13530999509'],
    ['github_sha1', '4d329c75e7ec1725f7c9ce917a8799d408d06be3'],
  ];

  it.each(V02)('INP-02 denies another %s in the environment of v0.2', (name, expected) => {
    const signed = sigstore.signStatement({
      statement: (right) => changed(right, `predicate.invocation.environment.${name}`, 'branch'),
    });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      expected,
      'branch',
    );
  });

  const V1: readonly (readonly [string, string])[] = [
    ...V02.filter(([name]) => name !== 'github_sha1').map(
      ([name, expected]) => [name.toUpperCase(), expected] as const,
    ),
    ['GITHUB_SHA', '4d329c75e7ec1725f7c9ce917a8799d408d06be3'],
    ['GITHUB_WORKFLOW_REF', 'octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3'],
    ['GITHUB_WORKFLOW_SHA', '4d329c75e7ec1725f7c9ce917a8799d408d06be3'],
  ];

  it.each(V1)('INP-02 denies another %s in the internal parameters of v1', (name, expected) => {
    const run = { ...sigstore.run, signerWorkflow: `${path(DELEGATOR)}@refs/tags/v2.0.0` };
    const signed = sigstore.signStatement({
      run,
      statement: (right) =>
        changed(
          delegatorProvenanceV1(run, right.subject ?? []),
          `predicate.buildDefinition.internalParameters.${name}`,
          'branch',
        ),
    });
    denied(
      decideWith({ signed, flags: { builderId: `https://github.com/${TOOL}`, sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      expected,
      'branch',
    );
  });

  it('INP-02 denies another repository by name', () => {
    const run = { ...sigstore.run, signerWorkflow: `${path(DELEGATOR)}@refs/tags/v2.0.0` };
    const signed = sigstore.signStatement({
      run,
      statement: (right) =>
        changed(
          delegatorProvenanceV1(run, right.subject ?? []),
          'predicate.buildDefinition.internalParameters.GITHUB_REPOSITORY',
          'evil/widget',
        ),
    });
    denied(
      decideWith({ signed, flags: { builderId: `https://github.com/${TOOL}` } }),
      'provenance',
      'source.inconsistent',
      WIDGET,
      'evil/widget',
    );
  });

  it.each([
    ['event_name', 'push'],
    ['repository_id', '486325809'],
    ['repository_owner_id', '80431187'],
  ])('INP-02 denies another %s beside the workflow of GitHub itself', (name, expected) => {
    const signed = github.signStatement({
      statement: (right) =>
        changed(right, `predicate.buildDefinition.internalParameters.github.${name}`, '999'),
    });
    denied(
      decideWith({ signed, flags: { builderId: WORKFLOW, sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      expected,
      '999',
    );
  });

  it('INP-02 does not believe inputs that the build itself wrote down', () => {
    const signed = github.signStatement({
      run: { eventName: 'workflow_dispatch' },
      statement: (right) =>
        changed(right, 'predicate.buildDefinition.internalParameters.GITHUB_EVENT_PAYLOAD', {
          inputs: { release: 'v1.2.3' },
        }),
    });
    denied(
      decideWith({
        signed,
        flags: { builderId: WORKFLOW, sourceUri: WIDGET, buildWorkflowInputs: ['release=v1.2.3'] },
      }),
      'workflow-inputs',
      'params.unexpected',
      'release=v1.2.3',
      'workflow_dispatch',
    );
  });

  it('INP-02 takes ids, trigger and runner from the certificate although provenance says them', () => {
    const claims = {
      sourceRepositoryIdentifier: null,
      sourceRepositoryOwnerIdentifier: null,
      buildTrigger: null,
      runnerEnvironment: null,
    };
    const decided = decideWith({
      signed: github.signStatement({ certificate: { claims } }),
      flags: {
        builderId: WORKFLOW,
        sourceRepositoryId: '486325809',
        sourceOwnerId: '80431187',
        buildTrigger: 'push',
        runnerEnvironment: 'github-hosted',
      },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([
      { rule: 'source-repository-id', code: 'cert.claim-missing', actual: 'none' },
      { rule: 'build-trigger', code: 'cert.claim-missing', actual: 'none' },
      { rule: 'runner-environment', code: 'cert.claim-missing', actual: 'none' },
    ]);
  });
});

describe('INP-03 events that lend the rights of the default branch', () => {
  const NONE = 'none of pull_request_target, workflow_run, issue_comment';
  const EVENTS = ['pull_request_target', 'workflow_run', 'issue_comment'];
  const WAYS: readonly (readonly [string, Partial<ExpectationInput>])[] = [
    ['a source', { sourceUri: WIDGET }],
    ['a builder and a source', { builderId: GENERATOR, sourceUri: WIDGET }],
    ['a builder alone', { builderId: GENERATOR }],
    [
      'an identity alone',
      { certificateIdentity: `${GENERATOR}@refs/tags/v2.0.0`, certificateOidcIssuer: ISSUER },
    ],
  ];

  it.each(EVENTS.flatMap((event) => WAYS.map(([way, flags]) => ({ event, way, flags }))))(
    'INP-03 denies $event for $way',
    ({ event, flags }) => {
      const signed = sigstore.signStatement({ run: { eventName: event, ref: 'refs/heads/main' } });
      const decided = decideWith({ signed, flags });
      denied(decided, 'build-trigger', 'build.trigger', NONE, event);
      expect(decided.finding('build-trigger').hint).toBe(
        `Name it, if it is meant: --build-trigger ${event}.`,
      );
    },
  );

  it('INP-03 denies it in an old certificate too', () => {
    const signed = sigstore.signStatement({
      run: {
        eventName: 'pull_request_target',
        signerWorkflow: `${path(GENERATOR)}@refs/tags/v1.5.0`,
      },
      certificate: { claims: { ...OLD } },
    });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'build-trigger',
      'build.trigger',
      NONE,
      'pull_request_target',
    );
  });

  it('INP-03 denies another type of statement under an expected identity', () => {
    const signed = sigstore.signStatement({
      run: { eventName: 'pull_request_target' },
      statement: (right) => ({
        ...without(right, 'predicate'),
        predicate: {},
        predicateType: 'https://example.com/r',
      }),
    });
    denied(
      decideWith({
        signed,
        flags: {
          certificateIdentity: `${GENERATOR}@refs/tags/v2.0.0`,
          certificateOidcIssuer: ISSUER,
          predicateType: 'https://example.com/r',
        },
      }),
      'build-trigger',
      'build.trigger',
      NONE,
      'pull_request_target',
    );
  });

  it('INP-03 allows an event that is named, and no other then', () => {
    const signed = sigstore.signStatement({ run: { eventName: 'workflow_run' } });
    const named = decideWith({ signed, flags: { sourceUri: WIDGET, buildTrigger: 'workflow_run' } });
    expect(named.verdict).toBe('allow');
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET, buildTrigger: 'push' } }),
      'build-trigger',
      'build.trigger',
      'push',
      'workflow_run',
    );
    expect(decideWith({ signed: sigstore.signStatement(), flags: { sourceUri: WIDGET } }).verdict).toBe(
      'allow',
    );
  });

  it('INP-03 denies an event that provenance hides', () => {
    const signed = sigstore.signStatement({
      run: { eventName: 'pull_request_target' },
      statement: (right) => changed(right, 'predicate.invocation.environment.github_event_name', 'push'),
    });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET, buildTrigger: 'push' } }),
      'provenance',
      'source.inconsistent',
      'pull_request_target',
      'push',
    );
  });

  it('INP-03 denies a certificate that hides the event, also where none is expected', () => {
    const signed = sigstore.signStatement({ certificate: { claims: { buildTrigger: null } } });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'build-trigger',
      'cert.claim-missing',
      NONE,
      'none',
    );
  });

  it('INP-03 denies a certificate that does not say the event where one is expected', () => {
    const signed = sigstore.signStatement({ certificate: { claims: { buildTrigger: null } } });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET, buildTrigger: 'push' } }),
      'build-trigger',
      'cert.claim-missing',
      'push',
      'none',
    );
  });
});
