import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CredentialOptions, npmCredentials } from '../../../../src/adapters/credentials/index.ts';
import { base64, CANARY, Home, refusal, shownOf, tells } from './home.ts';

const NPM = 'https://registry.npmjs.org/';
const withNpmrc = (lines: readonly string[]): Home => {
  const home = new Home();
  home.file('.npmrc', `${lines.join('\n')}\n`);
  return home;
};
const load = (lines: readonly string[], env: Record<string, string> = {}) =>
  npmCredentials(withNpmrc(lines).options(env));
const token = (value = CANARY) => `Bearer ${value}`;

describe('registries of npm', () => {
  it.each<[string, readonly string[], string | undefined, string]>([
    ['without a file entry', [], undefined, NPM],
    ['of a scope without its own', ['@octo:registry=https://octo.example'], '@other', NPM],
    ['of a scope', ['@octo:registry=https://octo.example/npm'], '@octo', 'https://octo.example/npm/'],
    [
      'of names without scope',
      ['registry = https://all.example/npm/'],
      undefined,
      'https://all.example/npm/',
    ],
    ['of other scopes, too', ['registry=https://all.example'], '@octo', 'https://all.example/'],
    ['in quotes', ['registry="https://all.example/"'], undefined, 'https://all.example/'],
    ['in single quotes', ["registry='https://all.example/'"], undefined, 'https://all.example/'],
    [
      'with a comment',
      ['registry=https://all.example/ ; ours', '# x', '; y'],
      undefined,
      'https://all.example/',
    ],
    [
      'given twice',
      ['registry=https://one.example/', 'registry=https://two.example/'],
      undefined,
      'https://two.example/',
    ],
    ['in a section', ['[other]', 'registry=https://all.example/'], undefined, NPM],
    ['in a list', ['registry[]=https://all.example/'], undefined, NPM],
    ['out of a variable', [`registry=https://\${HOST}/npm`], undefined, 'https://host.example/npm/'],
    ['a line without value', ['registry'], undefined, NPM],
  ])('%s', async (_, lines, scope, url) => {
    const config = await load(lines, { HOST: 'host.example' });
    expect(config.registryFor(scope).url).toBe(url);
  });

  it.each([
    '',
    'all.example',
    'ftp://all.example/',
    'file:///etc/',
    `https://user:${CANARY}@all.example/`,
    `https://all.example/?token=${CANARY}`,
    '"https://all.example/#x"',
    `\${NOT_SET}`,
  ])('I12 that are no plain address are refused, without being shown: %s', async (url) => {
    const { registryFor } = await load([`registry=${url}`]);
    let error: unknown;
    try {
      registryFor(undefined);
    } catch (cause) {
      error = cause;
    }
    expect(error).toEqual(refusal('credential.unusable'));
    expect(tells(shownOf(error))).toBe(false);
  });
});

