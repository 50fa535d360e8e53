import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/core/model/result.ts';
import { createGateFolder, type GateFolder, policyText, REAL } from '../kit/gate-folder.ts';
import { createLayout, OCI } from '../kit/oci-layout.ts';
import { startConnectProxy } from '../kit/servers/connect-proxy.ts';
import { type NpmRegistryServer, startNpmRegistry } from '../kit/servers/npm-registry.ts';
import { status } from '../kit/servers/package-faults.ts';
import { createPrivateAuthority } from '../kit/servers/private-authority.ts';
import { type RegistryServer, startRegistry } from '../kit/servers/registry.ts';
import { createSigstore } from '../kit/sigstore.ts';
import { subjectOf } from '../kit/statement.ts';
import { ensureBuilt, type Ran, run } from './built.ts';

/** The built command, with nothing but the name of an artifact, against servers on loopback. */

const SECRETS = {
  github: 'ghp_never-to-be-shown-1',
  registry: 'registry-never-to-be-shown-2',
  npm: 'npm_never-to-be-shown-3',
  proxy: 'proxy-never-to-be-shown-4',
};
const REPOSITORY = 'team/widget';

const sigstore = createSigstore();
let folder: string;
let registry: RegistryServer;
let npm: NpmRegistryServer;
let gateFolder: GateFolder;
let digest: string;
let rootFile: string;

const FLAGS = (cache: readonly string[] = ['--without-cache']) => [
  ...cache,
  ...['--trusted-root', rootFile, '--allow-host', registry.host],
  '--builder-id',
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
  ...['--source-uri', 'github.com/octo-org/widget'],
];

const documentOf = ({ stdout }: Ran): ResultDocument => JSON.parse(stdout) as ResultDocument;

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-sources-'));
  rootFile = join(folder, 'root.json');
  writeFileSync(rootFile, JSON.stringify(sigstore.trustedRoot()));
  registry = await startRegistry();
  const layout = createLayout();
  const image = layout.image();
  layout.list(image, { 'org.opencontainers.image.ref.name': '1.2.3' });
  const store = registry.repository(REPOSITORY);
  store.load(layout.write(join(folder, 'layout')));
  ({ digest } = image);
  const manifest = store.manifests.get(digest)?.bytes ?? Buffer.alloc(0);
  const signed = sigstore.signStatement({ subject: [subjectOf('widget', manifest)] });
  layout.list(layout.attesting([layout.blob(signed.text(), OCI.bundle)], image));
  store.load(layout.write(join(folder, 'layout')));
  npm = await startNpmRegistry();
  npm.publish({
    name: 'sigstore',
    version: '5.0.0',
    tarball: readFileSync(REAL.artifact),
    attestations: [
      {
        predicateType: 'https://slsa.dev/provenance/v1',
        bundle: JSON.parse(readFileSync(REAL.bundle, 'utf8')),
      },
    ],
  });
  npm.publish({ name: 'sigstore', version: '5.0.1', tarball: readFileSync(REAL.artifact) });
  gateFolder = await createGateFolder();
  writeFileSync(join(folder, 'npmrc'), `registry=${npm.origin}/\n`);
});

