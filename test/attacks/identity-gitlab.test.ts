import { describe, expect, it } from 'vitest';
import { decideWith } from './decide.ts';
import { signedByGitlab } from './gitlab.ts';

/** IDN-12: projects in groups, configuration of other projects, instances of one's own. */

const ISSUER = 'https://gitlab.com';
const PROJECT = 'https://gitlab.com/acme/app';
const CONFIG = `${PROJECT}//.gitlab-ci.yml@refs/heads/main`;
const IDENTITY = { certificateIdentity: CONFIG, certificateOidcIssuer: ISSUER };
const BUILT = { builderId: CONFIG, sourceUri: PROJECT };
const named = (subject: string, issuer = ISSUER): string => `${subject}, issuer ${issuer}`;

describe('IDN-12 GitLab', () => {
  it('IDN-12 allows the job of the project, by name and by builder', () => {
    const byName = decideWith({ signed: signedByGitlab(), flags: { ...IDENTITY, sourceUri: PROJECT } });
    expect(byName.faults).toEqual([]);
    expect(byName.verdict).toBe('allow');
    const byBuilder = decideWith({ signed: signedByGitlab(), flags: { ...BUILT, minLevel: 2 } });
    expect(byBuilder.faults).toEqual([]);
    expect(byBuilder.verdict).toBe('allow');
    expect(byBuilder.finding('source-uri').actual).toBe(PROJECT);
    expect(byBuilder.finding('min-level').actual).toBe('level 2 (gitlab-com)');
  });

  it.each([
    'acme/app/evil',
    'acme/app-evil',
    'acme/evil/app',
    'evil/acme/app',
    'acme',
    'acme/App',
    'acme/app/app',
  ])('IDN-12 denies the project %s by name', (projectPath) => {
    const signed = signedByGitlab({ projectPath });
    const decided = decideWith({
      signed,
      flags: { ...IDENTITY, predicateType: 'https://slsa.dev/provenance/v1' },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.finding('signer-identity')).toMatchObject({
      code: 'identity.mismatch',
      outcome: 'fail',
      expected: named(CONFIG),
      actual: named(`https://gitlab.com/${projectPath}//.gitlab-ci.yml@refs/heads/main`),
    });
  });

  it.each(['acme/app/evil', 'acme/app-evil', 'acme/evil/app', 'evil/acme/app'])(
    'IDN-12 denies the project %s by builder and by source',
    (projectPath) => {
      const decided = decideWith({ signed: signedByGitlab({ projectPath }), flags: BUILT });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([
        {
          rule: 'builder-id',
          code: 'identity.workflow',
          expected: CONFIG,
          actual: `https://gitlab.com/${projectPath}//.gitlab-ci.yml@refs/heads/main`,
        },
        {
          rule: 'source-uri',
          code: 'source.mismatch',
          expected: PROJECT,
          actual: `https://gitlab.com/${projectPath}`,
        },
      ]);
    },
  );

  it.each(['evil/ci', 'acme/app/ci', 'acme/ci'])(
    'IDN-12 denies configuration of another project in the right one: %s',
    (project) => {
      const configRef = `gitlab.com/${project}//.gitlab-ci.yml@refs/heads/main`;
      const signed = signedByGitlab({ configRef });
      const byName = decideWith({ signed, flags: { ...IDENTITY, sourceUri: PROJECT } });
      expect(byName.verdict).toBe('deny');
      expect(byName.faults).toEqual([
        {
          rule: 'signer-identity',
          code: 'identity.mismatch',
          expected: named(CONFIG),
          actual: named(`https://${configRef}`),
        },
      ]);
      const byBuilder = decideWith({ signed, flags: BUILT });
      expect(byBuilder.faults).toEqual([
        {
          rule: 'builder-id',
          code: 'identity.workflow',
          expected: CONFIG,
          actual: `https://${configRef}`,
        },
      ]);
    },
  );

  it('IDN-12 denies the right configuration that another project includes', () => {
    const signed = signedByGitlab({ projectPath: 'evil/app', configRef: CONFIG.replace('https://', '') });
    const expected = [
      {
        rule: 'source-uri',
        code: 'source.mismatch',
        expected: PROJECT,
        actual: 'https://gitlab.com/evil/app',
      },
    ];
    expect(decideWith({ signed, flags: BUILT })).toMatchObject({ verdict: 'deny', faults: expected });
    expect(decideWith({ signed, flags: { ...IDENTITY, sourceUri: PROJECT } }).faults).toEqual(expected);
  });

  it('IDN-12 denies another file or ref of the right project, each with its own reason', () => {
    const file = signedByGitlab({ configRef: 'gitlab.com/acme/app//ci/evil.yml@refs/heads/main' });
    expect(decideWith({ signed: file, flags: IDENTITY }).faults).toMatchObject([
      { rule: 'signer-identity', code: 'identity.workflow' },
    ]);
    const ref = signedByGitlab({ ref: 'refs/heads/dev' });
    expect(decideWith({ signed: ref, flags: IDENTITY }).faults).toMatchObject([
      { rule: 'signer-identity', code: 'identity.ref' },
    ]);
    expect(decideWith({ signed: ref, flags: BUILT }).faults).toEqual([
      {
        rule: 'builder-id',
        code: 'builder.ref',
        expected: CONFIG,
        actual: `${PROJECT}//.gitlab-ci.yml@refs/heads/dev`,
      },
    ]);
  });

  it('IDN-12 denies a project that was registered again under the same name', () => {
    const flags = { ...BUILT, sourceRepositoryId: '31', sourceOwnerId: '12' };
    expect(decideWith({ signed: signedByGitlab(), flags }).verdict).toBe('allow');
    for (const [job, actual] of [
      [{ projectId: '32' }, '32'],
      [{ namespaceId: '13' }, '13'],
    ] as const) {
      const decided = decideWith({ signed: signedByGitlab(job), flags });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([
        {
          rule: 'source-repository-id',
          code: 'source.repo-id',
          expected: 'repository 31, owner 12',
          actual,
        },
      ]);
    }
  });

  it.each(['https://gitlab.example.com', 'https://gitlab.com.evil.io', 'https://gitlab.com/'])(
    'IDN-12 denies the names of gitlab.com on the word of %s',
    (issuer) => {
      const signed = signedByGitlab({}, { certificate: { claims: { deprecatedIssuer: issuer, issuer } } });
      const byName = decideWith({ signed, flags: { ...IDENTITY, sourceUri: PROJECT } });
      expect(byName.verdict).toBe('deny');
      expect(byName.faults).toEqual([
        {
          rule: 'signer-identity',
          code: 'identity.issuer',
          expected: named(CONFIG),
          actual: named(CONFIG, issuer),
        },
      ]);
      const byBuilder = decideWith({ signed, flags: BUILT });
      expect(byBuilder.verdict).toBe('deny');
      expect(byBuilder.finding('signer-identity')).toMatchObject({
        code: 'identity.issuer',
        outcome: 'fail',
      });
      expect(byBuilder.candidate?.level).toMatchObject({ level: 1, row: undefined });
    },
  );

  it('IDN-12 gives a runner of the project itself level 1', () => {
    const decided = decideWith({
      signed: signedByGitlab({ runnerEnvironment: 'self-hosted' }),
      flags: { ...BUILT, minLevel: 2 },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'min-level',
        code: 'level.too-low',
        expected: 'level 2 or higher',
        actual: 'level 1 (runner is not hosted: self-hosted)',
      },
    ]);
  });
});

