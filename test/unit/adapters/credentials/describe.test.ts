import { describe, expect, it } from 'vitest';
import { describeCredentials } from '../../../../src/adapters/credentials/index.ts';
import { base64, CANARY, Home, refusal, shownOf, tells } from './home.ts';

const auth = { auth: base64(`user:${CANARY}`) };

describe('credentials as doctor shows them', () => {
  it('I12 are listed with place, kind and origin, without secrets, and no helper is run', async () => {
    const home = new Home();
    home.file('.docker/config.json', {
      auths: {
        'registry.example': auth,
        'token.example': { identitytoken: CANARY },
        'https://index.docker.io/v1/': auth,
        'empty.example': {},
        'helper.example': {},
      },
      credHelpers: { 'helper.example': 'one' },
      credsStore: 'all',
    });
    home.program('bin/docker-credential-one', `touch '${home.path}/ran'`);
    home.program('bin/docker-credential-all', `touch '${home.path}/ran'`);
    home.file(
      '.npmrc',
      `//registry.npmjs.org/:_authToken=${CANARY}\n//npm.example/a/:_auth=${base64(`u:${CANARY}`)}`,
    );
    const found = await describeCredentials(
      home.options({
        GH_TOKEN: CANARY,
        GH_ENTERPRISE_TOKEN: CANARY,
        GH_HOST: 'github.example',
        CI_JOB_TOKEN: CANARY,
        CI_SERVER_URL: 'https://gitlab.example',
        CI_REGISTRY: 'registry.gitlab.example',
        CI_REGISTRY_USER: 'gitlab-ci-token',
        CI_REGISTRY_PASSWORD: CANARY,
      }),
      { github: ['https://api.octo.ghe.com'] },
    );
    const file = '~/.docker/config.json';
    expect(found).toEqual({
      usable: [
        { place: 'registry.example', kind: 'basic', from: file },
        { place: 'token.example', kind: 'refresh-token', from: file },
        { place: 'docker.io', kind: 'basic', from: file },
        { place: 'helper.example', kind: 'helper', from: 'helper one' },
        { place: '*', kind: 'helper', from: 'helper all' },
        { place: 'registry.gitlab.example', kind: 'basic', from: 'CI_REGISTRY_PASSWORD' },
        { place: 'https://api.github.com', kind: 'token', from: 'GH_TOKEN' },
        { place: 'https://github.example', kind: 'token', from: 'GH_ENTERPRISE_TOKEN' },
        { place: 'https://api.octo.ghe.com', kind: 'token', from: 'GH_TOKEN' },
        { place: 'https://gitlab.example', kind: 'token', from: 'CI_JOB_TOKEN' },
        { place: '//registry.npmjs.org/', kind: 'token', from: '~/.npmrc' },
        { place: '//npm.example/a/', kind: 'basic', from: '~/.npmrc' },
      ],
      problems: [],
    });
    expect(tells(shownOf(found))).toBe(false);
    const { existsSync } = await import('node:fs');
    expect(existsSync(`${home.path}/ran`)).toBe(false);
  });

  it('are none where there are none', async () => {
    expect(await describeCredentials(new Home().options())).toEqual({ usable: [], problems: [] });
  });

  it('I12 tell every problem, each with what it comes from, and what works beside it', async () => {
    const home = new Home();
    home.file('.docker/config.json', {
      auths: { 'broken.example': { auth: `${CANARY}!` }, 'good.example': auth },
      credHelpers: { 'helper.example': 'missing' },
      credsStore: 'also-missing',
    });
    home.file('auth.json', `broken ${CANARY}`);
    home.file('.npmrc', `//registry.npmjs.org/:_authToken=${CANARY} x\n//good.example/:_authToken=${CANARY}`);
    const found = await describeCredentials(
      home.options({ GH_TOKEN: `${CANARY}\n`, REGISTRY_AUTH_FILE: `${home.path}/auth.json` }),
    );
    expect(found.usable.map(({ place }) => place)).toEqual(['good.example', '//good.example/']);
    expect(found.problems).toEqual([
      { from: '~/.docker/config.json', problem: refusal('credential.unusable') },
      { from: 'helper missing', problem: refusal('credential.unusable') },
      { from: 'helper also-missing', problem: refusal('credential.unusable') },
      { from: '~/auth.json', problem: refusal('credential.unusable') },
      { from: 'https://api.github.com', problem: refusal('credential.unusable') },
      { from: '//registry.npmjs.org/', problem: refusal('credential.unusable') },
    ]);
    expect(tells(shownOf(found))).toBe(false);
    expect(found.problems.some(({ problem }) => tells(shownOf(problem)))).toBe(false);
  });
});
