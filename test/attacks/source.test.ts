import { describe, expect, it } from 'vitest';
import type { ExpectationInput } from '../../src/app/requests.ts';
import type { Claims } from '../kit/identity.ts';
import { changed, without } from '../kit/json.ts';
import type { SignStatementOptions } from '../kit/sigstore.ts';
import { type Decided, decideWith, expectationsOf, github } from './decide.ts';
import { refusal, sigstore } from './verify.ts';

/** Section 5 of the catalogue: from which repository, ref and commit, in attestations that are right but for that. */

const WIDGET = 'https://github.com/octo-org/widget';
const SHA = '4d329c75e7ec1725f7c9ce917a8799d408d06be3';
const OTHER_SHA = '9999999999999999999999999999999999999999';
const WORKFLOW = `${WIDGET}/.github/workflows/release.yml`;
const AGREES = 'what is stated agrees with what the certificate proves';

type Run = NonNullable<SignStatementOptions['run']>;

const decideRun = (run: Run, flags: Partial<ExpectationInput>): Decided =>
  decideWith({ signed: sigstore.signStatement({ run }), flags: { sourceUri: WIDGET, ...flags } });

const denied = (decided: Decided, rule: string, code: string, expected: string, actual: string): void => {
  expect(decided.verdict).toBe('deny');
  expect(decided.faults).toEqual([{ rule, code, expected, actual }]);
};

/** A certificate that claims something else than the run that it was issued for. */
const claiming = (claims: Claims, statement?: SignStatementOptions['statement']) =>
  sigstore.signStatement({ certificate: { claims }, statement });

describe('control', () => {
  it('allows a run with every expectation of its source', () => {
    const decided = decideRun(
      {},
      {
        sourceTag: 'v1.2.3',
        sourceVersionedTag: 'v1',
        sourceCommit: SHA,
        sourceRepositoryId: '486325809',
        sourceOwnerId: '80431187',
      },
    );
    expect(decided.faults).toEqual([]);
    expect(decided.verdict).toBe('allow');
    expect(decided.finding('source-uri')).toMatchObject({ expected: WIDGET, actual: WIDGET });
    expect(decided.finding('source-tag')).toMatchObject({ actual: 'refs/tags/v1.2.3' });
    expect(decided.finding('source-commit')).toMatchObject({ actual: SHA });
    expect(decided.finding('source-repository-id')).toMatchObject({ actual: '486325809' });
  });
});

describe('SRC-01 repositories whose name holds the wanted one', () => {
  it.each([
    'octo-org/widget-evil',
    'octo-org/widgetx',
    'octo-org/Awidget',
    'octo-org/wiAdget',
    'Aocto-org/widget',
    'octo-orgA/widget',
    'octo-org-evil/widget',
    'evil/widget',
    'octo-org/.widget',
    'octo-org/widget.',
    'octo-org/widget.git-evil',
  ])('SRC-01 denies %s', (repository) => {
    denied(
      decideRun({ repository }, {}),
      'source-uri',
      'source.mismatch',
      WIDGET,
      `https://github.com/${repository.toLowerCase()}`,
    );
  });

  it.each(['octo-org/widget.git', 'octo-org/widget/', 'octo-org/widget/x', 'octo-org'])(
    'SRC-01 denies a certificate for %s, which is no repository',
    (repository) => {
      const decided = decideWith({
        signed: claiming({ sourceRepositoryUri: `https://github.com/${repository}` }),
        flags: { sourceUri: WIDGET },
      });
      denied(
        decided,
        'provenance',
        'source.malformed',
        'github.com/owner/repository or https://host/owner/repository',
        `https://github.com/${repository}`,
      );
    },
  );

  it('SRC-01 denies a repository of somebody else where an owner is expected', () => {
    for (const [repository, sourceOwner] of [
      ['octo-org-evil/widget', 'https://github.com/octo-org'],
      ['octo-org/widget', 'https://github.com/octo'],
      ['octo-org/widget', 'https://github.com/octo-org/widget'],
      ['octo-org/widget', 'https://github.com'],
    ] as const) {
      const decided = decideWith({
        signed: sigstore.signStatement({ run: { repository } }),
        flags: { sourceUri: `github.com/${repository}` },
        expectations: { sourceOwner },
      });
      denied(
        decided,
        'source-uri',
        'source.mismatch',
        `https://github.com/${repository}, a repository of ${sourceOwner}`,
        `https://github.com/${repository}`,
      );
      expect(decided.finding('source-uri').message).toBe('built from a repository of somebody else');
    }
  });
});

