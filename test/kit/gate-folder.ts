import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, ROOT, type RunOptions, run } from '../e2e/built.ts';

/** A real package of npm with its real attestation. */
const CASE = join(ROOT, 'testdata', 'attestations', 'npm-sigstore-5.0.0');
export const REAL = {
  artifact: join(CASE, 'sigstore-5.0.0.tgz'),
  bundle: join(CASE, 'provenance.sigstore.json'),
  package: 'pkg:npm/sigstore@5.0.0',
} as const;

/** A policy that allows {@link REAL}; `changes` replaces texts in it. */
export const policyText = (changes: readonly (readonly [string, string])[] = []): string =>
  changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the policy has no ${from}`);
    return text.replaceAll(from, to);
  }, POLICY);

const POLICY = `schemaVersion: 1
name: sigstore-npm
packages:
  - package: { glob: "pkg:*/**" }
    source:
      repository: https://github.com/sigstore/sigstore-js
      repositoryId: "495574555"
      refs: [refs/heads/main]
    builders:
      - id: https://github.com/actions/runner/github-hosted
        ref: any
        signer:
          identity: https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main
          issuer: https://token.actions.githubusercontent.com
    triggers: [push]
    runners: [github-hosted]
environments:
  production:
    level: 2
    trustedRoots: [public-good]
`;

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  String(key.export({ type: 'pkcs8', format: 'pem' }));

/** A folder with keys, a policy and an evidence log, as a user sets one up; the command that is run is the built one. */
export interface GateFolder {
  readonly path: string;
  file(name: string): string;
  write(name: string, text: string | Buffer): string;
  /** `gate ARTIFACT` with policy, environment and evidence of the folder; on {@link REAL} where nothing is named. */
  gate(argv?: readonly string[], options?: GateOptions): Promise<Ran>;
  remove(): void;
}

export interface GateOptions extends RunOptions {
  readonly artifact?: string;
  readonly bundle?: string;
  readonly policy?: string;
  readonly evidence?: string;
  /** Leaves these out. */
  readonly without?: readonly ('package' | 'evidence' | 'bundle')[];
}

export async function createGateFolder(initFlags: readonly string[] = []): Promise<GateFolder> {
  const path = mkdtempSync(join(tmpdir(), 'slsa-gate-folder-'));
  const file = (name: string): string => join(path, name);
  const write = (name: string, text: string | Buffer): string => {
    writeFileSync(file(name), text, { mode: 0o600 });
    return file(name);
  };
  write('records.pem', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
  write('checkpoints.pem', pem(generateKeyPairSync('ed25519').privateKey));
  write('policy.yaml', policyText());
  const made = await run(['evidence', 'init', file('evidence.yaml'), ...INIT, ...initFlags], {});
  if (made.exit !== 0) throw new Error(`evidence init: ${made.stderr}`);
  return {
    path,
    file,
    write,
    gate: (argv = [], options = {}) => run(gateWords(file, argv, options), options),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Words of `gate` for a folder. */
export function gateWords(
  file: GateFolder['file'],
  argv: readonly string[],
  { artifact, bundle, policy, evidence, without = [] }: GateOptions = {},
): readonly string[] {
  const given = (name: 'package' | 'evidence' | 'bundle', words: readonly string[]): readonly string[] =>
    without.includes(name) ? [] : words;
  return [
    'gate',
    artifact ?? REAL.artifact,
    ...given('package', ['--package', REAL.package]),
    ...given('bundle', ['--bundle', bundle ?? REAL.bundle]),
    ...['--policy', policy ?? file('policy.yaml'), '--to', 'production'],
    ...given('evidence', ['--evidence', evidence ?? file('evidence.yaml')]),
    ...argv,
  ];
}

const INIT = [
  ...['--origin', 'example.com/releases', '--verifier-id', 'https://example.com/slsa-gate'],
  ...['--signer', 'key:records.pem', '--checkpoint-signer', 'key:checkpoints.pem'],
];