afterAll(async () => {
  await Promise.all([registry.close(), npm.close()]);
  gateFolder.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('an image in a registry', () => {
  const image = (): string => `${registry.host}/${REPOSITORY}:1.2.3`;

  it('is allowed by what lies beside it, and named by its digest', async () => {
    registry.requests.length = 0;
    const ran = await run(['verify', image(), ...FLAGS()]);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.stdout).toContain(`allow  ${registry.host}/${REPOSITORY}@${digest}\n`);
    expect(registry.requests).toHaveLength(5);
  });

  it('is told with every request, and what each source answered', async () => {
    const document = documentOf(await run(['verify', image(), ...FLAGS(), '--json']));
    const [result] = document.results;
    expect(result?.sources).toEqual([{ name: `oci:${registry.host}/${REPOSITORY}`, answer: 'complete' }]);
    expect(result?.requests).toHaveLength(5);
    for (const { origin, status: code, bytes, ms } of result?.requests ?? []) {
      expect([origin, typeof code, typeof bytes, typeof ms]).toEqual([
        registry.origin,
        'number',
        'number',
        'number',
      ]);
    }
  });

  it('is read from the cache where its digest names it', async () => {
    const cache = join(folder, 'cache');
    const pinned = `${registry.host}/${REPOSITORY}@${digest}`;
    const first = await run(['verify', pinned, ...FLAGS(['--cache-dir', cache])]);
    expect(first.exit).toBe(0);
    registry.requests.length = 0;
    const again = await run(['verify', pinned, ...FLAGS(['--cache-dir', cache])]);
    expect(again).toMatchObject({ exit: 0, stdout: first.stdout });
    expect(registry.requests.filter(({ path }) => path.includes('/manifests/sha256:'))).toEqual([]);
    expect(registry.requests.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
    // What can change is asked again, by its ETag or whole.
    expect(registry.requests.some(({ path }) => path.includes('/referrers/'))).toBe(true);
  });

  it('is denied where nothing lies beside it', async () => {
    const layout = createLayout();
    const bare = layout.image('bare');
    layout.list(bare);
    registry.repository('team/bare').load(layout.write(join(folder, 'bare')));
    const ran = await run(['verify', `${registry.host}/team/bare@${bare.digest}`, ...FLAGS()]);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain('attestation: attestation.missing');
    expect(ran.stdout).toContain(`asked: oci:${registry.host}/team/bare: absent`);
  });

  it('is undecided where its referrers cannot be read', async () => {
    registry.intercept = ({ url = '' }, response) => {
      if (!url.includes('/referrers/')) return false;
      response.writeHead(500).end();
      return true;
    };
    const ran = await run(['verify', image(), ...FLAGS()]);
    registry.intercept = undefined;
    expect(ran.exit).toBe(2);
    expect(ran.stdout).toContain('attestation: source.http-status');
  });

  it('is not asked for with --offline, which says what would have been', async () => {
    registry.requests.length = 0;
    const ran = await run(['verify', image(), ...FLAGS(), '--offline']);
    expect(ran.exit).toBe(2);
    expect(ran.stdout).toContain('not asked, because of --offline: GET ');
    expect(registry.requests).toEqual([]);
  });

  it('is not asked for on this machine unless its host is listed', async () => {
    registry.requests.length = 0;
    const ran = await run([
      'verify',
      image(),
      ...FLAGS().filter((word) => word !== registry.host && word !== '--allow-host'),
    ]);
    expect(ran.exit).toBe(64);
    expect(ran.stderr).toContain('--allow-host');
    expect(registry.requests).toEqual([]);
  });
});

describe('an image behind a proxy', () => {
  const authority = createPrivateAuthority();
  const HOST = 'registry.example';

  it.each(['http', 'https'])('that speaks %s is found through its tunnels', async (scheme) => {
    await using cleanup = new AsyncDisposableStack();
    const server = await startRegistry({ tls: authority.issue({ names: [HOST] }) });
    cleanup.defer(() => server.close());
    const tls = authority.issue({ names: ['localhost'] });
    const proxy = await startConnectProxy({
      credentials: `user:${SECRETS.proxy}`,
      ...(scheme === 'https' ? { tls } : {}),
    });
    cleanup.defer(() => proxy.close());
    server.repository(REPOSITORY).load(join(folder, 'layout'));
    const ca = join(folder, 'authority.pem');
    writeFileSync(ca, authority.pem);
    const port = server.host.split(':').at(-1);
    const address = `${scheme}://user:${SECRETS.proxy}@localhost:${proxy.port}`;
    const ran = await run([
      ...['verify', `${HOST}:${port}/${REPOSITORY}@${digest}`, ...FLAGS()],
      ...['--ca-file', ca, '--proxy', address],
    ]);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(proxy.requests.map(({ method, target }) => `${method} ${target}`)).toContain(
      `CONNECT ${HOST}:${port}`,
    );
    expect(proxy.seen().toString('latin1')).not.toContain(REPOSITORY);
  });
});

describe('a package of npm', () => {
  const words = (purl: string, more: readonly string[] = []): readonly string[] => [
    ...['gate', purl, '--policy', gateFolder.file('policy.yaml'), '--to', 'production'],
    ...['--evidence', gateFolder.file('evidence.yaml'), '--ephemeral-evidence'],
    ...['--npmrc', join(folder, 'npmrc'), '--allow-host', npm.host, '--without-cache', ...more],
  ];

  it('is allowed by its name alone, on record with every request, and decided again without the network', async () => {
    const ran = await run(words('pkg:npm/sigstore@5.0.0', ['--json']));
    expect(ran.exit).toBe(0);
    const [result] = documentOf(ran).results;
    expect(result).toMatchObject({ verdict: 'allow', slsaBuildLevel: 2 });
    expect(result?.sources).toEqual([{ name: expect.stringMatching(/^npm:/), answer: 'complete' }]);
    const evidence = ['--evidence', gateFolder.file('evidence.yaml')];
    const shown = await run(['evidence', 'show', result?.recordId ?? '', ...evidence, '--json']);
    expect(shown.stdout).toContain(npm.origin);
    const replayed = await run(['evidence', 'replay', '--all', ...evidence]);
    expect(replayed).toMatchObject({ exit: 0 });
    expect(replayed.stdout).toContain('0 differ');
  });

  it('is denied where its version has no attestation, and for having lost it where the policy asks', async () => {
    const missing = documentOf(await run(words('pkg:npm/sigstore@5.0.1', ['--json'])));
    expect(missing.results[0]?.findings.find(({ rule }) => rule === 'attestation')?.code).toBe(
      'attestation.missing',
    );
    const policy = policyText([['    triggers: [push]', '    noDowngrade: true\n    triggers: [push]']]);
    gateFolder.write('no-downgrade.yaml', policy);
    const argv = words('pkg:npm/sigstore@5.0.1', ['--json']).map((word) =>
      word.endsWith('policy.yaml') ? gateFolder.file('no-downgrade.yaml') : word,
    );
    const lost = await run(argv);
    expect(lost.exit).toBe(1);
    const codes = documentOf(lost).results[0]?.findings.map(({ code }) => code);
    expect(codes).toContain('npm.provenance-lost');
  });

  it('is undecided while the registry cannot tell', async () => {
    npm.fail('attestations', status(503));
    const ran = await run(words('pkg:npm/sigstore@5.0.0', ['--json', '--request-id', 'down']));
    npm.fail('attestations', undefined);
    expect(ran.exit).toBe(2);
    expect(documentOf(ran).results[0]?.findings[0]?.code).toBe('source.http-status');
  });
});

/** All bytes below a folder, as text. */
function everythingIn(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('credentials', () => {
  it('I12 reach their own origin and nothing else: no other server, message, record, cache or debug output', async () => {
    const config = join(folder, 'docker');
    const auth = Buffer.from(`robot:${SECRETS.registry}`).toString('base64');
    writeFileSync(config, JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
    const npmrc = join(folder, 'npmrc-with-token');
    const key = npm.origin.replace('http:', '');
    writeFileSync(npmrc, `registry=${npm.origin}/\n${key}/:_authToken=${SECRETS.npm}\n`, { mode: 0o600 });
    const cache = join(folder, 'cache-with-credentials');
    const env = { GH_TOKEN: SECRETS.github, GITHUB_TOKEN: SECRETS.github };
    const common = ['--registry-config', config, '--npmrc', npmrc, '--cache-dir', cache, '--debug'];
    const guarded = (request: { headers: { authorization?: string } }): string | undefined =>
      request.headers.authorization === `Basic ${auth}` ? undefined : 'Basic realm="widget"';
    registry.guard = guarded as NonNullable<RegistryServer['guard']>;
    npm.requests.length = 0;
    registry.requests.length = 0;
    const own = await createGateFolder();
    const hosts = ['--allow-host', npm.host, '--allow-host', registry.host];
    const evidence = ['--evidence', own.file('evidence.yaml'), '--ephemeral-evidence'];
    const policy = ['--policy', own.file('policy.yaml'), '--to', 'production'];
    const image = `${registry.host}/${REPOSITORY}@${digest}`;
    const runs = [
      await run(['verify', image, ...FLAGS([]), ...common], { env }),
      await run(['gate', 'pkg:npm/sigstore@5.0.0', ...policy, ...evidence, ...common, ...hosts], { env }),
      // Everything that can be asked goes wrong: what is told then must not tell them either.
      await run(
        [
          'verify',
          'pkg:npm/none@1.0.0',
          ...FLAGS(),
          ...common,
          ...hosts,
          '--github-url',
          registry.origin,
          '--source',
          'github:octo-org/widget',
        ],
        { env },
      ),
      await run(
        [
          'verify',
          image,
          ...FLAGS(),
          ...common,
          '--proxy',
          `http://user:${SECRETS.proxy}@127.0.0.1:9`,
          '--source',
          'github:octo-org/widget',
        ],
        { env },
      ),
    ];
    registry.guard = undefined;
    expect(runs.map(({ exit }) => exit).slice(0, 2)).toEqual([0, 0]);
    const told = runs.flatMap(({ stdout, stderr }) => [stdout, stderr]).join('\n');
    const kept = `${everythingIn(own.path)}\n${everythingIn(cache)}`;
    own.remove();
    for (const secret of [...Object.values(SECRETS), auth]) {
      expect(told).not.toContain(secret);
      expect(kept).not.toContain(secret);
      expect(told).not.toContain(Buffer.from(secret).toString('base64'));
    }
    const atRegistry = registry.requests.map(({ headers }) => JSON.stringify(headers)).join('\n');
    const atNpm = npm.requests.map(({ headers }) => JSON.stringify(headers)).join('\n');
    expect(atRegistry).toContain(auth);
    expect(atNpm).toContain(SECRETS.npm);
    for (const secret of [SECRETS.github, SECRETS.npm, SECRETS.proxy])
      expect(atRegistry).not.toContain(secret);
    for (const secret of [SECRETS.github, auth, SECRETS.proxy]) expect(atNpm).not.toContain(secret);
  });
});