describe('SRC-02 URIs that two readers read differently', () => {
  const URIS = [
    'http://github.com/octo-org/widget',
    'git@github.com:octo-org/widget',
    'https://octo@github.com/octo-org/widget',
    'https://github.com:443/octo-org/widget',
    'https://github.com/evil/../octo-org/widget',
    'https://github.com/octo-org%2fwidget/x',
    'https://github.com./octo-org/widget',
    'https://github.com/octo-org/widget?ref=main',
    'https://github.com/octo-org/widget#main',
    'ssh://git@github.com/octo-org/widget',
  ];

  it.each(URIS)('SRC-02 denies a certificate with %s', (uri) => {
    const decided = decideWith({
      signed: claiming({ sourceRepositoryUri: uri }),
      flags: { sourceUri: WIDGET },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'source.malformed', actual: uri }]);
    expect(decided.finding('source-uri').outcome).toBe('not-evaluated');
  });

  it.each(URIS)('SRC-02 denies provenance with %s', (uri) => {
    const signed = sigstore.signStatement({
      statement: (right) => changed(right, 'predicate.materials.0.uri', `${uri}@refs/tags/v1.2.3`),
    });
    const decided = decideWith({ signed, flags: { sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'source.malformed' }]);
  });

  it.each([...URIS, 'octo-org/widget', 'github.com/octo-org', '', 'https://g\u0456thub.com/octo-org/widget'])(
    'SRC-02 refuses the expectation %j as usage',
    (sourceUri) => {
      expect(refusal(() => expectationsOf({ sourceUri }))).toMatchObject({
        finding: 'usage.flag',
        exitCode: 64,
        actual: sourceUri,
      });
    },
  );
});