describe('credentials of npm', () => {
  it.each<[string, readonly string[], string]>([
    ['a token', [`//registry.npmjs.org/:_authToken=${CANARY}`], token()],
    ['a token out of a variable', [`//registry.npmjs.org/:_authToken=\${NPM_TOKEN}`], token('from-variable')],
    ['a token without the slash', [`//registry.npmjs.org:_authToken=${CANARY}`], token()],
    ['a token in quotes', [`//registry.npmjs.org/:_authToken="${CANARY}"`], token()],
    [
      'user name and password',
      ['//registry.npmjs.org/:username=user', `//registry.npmjs.org/:_password=${base64(CANARY)}`],
      `Basic ${base64(`user:${CANARY}`)}`,
    ],
    [
      'both in one',
      [`//registry.npmjs.org/:_auth=${base64(`user:${CANARY}`)}`],
      `Basic ${base64(`user:${CANARY}`)}`,
    ],
    [
      'a token before both',
      [`//registry.npmjs.org/:_auth=${base64('user:other')}`, `//registry.npmjs.org/:_authToken=${CANARY}`],
      token(),
    ],
    [
      'the last one',
      ['//registry.npmjs.org/:_authToken=other', `//registry.npmjs.org/:_authToken=${CANARY}`],
      token(),
    ],
  ])('are %s', async (_, lines, value) => {
    const { registryFor } = await load(lines, { NPM_TOKEN: 'from-variable' });
    expect(registryFor(undefined).credentials).toEqual([
      { origin: 'https://registry.npmjs.org', header: 'authorization', value, from: '~/.npmrc' },
    ]);
  });

  it.each([
    ['//npm.example/', 'https://npm.example/'],
    ['//npm.example/', 'https://npm.example/a/b'],
    ['//npm.example', 'https://npm.example/a/'],
    ['//npm.example/a/', 'https://npm.example/a/b/'],
    ['//npm.example/a', 'https://npm.example/a/'],
    ['//npm.example:8443/a/', 'https://npm.example:8443/a/'],
    ['//npm.example/', 'https://NPM.example/'],
    ['//npm.example/', 'https://npm.example:443/'],
    ['//[::1]:4873/', 'https://[::1]:4873/'],
  ])('of %s are for %s', async (place, url) => {
    const { credentialFor } = await load([`${place}:_authToken=${CANARY}`]);
    expect(credentialFor(url)?.value).toBe(token());
    expect(credentialFor(url)?.origin).toBe(new URL(url).origin);
  });

  it.each([
    ['//npm.example/', 'https://npm.example.evil/'],
    ['//npm.example/', 'https://evilnpm.example/'],
    ['//npm.example/', 'https://a.npm.example/'],
    ['//npm.example/', 'https://npm.example:8443/'],
    ['//npm.example/', 'https://pm.example/'],
    ['//npm.example:8443/', 'https://npm.example/'],
    ['//npm.example:84/', 'https://npm.example:8443/'],
    ['//npm.example/a/', 'https://npm.example/'],
    ['//npm.example/a/', 'https://npm.example/ab/'],
    ['//npm.example/a/', 'https://npm.example/b/a/'],
    ['//npm.example/a/', 'https://npm.example/a/../b/'],
    ['//npm.example/a/', 'https://npm.example/A/'],
    ['//npm.example/a/', 'https://npm.example/b/?/a/'],
    ['//npm.example/a/', 'https://npm.example/b/#/a/'],
    ['//npm.example/', 'https://evil.example/npm.example/'],
    ['//npm.example/', 'https://npm.example@evil.example/'],
    ['//', 'https://npm.example/'],
    ['///', 'https://npm.example/'],
    ['', 'https://npm.example/'],
    ['https://npm.example/', 'https://npm.example/'],
    ['//*.example/', 'https://npm.example/'],
    ['//npm.example/', 'nonsense'],
  ])('SSRF-05 of %j are not for %s', async (place, url) => {
    const { credentialFor } = await load([`${place}:_authToken=${CANARY}`]);
    expect(credentialFor(url)).toBeUndefined();
  });

  it('are those of the longest path', async () => {
    const { credentialFor } = await load([
      '//npm.example/:_authToken=all',
      '//npm.example/a/b/:_authToken=inner',
      '//npm.example/a/:_authToken=outer',
    ]);
    const given = ['', 'a/', 'a/b/', 'a/b/c/', 'ab/'].map(
      (path) => credentialFor(`https://npm.example/${path}`)?.value,
    );
    expect(given).toEqual(['all', 'outer', 'inner', 'inner', 'all'].map(token));
  });

  it('of a scope belong to its registry', async () => {
    const { registryFor } = await load([
      '@octo:registry=https://octo.example/npm/',
      '//octo.example/npm/:_authToken=octo',
      '//registry.npmjs.org/:_authToken=npm',
    ]);
    const given = ['@octo', '@other', undefined].map((scope) =>
      registryFor(scope).credentials.map(({ value }) => value),
    );
    expect(given).toEqual([[token('octo')], [token('npm')], [token('npm')]]);
  });

  it('are bound to their paths, all those of the host of a registry', async () => {
    const { registryFor } = await load([
      'registry=https://npm.example/a/b/',
      '//npm.example/:_authToken=all',
      '//npm.example/a/b/:_authToken=inner',
      '//npm.example/other:_authToken=other',
      '//npm.example.evil/:_authToken=evil',
    ]);
    const given = registryFor(undefined).credentials.map(({ origin, path, value }) => [origin, path, value]);
    const origin = 'https://npm.example';
    expect(given).toEqual([
      [origin, undefined, token('all')],
      [origin, '/a/b/', token('inner')],
      [origin, '/other', token('other')],
    ]);
  });

  it('without a registry are not used, and that is said', async () => {
    const home = withNpmrc([`_authToken=${CANARY}`, `_auth=${base64(`u:${CANARY}`)}`]);
    const { registryFor } = await npmCredentials(home.options());
    expect(registryFor(undefined).credentials).toEqual([]);
    expect(home.warnings).toHaveLength(1);
    expect(tells(home.warnings.join())).toBe(false);
  });

  it('that need a variable which is not set are not used, and that is said once', async () => {
    const home = withNpmrc([`//registry.npmjs.org/:_authToken=\${NODE_AUTH_TOKEN}`]);
    const { registryFor } = await npmCredentials(home.options());
    for (const _ of [1, 2]) expect(registryFor(undefined).credentials).toEqual([]);
    expect(home.warnings).toEqual([expect.stringContaining('NODE_AUTH_TOKEN')]);
    const optional = await load([`//registry.npmjs.org/:_authToken=\${NODE_AUTH_TOKEN?}`]);
    expect(optional.registryFor(undefined).credentials).toEqual([]);
  });

  it('I18 take no variable that was not handed in', async () => {
    process.env.SLSA_GATE_TEST_CANARY = CANARY;
    try {
      for (const name of ['SLSA_GATE_TEST_CANARY', 'constructor', 'toString', '__proto__']) {
        const { registryFor } = await load([`//registry.npmjs.org/:_authToken=\${${name}}`]);
        expect(registryFor(undefined).credentials).toEqual([]);
      }
    } finally {
      delete process.env.SLSA_GATE_TEST_CANARY;
    }
  });

  it.each<[string, readonly string[]]>([
    ['a space in a token', [`//registry.npmjs.org/:_authToken=${CANARY} x`]],
    ['a control character in a token', [`//registry.npmjs.org/:_authToken="${CANARY}\\r\\nhost: evil"`]],
    ['a token beyond ASCII', [`//registry.npmjs.org/:_authToken=é${CANARY}`]],
    ['an _auth that is no pair', [`//registry.npmjs.org/:_auth=${base64(`xxx${CANARY}xxx`)}`]],
    ['an _auth that is no base64', [`//registry.npmjs.org/:_auth=${CANARY}!`]],
    [
      'a line end in a password',
      ['//registry.npmjs.org/:username=u', `//registry.npmjs.org/:_password=${base64(`${CANARY}\n`)}`],
    ],
    [
      'a colon in a user name',
      ['//registry.npmjs.org/:username=u:v', `//registry.npmjs.org/:_password=${base64(CANARY)}`],
    ],
  ])('I12 with %s are refused without being shown', async (_, lines) => {
    const { registryFor } = await load(lines);
    let error: unknown;
    try {
      registryFor(undefined);
    } catch (cause) {
      error = cause;
    }
    expect(error).toEqual(refusal('credential.unusable', { message: expect.stringContaining('~/.npmrc') }));
    expect(tells(shownOf(error))).toBe(false);
  });

  it('I12 show neither in JSON nor in what is printed', async () => {
    const config = await load([`//registry.npmjs.org/:_authToken=${CANARY}`]);
    expect(tells(shownOf([config, config.registryFor(undefined)]))).toBe(false);
  });

  it.each([
    [0o644, [`//registry.npmjs.org/:_authToken=${CANARY}`], 1],
    [0o600, [`//registry.npmjs.org/:_authToken=${CANARY}`], 0],
    [0o644, [`//registry.npmjs.org/:_authToken=\${NPM_TOKEN}`, 'registry=https://a.example'], 0],
  ])('in a file of mode %o with %j warn %s times', async (mode, lines, times) => {
    const home = new Home();
    home.file('.npmrc', lines.join('\n'), mode);
    await npmCredentials(home.options());
    expect(home.warnings).toHaveLength(times);
  });
});

