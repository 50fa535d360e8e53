import { describe, expect, it } from 'vitest';
import { githubCredentials, gitlabCredentials } from '../../../../src/adapters/credentials/index.ts';
import { CANARY, Home, refusal, shownOf, tells } from './home.ts';

const home = new Home();
type Env = Readonly<Record<string, string>>;
const GITHUB = 'https://api.github.com';
const TENANT = 'https://api.octo.ghe.com';
const SERVER = 'https://github.example/api/v3';
const PUBLIC = { GH_TOKEN: 'gh', GITHUB_TOKEN: 'github' };
const ENTERPRISE = { GH_ENTERPRISE_TOKEN: 'gh-ent', GITHUB_ENTERPRISE_TOKEN: 'github-ent' };

describe('the token of GitHub', () => {
  const of = (env: Env, url: string): unknown => githubCredentials(home.options(env), url);
  const sent = (origin: string, token: string, from: string) => ({
    origin,
    header: 'authorization',
    value: `Bearer ${token}`,
    from,
  });

  it.each<[Env, string, object | undefined]>([
    [PUBLIC, GITHUB, sent(GITHUB, 'gh', 'GH_TOKEN')],
    [{ GITHUB_TOKEN: 'github' }, GITHUB, sent(GITHUB, 'github', 'GITHUB_TOKEN')],
    [{ GH_TOKEN: '', GITHUB_TOKEN: 'github' }, `${GITHUB}/`, sent(GITHUB, 'github', 'GITHUB_TOKEN')],
    [{ ...PUBLIC, ...ENTERPRISE }, TENANT, sent(TENANT, 'gh', 'GH_TOKEN')],
    [{ ...PUBLIC, ...ENTERPRISE }, SERVER, sent('https://github.example', 'gh-ent', 'GH_ENTERPRISE_TOKEN')],
    [
      { GITHUB_ENTERPRISE_TOKEN: 'github-ent' },
      'https://github.example:8443/api/v3',
      sent('https://github.example:8443', 'github-ent', 'GITHUB_ENTERPRISE_TOKEN'),
    ],
    [
      { ...ENTERPRISE, GH_HOST: 'github.example' },
      SERVER,
      sent('https://github.example', 'gh-ent', 'GH_ENTERPRISE_TOKEN'),
    ],
    [
      { ...ENTERPRISE, GH_HOST: 'GitHub.Example' },
      'https://api.github.example',
      sent('https://api.github.example', 'gh-ent', 'GH_ENTERPRISE_TOKEN'),
    ],
    [{}, GITHUB, undefined],
    [{ GH_TOKEN: '' }, GITHUB, undefined],
  ])('%j for %s', (env, url, expected) => {
    expect(of(env, url)).toEqual(expected);
  });

  it.each<[Env, string]>([
    [PUBLIC, 'http://api.github.com'],
    [PUBLIC, 'https://github.com'],
    [PUBLIC, 'https://api.github.com:8443'],
    [PUBLIC, 'https://api.github.com.evil.example'],
    [PUBLIC, 'https://evilapi.github.com'],
    [PUBLIC, 'https://api.github.co'],
    [PUBLIC, 'https://uploads.github.com'],
    [PUBLIC, 'https://evil.github.io'],
    [PUBLIC, 'https://ghe.com'],
    [PUBLIC, 'https://octo.ghe.com'],
    [PUBLIC, 'https://api.ghe.com'],
    [PUBLIC, 'https://api.a.b.ghe.com'],
    [PUBLIC, 'https://api.-.ghe.com'],
    [PUBLIC, 'https://api.octo.ghe.com.evil.example'],
    [PUBLIC, 'https://api.octo.evilghe.com'],
    [PUBLIC, 'http://api.octo.ghe.com'],
    [PUBLIC, SERVER],
    [ENTERPRISE, GITHUB],
    [ENTERPRISE, TENANT],
    [ENTERPRISE, 'http://api.github.com'],
    [ENTERPRISE, 'https://api.github.com.'],
    [ENTERPRISE, 'https://evil.github.com'],
    [ENTERPRISE, 'https://a.b.ghe.com'],
    [{ ...ENTERPRISE, GH_HOST: 'github.example' }, 'https://github.example.evil.example'],
    [{ ...ENTERPRISE, GH_HOST: 'github.example' }, 'https://evilgithub.example'],
    [{ ...ENTERPRISE, GH_HOST: 'github.example' }, 'https://github.example:8443'],
    [{ ...ENTERPRISE, GH_HOST: 'github.example' }, 'https://a.github.example'],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://octo.ghe.com' }, GITHUB],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://octo.ghe.com' }, 'https://api.other.ghe.com'],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://github.com' }, TENANT],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://github.example' }, GITHUB],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'nonsense' }, GITHUB],
  ])('SSRF-06 %j goes nowhere for %s', (env, url) => {
    expect(of(env, url)).toBeUndefined();
  });

  it('of a job goes to the server of the job', () => {
    const job = { GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://octo.ghe.com' };
    expect(of(job, TENANT)).toMatchObject({ origin: TENANT, value: 'Bearer x' });
    expect(of({ ...job, GITHUB_SERVER_URL: 'https://github.com' }, GITHUB)).toMatchObject({ origin: GITHUB });
    // One that was set for us is not the job's.
    expect(of({ ...job, GH_TOKEN: 'y' }, GITHUB)).toMatchObject({ value: 'Bearer y' });
  });

  it.each(['', 'api.github.com', 'data:x', 'file:///etc'])('is asked for an API, not for %j', (url) => {
    expect(() => of(PUBLIC, url)).toThrow(refusal('config.invalid'));
  });
});

describe('the token of GitLab', () => {
  const of = (env: Env, url: string): unknown => gitlabCredentials(home.options(env), url);
  const API = 'https://gitlab.com/api/v4';
  const OWN = 'https://gitlab.example';
  const JOB = { CI_JOB_TOKEN: 'job', CI_SERVER_URL: OWN };
  const sent = (origin: string, value: string, from: string) => ({
    origin,
    header: from === 'CI_JOB_TOKEN' ? 'job-token' : 'private-token',
    value,
    from,
  });

  it.each<[Env, string, object]>([
    [{ GITLAB_TOKEN: 'own' }, API, sent('https://gitlab.com', 'own', 'GITLAB_TOKEN')],
    [{ GITLAB_TOKEN: 'own', ...JOB }, `${OWN}/api/v4`, sent(OWN, 'own', 'GITLAB_TOKEN')],
    [{ GITLAB_TOKEN: 'own', GITLAB_HOST: 'gitlab.example' }, OWN, sent(OWN, 'own', 'GITLAB_TOKEN')],
    [{ GITLAB_TOKEN: 'own', GITLAB_HOST: 'https://gitlab.example/' }, OWN, sent(OWN, 'own', 'GITLAB_TOKEN')],
    [JOB, OWN, sent(OWN, 'job', 'CI_JOB_TOKEN')],
    [{ ...JOB, GITLAB_TOKEN: 'own', GITLAB_HOST: 'gitlab.com' }, OWN, sent(OWN, 'job', 'CI_JOB_TOKEN')],
  ])('%j for %s', (env, url, expected) => {
    expect(of(env, url)).toEqual(expected);
  });

  it.each<[Env, string]>([
    [{ GITLAB_TOKEN: 'own' }, OWN],
    [{ GITLAB_TOKEN: 'own' }, 'http://gitlab.com'],
    [{ GITLAB_TOKEN: 'own' }, 'https://gitlab.com:8443'],
    [{ GITLAB_TOKEN: 'own' }, 'https://gitlab.com.evil.example'],
    [{ GITLAB_TOKEN: 'own' }, 'https://a.gitlab.com'],
    [{ GITLAB_TOKEN: 'own', GITLAB_HOST: 'gitlab.example' }, API],
    [{ GITLAB_TOKEN: 'own', GITLAB_HOST: 'gitlab.example' }, 'http://gitlab.example'],
    [{ CI_JOB_TOKEN: 'job' }, API],
    [JOB, API],
    [JOB, 'http://gitlab.example'],
    [JOB, 'https://gitlab.example:8443'],
    [JOB, 'https://gitlab.example.evil.example'],
    [{ ...JOB, CI_JOB_TOKEN: '' }, OWN],
    [{ CI_JOB_TOKEN: 'job', CI_SERVER_URL: 'nonsense://' }, API],
    [{}, API],
  ])('SSRF-06 %j goes nowhere for %s', (env, url) => {
    expect(of(env, url)).toBeUndefined();
  });
});

describe('tokens of forges', () => {
  it.each([
    `${CANARY}\r\nhost: evil`,
    `${CANARY}\n`,
    `${CANARY} x`,
    `é${CANARY}`,
    `${CANARY}\0`,
    CANARY.repeat(20_000),
  ])('I12 that no header can hold are refused without being shown', (token) => {
    for (const find of [
      () => githubCredentials(home.options({ GH_TOKEN: token }), GITHUB),
      () => gitlabCredentials(home.options({ GITLAB_TOKEN: token }), 'https://gitlab.com'),
    ]) {
      let error: unknown;
      try {
        find();
      } catch (cause) {
        error = cause;
      }
      expect(error).toEqual(
        refusal('credential.unusable', { message: expect.stringMatching(/^GH_TOKEN|^GITLAB_TOKEN/) }),
      );
      expect(tells(shownOf(error))).toBe(false);
    }
  });

  it('I12 show in neither JSON nor what is printed, and are still sent', () => {
    const found = githubCredentials(home.options({ GH_TOKEN: CANARY }), GITHUB);
    expect(tells(shownOf({ deep: [found] }))).toBe(false);
    expect(found?.value).toBe(`Bearer ${CANARY}`);
  });
});
