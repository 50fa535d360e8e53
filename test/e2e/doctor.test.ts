import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckId, CheckLine, CheckStatus, DoctorDocument } from '../../src/app/doctor/check.ts';
import { DoctorSchema } from '../../src/cli/render/doctor.ts';
import type { Code } from '../../src/codes.ts';
import { rateLimit } from '../kit/servers/doctor.ts';
import { ensureBuilt, type Ran, run } from './built.ts';
import { createDoctorLab, type DoctorLab, SECRETS } from './doctor-lab.ts';

/** One machine on which all is well, and everything that can be broken on it, one setting at a time. */

let lab: DoctorLab;
let healthy: DoctorDocument;
const outputs: string[] = [];

/** What differs from the healthy machine. */
interface Change {
  /** In place of the flags of this name; an empty list leaves it out. */
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly artifact?: string;
  readonly cwd?: string;
}

async function examine(change: Change = {}, more: readonly string[] = []): Promise<Ran> {
  const flags = { ...lab.flags, ...change.flags };
  const words = Object.entries(flags).flatMap(([name, values]) =>
    values.flatMap((value) => [`--${name}`, value]),
  );
  const argv = ['doctor', change.artifact ?? lab.image, ...words, ...more];
  const ran = await run(argv, {
    env: { ...lab.env, ...change.env },
    ...(change.cwd === undefined ? {} : { cwd: change.cwd }),
  });
  outputs.push(ran.stdout, ran.stderr);
  return ran;
}

const documentOf = ({ stdout }: Ran): DoctorDocument =>
  DoctorSchema.parse(JSON.parse(stdout)) as unknown as DoctorDocument;

const keyOf = ({ id, name, status }: CheckLine): string => `${id} | ${name} | ${status}`;

/** Lines that are not as on the healthy machine, apart from those that the broken setting is about. */
function unexpected({ checks }: DoctorDocument, touches: ReadonlySet<CheckId>): readonly string[] {
  const known = new Set(healthy.checks.map(keyOf));
  const seen = new Set(checks.map(({ id, name }) => `${id} | ${name}`));
  return [
    ...checks
      .filter((line) => !touches.has(line.id) && line.status !== 'ok' && !known.has(keyOf(line)))
      .map(keyOf),
    ...healthy.checks
      .filter(({ id, name }) => !touches.has(id) && !seen.has(`${id} | ${name}`))
      .map((line) => `missing: ${keyOf(line)}`),
  ];
}

const wrongIn = ({ checks }: DoctorDocument): readonly CheckLine[] =>
  checks.filter(({ status }) => status !== 'ok');

interface Broken {
  readonly name: string;
  /** Breaks the setting; what it changed on a server is mended after the test. */
  readonly break: () => Change;
  readonly id: CheckId;
  readonly status?: CheckStatus;
  readonly code: Code | undefined;
  /** Exit code; 2 by default, 0 for warnings. */
  readonly exit?: number;
  /** Part of what is told. */
  readonly told?: RegExp;
  /** Other checks that cannot be as before. */
  readonly touches?: readonly CheckId[];
}

const policy = (changes: readonly (readonly [string, string])[]): Change => {
  const text = changes.reduce(
    (all, [from, to]) => {
      if (!all.includes(from)) throw new Error(`the policy has no ${from}`);
      return all.replace(from, to);
    },
    readFileSync(lab.file('policy.yaml'), 'utf8'),
  );
  return { flags: { policy: [lab.write('broken-policy.yaml', text)] } };
};

const evidence = (from: string | RegExp, to: string): Change => {
  const text = readFileSync(lab.file('evidence.yaml'), 'utf8');
  if (text.search(from) === -1) throw new Error(`the evidence file has no ${from}`);
  return { flags: { evidence: [lab.write('broken-evidence.yaml', text.replace(from, to))] } };
};

const file = (flag: string, text: string): Change => ({ flags: { [flag]: [lab.write('broken', text)] } });

