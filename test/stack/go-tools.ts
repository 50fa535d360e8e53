import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { withBuildLock } from './build-lock.ts';
import { GO_TOOLS, type GoTool, type GoTools, RECIPES, type Recipe, TRILLIAN } from './go-recipes.ts';

export { GO_TOOLS, type GoTool, type GoTools } from './go-recipes.ts';

const NEEDED = [1, 26] as const;

/** Outlives the checkout, since all of them take a quarter of an hour. */
function binDirectory(): string {
  const { STACK_BIN, XDG_CACHE_HOME } = process.env;
  return STACK_BIN ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slsa-gate-stack');
}

/** Why Go cannot be used here; undefined where it can. */
export function whyNoGo(): string | undefined {
  const asked = spawnSync('go', ['env', 'GOVERSION'], { cwd: RECIPES.ociregd.folder, encoding: 'utf8' });
  if (asked.error !== undefined) return 'there is no Go toolchain';
  const [, major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(asked.stdout)?.map(Number) ?? [];
  const isNewEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  const found = asked.stdout.trim() || asked.stderr.trim();
  return isNewEnough ? undefined : `Go ${NEEDED.join('.')} or later is needed, not: ${found}`;
}

/** On a machine that must have Go, what is skipped without it is a failure. */
const isGoRequired = (): boolean => !['', '0'].includes(process.env.SLSA_GATE_REQUIRE_GO ?? '');

/** Whether there is Go; says aloud what is skipped without it, and fails where it must be there. */
export function hasGo(skipped: string): boolean {
  const reason = whyNoGo();
  if (reason === undefined) return true;
  if (isGoRequired()) throw new Error(`SLSA_GATE_REQUIRE_GO is set, but ${reason}`);
  console.warn(`SKIPPED: ${reason}, so ${skipped}`);
  return false;
}

/** What a program is built from; another text is another program. */
function sourceOf(recipe: Recipe): string {
  if ('module' in recipe) return `${recipe.package}@${recipe.version}`;
  const hash = createHash('sha256').update(recipe.package);
  for (const file of readdirSync(recipe.folder).sort())
    hash.update(`\n${file}\n`).update(readFileSync(join(recipe.folder, file)));
  return hash.digest('hex');
}

const FLAGS = ['-buildvcs=false', '-trimpath', '-ldflags=-s -w'];
// A workspace around the repository would take other versions.
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, GOWORK: 'off', GOFLAGS: '' });

/** A module that names the version and nothing else; the versions of the rest follow from that module's own go.mod. */
function writeModule(folder: string, module: string, version: string): void {
  const go = `go ${NEEDED.join('.')}.0`;
  writeFileSync(
    join(folder, 'go.mod'),
    `module slsa-gate.dev/stack\n\n${go}\n\nrequire ${module} ${version}\n`,
  );
}

async function build(recipe: Recipe, output: string): Promise<void> {
  if (!('module' in recipe))
    return await runGo(recipe.folder, ['-mod=readonly', ...FLAGS, '-o', output, recipe.package]);
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-go-'));
  try {
    writeModule(folder, recipe.module, recipe.version);
    await runGo(folder, ['-mod=mod', ...FLAGS, '-o', output, recipe.package]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runGo(cwd: string, argv: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', ['build', ...argv], {
      cwd,
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told = (told + text).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go build ${argv.at(-1)} ends with ${code}:\n${told}`)),
    );
  });
}

/** The version is part of the name: what is there under it is whole, and stays. */
function pathOf(name: GoTool): string {
  const key = createHash('sha256').update(sourceOf(RECIPES[name])).digest('hex').slice(0, 16);
  return join(binDirectory(), `${name}-${key}`);
}

/**
 * Makes a file of the cache where it is not there yet. Another process may be about to make the same: then its file serves.
 */
async function make(path: string, write: (output: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(binDirectory(), { recursive: true });
  await withBuildLock(`${path}.lock`, async () => {
    if (existsSync(path)) return;
    const name = basename(path);
    console.warn(`building ${name} into ${binDirectory()}`);
    const start = performance.now();
    const made = `${path}.${process.pid}`;
    try {
      await write(made);
      renameSync(made, path);
    } finally {
      rmSync(made, { force: true });
    }
    console.warn(`built ${name} in ${Math.round((performance.now() - start) / 1000)} s`);
  });
  return path;
}

/** Builds a program, unless it was built before. The first time on a machine it takes from 20 seconds to five minutes. */
export function buildGoTool(name: GoTool): Promise<string> {
  const path = pathOf(name);
  return make(path, (output) => build(RECIPES[name], output));
}

/** Builds them one after the other, and says how long it took. */
export async function buildGoTools(): Promise<GoTools> {
  const built = new Map<GoTool, string>();
  for (const name of GO_TOOLS) built.set(name, await buildGoTool(name));
  return Object.fromEntries(built) as Record<GoTool, string>;
}

/** The tables that Trillian wants to find in PostgreSQL, as a file of its module. */
export function trillianSchema(): Promise<string> {
  const [module, version] = TRILLIAN;
  return make(join(binDirectory(), `trillian-${version}.sql`), async (output) => {
    const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-go-'));
    try {
      writeModule(folder, module, version);
      const argv = ['mod', 'download', '-json', `${module}@${version}`];
      const { stdout } = await promisify(execFile)('go', argv, { cwd: folder, env: environment() });
      const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
      copyFileSync(join(Dir, 'storage', 'postgresql', 'schema', 'storage.sql'), output);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