describe('SRC-03 kinds of refs', () => {
  it('SRC-03 denies a branch where the tag of its name is expected, and the reverse', () => {
    const branch = decideRun({ ref: 'refs/heads/v1.2.3' }, { sourceTag: 'v1.2.3' });
    denied(branch, 'source-tag', 'source.ref-type', 'refs/tags/v1.2.3', 'refs/heads/v1.2.3');
    const tag = decideRun({ ref: 'refs/tags/main' }, { sourceBranch: 'main' });
    denied(tag, 'source-branch', 'source.ref-type', 'refs/heads/main', 'refs/tags/main');
    const version = decideRun({ ref: 'refs/heads/v1.2.3' }, { sourceVersionedTag: 'v1.2.3' });
    denied(version, 'source-versioned-tag', 'source.ref-type', 'a version of v1.2.3', 'refs/heads/v1.2.3');
  });

  it.each(['refs/heads/refs/tags/v1.2.3', 'v1.2.3', 'tags/v1.2.3', 'REFS/TAGS/v1.2.3', 'refs/tag/v1.2.3'])(
    'SRC-03 denies %s where a tag is expected: its kind stands in its full name',
    (ref) => {
      denied(
        decideRun({ ref }, { sourceTag: 'v1.2.3' }),
        'source-tag',
        'source.ref-type',
        'refs/tags/v1.2.3',
        ref,
      );
    },
  );

  it.each([
    'refs/tags/v1.2.30',
    'refs/tags/v1.2',
    'refs/tags/v1.2.3-rc.1',
    'refs/tags/x/v1.2.3',
    'refs/tags/V1.2.3',
  ])('SRC-03 denies another tag: %s', (ref) => {
    denied(decideRun({ ref }, { sourceTag: 'v1.2.3' }), 'source-tag', 'source.tag', 'refs/tags/v1.2.3', ref);
  });

  it.each([
    ['sourceTag', 'source-tag', 'v1.2.3', 'refs/tags/v1.2.3'],
    ['sourceBranch', 'source-branch', 'main', 'refs/heads/main'],
    ['sourceVersionedTag', 'source-versioned-tag', 'v1', 'a version of v1'],
  ] as const)(
    'SRC-03 denies a certificate without ref where %s is expected',
    (name, rule, value, expected) => {
      const signed = claiming({ sourceRepositoryRef: null });
      const decided = decideWith({ signed, flags: { sourceUri: WIDGET, [name]: value } });
      denied(decided, rule, 'cert.claim-missing', expected, 'none');
    },
  );

  it('SRC-03 denies an empty ref in the certificate, which is not a missing one', () => {
    const decided = decideWith({
      signed: claiming({ sourceRepositoryRef: '' }),
      flags: { sourceUri: WIDGET, sourceTag: 'v1.2.3' },
    });
    denied(decided, 'provenance', 'source.inconsistent', '', 'refs/tags/v1.2.3');
  });

  it('SRC-03 denies provenance whose source has an empty ref, or none', () => {
    const empty = sigstore.signStatement({
      statement: (right) => changed(right, 'predicate.materials.0.uri', `git+${WIDGET}@`),
    });
    expect(decideWith({ signed: empty, flags: { sourceUri: WIDGET } }).faults).toMatchObject([
      { rule: 'provenance', code: 'source.malformed', actual: `git+${WIDGET}@` },
    ]);
    const none = sigstore.signStatement({
      statement: (right) => changed(right, 'predicate.materials.0.uri', `git+${WIDGET}`),
    });
    denied(
      decideWith({ signed: none, flags: { sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      AGREES,
      `git+${WIDGET}`,
    );
  });

  it.each([
    ['sourceTag', 'refs/heads/main'],
    ['sourceTag', 'refs/pull/1/merge'],
    ['sourceBranch', 'refs/tags/v1'],
  ])('SRC-03 refuses --%s %s as usage', (name, value) => {
    expect(refusal(() => expectationsOf({ sourceUri: WIDGET, [name]: value }))).toMatchObject({
      finding: 'usage.flag',
      exitCode: 64,
      actual: value,
    });
  });
});

describe('SRC-04 tags that are a version of the expected one', () => {
  const TABLE: readonly (readonly [expected: string, tag: string, isOne: boolean])[] = [
    ['v1', 'v1.2.3', true],
    ['v1', 'v1.0.0', true],
    ['v1', 'v1.2', true],
    ['v1', 'v1', true],
    ['v1', 'v1.2.3+build', true],
    ['v1', 'v10.0.0', false],
    ['v1', 'v0.1.0', false],
    ['v1', 'v2.1.0', false],
    ['v1', 'v1-evil', false],
    ['v1', 'v1.2.3-rc.1', false],
    ['v1', 'v1.2.3-evil', false],
    ['v1', 'v1.2-rc.1', false],
    ['v1', 'v1.2.3.4', false],
    ['v1', 'v1.', false],
    ['v1', 'v1.x', false],
    ['v1', '1.2.3', false],
    ['v1', 'V1.2.3', false],
    ['v1', 'vv1.2.3', false],
    ['v1', 'x/v1.2.3', false],
    ['v1', 'v01.2.3', false],
    ['v1', 'latest', false],
    ['v1.2', 'v1.2.3', true],
    ['v1.2', 'v1.2', true],
    ['v1.2', 'v1.2.0', true],
    ['v1.2', 'v1', false],
    ['v1.0', 'v1', true],
    ['v1.2', 'v1.20.0', false],
    ['v1.2', 'v1.2.3-rc.1', false],
    ['v1.2', 'v1.3.2', false],
    ['v1.2.3', 'v1.2.3', true],
    ['v1.2.3', 'v1.2.3+build', true],
    ['v1.2.3', 'v1.2.4', false],
    ['v1.2.3', 'v1.2.30', false],
    ['v1.2.3', 'v1.2', false],
    ['v1.2.0', 'v1.2', true],
    ['v1.0.0', 'v1', true],
    ['v1.2.3', 'v1.2.3-rc.1', false],
    ['v1.2.3-rc.1', 'v1.2.3-rc.1', true],
    ['v1.2.3-rc.1', 'v1.2.3', false],
    ['v1.2.3-rc.1', 'v1.2.3-rc.2', false],
    ['v1.2.3-rc.1', 'v1.2.3-rc.1.1', false],
    ['v1.2.3-rc.1', 'v1.2.3-RC.1', false],
    ['v1.2.3-rc', 'v1.2.3-rc.1', false],
  ];

  it.each(TABLE)('SRC-04 %s of the tag %s: %s', (sourceVersionedTag, tag, isOne) => {
    const ref = `refs/tags/${tag}`;
    const decided = decideRun({ ref }, { sourceVersionedTag });
    if (isOne) {
      expect(decided.verdict).toBe('allow');
      expect(decided.finding('source-versioned-tag').actual).toBe(ref);
    } else {
      denied(decided, 'source-versioned-tag', 'source.version', `a version of ${sourceVersionedTag}`, ref);
    }
  });

  it.each(['1', 'v', 'v1.x', 'v1.2.3.4', 'V1', 'refs/tags/v1', 'v1-rc.1', 'v01', 'latest', ''])(
    'SRC-04 refuses the expectation %j as usage: it is no version',
    (sourceVersionedTag) => {
      expect(refusal(() => expectationsOf({ sourceUri: WIDGET, sourceVersionedTag }))).toMatchObject({
        finding: 'usage.flag',
        exitCode: 64,
        actual: sourceVersionedTag,
      });
    },
  );
});

describe('SRC-05 case', () => {
  it('SRC-05 counts in branches and tags', () => {
    denied(
      decideRun({ ref: 'refs/heads/Main' }, { sourceBranch: 'main' }),
      'source-branch',
      'source.branch',
      'refs/heads/main',
      'refs/heads/Main',
    );
    denied(
      decideRun({ ref: 'refs/tags/Release' }, { sourceTag: 'release' }),
      'source-tag',
      'source.tag',
      'refs/tags/release',
      'refs/tags/Release',
    );
    expect(decideRun({ ref: 'refs/heads/Main' }, { sourceBranch: 'Main' }).verdict).toBe('allow');
  });

  it('SRC-05 does not count in owner and name on GitHub', () => {
    const decided = decideRun({ repository: 'Octo-Org/Widget' }, { sourceUri: 'GitHub.com/octo-ORG/widget' });
    expect(decided.verdict).toBe('allow');
    expect(decided.finding('source-uri')).toMatchObject({ expected: WIDGET, actual: WIDGET });
  });

  it('SRC-05 counts between ref of certificate and provenance', () => {
    const signed = claiming({ sourceRepositoryRef: 'refs/tags/V1.2.3' });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      'refs/tags/V1.2.3',
      'refs/tags/v1.2.3',
    );
  });
});

describe('SRC-06 provenance that contradicts itself about its source', () => {
  const EVIL = 'git+https://github.com/evil/widget@refs/tags/v1.2.3';

  it.each(['predicate.invocation.configSource.uri', 'predicate.materials.0.uri'])(
    'SRC-06 denies another repository, ref or nothing in %s',
    (path) => {
      for (const [uri, expected] of [
        [EVIL, WIDGET],
        [`git+${WIDGET}@refs/tags/v1.2.4`, 'refs/tags/v1.2.3'],
        [`git+${WIDGET}@refs/heads/v1.2.3`, 'refs/tags/v1.2.3'],
      ] as const) {
        const signed = sigstore.signStatement({ statement: (right) => changed(right, path, uri) });
        const decided = decideWith({ signed, flags: { sourceUri: WIDGET } });
        expect(decided.verdict).toBe('deny');
        expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'source.inconsistent', expected }]);
      }
      const signed = sigstore.signStatement({ statement: (right) => without(right, path) });
      const decided = decideWith({ signed, flags: { sourceUri: WIDGET } });
      expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'source.inconsistent' }]);
      expect(decided.finding('provenance').message).toBe('provenance names no source');
    },
  );

  it('SRC-06 denies materials that are left out, or hold the evil one first', () => {
    const none = sigstore.signStatement({ statement: (right) => changed(right, 'predicate.materials', []) });
    expect(decideWith({ signed: none, flags: { sourceUri: WIDGET } }).faults).toMatchObject([
      { rule: 'provenance', code: 'source.inconsistent' },
    ]);
    const first = sigstore.signStatement({
      statement: (right) =>
        changed(right, 'predicate.materials', (materials: unknown[]) => [{ uri: EVIL }, ...materials]),
    });
    denied(
      decideWith({ signed: first, flags: { sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      WIDGET,
      EVIL,
    );
  });

  it.each([
    ['v0.2', sigstore, 'predicate.materials.1', 'sha1', {}],
    ['v1', github, 'predicate.buildDefinition.resolvedDependencies.1', 'gitCommit', { builderId: WORKFLOW }],
  ] as const)(
    'SRC-06 denies a further dependency that names the source again otherwise (%s)',
    (_, instance, path, algorithm, flags) => {
      const again = (uri: string, commit: string): Decided =>
        decideWith({
          signed: instance.signStatement({
            statement: (right) => changed(right, path, { uri, digest: { [algorithm]: commit } }),
          }),
          flags: { sourceUri: WIDGET, ...flags },
        });
      expect(again(`git+${WIDGET}@refs/tags/v1.2.3`, SHA).verdict).toBe('allow');
      expect(again('pkg:docker/node@20', OTHER_SHA).verdict).toBe('allow');
      expect(again('git+https://github.com/octo-org/library@refs/heads/main', OTHER_SHA).verdict).toBe(
        'allow',
      );
      denied(
        again(`git+${WIDGET}@refs/tags/v1.2.3`, OTHER_SHA),
        'provenance',
        'source.commit',
        SHA,
        OTHER_SHA,
      );
      denied(
        again(`git+${WIDGET}@refs/heads/dev`, SHA),
        'provenance',
        'source.inconsistent',
        'refs/tags/v1.2.3',
        'refs/heads/dev',
      );
    },
  );

  it.each([
    ['repository', 'https://github.com/evil/widget', WIDGET],
    ['ref', 'refs/heads/main', `${WORKFLOW}@refs/tags/v1.2.3`],
    ['path', '.github/workflows/evil.yml', `${WORKFLOW}@refs/tags/v1.2.3`],
  ])('SRC-06 denies another %s of the workflow that was started', (name, value, expected) => {
    const signed = github.signStatement({
      statement: (right) =>
        changed(right, `predicate.buildDefinition.externalParameters.workflow.${name}`, value),
    });
    const decided = decideWith({ signed, flags: { builderId: WORKFLOW, sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'source.inconsistent', expected }]);
  });

  it('SRC-06 denies another run than that of the certificate', () => {
    const invocation = `${WIDGET}/actions/runs/1/attempts/1`;
    const signed = github.signStatement({
      statement: (right) => changed(right, 'predicate.runDetails.metadata.invocationId', invocation),
    });
    denied(
      decideWith({ signed, flags: { builderId: WORKFLOW, sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      `${WIDGET}/actions/runs/13530999509/attempts/1`,
      invocation,
    );
  });
});

describe('SRC-07 commits', () => {
  it.each([
    ['v0.2, material', sigstore, 'predicate.materials.0.digest.sha1', {}],
    ['v0.2, configuration', sigstore, 'predicate.invocation.configSource.digest.sha1', {}],
    [
      'v1',
      github,
      'predicate.buildDefinition.resolvedDependencies.0.digest.gitCommit',
      { builderId: WORKFLOW },
    ],
  ] as const)(
    'SRC-07 denies a commit that is not the one of the certificate (%s)',
    (_, instance, path, flags) => {
      for (const commit of [
        OTHER_SHA,
        SHA.slice(0, 7),
        SHA.toUpperCase(),
        `${SHA}0`,
        SHA.repeat(2).slice(0, 64),
        '',
      ]) {
        const signed = instance.signStatement({ statement: (right) => changed(right, path, commit) });
        denied(
          decideWith({ signed, flags: { sourceUri: WIDGET, ...flags } }),
          'provenance',
          'source.commit',
          SHA,
          commit,
        );
      }
    },
  );

  it('SRC-07 denies a right commit under one name and a wrong one under another', () => {
    const signed = sigstore.signStatement({
      statement: (right) => changed(right, 'predicate.materials.0.digest.gitCommit', OTHER_SHA),
    });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'provenance',
      'source.commit',
      SHA,
      OTHER_SHA,
    );
  });

  it('SRC-07 denies a build of another commit than the expected one', () => {
    denied(
      decideRun({ sha: OTHER_SHA }, { sourceCommit: SHA }),
      'source-commit',
      'source.commit',
      SHA,
      OTHER_SHA,
    );
  });

  it('SRC-07 takes the commit of the certificate, never that of provenance alone', () => {
    const signed = claiming({ sourceRepositoryDigest: null });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET, sourceCommit: SHA } }),
      'source-commit',
      'cert.claim-missing',
      SHA,
      'none',
    );
  });

  it('SRC-07 knows commits of repositories with SHA-256', () => {
    const sha = 'ab'.repeat(32);
    expect(decideRun({ sha }, { sourceCommit: sha }).verdict).toBe('allow');
    denied(
      decideRun({ sha }, { sourceCommit: 'ab'.repeat(20) }),
      'source-commit',
      'source.commit',
      'ab'.repeat(20),
      sha,
    );
  });

  it.each([SHA.slice(0, 7), SHA.slice(1), SHA.toUpperCase(), `${SHA}0`, 'HEAD', ''])(
    'SRC-07 refuses the expectation %j as usage: it is no full commit',
    (sourceCommit) => {
      expect(refusal(() => expectationsOf({ sourceUri: WIDGET, sourceCommit }))).toMatchObject({
        finding: 'usage.flag',
        exitCode: 64,
        actual: sourceCommit,
      });
    },
  );
});

