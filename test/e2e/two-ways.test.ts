import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_SPECS } from '../../src/cli/spec/index.ts';
import { ensureBuilt, type Ran, ROOT, run } from './built.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-ways-'));
const START = join(FOLDER, 'start.mjs');
const ARTIFACT = 'testdata/attestations/npm-sigstore-5.0.0/sigstore-5.0.0.tgz';
const BUNDLE = 'testdata/attestations/npm-sigstore-5.0.0/provenance.sigstore.json';
const PROVEN = ['--bundle', BUNDLE, '--source-uri', 'github.com/sigstore/sigstore-js'];
const SIGNER = [
  '--certificate-identity',
  'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
  '--certificate-oidc-issuer',
  'https://token.actions.githubusercontent.com',
];

beforeAll(async () => {
  await ensureBuilt();
  const main = JSON.stringify(join(ROOT, 'dist', 'main.js'));
  writeFileSync(
    START,
    `process.exitCode = 70;
     const [hot, ...argv] = process.argv.slice(2);
     const { main } = await import(${main});
     await main(argv, { hot: JSON.parse(hot) });`,
  );
}, 150_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Ids that go to the parser directly: all of them, or none so that all go through oclif. */
const ALL = JSON.stringify(COMMAND_SPECS.map(({ id }) => id));
const both = async (argv: readonly string[]): Promise<readonly [direct: Ran, throughOclif: Ran]> => [
  await run([ALL, ...argv], { bin: START }),
  await run(['[]', ...argv], { bin: START }),
];

/** Typed words and the exit code that both ways must have. */
const LINES: readonly (readonly [readonly string[], number])[] = [
  [['verify'], 64],
  [['verify', '--json'], 64],
  [['verify', ARTIFACT], 64],
  [['verify', ARTIFACT, '--nonsense'], 64],
  [['verify', ARTIFACT, '--source-uri'], 64],
  [['verify', ARTIFACT, '--source-uri='], 64],
  [['verify', ARTIFACT, ...PROVEN, '--source-uri', 'again'], 64],
  [['verify', ARTIFACT, ...PROVEN, '--format', 'yaml'], 64],
  [['verify', ARTIFACT, ...PROVEN, '--json', '--format', 'sarif'], 64],
  [['verify', ARTIFACT, ...PROVEN, '--tlog-threshold', '0'], 64],
  [['verify', ARTIFACT, ...PROVEN, '--no-offline'], 64],
  [['verify', ...PROVEN, '--', '--json'], 64],
  [['verify', ARTIFACT, ...PROVEN, ...SIGNER], 0],
  [['verify', ARTIFACT, ...PROVEN, ...SIGNER, '--format', 'sarif'], 0],
  [['verify', ARTIFACT, ...PROVEN, ...SIGNER, '--source-tag', 'v0.0.0', '--quiet'], 1],
  [['verify', ARTIFACT, ...PROVEN, ...SIGNER, '--max-trust-age', '1s'], 2],
  [['bundle', 'verify', ARTIFACT, '--bundle', BUNDLE, ...SIGNER], 0],
  [['bundle', 'verify', '--allow-unbound', '--bundle', BUNDLE, ...SIGNER], 0],
  [['bundle', 'verify', 'package.json', '--bundle', BUNDLE, ...SIGNER], 1],
  [['verify', join(FOLDER, 'missing'), ...PROVEN], 64],
  [['bundle', 'verify', ARTIFACT, 'second', '--bundle', BUNDLE], 64],
  [['bundle', 'verify', ARTIFACT, '--bundle', BUNDLE], 64],
  [['bundle', 'inspect', '--bundle', BUNDLE], 0],
  [['bundle', 'inspect', ARTIFACT, '--bundle', BUNDLE, '--json'], 0],
  [['trust', 'show', '--trusted-root=github'], 0],
  [['trust', 'show', '--max-trust-age', '1s'], 2],
  [['trust', 'export'], 64],
  [['explain', 'ok'], 0],
  [['explain', 'ok', '--json'], 0],
  [['explain', 'nothing.such'], 64],
  [['explain', 'a', 'b'], 64],
  [['completion', 'fish'], 0],
  [['completion', 'cmd'], 64],
  [['nonsense'], 64],
];

describe('the direct way and the way through oclif', () => {
  it.each(LINES)('answer %j equally', async (argv, exit) => {
    const [direct, throughOclif] = await both(argv);
    expect(throughOclif).toEqual(direct);
    expect(direct.exit).toBe(exit);
    expect(direct.stdout + direct.stderr).not.toBe('');
  });
});
