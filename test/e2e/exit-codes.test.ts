import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ErrorDocumentSchema } from '../../src/cli/render/schema.ts';
import { COMMAND_SPECS } from '../../src/cli/spec/index.ts';
import { BIN, ensureBuilt, NODE, type Ran, ROOT, run } from './built.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-exit-'));
beforeAll(ensureBuilt, 150_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const BUNDLE = 'testdata/attestations/npm-sigstore-5.0.0/provenance.sigstore.json';

/** A line of a stack trace, as V8 writes it. */
const STACK = /^\s+at .*(?:\.js|\.ts|node:)/m;

const assertPlain = ({ stdout, stderr }: Ran): void => {
  expect(stdout).not.toMatch(STACK);
  expect(stderr).not.toMatch(STACK);
};

/** What was typed, the exit code, and what the two streams must match; an empty string means silence. */
const CONTRACT: readonly (readonly [
  argv: readonly string[],
  exit: number,
  stdout: RegExp,
  stderr: RegExp,
])[] = [
  [[], 64, /^$/, /USAGE[\s\S]*error: no command given\nhint: /],
  [['--version'], 0, /^slsa-gate \d+\.\d+\.\d+\n$/, /^$/],
  [['--version', '--json'], 64, /SG_USAGE/, /^$/],
  [['--version', 'x'], 64, /^$/, /^error: --version must be the only flag\n/],
  [['--help'], 0, /USAGE[\s\S]*COMMANDS/, /^$/],
  [['help'], 0, /USAGE[\s\S]*COMMANDS/, /^$/],
  [['help', 'trust', 'show'], 0, /trust show/, /^$/],
  [['--help', 'x'], 64, /^$/, /error: --help must be the only flag/],
  [['nonsense'], 64, /^$/, /^error: unknown command: nonsense\nhint: Run slsa-gate --help\.\n/],
  [['verfy'], 64, /^$/, /hint: Did you mean verify\?/],
  [['gate', 'app.tgz', '--policy', 'p', '--to', 'prod'], 64, /^$/, /^error: gate needs --evidence\n/],
  [['batch', 'releases.jsonl'], 64, /^$/, /^error: unknown command: batch\n/],
  [['constructor'], 64, /^$/, /^error: unknown command: constructor\n/],
  [['trust'], 64, /^$/, /COMMANDS[\s\S]*error: incomplete command: trust/],
  [['bundle'], 64, /^$/, /error: incomplete command: bundle/],
  [['trust', 'shwo'], 64, /^$/, /hint: Did you mean trust show\?/],
  [['--json'], 64, /"finding": "usage\.command"/, /^$/],
  [['trust', '--json'], 64, /"finding": "usage\.command"/, /^$/],
  [['nonsense', '--json'], 64, /"finding": "usage\.command"/, /^$/],
  [['verify'], 64, /^$/, /^error: no artifact given\n/],
  [['verify', '--json'], 64, /"finding": "usage\.no-artifact"/, /^$/],
  [['verify', '--format', 'json', '--nonsense'], 64, /"finding": "usage\.flag"/, /^$/],
  [['verify', '--nonsense'], 64, /^$/, /^error: unknown flag of verify: --nonsense\n/],
  [['verify', BIN, '--bundle', BUNDLE], 64, /^$/, /code: policy\.identity-missing/],
  [
    ['verify', BIN, '--bundle', BUNDLE, '--certificate-oidc-issuer', 'i'],
    64,
    /^$/,
    /policy\.identity-missing/,
  ],
  [['verify', BIN, '--bundle', BUNDLE, '--certificate-identity', 'i'], 64, /^$/, /without its issuer/],
  [['verify', BIN, '--source-uri', 'gitlab.com/o/r'], 64, /^$/, /code: usage\.no-bundle/],
  [['verify', BIN, '--source-uri', 'github.com/o/r', '--offline'], 2, /source\.offline/, /^$/],
  [['verify', '', '--bundle', BUNDLE, '--source-uri', 'x'], 64, /^$/, /an artifact is the empty string/],
  [['verify', 'a', '--help'], 64, /^$/, /error: --help must be the only flag/],
  [['bundle', 'verify'], 64, /^$/, /code: usage\.no-artifact/],
  [['bundle', 'inspect'], 64, /^$/, /code: usage\.no-bundle/],
  [['bundle', 'inspect', '--bundle', BUNDLE], 0, /proven {4}verification: under public-good/, /^$/],
  [['bundle', 'inspect', '--bundle', join(FOLDER, 'missing')], 64, /^$/, /code: path\.not-found/],
  [['bundle', 'inspect', '--bundle', BUNDLE, '--trusted-root', BUNDLE], 64, /^$/, /code: trust\.malformed/],
  [['trust', 'show'], 0, /^public-good {2}sha256:/, /^$/],
  [['trust', 'show', '--json'], 0, /^\{\n {2}"schemaVersion": 1,/, /^$/],
  [['trust', 'show', '--max-trust-age', '1s'], 2, /^$/, /code: trust\.stale/],
  [['trust', 'show', '--max-trust-age', '1s', '--json'], 2, /"finding": "trust\.stale"/, /^$/],
  [['trust', 'show', 'x'], 64, /^$/, /unexpected argument of trust show: x/],
  [
    ['verify', BIN, '--bundle', BUNDLE, '--source-uri', 'a', '--output', '-'],
    64,
    /^$/,
    /hint: Leave out --output/,
  ],
  [['trust', 'export', '--output', '-'], 64, /^$/, /--output - would write a file called -/],
  [['trust', 'export'], 64, /^$/, /trust export needs --output FILE/],
  [['trust', 'update', '--trusted-root', BUNDLE], 64, /^$/, /not the name of an instance/],
  [['explain', 'subject.mismatch'], 0, /^subject\.mismatch: /, /^$/],
  [['explain', 'SG_LIMIT', '--json'], 0, /"limit\.bytes"/, /^$/],
  [['explain', 'subject.mismatc'], 64, /^$/, /hint: Did you mean subject\.mismatch\?/],
  [['explain'], 64, /^$/, /explain needs a CODE/],
  [['completion', 'bash'], 0, /^# bash completion/, /^$/],
  [['completion', 'tcsh'], 64, /^$/, /must be one of bash, zsh, fish: tcsh/],
  [['completion'], 64, /^$/, /completion needs one of/],
];

describe('the contract of exit codes', () => {
  it.each(CONTRACT)('POL-08 %j ends in %i', async (argv, exit, stdout, stderr) => {
    const ran = await run(argv);
    expect({ exit: ran.exit, argv }).toEqual({ exit, argv });
    expect(ran.stdout).toMatch(stdout);
    expect(ran.stderr).toMatch(stderr);
    assertPlain(ran);
    if (exit !== 0 && argv.includes('--json')) {
      expect(ErrorDocumentSchema.safeParse(JSON.parse(ran.stdout)).error).toBeUndefined();
    }
  });

  it.each([...COMMAND_SPECS.map(({ id }) => id), 'trust', 'bundle'])('prints help of %s', async (id) => {
    const ran = await run([...id.split(' '), '--help']);
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(/USAGE\n {2}\$ slsa-gate /);
    expect(ran.stderr).toBe('');
  });
});

describe('the bin', () => {
  it('has process.exitCode = 70 as its very first statement', () => {
    const [shebang, first] = readFileSync(BIN, 'utf8').split('\n');
    expect(shebang).toBe('#!/usr/bin/env node');
    expect(first).toBe('process.exitCode = 70;');
  });

  it('ends in 70 with a hint where nothing is built', async () => {
    const elsewhere = join(FOLDER, 'package');
    mkdirSync(join(elsewhere, 'bin'), { recursive: true });
    cpSync(BIN, join(elsewhere, 'bin', 'slsa-gate.js'));
    writeFileSync(join(elsewhere, 'package.json'), '{"type":"module"}');
    const ran = await run(['--version'], { bin: join(elsewhere, 'bin', 'slsa-gate.js') });
    expect(ran).toEqual({
      exit: 70,
      stdout: '',
      stderr: 'error: slsa-gate is not built: dist/main.js cannot be loaded\nhint: Run npm run build.\n',
    });
  });

  it('ends in 70 when the built code throws while it is loaded, or never answers', async () => {
    for (const [name, code] of [
      ['throws', 'throw new Error("secret")'],
      ['hangs', 'export const main = () => new Promise(() => {});'],
      ['broken', 'export const main = 1;'],
    ] as const) {
      const elsewhere = join(FOLDER, name);
      mkdirSync(join(elsewhere, 'bin'), { recursive: true });
      mkdirSync(join(elsewhere, 'dist'));
      cpSync(BIN, join(elsewhere, 'bin', 'slsa-gate.js'));
      writeFileSync(join(elsewhere, 'package.json'), '{"type":"module"}');
      writeFileSync(join(elsewhere, 'dist', 'main.js'), code);
      const ran = await run(['verify'], { bin: join(elsewhere, 'bin', 'slsa-gate.js') });
      expect({ name, exit: ran.exit }).toEqual({ name, exit: 70 });
      expect(ran.stderr).not.toContain('secret');
      assertPlain(ran);
    }
  });
});

/** Keeps the process alive after its answer, and does what is wanted then. */
const preload = (code: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`setInterval(() => {}, 1000); ${code}`)}`,
];

describe('what comes in between', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('RAC-08 %s ends in %i, also after the answer was printed', async (name, exit) => {
    const ran = await run(['explain', 'ok'], {
      nodeArgs: preload(''),
      signal: { name, after: /what to do/ },
    });
    expect(ran.exit).toBe(exit);
    expect(ran.stderr).toBe(
      `error: interrupted: ${name}\nhint: Run again.\ncode: interrupted (slsa-gate explain interrupted)\n`,
    );
  });

  it('RAC-08 tells an interruption as a document under --json', async () => {
    const ran = await run(['explain', 'ok', '--json'], {
      nodeArgs: preload(''),
      signal: { name: 'SIGTERM', after: /schemaVersion/ },
    });
    expect(ran.exit).toBe(143);
    expect(ran.stdout).toContain('"finding": "interrupted"');
    expect(ran.stderr).toBe('');
  });

  it.each([
    ['an error', 'setTimeout(() => { throw new Error("secret"); }, 700)'],
    ['a rejection', 'setTimeout(() => Promise.reject(new Error("secret")), 700)'],
    ['something that is no error', 'setTimeout(() => { throw null; }, 700)'],
  ])(
    'BND-05 %s that nothing caught ends in 70, without a stack, after an answer of 0',
    async (_what, code) => {
      const ran = await run(['explain', 'ok'], { nodeArgs: preload(code) });
      expect(ran.exit).toBe(70);
      expect(ran.stderr).toMatch(/^error: internal error: /);
      expect(ran.stderr).not.toContain('secret');
      assertPlain(ran);
    },
  );
});

const shell = (command: string): number | null =>
  spawnSync('bash', ['-c', command], { cwd: ROOT, env: { PATH: process.env.PATH, NODE, BIN } }).status;

describe('an answer that did not arrive', () => {
  it.each([['--version'], ['explain ok'], ['trust show'], ['--help']])(
    'BND-05 %s is no success when the reader is gone',
    (argv) => {
      expect(shell(`"$NODE" "$BIN" ${argv} | true; exit "\${PIPESTATUS[0]}"`)).not.toBe(0);
    },
  );

  it.skipIf(!existsSync('/dev/full'))('BND-05 is no success when the disk is full', () => {
    expect(shell('"$NODE" "$BIN" explain ok > /dev/full')).toBe(2);
    expect(shell('"$NODE" "$BIN" --version > /dev/full')).toBe(70);
  });

  it('still counts when nobody reads standard error', () => {
    expect(shell(`"$NODE" "$BIN" nonsense 2>&1 >/dev/null | true; exit "\${PIPESTATUS[0]}"`)).toBe(64);
  });
});

describe('the environment', () => {
  it('has no variable that turns on stack traces, compiles sources, or changes the answer', async () => {
    const env = {
      DEBUG: '*',
      NODE_ENV: 'development',
      SLSA_GATE_DEBUG: '1',
      OCLIF_TS_NODE: '1',
      SLSA_GATE_SKIP_VERIFY: '1',
      FORCE_COLOR: '3',
      HOME: FOLDER,
    };
    for (const argv of [
      ['explain', 'ok'],
      ['verify'],
      ['trust', 'show'],
      ['nonsense'],
      ['verify', '--help'],
    ]) {
      expect(await run(argv, { env, cwd: FOLDER })).toEqual(await run(argv));
    }
  });
});
