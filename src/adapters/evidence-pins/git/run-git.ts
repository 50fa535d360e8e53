import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';

const TIMEOUT_MS = 60_000;

/** Nothing of the caller's environment: GIT_DIR, GIT_CONFIG_* and the like would lead elsewhere. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'slsa-gate',
  GIT_AUTHOR_EMAIL: 'slsa-gate@localhost',
  GIT_COMMITTER_NAME: 'slsa-gate',
  GIT_COMMITTER_EMAIL: 'slsa-gate@localhost',
};

/** The repository is named, so it is not searched for; and nothing in it is run. */
const settings = (gitDirectory: string): readonly string[] => [
  '--no-pager',
  '--no-replace-objects',
  `--git-dir=${gitDirectory}`,
  ...['-c', `core.hooksPath=${devNull}`],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.fsync=all'],
  ...['-c', 'core.fsyncMethod=fsync'],
  ...['-c', 'core.filesRefLockTimeout=3000'],
  ...['-c', 'gc.auto=0'],
];

export interface GitAnswer {
  readonly ok: boolean;
  readonly stdout: Buffer;
  /** First line of what it complained of. */
  readonly complaint: string;
}

/** Runs one command of git on one repository. */
export type Git = (args: readonly string[], input?: string) => Promise<GitAnswer>;

export function gitOn(program: string, gitDirectory: string): Git {
  return (args, input = '') =>
    new Promise((resolve, reject) => {
      const child = execFile(
        program,
        [...settings(gitDirectory), ...args],
        {
          cwd: gitDirectory,
          env: ENVIRONMENT,
          encoding: 'buffer',
          maxBuffer: 4 * LIMITS.checkpointBytes,
          timeout: TIMEOUT_MS,
          killSignal: 'SIGKILL',
          windowsHide: true,
        },
        (error, stdout, stderr) => {
          const complaint = stderr.toString('utf8').split('\n', 1)[0] ?? '';
          // A number is git's own answer; all else is a program that did not run to its end.
          if (error === null || typeof error.code === 'number')
            resolve({ ok: error === null, stdout, complaint });
          else reject(error);
        },
      );
      // It may end without reading; how it ended says why.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
}

/** What git must answer with success. */
export async function need(git: Git, args: readonly string[], input?: string): Promise<Buffer> {
  const { ok, stdout, complaint } = await git(args, input);
  if (ok) return stdout;
  refuse('evidence.pin-unreadable', `git ${args[0]} failed: ${complaint}`);
}