const listed = (...hosts: readonly string[]): Readonly<Record<string, readonly string[]>> => ({
  'allow-host': [...(lab.flags['allow-host'] ?? []), ...hosts],
});

const dockerConfig = (members: Readonly<Record<string, unknown>>): Change =>
  file(
    'registry-config',
    JSON.stringify({ ...JSON.parse(readFileSync(lab.file('docker.json'), 'utf8')), ...members }),
  );

const POLICY: readonly CheckId[] = [
  'policy',
  'policy-source',
  'policy-environment',
  'policy-package',
  'policy-sources',
  'policy-rules',
  'policy-evidence',
];
const EVIDENCE: readonly CheckId[] = [
  'evidence-disk',
  'evidence-store',
  'evidence-head',
  'evidence-pin',
  'record-signer',
  'checkpoint-signer',
  'sink',
  'policy-evidence',
];
const IMAGE: readonly CheckId[] = ['registry', 'artifact', 'source'];
const SERVERS: readonly CheckId[] = ['clock', 'allow-host', 'github', 'npm', 'pypi', 'rekor', ...IMAGE];

const BROKEN: readonly Broken[] = [
  {
    name: 'the clock',
    break: () => {
      for (const server of [lab.github, lab.npm, lab.pypi, lab.rekor]) server.skewMs = 7_200_000;
      return {};
    },
    id: 'clock',
    code: 'clock.skew',
    told: /differ by 7\d{3} s/,
  },
  {
    name: 'a token of GitHub that has expired',
    break: () => {
      lab.github.answer('/rate_limit', { status: 401, body: { message: 'Bad credentials' } });
      return {};
    },
    id: 'github',
    code: 'source.unauthorized',
    told: /GH_ENTERPRISE_TOKEN/,
  },
  {
    name: 'a token of GitHub that may not read attestations',
    break: () => {
      lab.github.answer(lab.attestations, {
        status: 403,
        body: { message: 'Resource not accessible by personal access token' },
      });
      return {};
    },
    id: 'source',
    code: 'source.unauthorized',
    told: /^failed: /,
  },
  {
    name: 'a token of GitHub that expires tomorrow',
    break: () => {
      const expires = new Date(Date.now() + 24 * 3600_000).toISOString().slice(0, 19).replace('T', ' ');
      const headers = { 'github-authentication-token-expiration': `${expires} UTC` };
      lab.github.answer('/rate_limit', rateLimit(4990, headers));
      return {};
    },
    id: 'github',
    status: 'warning',
    code: 'credential.unusable',
    told: /expires 20/,
  },
  {
    name: 'a limit of GitHub that is used up',
    break: () => {
      lab.github.answer('/rate_limit', rateLimit(0));
      return {};
    },
    id: 'github',
    code: 'source.rate-limited',
    told: /0 of 5000 requests left until 2100/,
  },
  {
    name: 'a token of GitHub that is none',
    break: () => ({ env: { GH_ENTERPRISE_TOKEN: 'two words' } }),
    id: 'github',
    code: 'credential.unusable',
    touches: ['credential'],
  },
  {
    name: 'a repository of GitHub that is not there',
    break: () => ({ flags: { source: ['github:octo-org/gadget'] } }),
    id: 'source',
    code: 'source.unauthorized',
    touches: ['rekor'],
  },
  {
    name: 'a page in between that signs in to something else',
    break: () => {
      const headers = { 'content-type': 'text/html' };
      lab.github.answer('/rate_limit', { headers, body: '<!doctype html><title>Sign in</title>' });
      return {};
    },
    id: 'github',
    code: 'source.malformed-response',
  },
  {
    name: 'a host that nobody knows',
    break: () => ({ flags: { 'github-url': ['https://github.invalid'], proxy: [] } }),
    id: 'github',
    code: 'source.unavailable',
    told: /cannot be reached/,
    touches: ['source', 'credential'],
  },
  {
    name: 'a port at which nothing listens',
    break: () => ({ flags: { 'github-url': ['http://127.0.0.1:1'], ...listed('127.0.0.1:1') } }),
    id: 'github',
    code: 'source.unavailable',
    told: /ECONNREFUSED/,
    touches: ['source', 'credential'],
  },
  {
    name: 'an API of GitHub that keeps no attestations',
    break: () => ({ flags: { 'github-url': [`${lab.github.origin}/api/v3`] } }),
    id: 'source',
    code: 'source.unsupported',
    touches: ['github', 'credential'],
  },
  {
    name: 'an authority that is not known',
    break: () => ({ flags: { 'ca-file': [] } }),
    id: 'pypi',
    code: 'source.unavailable',
    told: /UNABLE_TO_|SELF_SIGNED/,
    touches: ['ca-file'],
  },
  {
    name: 'a file of authorities that is no PEM',
    break: () => file('ca-file', 'MIIB'),
    id: 'ca-file',
    code: 'config.invalid',
    touches: ['pypi'],
  },
  {
    name: 'a file of authorities that is not there',
    break: () => ({ flags: { 'ca-file': [lab.file('nowhere.pem')] } }),
    id: 'ca-file',
    code: 'path.not-found',
    touches: ['pypi'],
  },
  {
    name: 'a key that is not that of the certificate',
    break: () => {
      const key = lab.write('other.key', lab.authority.issue().key);
      return { flags: { 'client-certificate': [`client.example=${lab.file('client.pem')},${key}`] } };
    },
    id: 'client-certificate',
    code: 'config.invalid',
    told: /not that of the certificate/,
  },
  {
    name: 'a client certificate that has expired',
    break: () => {
      const day = 24 * 3600_000;
      const times = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
      const { cert, key } = lab.authority.issue(times);
      const files = `${lab.write('old.pem', cert)},${lab.write('old.key', key)}`;
      return { flags: { 'client-certificate': [`client.example=${files}`] } };
    },
    id: 'client-certificate',
    code: 'config.invalid',
    told: /has expired/,
  },
  {
    name: 'a configuration of Docker that is no JSON',
    break: () => file('registry-config', '{"auths": {'),
    id: 'docker-config',
    code: 'credential.unusable',
    touches: ['credential', 'credential-helper', ...IMAGE],
  },
  {
    name: 'a helper that is not installed',
    break: () => dockerConfig({ credHelpers: { 'registry.example:5000': 'nowhere' } }),
    id: 'credential-helper',
    code: 'credential.unusable',
    told: /not installed/,
    touches: ['credential'],
  },
  {
    name: 'a helper that fails',
    break: () => {
      const helper = lab.script('broken-helper', ['echo "it does not work" ', 'exit 1']);
      return { flags: { 'credential-helper': [`vault=${helper}`] } };
    },
    id: 'credential-helper',
    code: 'credential.unusable',
    told: /fails for registry.example:5000 with status 1/,
  },
  {
    name: 'a helper that answers something else',
    break: () => ({
      flags: { 'credential-helper': [`vault=${lab.script('odd-helper', ['echo "hello"'])}`] },
    }),
    id: 'credential-helper',
    code: 'credential.unusable',
  },
  {
    name: 'PTH-04 a helper in the working directory',
    break: () => {
      const cwd = lab.file('work');
      mkdirSync(cwd, { recursive: true });
      lab.script(join('work', 'docker-credential-here'), ['echo "{}"; touch ran']);
      return {
        ...dockerConfig({ credHelpers: { 'registry.example:5000': 'here' } }),
        cwd,
        env: { PATH: `${cwd}:${lab.env.PATH}` },
      };
    },
    id: 'credential-helper',
    code: 'credential.unusable',
    told: /not installed/,
    touches: ['credential'],
  },
  {
    name: 'an .npmrc that needs a variable which is not set',
    break: () => file('npmrc', `registry=${lab.npm.origin}/\n//${lab.npm.host}/:_authToken=\${NPM_TOKEN}\n`),
    id: 'npmrc',
    status: 'warning',
    code: 'config.unset-variable',
    told: /NPM_TOKEN/,
    touches: ['credential'],
  },
  {
    name: 'an .npmrc that is not there',
    break: () => ({ flags: { npmrc: [lab.file('nowhere')] } }),
    id: 'npmrc',
    code: 'credential.unusable',
    touches: ['credential', 'npm'],
  },
  {
    name: 'a token of npm that is not taken',
    break: () => {
      lab.npm.answer('/-/whoami', { status: 401, body: { message: 'no' } });
      return {};
    },
    id: 'npm',
    code: 'source.unauthorized',
  },
  {
    name: 'a proxy at which nothing listens',
    break: () => ({ flags: { proxy: ['http://127.0.0.1:1'] } }),
    id: 'proxy',
    code: 'source.unavailable',
    told: /ECONNREFUSED/,
  },
  {
    name: 'a proxy that does not take the password',
    break: () => ({ flags: { proxy: [lab.proxy.url.replace('//', '//octo:wrong@')] } }),
    id: 'proxy',
    code: 'source.unauthorized',
    told: /wants credentials/,
  },
  {
    name: 'a proxy that is no address',
    break: () => ({ flags: { proxy: [] }, env: { HTTPS_PROXY: `socks5://octo:${SECRETS.proxy}@proxy` } }),
    id: 'proxy',
    code: 'config.invalid',
    touches: SERVERS,
  },
  {
    name: 'a cache that cannot be made',
    break: () => ({ flags: { 'cache-dir': [join(lab.write('no-folder', ''), 'cache')] } }),
    id: 'cache',
    status: 'warning',
    code: 'path.unreadable',
  },
  {
    name: 'a host that is listed and does not exist',
    break: () => ({ flags: listed('nowhere.invalid:5000') }),
    id: 'allow-host',
    status: 'warning',
    code: 'source.unavailable',
  },
  {
    name: 'an index of Python that is http and not listed',
    break: () => ({ flags: { 'pypi-url': ['http://pypi.example'] } }),
    id: 'allow-host',
    code: 'config.insecure-url',
    touches: ['pypi'],
  },
  {
    name: 'an index of Python that fails',
    break: () => {
      lab.pypi.answer('/simple/', { status: 500 });
      return {};
    },
    id: 'pypi',
    code: 'source.http-status',
  },
  {
    name: 'a log in which nothing can be searched',
    break: () => {
      const checkpoint = 'log.example\n12\nAAAA\n\n- log.example AAAA\n';
      lab.rekor.answer('/api/v1/log', { status: 404 });
      lab.rekor.answer('/checkpoint', { headers: { 'content-type': 'text/plain' }, body: checkpoint });
      return {};
    },
    id: 'rekor',
    code: 'source.unsupported',
  },
  {
    name: 'an address that is no log',
    break: () => {
      lab.rekor.answer('/api/v1/log', { status: 404 });
      return {};
    },
    id: 'rekor',
    code: 'source.http-status',
  },
  {
    name: 'a trusted root that is too old',
    break: () => ({ flags: { 'max-trust-age': ['30d'] } }),
    id: 'trusted-root',
    code: 'trust.stale',
  },
  {
    name: 'a trusted root that is damaged',
    break: () => file('trusted-root', readFileSync(lab.file('root.json'), 'utf8').slice(0, 100)),
    id: 'trusted-root',
    code: 'trust.malformed',
    touches: [],
  },
  {
    name: 'a policy with a key that does not exist',
    break: () => policy([['name: sigstore-npm', 'name: sigstore-npm\nsurprise: 1']]),
    id: 'policy',
    code: 'policy.unknown-key',
    touches: POLICY,
  },
  {
    name: 'a policy that is another one',
    break: () => ({ flags: { 'policy-digest': [`sha256:${'0'.repeat(64)}`] } }),
    id: 'policy',
    code: 'policy.digest',
    touches: POLICY,
  },
  {
    name: 'an environment that the policy has not',
    break: () => ({ flags: { to: ['prodution'] } }),
    id: 'policy-environment',
    code: 'policy.environment',
    touches: POLICY,
  },
  {
    name: 'a policy that is about something else',
    break: () => policy([['{ glob: "pkg:*/**" }', 'pkg:npm/other']]),
    id: 'policy-package',
    code: 'policy.no-match',
    touches: ['policy'],
  },
  {
    name: 'a required source that is not asked',
    break: () => ({ flags: { source: [`rekor:${lab.rekor.origin}`] } }),
    id: 'policy-sources',
    code: 'source.unavailable',
    told: /not asked: github/,
    touches: ['source'],
  },
  {
    name: 'a rule that nothing answers',
    break: () =>
      policy([
        [
          '    level: 2\n',
          '    level: 2\n    freshness: { branch: refs/heads/main, rules: [no-newer-change] }\n',
        ],
      ]),
    id: 'policy-rules',
    code: 'rule.not-evaluated',
    told: /no-newer-change/,
    touches: ['policy'],
  },
  {
    name: 'a history that only npm has',
    break: () => policy([['    triggers: [push]\n', '    triggers: [push]\n    noDowngrade: true\n']]),
    id: 'policy-rules',
    code: 'rule.not-evaluated',
    touches: ['policy'],
  },
  {
    name: 'evidence that the policy does not accept',
    break: () => policy([['    level: 2\n', '    level: 2\n    evidence: { store: [postgres] }\n']]),
    id: 'policy-evidence',
    code: 'evidence.config',
    touches: ['policy'],
  },
  {
    name: 'an evidence file that says nothing',
    break: () => file('evidence', 'schemaVersion: 1\n'),
    id: 'evidence-file',
    code: 'evidence.config',
    touches: EVIDENCE,
  },
  {
    name: 'an evidence store that is gone',
    break: () => evidence(/^store: .*$/m, 'store: sqlite:gone.db'),
    id: 'evidence-store',
    code: 'evidence.rollback',
    exit: 3,
    touches: ['evidence-head', 'evidence-pin'],
  },
  {
    name: 'an evidence store that is older than its pin',
    break: () => evidence(/^store: .*$/m, 'store: sqlite:old.db'),
    id: 'evidence-pin',
    code: 'evidence.rollback',
    exit: 3,
    touches: ['evidence-store', 'evidence-head'],
  },
  {
    name: 'a pin that is not there',
    break: () => evidence('file:checkpoint.txt', 'file:nowhere.txt'),
    id: 'evidence-pin',
    code: 'evidence.pin-unreadable',
  },
  {
    name: 'a key of records that is not there',
    break: () => evidence('key:records.pem', 'key:nowhere.pem'),
    id: 'record-signer',
    code: 'path.not-found',
  },
  {
    name: 'a key of another log',
    break: () => evidence('key:records.pem', 'key:client.key'),
    id: 'record-signer',
    code: 'evidence.config',
  },
  {
    name: 'a key that signs no checkpoints of this log',
    break: () => evidence('key:checkpoints.pem', 'key:client.key'),
    id: 'checkpoint-signer',
    code: 'evidence.config',
  },
  {
    name: 'a sink that is not mounted',
    break: () => evidence('folder: archive', 'folder: nowhere'),
    id: 'sink',
    code: 'evidence.unwritable',
  },
  {
    name: 'a tag that is not there',
    break: () => ({ artifact: `${lab.registry.host}/team/widget:9.9.9` }),
    id: 'artifact',
    code: 'registry.not-found',
    touches: ['source'],
  },
  {
    name: 'a repository that is not there',
    break: () => ({ artifact: `${lab.registry.host}/team/gadget:1.2.3` }),
    id: 'registry',
    code: 'source.http-status',
    touches: ['artifact', 'source', 'policy-package'],
  },
  {
    name: 'a registry that wants another password',
    break: () => dockerConfig({ auths: { [lab.registry.host]: { auth: 'b2N0bzp3cm9uZw==' } } }),
    id: 'registry',
    code: 'source.unauthorized',
    touches: ['artifact', 'source'],
  },
  {
    name: 'an image that nobody attested',
    break: () => {
      const store = lab.registry.repository('team/bare');
      store.putManifest(BARE, 'application/vnd.oci.image.manifest.v1+json', '1');
      return { artifact: `${lab.registry.host}/team/bare:1` };
    },
    id: 'source',
    status: 'warning',
    code: 'attestation.missing',
    touches: ['artifact', 'registry', 'policy-package'],
  },
];

