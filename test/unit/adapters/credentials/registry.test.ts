import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CredentialOptions,
  pickHelperEnvironment,
  registryCredentials,
} from '../../../../src/adapters/credentials/index.ts';
import { base64, CANARY, Home, refusal, shownOf, tells } from './home.ts';

const CONFIG = '.docker/config.json';
const auth = (user: string, password = CANARY) => ({ auth: base64(`${user}:${password}`) });
const basic = (username: string, from = `~/${CONFIG}`, password = CANARY) => ({
  kind: 'basic',
  username,
  password,
  from,
});

const withConfig = (config: string | object): Home => {
  const home = new Home();
  home.file(CONFIG, config);
  return home;
};
const of = (home: Home, registry: string, options: Partial<CredentialOptions> = {}) =>
  registryCredentials(home.options({}, options)).of(registry);

describe('the credential of a registry in a file of Docker', () => {
  it.each<[string, object, object]>([
    ['user name and password in base64', auth('user'), basic('user')],
    ['a password with colons', auth('user', `a:${CANARY}:b`), basic('user', undefined, `a:${CANARY}:b`)],
    [
      'a password beyond ASCII',
      auth('user', `pässwörd${CANARY}`),
      basic('user', undefined, `pässwörd${CANARY}`),
    ],
    ['no padding', { auth: base64(`user:${CANARY}`).replace(/=+$/, '') }, basic('user')],
    ['plain user name and password', { username: 'user', password: CANARY }, basic('user')],
    ['an empty auth beside them', { auth: '', username: 'user', password: CANARY }, basic('user')],
    [
      'an identity token',
      { ...auth('user', ''), identitytoken: CANARY },
      { kind: 'refresh-token', token: CANARY, from: `~/${CONFIG}` },
    ],
    [
      'a registry token',
      { ...auth('user'), identitytoken: 'x', registrytoken: CANARY },
      { kind: 'bearer', token: CANARY, from: `~/${CONFIG}` },
    ],
    ['fields that are not known', { ...auth('user'), email: 'a@example.com', x: 1 }, basic('user')],
  ])('is read with %s', async (_, entry, expected) => {
    expect(await of(withConfig({ auths: { 'registry.example': entry } }), 'registry.example')).toEqual(
      expected,
    );
  });

  it.each([
    ['registry.example', 'registry.example'],
    ['https://registry.example', 'registry.example'],
    ['http://registry.example', 'registry.example'],
    ['https://registry.example/', 'registry.example'],
    ['https://registry.example/v1/', 'registry.example'],
    ['https://registry.example/v2/', 'registry.example'],
    ['registry.example/v1', 'registry.example'],
    ['Registry.Example', 'registry.example'],
    ['registry.example', 'Registry.EXAMPLE'],
    ['registry.example:5000', 'registry.example:5000'],
    ['https://registry.example:5000/v2/', 'registry.example:5000'],
    ['registry.example:443', 'registry.example'],
    ['registry.example', 'registry.example:443'],
    ['localhost:5000', 'localhost:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['docker.io', 'index.docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
  ])('written as %s is that of %s', async (key, registry) => {
    expect(await of(withConfig({ auths: { [key]: auth('user') } }), registry)).toEqual(basic('user'));
  });

  it.each([
    ['ghcr.io', 'cr.io'],
    ['ghcr.io', 'ghcr.io.evil.example'],
    ['ghcr.io', 'xghcr.io'],
    ['ghcr.io', 'a.ghcr.io'],
    ['ghcr.io', 'ghcr.io:5000'],
    ['ghcr.io', 'ghcr.io:80'],
    ['ghcr.io', 'ghcr.i'],
    ['ghcr.io', 'ghcrxio'],
    ['ghcr.io', ''],
    ['a.ghcr.io', 'ghcr.io'],
    ['ghcr.io:5000', 'ghcr.io'],
    ['ghcr.io:5000', 'ghcr.io:50'],
    ['ghcr.io:5000', 'ghcr.io:50000'],
    ['ghcr.io/owner', 'ghcr.io'],
    ['ghcr.io/v1/owner', 'ghcr.io'],
    ['https://ghcr.io/v1/?x', 'ghcr.io'],
    ['evil.example/ghcr.io', 'ghcr.io'],
    ['https://user@ghcr.io/', 'ghcr.io'],
    ['https://evil.example@ghcr.io', 'ghcr.io'],
    ['ghcr.io#evil.example', 'ghcr.io'],
    ['*', 'ghcr.io'],
    ['*.io', 'ghcr.io'],
    ['.io', 'ghcr.io'],
    ['', 'ghcr.io'],
    ['https://', 'ghcr.io'],
    ['ftp://ghcr.io', 'ghcr.io'],
    ['https://index.docker.io/v1/access-token', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io.evil.example'],
    ['127.0.0.1', '127.0.0.1:5000'],
    ['127.0.0.1:5000', 'localhost:5000'],
  ])('SSRF-05 written as %j is not that of %j', async (key, registry) => {
    const home = withConfig({ auths: { [key]: auth('user') }, credHelpers: { [key]: 'none' } });
    expect(await of(home, registry)).toBeUndefined();
  });

  it('is the one that is written exactly so, where several fit', async () => {
    const auths = { 'https://registry.example/v1/': auth('other'), 'registry.example': auth('exact') };
    expect(await of(withConfig({ auths }), 'registry.example')).toEqual(basic('exact'));
  });

  it.each<[string, string | object]>([
    ['no entry', { auths: { 'other.example': auth('user') } }],
    ['an empty entry, as beside a store', { auths: { 'registry.example': {} } }],
    ['an empty auth', { auths: { 'registry.example': { auth: '' } } }],
    ['no auths', { HttpHeaders: {} }],
    ['an empty object', '{}'],
    ['a broken entry of another registry', { auths: { 'other.example': 1 } }],
    ['a key of the prototype', '{"auths":{"x":{}}}'],
  ])('is none with %s', async (_, config) => {
    const home = withConfig(config);
    expect(await of(home, 'registry.example')).toBeUndefined();
    expect(await of(home, 'toString')).toBeUndefined();
  });

  it('is none without a file', async () => {
    expect(await of(new Home(), 'registry.example')).toBeUndefined();
  });

  it.each<[string, string | object]>([
    ['is empty', ''],
    ['is cut', `{"auths":{"registry.example":{"auth":"${base64(`user:${CANARY}`)}"`],
    ['is no JSON', `auth = ${CANARY}`],
    ['has text behind it', `{"auths":{"registry.example":{"auth":"${base64(`u:${CANARY}`)}"}}} ${CANARY}`],
    ['has a key twice', `{"auths":{"registry.example":{"auth":"${CANARY}","auth":"${CANARY}"}}}`],
    ['is a list', `["${CANARY}"]`],
    ['is a text', `"${CANARY}"`],
    ['has auths that are a list', { auths: [CANARY] }],
    ['has auths that are null', { auths: null, x: CANARY }],
    ['has credHelpers that are a text', { credHelpers: CANARY }],
    ['has a credsStore that is an object', { credsStore: { x: CANARY } }],
    ['has an entry that is a text', { auths: { 'registry.example': CANARY } }],
    ['has an entry that is null', { auths: { 'registry.example': null }, x: CANARY }],
    ['has an auth that is a number', { auths: { 'registry.example': { auth: 1, x: CANARY } } }],
    ['has an auth that is no base64', { auths: { 'registry.example': { auth: `${CANARY}!` } } }],
    ['has an auth without a colon', { auths: { 'registry.example': { auth: base64(`xxx${CANARY}xxx`) } } }],
    ['has a password with a line end', { auths: { 'registry.example': auth('user', `${CANARY}\r\nx: y`) } }],
    ['has a password with a NUL', { auths: { 'registry.example': auth('user', `${CANARY}\0`) } }],
    ['has a user name with a line end', { auths: { 'registry.example': auth(`${CANARY}\n`, 'x') } }],
    ['has a token with a line end', { auths: { 'registry.example': { identitytoken: `${CANARY}\n` } } }],
    [
      'has a registry token with a space',
      { auths: { 'registry.example': { registrytoken: `${CANARY} x` } } },
    ],
    ['has a helper that is a number', { credHelpers: { 'registry.example': 1 }, x: CANARY }],
    ['is too long', `{"x":"${CANARY.repeat(60_000)}"}`],
  ])('I12 cannot be used where the file %s, which is named and not shown', async (_, config) => {
    const home = withConfig(config);
    const error = await of(home, 'registry.example').catch((cause: unknown) => cause);
    expect(error).toEqual(refusal('credential.unusable', { exitCode: 64 }));
    expect((error as Error).message).toContain('.docker/config.json');
    expect(tells(shownOf(error))).toBe(false);
    expect(tells(home.warnings.join())).toBe(false);
  });

  it('I12 shows no secret in JSON or in what is printed, and stays usable', async () => {
    const home = withConfig({
      auths: {
        'a.example': auth('user'),
        'b.example': { identitytoken: CANARY },
        'c.example': { registrytoken: CANARY },
      },
    });
    const known = registryCredentials(home.options());
    const all = await Promise.all(['a', 'b', 'c'].map((name) => known.of(`${name}.example`)));
    expect(tells(shownOf(all))).toBe(false);
    expect(tells(shownOf(known))).toBe(false);
    // What is looked for would be found.
    expect([base64(`user:${CANARY}`), shownOf({ ...all[0] })].every(tells)).toBe(true);
    expect(JSON.stringify(all)).toContain('"kind":"basic","username":"user"');
    expect(JSON.stringify(all.map((one) => ({ ...one })))).toContain(CANARY);
  });

  it.each([
    [0o644, { auths: { 'registry.example': auth('user') } }, 1],
    [0o640, { auths: { 'registry.example': auth('user') } }, 1],
    [0o600, { auths: { 'registry.example': auth('user') } }, 0],
    [0o644, { auths: { 'registry.example': {} }, credsStore: 'none' }, 0],
  ])('in a file of mode %o: %j warns %s times', async (mode, config, times) => {
    const home = new Home();
    home.helper('none', 'credentials not found in native keychain', 1);
    chmodSync(home.file(CONFIG, config), mode);
    const known = registryCredentials(home.options());
    await known.of('registry.example');
    await known.of('other.example');
    expect(home.warnings).toHaveLength(times);
    expect(tells(home.warnings.join())).toBe(false);
  });

  it('is read through a link, and once', async () => {
    const home = new Home();
    const target = home.file('elsewhere.json', { auths: { 'registry.example': auth('user') } });
    mkdirSync(join(home.path, '.docker'));
    symlinkSync(target, join(home.path, CONFIG));
    const known = registryCredentials(home.options());
    expect(await known.of('registry.example')).toEqual(basic('user'));
    home.file('elsewhere.json', 'broken');
    expect(await known.of('registry.example')).toEqual(basic('user'));
  });
});

describe('where credentials of registries are looked for', () => {
  const config = (user: string) => ({ auths: { 'registry.example': auth(user) } });

  it('is the folder of DOCKER_CONFIG instead of the home folder', async () => {
    const home = withConfig(config('home'));
    home.file('other/config.json', config('other'));
    const find = (folder: string) =>
      registryCredentials(home.options({ DOCKER_CONFIG: folder })).of('registry.example');
    expect(await find(join(home.path, 'other'))).toMatchObject({ username: 'other' });
    expect(await find(join(home.path, 'none'))).toBeUndefined();
    expect(await find('')).toMatchObject({ username: 'home' });
  });

  it("is Podman's file after Docker's", async () => {
    const home = withConfig({ auths: { 'docker.example': auth('docker') } });
    home.file('run/containers/auth.json', {
      auths: { 'docker.example': auth('podman'), 'registry.example': auth('podman') },
    });
    home.file('named.json', config('named'));
    const runtime = { XDG_RUNTIME_DIR: join(home.path, 'run') };
    const known = registryCredentials(home.options(runtime));
    expect(await known.of('docker.example')).toMatchObject({ username: 'docker' });
    expect(await known.of('registry.example')).toMatchObject({
      username: 'podman',
      from: '~/run/containers/auth.json',
    });
    const named = { ...runtime, REGISTRY_AUTH_FILE: join(home.path, 'named.json') };
    expect(await registryCredentials(home.options(named)).of('registry.example')).toMatchObject({
      username: 'named',
    });
  });

  it('is the named file alone, which must be there', async () => {
    const home = withConfig(config('home'));
    const dockerConfig = home.file('flag.json', { auths: { 'other.example': auth('flag') } });
    expect(await of(home, 'other.example', { dockerConfig })).toMatchObject({ username: 'flag' });
    expect(await of(home, 'registry.example', { dockerConfig })).toBeUndefined();
    await expect(of(home, 'registry.example', { dockerConfig: '/nowhere.json' })).rejects.toEqual(
      refusal('credential.unusable'),
    );
    const missing = home.options({ REGISTRY_AUTH_FILE: '/nowhere.json' });
    await expect(registryCredentials(missing).of('registry.example')).rejects.toEqual(
      refusal('credential.unusable'),
    );
  });

  it('I18 is never the working directory', async () => {
    const home = new Home();
    for (const name of ['config.json', '.docker/config.json', 'auth.json', '.dockercfg'])
      home.file(`work/${name}`, config('planted'));
    expect(await of(home, 'registry.example')).toBeUndefined();
  });

  it('ends at a file that does not work, instead of using another one', async () => {
    const home = withConfig('broken');
    home.file('run/containers/auth.json', config('podman'));
    const known = registryCredentials(home.options({ XDG_RUNTIME_DIR: join(home.path, 'run') }));
    await expect(known.of('registry.example')).rejects.toEqual(refusal('credential.unusable'));
  });

  it.each([
    ['registry.gitlab.example:5050', true],
    ['registry.gitlab.example', false],
    ['gitlab.example', false],
    ['registry.gitlab.example:5050.evil.example', false],
    ['xregistry.gitlab.example:5050', false],
  ])("SSRF-05 is the job's of GitLab for its own registry: %s", async (registry, expected) => {
    const job = {
      CI_REGISTRY: 'registry.gitlab.example:5050',
      CI_REGISTRY_USER: 'gitlab-ci-token',
      CI_REGISTRY_PASSWORD: CANARY,
    };
    const found = await registryCredentials(new Home().options(job)).of(registry);
    expect(found).toEqual(expected ? basic('gitlab-ci-token', 'CI_REGISTRY_PASSWORD') : undefined);
    for (const name of Object.keys(job)) {
      const known = registryCredentials(new Home().options({ ...job, [name]: '' }));
      expect(await known.of(registry)).toBeUndefined();
    }
  });

  it("I12 refuses the job's password with a line end, without showing it", async () => {
    const job = { CI_REGISTRY: 'r.example', CI_REGISTRY_USER: 'u', CI_REGISTRY_PASSWORD: `${CANARY}\n` };
    const asked = registryCredentials(new Home().options(job)).of('r.example');
    const error = await asked.catch((cause: unknown) => cause);
    expect(error).toEqual(refusal('credential.unusable'));
    expect(tells(shownOf(error))).toBe(false);
  });
});

describe('a credential helper', () => {
  const ANSWER = { ServerURL: 'registry.example', Username: 'user', Secret: CANARY };
  const forAll = (name: string) => ({ credsStore: name });
  const forOne = (name: string) => ({ credHelpers: { 'registry.example': name } });
  const logOf = (home: Home, name: string): string =>
    existsSync(join(home.path, `${name}.log`)) ? readFileSync(join(home.path, `${name}.log`), 'utf8') : '';

  it.each([
    ['registry.example', 'registry.example', 'registry.example'],
    ['registry.example:5000', 'registry.example:5000', 'registry.example:5000'],
    ['https://index.docker.io/v1/', 'docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io', 'https://index.docker.io/v1/'],
  ])('of %s is asked for %s, on its standard input, with %s', async (key, registry, asked) => {
    const home = withConfig({ credHelpers: { [key]: 'one' }, credsStore: 'all' });
    home.helper('one', ANSWER);
    expect(await of(home, registry)).toEqual(basic('user', 'helper one'));
    expect(logOf(home, 'one')).toBe(`get ${asked}\n`);
  });

  it('of all registries is asked where there is none of its own, once for each', async () => {
    const home = withConfig({ ...forAll('all'), ...forOne('one') });
    home.helper('all', { ...ANSWER, Username: 'all' });
    home.helper('one', ANSWER);
    const known = registryCredentials(home.options());
    const found = await Promise.all(
      ['a.example', 'a.example', 'A.example:443', 'registry.example'].map(known.of),
    );
    expect(found.map((one) => one?.kind === 'basic' && one.username)).toEqual(['all', 'all', 'all', 'user']);
    expect(logOf(home, 'all')).toBe('get a.example\n');
  });

  it('may give an identity token', async () => {
    const home = withConfig(forAll('all'));
    home.helper('all', { ...ANSWER, Username: '<token>' });
    expect(await of(home, 'registry.example')).toEqual({
      kind: 'refresh-token',
      token: CANARY,
      from: 'helper all',
    });
  });

  it.each<[string, string | object, number]>([
    ['that keeps nothing', 'credentials not found in native keychain', 1],
    ['that answers with nothing', { ServerURL: '', Username: '', Secret: '' }, 0],
    ['that answers with an empty token', { ServerURL: '', Username: '<token>', Secret: '' }, 0],
  ])('%s leaves what the file holds itself', async (_, answer, status) => {
    const home = withConfig({
      ...forAll('all'),
      auths: { 'in.example': auth('file'), 'registry.example': {} },
    });
    home.helper('all', answer, status);
    expect(await of(home, 'in.example')).toEqual(basic('file'));
    expect(await of(home, 'registry.example')).toBeUndefined();
  });

  it.each<[string, string | object, number]>([
    ['fails', `error: ${CANARY}`, 1],
    ['fails with an answer', ANSWER, 2],
    ['says that nothing is kept within more', `credentials not found in native keychain ${CANARY}`, 1],
    ['says that nothing is kept, and succeeds', 'credentials not found in native keychain', 0],
    ['says nothing', '', 0],
    ['says no JSON', CANARY, 0],
    ['says JSON that is cut', `{"Username":"user","Secret":"${CANARY}`, 0],
    ['says two answers', `${JSON.stringify(ANSWER)}${JSON.stringify(ANSWER)}`, 0],
    ['says a list', [ANSWER], 0],
    ['has no secret', { Username: CANARY }, 0],
    ['has no user name', { Secret: CANARY }, 0],
    ['has a secret that is a number', { Username: CANARY, Secret: 1 }, 0],
    ['has a secret that is null', { Username: CANARY, Secret: null }, 0],
    ['has a secret with a line end', { Username: 'u', Secret: `${CANARY}\r\nevil: 1` }, 0],
    ['has a token with a line end', { Username: '<token>', Secret: `${CANARY}\n` }, 0],
    ['has a user name with a colon', { Username: `a:${CANARY}`, Secret: 'x' }, 0],
    ['has a user name with a NUL', { Username: `${CANARY}\0`, Secret: 'x' }, 0],
    ['says more than a credential', `{"Username":"u","Secret":"${CANARY.repeat(20_000)}"}`, 0],
  ])('I12 that %s is refused, and nothing of it is shown', async (_, answer, status) => {
    const home = withConfig(forOne('one'));
    home.helper('one', answer, status);
    const error = await of(home, 'registry.example').catch((cause: unknown) => cause);
    expect(error).toEqual(refusal('credential.unusable', { exitCode: 64 }));
    expect((error as Error).message).toContain('one');
    expect(tells(shownOf(error))).toBe(false);
  });

  it('that hangs, also with children of its own, is left after its time', async () => {
    const home = withConfig(forOne('one'));
    home.program('bin/docker-credential-one', 'sleep 20 & sleep 20');
    const started = performance.now();
    const asked = of(home, 'registry.example', { helperTimeoutMs: 200 });
    await expect(asked).rejects.toEqual(refusal('credential.unusable'));
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('that talks without end is left at its bound', async () => {
    const home = withConfig(forOne('one'));
    home.program('bin/docker-credential-one', 'yes');
    await expect(of(home, 'registry.example')).rejects.toEqual(refusal('credential.unusable'));
  });

  it('that does not read its input is no harm', async () => {
    const home = withConfig(forOne('one'));
    home.program('bin/docker-credential-one', `exec 0<&-\necho '${JSON.stringify(ANSWER)}'`);
    expect(await of(home, 'registry.example')).toEqual(basic('user', 'helper one'));
  });

  it('gets its environment, a safe PATH and home, another working directory, and nothing else', async () => {
    const home = withConfig(forOne('one'));
    home.program(
      'bin/docker-credential-one',
      `cat >/dev/null\n(pwd; env) > '${home.path}/env.log'\necho '${JSON.stringify(ANSWER)}'`,
    );
    const unsafe = home.program('repository/bin/tool', 'exit 0').replace(/\/tool$/, '');
    mkdirSync(join(home.path, 'repository', '.git'));
    const environment = { GITHUB_TOKEN: CANARY, LD_PRELOAD: 'x', AWS_PROFILE: 'prod', HOME: home.path };
    const options = home.options(
      { PATH: ['.', 'bin', home.work, unsafe, home.bin, '/usr/bin', '/bin'].join(':'), GH_TOKEN: CANARY },
      { helperEnv: pickHelperEnvironment(environment) },
    );
    await registryCredentials(options).of('registry.example');
    const [folder, ...lines] = readFileSync(join(home.path, 'env.log'), 'utf8').trim().split('\n');
    const given = new Map(lines.map((line) => line.split('=', 2) as [string, string]));
    expect(folder).toBe(home.bin);
    expect(given.get('PATH')?.split(':')).not.toEqual(expect.arrayContaining([home.work]));
    expect(given.get('PATH')?.split(':')).not.toEqual(expect.arrayContaining([unsafe]));
    expect(given.get('PATH')).toContain(home.bin);
    expect([given.get('AWS_PROFILE'), given.get('HOME')]).toEqual(['prod', home.path]);
    expect(['GITHUB_TOKEN', 'GH_TOKEN', 'LD_PRELOAD'].some((name) => given.has(name))).toBe(false);
  });

  it('is a program of a shell in no part of its name', async () => {
    for (const name of [
      'x; touch pwned',
      '../x',
      'x/../../y',
      '$(touch pwned)',
      'x y',
      'é',
      '',
      '-',
      'x\n',
      'x.sh',
    ]) {
      const home = withConfig(forOne(name));
      const found = await of(home, 'registry.example').catch((cause: unknown) => cause);
      // Without a name there is no helper.
      expect(found, name).toEqual(name === '' ? undefined : refusal('credential.unusable'));
      expect(existsSync(join(home.work, 'pwned'))).toBe(false);
    }
  });
});

describe('the environment of helpers', () => {
  it('is what clouds and keyrings need, without tokens and what loads code', () => {
    const wanted = {
      HOME: '/home/user',
      AWS_PROFILE: 'a',
      AWS_WEB_IDENTITY_TOKEN_FILE: 'b',
      AZURE_CLIENT_ID: 'c',
      GOOGLE_APPLICATION_CREDENTIALS: 'd',
      CLOUDSDK_CONFIG: 'e',
      HTTPS_PROXY: 'f',
    };
    const unwanted = {
      GITHUB_TOKEN: 'x',
      GH_TOKEN: 'x',
      GITLAB_TOKEN: 'x',
      CI_JOB_TOKEN: 'x',
      NPM_TOKEN: 'x',
      LD_PRELOAD: 'x',
      LD_LIBRARY_PATH: 'x',
      DYLD_INSERT_LIBRARIES: 'x',
      NODE_OPTIONS: 'x',
      PYTHONPATH: 'x',
      BASH_ENV: 'x',
      ENV: 'x',
      GIT_DIR: 'x',
      MY_AWS_KEY: 'x',
      PATH: 'x',
    };
    expect(pickHelperEnvironment({ ...wanted, ...unwanted, LANG: undefined })).toEqual(wanted);
  });
});
