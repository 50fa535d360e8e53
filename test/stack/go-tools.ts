import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../e2e/built.ts';

/** Programs of others that read what we write; each has a Go module of its own, which names every version. */
const PACKAGES = {
  /** Ours, around golang.org/x/mod/sumdb. */
  'log-check': '.',
  'slsa-verifier': 'github.com/slsa-framework/slsa-verifier/v2/cli/slsa-verifier',
  cosign: 'github.com/sigstore/cosign/v3/cmd/cosign',
} as const;

export type GoTool = keyof typeof PACKAGES;

/** Where each program lies. */
export type GoTools = Readonly<Record<GoTool, string>>;

const NAMES = Object.keys(PACKAGES) as GoTool[];
const MODULES = join(ROOT, 'test', 'interop', 'go');
const NEEDED = [1, 26] as const;

/** Outlives the checkout, since cosign takes minutes. */
function binDirectory(): string {
  const { STACK_BIN, XDG_CACHE_HOME } = process.env;
  return STACK_BIN ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slsa-gate-stack');
}

/** Why Go cannot be used here; undefined where it can. */
export function whyNoGo(): string | undefined {
  const asked = spawnSync('go', ['env', 'GOVERSION'], { cwd: join(MODULES, 'log-check'), encoding: 'utf8' });
  if (asked.error !== undefined) return 'there is no Go toolchain';
  const [, major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(asked.stdout)?.map(Number) ?? [];
  const isNewEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  const found = asked.stdout.trim() || asked.stderr.trim();
  return isNewEnough ? undefined : `Go ${NEEDED.join('.')} or later is needed, not: ${found}`;
}

/** What a program is built from; another text is another program. */
function sourceOf(name: GoTool): string {
  const hash = createHash('sha256').update(PACKAGES[name]);
  for (const file of readdirSync(join(MODULES, name)).sort())
    hash.update(`\n${file}\n`).update(readFileSync(join(MODULES, name, file)));
  return hash.digest('hex');
}

const isThere = (path: string, source: string): boolean => {
  try {
    return statSync(path).isFile() && readFileSync(`${path}.source`, 'utf8') === source;
  } catch {
    return false;
  }
};

function build(name: GoTool, output: string): Promise<void> {
  const argv = ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w', '-o', output];
  return new Promise((resolve, reject) => {
    const child = spawn('go', [...argv, PACKAGES[name]], {
      cwd: join(MODULES, name),
      // A workspace around the repository would take other versions.
      env: { ...process.env, GOWORK: 'off' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go build of ${name} ends with ${code}`)),
    );
  });
}

/** Builds what is not there yet, one after the other, and says how long it took. */
export async function buildGoTools(): Promise<GoTools> {
  const directory = binDirectory();
  mkdirSync(directory, { recursive: true });
  for (const name of NAMES) {
    const path = join(directory, name);
    const source = sourceOf(name);
    if (isThere(path, source)) continue;
    console.warn(`building ${name} into ${directory}`);
    const start = performance.now();
    // Another run may build the same: each writes a file of its own, and the last one stays.
    const made = `${path}.${process.pid}`;
    await build(name, made);
    renameSync(made, path);
    writeFileSync(`${path}.source`, source);
    console.warn(`built ${name} in ${Math.round((performance.now() - start) / 1000)} s`);
  }
  const at = (name: GoTool): string => join(directory, name);
  return { 'log-check': at('log-check'), 'slsa-verifier': at('slsa-verifier'), cosign: at('cosign') };
}
