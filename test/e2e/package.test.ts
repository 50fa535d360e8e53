import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, NODE, ROOT, run } from './built.ts';

/** What is published, unpacked beside a consumer who has nothing else: no other package, and no types of Node. */

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-package-'));
const CONSUMER = join(FOLDER, 'consumer');
const INSTALLED = join(CONSUMER, 'node_modules', 'slsa-gate');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const isPacked = (value: unknown): value is Packed =>
  typeof value === 'object' && value !== null && 'filename' in value && 'files' in value;

/** Lifecycle scripts stay out: the build is at hand. npm 11 prints a list, npm 12 an object by name. */
function pack(...args: readonly string[]): Packed {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packed = Object.values(JSON.parse(output) as Record<string, unknown>).find(isPacked);
  if (packed === undefined) throw new Error(`npm pack says something else: ${output.slice(0, 200)}`);
  return packed;
}

/** Runs a program of the consumer with nothing of our environment. */
const consume = (file: string, source: string): string => {
  writeFileSync(join(CONSUMER, file), source);
  return execFileSync(NODE, [file], { cwd: CONSUMER, encoding: 'utf8', env: {} });
};

let packed: Packed;

beforeAll(async () => {
  await ensureBuilt();
  mkdirSync(INSTALLED, { recursive: true });
  packed = pack('--pack-destination', FOLDER);
  execFileSync('tar', ['-xzf', join(FOLDER, packed.filename), '-C', INSTALLED, '--strip-components=1']);
  writeFileSync(join(CONSUMER, 'package.json'), '{ "name": "consumer", "type": "module" }');
}, 180_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what runs, what it trusts, samples and documentation, and nothing else', () => {
    const places = new Set(
      packed.files.map(({ path }) => {
        const [first = '', second = ''] = path.split('/');
        return first === 'testdata' ? `${first}/${second}` : first;
      }),
    );
    const optional = ['CHANGELOG.md', 'README.md', 'SECURITY.md', 'policies'].filter((name) =>
      existsSync(join(ROOT, name)),
    );
    expect([...places].sort()).toEqual(
      [
        'LICENSE',
        'bin',
        'catalogue',
        'dist',
        'docs',
        'package.json',
        'testdata/attestations',
        'testdata/trust',
        ...optional,
      ].sort(),
    );
    for (const { path } of packed.files) {
      expect(path).not.toMatch(
        /(?:^|\/)(?:src|test|node_modules|corpus)\/|(?<!\.d)\.ts$|\.map$|^\.|\.test\./,
      );
    }
  });

  it('reaches the network in the chunk of the one client, and in that of PostgreSQL, and nowhere else', () => {
    const chunks = join(INSTALLED, 'dist', 'chunks');
    const files = [
      ...readdirSync(chunks).map((name) => join(chunks, name)),
      ...['main.js', 'index.js'].map((name) => join(INSTALLED, 'dist', name)),
    ];
    const reaching = (builtins: string): readonly string[] =>
      files
        .filter((file) =>
          new RegExp(`["'\`](?:node:)?(?:${builtins})["'\`]\\)`).test(readFileSync(file, 'utf8')),
        )
        .map((file) => file.split(/[\\/]/).at(-1)?.split('-')[0] ?? '');
    expect(reaching('http|https|http2')).toEqual(['http']);
    expect(reaching('net|tls|dgram').toSorted()).toEqual(['http', 'postgres']);
  });

  it('has the sources of trust and the samples whole', () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    expect(paths).toContain('catalogue/builders.json');
    for (const folder of ['testdata/trust', 'testdata/attestations']) {
      const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile(),
      );
      expect(files.length).toBeGreaterThan(4);
      for (const { parentPath, name } of files)
        expect(paths).toContain(join(parentPath, name).slice(ROOT.length + 1));
    }
  });

  it('needs no other package and runs no script when it is installed', () => {
    const manifest = JSON.parse(readFileSync(join(INSTALLED, 'package.json'), 'utf8'));
    for (const field of ['dependencies', 'optionalDependencies', 'bundleDependencies'])
      expect(manifest[field] ?? {}).toEqual({});
    // Named for those who have it; npm installs no peer that is optional.
    expect(Object.keys(manifest.peerDependencies)).toEqual(['pkcs11js']);
    expect(manifest.peerDependenciesMeta).toEqual({ pkcs11js: { optional: true } });
    for (const script of ['preinstall', 'install', 'postinstall'])
      expect(manifest.scripts).not.toHaveProperty(script);
  });

  it('names no package in its types, and has no declaration that the entry does not reach', () => {
    const types = join(INSTALLED, 'dist', 'types');
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/(?:from |import\()'([^']+)'/g)) {
        expect(specifier, path).toMatch(/^\.{1,2}\/.*\.js$/);
        visit(join(path, '..', specifier.replace(/\.js$/, '.d.ts')));
      }
    };
    visit(join(types, 'index.d.ts'));
    const all = readdirSync(types, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(all.map(({ parentPath, name }) => join(parentPath, name)).sort()).toEqual([...seen].sort());
    expect(seen.size).toBeGreaterThan(10);
  });
});