describe('the file of npm', () => {
  const of = async (home: Home, env: Record<string, string> = {}, more: Partial<CredentialOptions> = {}) =>
    (await npmCredentials(home.options(env, more)))
      .registryFor(undefined)
      .credentials.map(({ value }) => value);

  it('I18 is never the one in the working directory or above it', async () => {
    const home = new Home();
    home.file('work/.npmrc', `registry=https://evil.example/\n//registry.npmjs.org/:_authToken=planted`);
    expect(await of(home)).toEqual([]);
    expect((await npmCredentials(home.options())).registryFor(undefined).url).toBe(NPM);
  });

  it('is that of a flag, then of NPM_CONFIG_USERCONFIG, then of the home folder', async () => {
    const home = withNpmrc(['//registry.npmjs.org/:_authToken=home']);
    const variable = home.file('variable', '//registry.npmjs.org/:_authToken=variable');
    const npmrc = home.file('flag', '//registry.npmjs.org/:_authToken=flag');
    expect(await of(home)).toEqual([token('home')]);
    expect(await of(home, { NPM_CONFIG_USERCONFIG: variable })).toEqual([token('variable')]);
    expect(await of(home, { NPM_CONFIG_USERCONFIG: variable }, { npmrc })).toEqual([token('flag')]);
    expect(await of(home, { NPM_CONFIG_USERCONFIG: '/nowhere' })).toEqual([]);
    await expect(of(home, {}, { npmrc: join(home.path, 'nowhere') })).rejects.toEqual(
      refusal('credential.unusable'),
    );
  });

  it('cannot be a folder, something that is not UTF-8, or larger than allowed', async () => {
    const home = new Home();
    const binary = home.file('binary', '');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x41]));
    const large = home.file('large', `//a.example/:_authToken=${CANARY}\n`.repeat(20_000));
    for (const npmrc of [home.path, binary, large]) {
      const error = await of(home, {}, { npmrc }).catch((cause: unknown) => cause);
      expect(error).toEqual(refusal('credential.unusable'));
      expect(tells(shownOf(error))).toBe(false);
    }
  });
});
