import { spawnSync } from 'node:child_process';
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

/** Runs a program of others; it finds no home, no cache and no network settings of ours. */
export function runTool(name: GoTool, argv: readonly string[]): ToolRan {
  if (tools === null) throw new Error('there are no Go tools');
  const { status, stdout, stderr, error } = spawnSync(tools[name], argv, {
    encoding: 'utf8',
    env: { PATH: '', HOME: '/nonexistent', XDG_CACHE_HOME: '/nonexistent/cache' },
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  return { exit: status, stdout, stderr };
}
