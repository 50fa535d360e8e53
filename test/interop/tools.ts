import { spawn, spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import type { GoTool } from '../stack/go-tools.ts';

const tools = inject('goTools');

/** For `describe.skipIf`; setup.ts has said so aloud. */
export const withoutGo = tools === null;

export interface ToolRan {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No home, no cache and no network settings of ours. */
const BARE = { PATH: '', HOME: '/nonexistent', XDG_CACHE_HOME: '/nonexistent/cache' };
const TIMEOUT_MS = 60_000;

const pathOf = (name: GoTool): string => {
  if (tools === null) throw new Error('there are no Go tools');
  return tools[name];
};

/** Runs a program of others; it finds no home, no cache and no network settings of ours. */
export function runTool(name: GoTool, argv: readonly string[]): ToolRan {
  const { status, stdout, stderr, error } = spawnSync(pathOf(name), argv, {
    encoding: 'utf8',
    env: BARE,
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined) throw error;
  return { exit: status, stdout, stderr };
}

/** As {@link runTool}, while servers of this process answer. */
export function runClient(
  name: GoTool,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ToolRan> {
  return new Promise((resolve, reject) => {
    const child = spawn(pathOf(name), argv, {
      env: { ...BARE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, ...output }));
  });
}

/** As {@link runClient}, for what must end well. */
export async function runGood(...asked: Parameters<typeof runClient>): Promise<string> {
  const { exit, stdout, stderr } = await runClient(...asked);
  if (exit !== 0)
    throw new Error(`${asked[0]} ${asked[1].join(' ').slice(0, 300)} ends with ${exit}:\n${stderr}`);
  return stdout;
}
