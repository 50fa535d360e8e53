import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResultSchema } from '../../src/cli/render/schema.ts';
import { ensureBuilt, type Ran, ROOT, run } from './built.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-verify-'));
const CASE = join(ROOT, 'testdata', 'attestations', 'npm-sigstore-5.0.0');
const ARTIFACT = join(CASE, 'sigstore-5.0.0.tgz');
const BUNDLE = join(CASE, 'provenance.sigstore.json');
const OTHER = join(FOLDER, 'other.txt');
const TOO_MANY = join(FOLDER, 'too-many.jsonl');
const SIGNER = [
  '--certificate-identity',
  'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
  '--certificate-oidc-issuer',
  'https://token.actions.githubusercontent.com',
];
const GOOD = ['--bundle', BUNDLE, '--source-uri', 'github.com/sigstore/sigstore-js', ...SIGNER];

beforeAll(async () => {
  writeFileSync(OTHER, 'another artifact');
  writeFileSync(TOO_MANY, '{"mediaType":"x"}\n'.repeat(1001));
  await ensureBuilt();
}, 150_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const assertPlain = ({ stdout, stderr }: Ran): void => {
  expect(stdout + stderr).not.toMatch(/^\s+at .*(?:\.js|\.ts|node:)/m);
};

const OUTCOMES = [
  ['allow', [ARTIFACT, ...GOOD], 0],
  ['deny', [OTHER, ...GOOD], 1],
  ['indeterminate', [ARTIFACT, '--bundle', TOO_MANY, ...SIGNER], 2],
] as const;

/** Reads the verdict back out of each format. */
const VERDICTS: Readonly<Record<string, (text: string) => string>> = {
  text: (text) => text.split(' ', 1)[0] ?? '',
  json: (text) => ResultSchema.parse(JSON.parse(text)).verdict,
  sarif: (text) => JSON.parse(text).runs[0].properties.verdict,
  junit: (text) => /name="verdict">\n\s*<(?:failure|error) type="(\w+)"/.exec(text)?.[1] ?? 'allow',
  markdown: (text) => /^## slsa-gate: (\w+)\n/.exec(text)?.[1] ?? '',
};

describe('verify', () => {
  describe.each(OUTCOMES)('that ends in %s', (verdict, argv, exit) => {
    it.each(Object.keys(VERDICTS))('POL-08 says so in %s and by its exit code', async (format) => {
      const ran = await run(['verify', ...argv, '--format', format]);
      expect(ran.exit).toBe(exit);
      expect(VERDICTS[format]?.(ran.stdout)).toBe(verdict);
      expect(ran.stderr).toBe('');
      assertPlain(ran);
    });

    it('POL-08 says so in the file as well as on standard error', async () => {
      const output = join(FOLDER, `${verdict}.json`);
      const ran = await run(['verify', ...argv, '--json', '--output', output]);
      expect(ran.exit).toBe(exit);
      expect(ran.stdout).toBe('');
      expect(ran.stderr.startsWith(`${verdict}  `)).toBe(true);
      expect(ResultSchema.parse(JSON.parse(readFileSync(output, 'utf8'))).verdict).toBe(verdict);
    });
  });

  it('names the artifact by its digest, and what it is trusted by', async () => {
    const ran = await run(['verify', ARTIFACT, ...GOOD, '--json']);
    const [result] = ResultSchema.parse(JSON.parse(ran.stdout)).results;
    const digest = createHash('sha256').update(readFileSync(ARTIFACT)).digest('hex');
    expect(result?.artifact).toEqual({ reference: ARTIFACT, digest: `sha256:${digest}` });
    expect(result?.trust.map(({ name }) => name)).toEqual(['public-good', 'github']);
    expect(result?.attestations[0]).toMatchObject({ verified: true, concernsArtifact: true });
  });

  it('cannot write its answer: the artifact is good and the exit code is not 0', async () => {
    const ran = await run(['verify', ARTIFACT, ...GOOD, '--output', join(FOLDER, 'no', 'such', 'folder')]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('code: output.unwritable');
  });

  it('leaves no earlier allow behind when it gives no answer', async () => {
    const output = join(FOLDER, 'answer.json');
    expect((await run(['verify', ARTIFACT, ...GOOD, '--json', '--output', output])).exit).toBe(0);
    const absent = join(FOLDER, 'absent');
    const ran = await run(['verify', absent, ...GOOD, '--json', '--output', output]);
    expect(ran.exit).toBe(64);
    expect(ran.stdout).toContain('"finding": "path.not-found"');
    expect(existsSync(output)).toBe(false);
    writeFileSync(output, 'earlier');
    const link = join(FOLDER, 'link.json');
    symlinkSync(output, link);
    expect((await run(['verify', absent, ...GOOD, '--output', link])).exit).toBe(64);
    expect(readFileSync(output, 'utf8')).toBe('');
  });

  it('takes the builders of another file, whole or not at all', async () => {
    const catalogue = join(FOLDER, 'catalogue.json');
    const argv = ['verify', ARTIFACT, ...GOOD, '--min-level', '2', '--catalogue'];
    const builders = readFileSync('catalogue/builders.json', 'utf8');
    expect((await run([...argv, 'catalogue/builders.json'])).exit).toBe(0);
    writeFileSync(catalogue, builders.replaceAll('"level": 2', '"level": 1'));
    const lowered = await run([...argv, catalogue]);
    expect(lowered.exit).toBe(1);
    expect(lowered.stdout).toContain('level 1 (npm-cli)');
    writeFileSync(catalogue, builders.replace('"level": 3', '"level": 4'));
    const refused = await run([...argv, catalogue]);
    expect([refused.exit, refused.stdout]).toEqual([64, '']);
    expect(refused.stderr).toMatch(/rows\[0\]\.level: expected 1, 2 or 3, found 4[\s\S]*config\.invalid/);
    for (const [bytes, code] of [
      [256 * 1024 + 1, 'config.limit'],
      [256 * 1024 + 2, 'path.unreadable'],
    ] as const) {
      writeFileSync(catalogue, builders.padEnd(bytes));
      const ran = await run([...argv, catalogue]);
      expect([ran.exit, ran.stderr]).toEqual([64, expect.stringContaining(`code: ${code}`)]);
    }
    expect((await run([...argv, join(FOLDER, 'absent')])).exit).toBe(64);
  });

  it('never replaces what it reads', async () => {
    const artifact = join(FOLDER, 'artifact.tgz');
    const bundle = join(FOLDER, 'bundle.json');
    copyFileSync(ARTIFACT, artifact);
    copyFileSync(BUNDLE, bundle);
    symlinkSync(artifact, join(FOLDER, 'alias'));
    const argv = ['verify', artifact, '--bundle', bundle, ...SIGNER, '--quiet', '--output'];
    const catalogue = join(FOLDER, 'builders.json');
    copyFileSync('catalogue/builders.json', catalogue);
    for (const output of [artifact, bundle, catalogue, join(FOLDER, 'alias')]) {
      const ran = await run([...argv, output, '--catalogue', catalogue]);
      expect(ran.exit).toBe(64);
      expect(ran.stderr).toMatch(/^error: --output would replace a file that is read: /);
    }
    expect(readFileSync(artifact)).toEqual(readFileSync(ARTIFACT));
    expect(readFileSync(bundle)).toEqual(readFileSync(BUNDLE));
    expect((await run([...argv, join(FOLDER, 'other')])).exit).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('RAC-08 blocks when %s comes while it waits for standard input', async (name, exit) => {
    const ran = await run(['verify', ARTIFACT, '--bundle', '-', ...SIGNER], {
      keepOpen: true,
      signal: { name, after: 1500 },
    });
    expect(ran.exit).toBe(exit);
    expect(ran.stdout).toBe('');
  });

  it('reads a bundle from standard input', async () => {
    const argv = ['verify', ARTIFACT, '--bundle', '-', ...SIGNER];
    expect((await run(argv, { input: readFileSync(BUNDLE, 'utf8') })).exit).toBe(0);
    expect((await run(argv, { input: '' })).exit).toBe(1);
  });
});

describe('several artifacts', () => {
  it('RAC-06 ends in the worst answer, and tells of each', async () => {
    for (const artifacts of [
      [ARTIFACT, OTHER],
      [OTHER, ARTIFACT],
    ]) {
      const ran = await run(['verify', ...artifacts, ...GOOD, '--json']);
      expect(ran.exit).toBe(1);
      const document = ResultSchema.parse(JSON.parse(ran.stdout));
      expect(document.verdict).toBe('deny');
      expect(document.results.map(({ artifact, verdict }) => [artifact.reference, verdict])).toEqual(
        artifacts.map((path) => [path, path === ARTIFACT ? 'allow' : 'deny']),
      );
    }
  });

  it('RAC-06 decides nothing when one of them is not there', async () => {
    const ran = await run(['verify', ARTIFACT, join(FOLDER, 'missing'), ...GOOD]);
    expect(ran.exit).toBe(64);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('code: path.not-found');
  });

  it.each([[['']], [['\n\n']], [[]], [[ARTIFACT, '']]])(
    'RAC-07 refuses the artifacts %j',
    async (artifacts) => {
      const ran = await run(['verify', ...artifacts, ...GOOD]);
      expect(ran.exit).toBe(64);
      expect(ran.stdout).toBe('');
      expect(ran.stderr).toContain('code: usage.no-artifact');
    },
  );
});

/** Bundles in which something is missing, null, empty or of another kind. */
const broken = (): readonly (readonly [string, string])[] => {
  const good = JSON.parse(readFileSync(BUNDLE, 'utf8'));
  const material = good.verificationMaterial;
  const withMaterial = (changes: object): string =>
    JSON.stringify({ ...good, verificationMaterial: { ...material, ...changes } });
  return [
    ['nothing', ''],
    ['blank lines', '\n\n'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['an empty object', '{}'],
    ['half of a bundle', JSON.stringify(good).slice(0, 1000)],
    ['brackets without end', '['.repeat(100_000)],
    ['bytes that are no text', '\u0000\ufffd\u0001'],
    ['no material', JSON.stringify({ ...good, verificationMaterial: null })],
    ['no certificate', withMaterial({ certificate: { rawBytes: '' } })],
    ['null entries', withMaterial({ tlogEntries: [null] })],
    ['entries without end', withMaterial({ tlogEntries: Array(500).fill(material.tlogEntries[0]) })],
    ['no entries', withMaterial({ tlogEntries: [] })],
    ['an empty entry', withMaterial({ tlogEntries: [{}] })],
    ['a number for a list', withMaterial({ tlogEntries: 1 })],
    ['garbage for a certificate', withMaterial({ certificate: { rawBytes: 'AAAA' } })],
    [
      'garbage for a timestamp',
      withMaterial({ timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'MAA=' }] } }),
    ],
    ['no signatures', JSON.stringify({ ...good, dsseEnvelope: { ...good.dsseEnvelope, signatures: [] } })],
    [
      'null signatures',
      JSON.stringify({ ...good, dsseEnvelope: { ...good.dsseEnvelope, signatures: [null] } }),
    ],
    ['prototypes', JSON.stringify(good).replace('{', '{"__proto__":{"verdict":"allow"},')],
  ];
};

describe('malformed attestations', () => {
  it.each(broken())('BND-05 %s: denied in plain words, never 0, 3 or a crash', async (name, text) => {
    const path = join(FOLDER, `${name.replaceAll(' ', '-')}.json`);
    writeFileSync(path, text);
    const ran = await run(['verify', ARTIFACT, '--bundle', path, ...SIGNER, '--json']);
    expect(ran.exit).toBe(1);
    const document = ResultSchema.parse(JSON.parse(ran.stdout));
    expect(document.verdict).toBe('deny');
    expect(
      document.results[0]?.findings.some(({ required, outcome }) => required && outcome !== 'pass'),
    ).toBe(true);
    assertPlain(ran);
    const inspected = await run(['bundle', 'inspect', '--bundle', path]);
    expect([0, 64]).toContain(inspected.exit);
    expect(inspected.stdout).not.toMatch(/proven {4}verification/);
    assertPlain(inspected);
  });
});

describe('what lies around', () => {
  it('I18 PTH-04 changes no answer: files in the working directory, at home and in PATH', async () => {
    const planted = join(FOLDER, 'planted');
    const names = [
      'package.json',
      '.env',
      '.npmrc',
      '.slsa-gaterc',
      'slsa-gate.json',
      'trusted_root.json',
      'public-good',
      'github',
      'oclif.config.js',
      'node',
      'git',
      'gh',
      'cosign',
      'gcloud',
      'docker-credential-x',
      'openssl',
    ];
    for (const folder of [
      '',
      '.cache/slsa-gate/trust/public-good',
      '.config/slsa-gate',
      '.local/share/slsa-gate',
      'node_modules/zod',
    ]) {
      mkdirSync(join(planted, folder), { recursive: true });
    }
    // Whichever of them is started leaves a file behind.
    const helper = `#!/bin/sh\necho "$0" > '${planted}/started'\nexit 0\n`;
    for (const name of names) writeFileSync(join(planted, name), helper, { mode: 0o755 });
    writeFileSync(join(planted, 'node_modules', 'zod', 'index.js'), 'process.exit(0)');
    writeFileSync(
      join(planted, '.local', 'share', 'slsa-gate', 'package.json'),
      '{"oclif":{"plugins":["evil"]}}',
    );
    const env = {
      HOME: planted,
      XDG_CONFIG_HOME: join(planted, '.config'),
      XDG_DATA_HOME: join(planted, '.local', 'share'),
      PATH: `${planted}:${process.env.PATH ?? ''}`,
      NODE_ENV: 'test',
      SLSA_GATE_TRUSTED_ROOT: join(planted, 'trusted_root.json'),
      SIGSTORE_ROOT_FILE: join(planted, 'trusted_root.json'),
      TUF_ROOT: planted,
      SOURCE_DATE_EPOCH: '0',
      TZ: 'Pacific/Kiritimati',
      LC_ALL: 'tr_TR.UTF-8',
      COSIGN_EXPERIMENTAL: '1',
      SLSA_VERIFIER_TESTING: '1',
      GIT_CONFIG_GLOBAL: join(planted, '.npmrc'),
      NO_PROXY: '*',
      HTTPS_PROXY: 'http://127.0.0.1:1',
    };
    const before = readdirSync(planted, { recursive: true }).length;
    for (const [, argv, exit] of OUTCOMES) {
      const clean = await run(['verify', ...argv, '--format', 'markdown']);
      const around = await run(['verify', ...argv, '--format', 'markdown'], { cwd: planted, env });
      expect(around).toEqual(clean);
      expect(around.exit).toBe(exit);
    }
    expect(readdirSync(planted, { recursive: true })).toHaveLength(before);
  });
});