describe('SRC-08 a repository that was registered again', () => {
  const ids = { sourceRepositoryId: '486325809', sourceOwnerId: '80431187' };

  it.each([
    [{ repositoryId: '999' }, '999'],
    [{ repositoryOwnerId: '998' }, '998'],
    [{ repositoryId: '999', repositoryOwnerId: '998' }, '999'],
    [{ repositoryId: '4863258090' }, '4863258090'],
    [{ repositoryId: '0486325809' }, '0486325809'],
  ])('SRC-08 denies the right name with other ids: %j', (run, actual) => {
    denied(
      decideRun(run, ids),
      'source-repository-id',
      'source.repo-id',
      'repository 486325809, owner 80431187',
      actual,
    );
  });

  it.each([
    ['sourceRepositoryIdentifier', 'sourceRepositoryId', 'repository 486325809'],
    ['sourceRepositoryOwnerIdentifier', 'sourceOwnerId', 'owner 80431187'],
  ] as const)('SRC-08 denies a certificate without %s', (claim, name, expected) => {
    const decided = decideWith({
      signed: claiming({ [claim]: null }),
      flags: { sourceUri: WIDGET, [name]: ids[name] },
    });
    denied(decided, 'source-repository-id', 'cert.claim-missing', expected, 'none');
  });

  it.each([
    ['github_repository_id', '486325809'],
    ['github_repository_owner_id', '80431187'],
  ])('SRC-08 denies provenance that says another %s', (name, expected) => {
    const signed = sigstore.signStatement({
      statement: (right) => changed(right, `predicate.invocation.environment.${name}`, '999'),
    });
    denied(
      decideWith({ signed, flags: { sourceUri: WIDGET } }),
      'provenance',
      'source.inconsistent',
      expected,
      '999',
    );
  });

  it.each(['0', '-1', '1e3', '486 325', 'octo-org', '', '0486325809'])(
    'SRC-08 refuses the expectation %j as usage: it is no id',
    (id) => {
      for (const name of ['sourceRepositoryId', 'sourceOwnerId'])
        expect(refusal(() => expectationsOf({ sourceUri: WIDGET, [name]: id }))).toMatchObject({
          finding: 'usage.flag',
          exitCode: 64,
          actual: id,
        });
    },
  );
});