const EMPTY = `sha256:${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`;
const BARE = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: EMPTY, size: 0 },
  layers: [],
});

beforeAll(async () => {
  await ensureBuilt();
  lab = await createDoctorLab();
  healthy = documentOf(await examine({}, ['--json']));
}, 150_000);
afterEach(() => lab.mend());
afterAll(() => lab.close());

describe('doctor', () => {
  it('finds nothing wrong where everything is as it should be', async () => {
    const ran = await examine();
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(healthy.checks.filter(({ status }) => status !== 'ok' && status !== 'not-checked')).toEqual([]);
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^0 problems, 0 warnings, \d+ ok, 0 not checked$/,
    );
    // What each credential is, where it comes from, and what it may read.
    expect(ran.stdout).toContain('token from GH_ENTERPRISE_TOKEN is taken; scopes: repo, read:org');
    expect(ran.stdout).toContain('may be read with the credential from');
    expect(ran.stdout).toContain('as that of octo');
    expect(ran.stdout).toContain('complete: 1 attestation');
  });

  it('has at least 40 settings to break', () => expect(BROKEN.length).toBeGreaterThanOrEqual(40));

  it.each(BROKEN)('finds $name', async (one) => {
    const { id, status = 'problem', code, told = /./, touches = [] } = one;
    const change = one.break();
    const ran = await examine(change, ['--json']);
    // Their names are those of their files.
    const renamed: readonly CheckId[] = [
      ...(change.flags?.evidence === undefined ? [] : (['evidence-file'] as const)),
      ...(change.flags?.policy === undefined ? [] : (['policy'] as const)),
    ];
    const document = documentOf(ran);
    const found = document.checks.filter(
      (line) => line.id === id && line.status === status && line.code === code,
    );
    expect(found, JSON.stringify(wrongIn(document), null, 1)).not.toEqual([]);
    expect(
      found.some((line) => told.test(line.found)),
      JSON.stringify(found),
    ).toBe(true);
    for (const { hint } of found) expect(hint).toMatch(/^\S.*\.$/);
    expect(unexpected(document, new Set([id, ...touches, ...renamed]))).toEqual([]);
    expect(ran.exit).toBe(one.exit ?? (status === 'warning' ? 0 : 2));
    expect(document.status).toBe(status);
  });

  it('asks nobody with --offline, and says so', async () => {
    for (const server of [lab.github, lab.npm, lab.pypi, lab.rekor, lab.registry]) server.requests.length = 0;
    const ran = await examine({}, ['--offline', '--json']);
    expect(ran.exit).toBe(0);
    expect(documentOf(ran).checks.filter(({ status }) => status === 'not-checked').length).toBeGreaterThan(8);
    for (const server of [lab.github, lab.npm, lab.pypi, lab.rekor, lab.registry])
      expect(server.requests).toEqual([]);
  });

  it('tells of a log that is not asked with --offline, and of no server where only a file is named', async () => {
    const env = { XDG_CACHE_HOME: lab.file('home-cache'), HOME: lab.file('home') };
    const checksOf = async (...words: readonly string[]) =>
      documentOf(await run(['doctor', '--json', ...words], { env })).checks;
    const image = ['ghcr.io/octo/app:1', '--source', 'rekor'];
    const statuses = (await checksOf('--offline', ...image)).map(({ id, status }) => [id, status]);
    expect(statuses).toContainEqual(['rekor', 'not-checked']);
    expect(statuses).toContainEqual(['artifact', 'not-checked']);
    const ids = (await checksOf('--offline', 'no-such-file')).map(({ id }) => id);
    expect(ids).toContain('artifact');
    for (const id of ['github', 'npm', 'pypi']) expect(ids).not.toContain(id);
  });

  it('answers in time where a server does not answer at all', async () => {
    lab.registry.intercept = () => true;
    const ran = await examine({ flags: { timeout: ['2s'] } }, ['--json']);
    const codes = documentOf(ran).checks.flatMap(({ id, code }) => (id === 'registry' ? [code] : []));
    expect([ran.exit, codes]).toEqual([2, ['source.timeout']]);
  }, 20_000);

  it('looks at public servers where nothing is named, and does not need them', async () => {
    const env = { XDG_CACHE_HOME: lab.file('home-cache'), HOME: lab.file('home') };
    const ran = await run(['doctor', '--json', '--timeout', '10s', '--offline'], { env });
    expect(ran.exit).toBe(0);
    const ids = documentOf(ran).checks.map(({ id }) => id);
    for (const id of ['runtime', 'trusted-root', 'tuf-mirror', 'github', 'npm', 'pypi'])
      expect(ids).toContain(id);
  });

  it.each([
    ['a flag that does not exist', ['--everything']],
    ['a source that does not exist', ['--source', 'gitlab:x']],
    ['a host that is none', ['--allow-host', 'http://x']],
    ['a certificate without a key', ['--client-certificate', 'x=y']],
    ['an environment without a policy', ['--to', 'production']],
    ['an empty artifact', ['']],
    ['two artifacts', ['a', 'b']],
    ['a policy digest that is none', ['--policy', 'p', '--policy-digest', 'sha256:00']],
  ])('exits 64 for %s', async (_, argv) => {
    const ran = await run(['doctor', ...argv], { env: lab.env });
    expect([ran.exit, ran.stdout]).toEqual([64, '']);
    expect(ran.stderr).toContain('hint: ');
  });

  it('INJ-01 shows what servers say without what would steer a terminal', async () => {
    const name = 'octo\u001b[2K\r::set-output name=x::\u202e';
    lab.npm.answer('/-/whoami', { body: { username: name } });
    const ran = await examine();
    expect(ran.stdout).toContain('as that of octo\\u{1b}[2K');
    expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
  });

  it('never starts a helper of the working directory', () => {
    expect(existsSync(join(lab.file('work'), 'ran'))).toBe(false);
    rmSync(lab.file('work'), { recursive: true, force: true });
  });

  it('I12 shows no secret in any of these answers', async () => {
    await examine({}, ['--debug']);
    expect(outputs.length).toBeGreaterThan(2 * BROKEN.length);
    const everything = outputs.join('\n');
    for (const secret of Object.values(SECRETS)) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(0, 16));
    }
    // Each reaches its own server and no other.
    for (const { authorization } of [...lab.pypi.requests, ...lab.rekor.requests])
      expect(authorization).toBeUndefined();
    for (const { authorization } of lab.npm.requests)
      expect(authorization ?? `Bearer ${SECRETS.npm}`).toBe(`Bearer ${SECRETS.npm}`);
    for (const { authorization } of lab.github.requests)
      expect(authorization ?? `Bearer ${SECRETS.github}`).toBe(`Bearer ${SECRETS.github}`);
  });
});
