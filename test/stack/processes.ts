import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SpawnOptions {
  /** Beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** One server; its output is in a file of the folder. */
export interface ServerProcess {
  readonly name: string;
  /** All that it wrote. */
  output(): string;
  /** Asks until `isReady` says so. @throws Error when the process has ended or the time is over, with its last words */
  ready(isReady: () => Promise<boolean> | boolean, withinMs?: number): Promise<void>;
  /** Ends it at once, as a crash would; it is then gone. */
  kill(): Promise<void>;
}

/** Servers that end together, and with the process that started them. */
export interface Processes {
  start(name: string, program: string, argv: readonly string[], options?: SpawnOptions): ServerProcess;
  /** Asks all to end, and makes those end that have not after two seconds. */
  stop(): Promise<void>;
}

const PATIENCE_MS = 2000;

/**
 * A shell that reads process ids, and ends them when nobody writes any more: a test that is killed leaves no server behind.
 */
function startGuard(): ChildProcess {
  const script = 'pids=; while read -r pid; do pids="$pids $pid"; done; [ -z "$pids" ] || kill -KILL $pids';
  const guard = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  return guard;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const ended = (child: ChildProcess): Promise<void> =>
  hasEnded(child) || child.pid === undefined
    ? Promise.resolve()
    : new Promise((resolve) => child.once('close', () => resolve()));

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  const patience = new AbortController();
  await Promise.race([ended(child), sleep(PATIENCE_MS, undefined, { signal: patience.signal })]);
  patience.abort();
  if (!hasEnded(child)) child.kill('SIGKILL');
  await ended(child);
}

/** Logs lie in `folder` as `NAME.log`. */
export function createProcesses(folder: string): Processes {
  const children: ChildProcess[] = [];
  const guard = startGuard();
  mkdirSync(folder, { recursive: true });
  return {
    start(name, program, argv, { env, cwd } = {}) {
      const path = join(folder, `${name}.log`);
      const log = openSync(path, 'a');
      const child = spawn(program, argv, {
        // No settings of whoever runs the tests.
        env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
        cwd: cwd ?? folder,
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      let failure: Error | undefined;
      child.on('error', (error) => {
        failure = error;
      });
      children.push(child);
      if (child.pid !== undefined) guard.stdin?.write(`${child.pid}\n`);
      const output = (): string => readFileSync(path, 'utf8');
      return {
        name,
        output,
        async ready(isReady, withinMs = 30_000) {
          const giveUp = Date.now() + withinMs;
          while (!(await isReady())) {
            const why =
              failure?.message ?? (hasEnded(child) ? 'has ended' : Date.now() > giveUp ? 'is too slow' : '');
            if (why !== '') throw new Error(`${name} ${why}:\n${output().slice(-4000)}`);
            await sleep(50);
          }
        },
        async kill() {
          child.kill('SIGKILL');
          await ended(child);
        },
      };
    },
    async stop() {
      await Promise.all(children.map(end));
      guard.kill('SIGKILL');
    },
  };
}

/** Whether a server answers at all, or, with `status`, with that. */
export async function answers(address: string, status?: number): Promise<boolean> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return status === undefined || response.status === status;
  } catch {
    return false;
  }
}