describe('a consumer', () => {
  it('imports the entry and package.json, and nothing behind them', () => {
    const source = `
      import * as gate from 'slsa-gate';
      import manifest from 'slsa-gate/package.json' with { type: 'json' };
      const deep = await import('slsa-gate/dist/main.js').then(() => 'found', (error) => error.code);
      console.log(JSON.stringify([Object.keys(gate).sort(), manifest.name, deep]));`;
    expect(JSON.parse(consume('entry.js', source))).toEqual([
      [
        'CODES',
        'SlsaGateError',
        'exitCodeOfResult',
        'isCode',
        'parseArtifactReference',
        'parseBundle',
        'parseDigest',
        'parseSourceUri',
        'parseStatement',
        'parseTrustedRoot',
        'verifyArtifact',
        'verifyBundle',
      ],
      'slsa-gate',
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    ]);
  });

  it('runs the examples of docs/library.md', () => {
    const guide = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');
    const [first = '', second = '', ...others] = [...guide.matchAll(/```js\n([\s\S]*?)```/g)].map(
      ([, code = '']) => code,
    );
    expect(others).toEqual([]);
    expect(consume('first.js', first)).toMatch(/^allow 2\npass attestation "1 found"\npass signature /);
    const elsewhere = first.replace("sourceUri: 'github.com/sigstore/", "sourceUri: 'github.com/elsewhere/");
    expect(consume('elsewhere.js', elsewhere)).toMatch(/^deny 2\n[\s\S]*\nfail source-uri /);
    expect(consume('second.js', second)).toBe('SG_USAGE policy.identity-missing 64\n');
  });

  it('compiles against the types, with nothing installed but the package', () => {
    const options = {
      module: 'nodenext',
      moduleResolution: 'nodenext',
      target: 'es2024',
      strict: true,
      types: [],
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(
      join(CONSUMER, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['use.ts'] }),
    );
    const compile = (source: string): string => {
      writeFileSync(join(CONSUMER, 'use.ts'), source);
      try {
        return execFileSync(NODE, [TSC, '-p', '.', '--pretty', 'false'], { cwd: CONSUMER, encoding: 'utf8' });
      } catch (error) {
        return String((error as { readonly stdout: unknown }).stdout);
      }
    };
    const source = `
      import { type ArtifactResult, verifyArtifact } from 'slsa-gate';
      export const result: Promise<ArtifactResult> = verifyArtifact({
        artifact: 'widget.tgz', files: ['widget.json'], expectations: { sourceUri: 'github.com/o/r' } });`;
    expect(compile(source)).toBe('');
    expect(compile(source.replace('sourceUri', 'sourceBranch'))).toContain('use.ts');
  });

  it('runs the command out of the same package', async () => {
    const sample = join(INSTALLED, 'testdata', 'attestations', 'npm-sigstore-5.0.0');
    const argv = [
      'verify',
      join(sample, 'sigstore-5.0.0.tgz'),
      '--bundle',
      join(sample, 'provenance.sigstore.json'),
    ];
    const signer = [
      '--certificate-identity',
      'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
      '--certificate-oidc-issuer',
      'https://token.actions.githubusercontent.com',
    ];
    const bin = join(INSTALLED, 'bin', 'slsa-gate.js');
    const ran = await run([...argv, ...signer], { bin, cwd: CONSUMER });
    expect([ran.exit, ran.stdout.slice(0, 5), ran.stderr]).toEqual([0, 'allow', '']);
    for (const words of [['--help'], ['trust', 'show'], ['explain', 'source.mismatch']])
      expect((await run(words, { bin, cwd: CONSUMER })).exit, words.join(' ')).toBe(0);
  });
});
