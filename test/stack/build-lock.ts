import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
};

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs `work` while no other process of this machine does under the same lock file, for as long as it takes: a build may
 * take minutes. The file of a process that was killed counts no longer. Should two ever come through, they do the same work
 * twice, and nothing breaks.
 */
export async function withBuildLock(path: string, work: () => Promise<void>): Promise<void> {
  // A holder writes its name right after it has made the file.
  for (let nameless = 0; !take(path); await sleep(100)) {
    const holder = holderOf(path);
    nameless = holder === undefined ? nameless + 1 : 0;
    if ((holder !== undefined && !isAlive(holder)) || nameless > 20) rmSync(path, { force: true });
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}