describe('SRC-09 forks and pull requests', () => {
  it.each(['refs/pull/7/merge', 'refs/pull/7/head'])('SRC-09 denies %s of the right repository', (ref) => {
    denied(
      decideRun({ ref, eventName: 'pull_request' }, {}),
      'source-uri',
      'source.fork',
      WIDGET,
      `${WIDGET}@${ref}`,
    );
  });

  it('SRC-09 denies it where a branch is expected, whatever the branch', () => {
    const decided = decideRun({ ref: 'refs/pull/7/merge' }, { sourceBranch: 'main' });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([
      { rule: 'source-uri', code: 'source.fork' },
      { rule: 'source-branch', code: 'source.ref-type', actual: 'refs/pull/7/merge' },
    ]);
  });

  it('SRC-09 denies it also where the owner alone is expected', () => {
    const decided = decideWith({
      signed: sigstore.signStatement({ run: { ref: 'refs/pull/7/merge' } }),
      flags: {
        builderId:
          'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
      },
      expectations: { sourceOwner: 'https://github.com/octo-org' },
    });
    expect(decided.faults).toMatchObject([{ rule: 'source-uri', code: 'source.fork' }]);
  });

  it('SRC-09 denies a fork by its name', () => {
    denied(
      decideRun({ repository: 'stranger/widget' }, {}),
      'source-uri',
      'source.mismatch',
      WIDGET,
      'https://github.com/stranger/widget',
    );
  });

  it('SRC-09 denies a base branch that provenance claims for another tag, where the tenant writes it', () => {
    const signed = github.signStatement({
      statement: (right) =>
        changed(right, 'predicate.buildDefinition.internalParameters.GITHUB_EVENT_PAYLOAD', {
          base_ref: 'refs/heads/main',
        }),
    });
    const decided = decideWith({
      signed,
      flags: { builderId: WORKFLOW, sourceUri: WIDGET, sourceBranch: 'main' },
    });
    denied(decided, 'source-branch', 'source.ref-type', 'refs/heads/main', 'refs/tags/v1.2.3');
  });

  it('SRC-09 denies a tag that was made from another branch than the expected one', () => {
    const from = (base_ref: string): Decided =>
      decideWith({
        signed: sigstore.signStatement({
          statement: (right) =>
            changed(right, 'predicate.invocation.environment.github_event_payload', { base_ref }),
        }),
        flags: { sourceUri: WIDGET, sourceBranch: 'main' },
      });
    expect(from('refs/heads/main').verdict).toBe('allow');
    denied(
      from('refs/heads/dev'),
      'source-branch',
      'source.branch',
      'refs/heads/main',
      'refs/tags/v1.2.3, made from refs/heads/dev',
    );
    denied(from('main'), 'source-branch', 'source.ref-type', 'refs/heads/main', 'refs/tags/v1.2.3');
  });
});
