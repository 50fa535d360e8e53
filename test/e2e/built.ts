import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const BIN = join(ROOT, 'bin', 'slsa-gate.js');
export const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const MAIN = join(ROOT, 'dist', 'main.js');

const changedAt = (path: string): number => statSync(path).mtimeMs;

const newestSource = (): number =>
  Math.max(
    changedAt(join(ROOT, 'package.json')),
    changedAt(join(ROOT, 'catalogue', 'builders.json')),
    changedAt(join(ROOT, 'scripts', 'build.ts')),
    ...readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => changedAt(join(ROOT, 'src', file))),
  );

const isBuilt = (): boolean => existsSync(MAIN) && changedAt(MAIN) >= newestSource();

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Makes sure that dist/ is as new as the sources. Test files run side by side; one of them builds. */
export async function ensureBuilt(): Promise<void> {
  const lock = join(ROOT, '.cache', 'build.lock');
  mkdirSync(dirname(lock), { recursive: true });
  const giveUp = Date.now() + 120_000;
  while (!isBuilt()) {
    try {
      mkdirSync(lock);
    } catch {
      // A lock that its owner left behind is older than any build takes.
      if (existsSync(lock) && Date.now() - changedAt(lock) > 90_000) rmdirSync(lock);
      if (Date.now() > giveUp) throw new Error('the build of another test does not end');
      await sleep(200);
      continue;
    }
    try {
      if (!isBuilt()) execFileSync(NODE, [join(ROOT, 'scripts', 'build.ts')], { cwd: ROOT, stdio: 'pipe' });
      return;
    } finally {
      rmdirSync(lock);
    }
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Leaves standard input open. */
  readonly keepOpen?: boolean;
  /** Words for node itself. */
  readonly nodeArgs?: readonly string[];
  readonly bin?: string;
  /** Sent when the output matches, or after this many milliseconds. */
  readonly signal?: { readonly name: 'SIGINT' | 'SIGTERM'; readonly after: RegExp | number };
}

export interface Ran {
  /** As a shell tells it: 128 and the number of the signal for a process that a signal ended. */
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SIGNAL_EXITS: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Runs the built command with nothing of the environment of the tests but what is given. */
export const run = (argv: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const { signal } = options;
    const child = spawn(NODE, [...(options.nodeArgs ?? []), options.bin ?? BIN, ...argv], {
      cwd: options.cwd ?? ROOT,
      env: { PATH: process.env.PATH ?? '', XDG_CACHE_HOME: '/nonexistent/cache', ...options.env },
      stdio: 'pipe',
      timeout: 50_000,
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (signal?.after instanceof RegExp && signal.after.test(output.stdout + output.stderr)) {
          child.kill(signal.name);
        }
      });
    }
    if (typeof signal?.after === 'number') setTimeout(() => child.kill(signal.name), signal.after);
    child.stdin.on('error', () => undefined);
    if (options.keepOpen !== true) child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code, name) => {
      child.stdin.destroy();
      resolve({ exit: code ?? SIGNAL_EXITS[name ?? ''] ?? -1, ...output });
    });
  });