describe('IDN-12 an instance of the caller: its certificate is believed before its provenance', () => {
  const SERVER = 'https://gitlab.example.com';
  const own = {
    certificateIdentityRegexp: '^https://gitlab\\.example\\.com/[^@]*@refs/heads/main$',
    certificateOidcIssuer: SERVER,
  };
  const wanted = { ...own, sourceUri: `${SERVER}/acme/app` };

  it('IDN-12 allows the project, with the ids and the runner of the certificate', () => {
    const decided = decideWith({
      signed: signedByGitlab({ server: SERVER }),
      flags: {
        ...wanted,
        sourceRepositoryId: '31',
        runnerEnvironment: 'gitlab-hosted',
        buildTrigger: 'push',
      },
    });
    expect(decided.faults).toEqual([]);
    expect(decided.verdict).toBe('allow');
  });

  it('IDN-12 denies provenance that claims another project than the certificate', () => {
    const signed = signedByGitlab(
      { server: SERVER, projectPath: 'evil/app' },
      {
        statement: (right) => JSON.parse(JSON.stringify(right).replaceAll('evil/app', 'acme/app')),
      },
    );
    const decided = decideWith({ signed, flags: wanted });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'provenance',
        code: 'source.inconsistent',
        expected: `${SERVER}/evil/app`,
        actual: `${SERVER}/acme/app`,
      },
    ]);
  });

  it('IDN-12 denies provenance that leaves the project out, by what the certificate says', () => {
    const signed = signedByGitlab(
      { server: SERVER, projectPath: 'evil/app' },
      {
        statement: (right) => {
          const definition = right.predicate?.buildDefinition;
          if (typeof definition === 'object' && definition !== null)
            Object.assign(definition, { resolvedDependencies: [] });
        },
      },
    );
    const decided = decideWith({ signed, flags: wanted });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'source-uri',
        code: 'source.mismatch',
        expected: `${SERVER}/acme/app`,
        actual: `${SERVER}/evil/app`,
      },
    ]);
  });

  it('IDN-12 denies provenance that claims another commit, or another builder than the certificate', () => {
    const commit = signedByGitlab(
      { server: SERVER },
      {
        statement: (right) =>
          JSON.parse(JSON.stringify(right).replace('"sha256":"0123', '"gitCommit":"9999')),
      },
    );
    expect(decideWith({ signed: commit, flags: wanted }).faults).toEqual([
      {
        rule: 'provenance',
        code: 'source.commit',
        expected: '0123456789abcdef0123456789abcdef01234567',
        actual: '9999456789abcdef0123456789abcdef01234567',
      },
    ]);
    const builderId = `${SERVER}/acme/app/-/runners/12270831`;
    const claimed = decideWith({
      signed: signedByGitlab({ server: SERVER }),
      flags: { ...wanted, builderId },
    });
    expect(claimed.verdict).toBe('deny');
    expect(claimed.faults).toEqual([
      {
        rule: 'builder-id',
        code: 'identity.workflow',
        expected: builderId,
        actual: `${SERVER}/acme/app//.gitlab-ci.yml@refs/heads/main`,
      },
    ]);
  });
});
