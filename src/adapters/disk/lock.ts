import { randomBytes } from 'node:crypto';
import { readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from './system-code.ts';

/** A holder that has not finished after this long is dead, or will find out that it lost the lock. */
const STALE_MS = 30_000;
/** A holder writes its name right after it has made the file; one that has not by now was killed in between. */
const UNFINISHED_MS = 2000;
const WAIT_MS = 60_000;
const POLL_MS = 10;

export interface HeldLock {
  /** Whether an earlier holder died with it: what it had begun may lie about. */
  readonly isInherited: boolean;
  /** Whether it is still ours; to be asked right before what must not be done twice. */
  isHeld(): Promise<boolean>;
}

/** Nobody else let go of the lock in time. */
export class LockTimeout extends Error {
  override readonly name = 'LockTimeout';
}

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly machine: string;
}

/** Process ids mean something within one machine, and there within one container. */
const machineName = async (): Promise<string> =>
  `${hostname()} ${await readlink('/proc/self/ns/pid').catch(() => '')}`;

/** Work of this process waits here, so that it does not wait on itself in turns of milliseconds. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other process runs some under the same lock file. A process that is killed leaves the file behind:
 * it counts no longer once the process is gone (on this machine) or after half a minute (on another), and after two seconds
 * when it was killed before it had written its name.
 *
 * @throws LockTimeout, errors of the system, and whatever `work` throws
 */
export async function withLock<T>(path: string, work: (lock: HeldLock) => Promise<T>): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => runLocked(path, work));
  queues.set(path, turn);
  try {
    return await turn;
  } finally {
    if (queues.get(path) === turn) queues.delete(path);
  }
}

async function runLocked<T>(path: string, work: (lock: HeldLock) => Promise<T>): Promise<T> {
  const owner: Owner = {
    token: randomBytes(16).toString('hex'),
    pid: process.pid,
    machine: await machineName(),
  };
  const isInherited = await acquire(path, owner);
  const isHeld = async (): Promise<boolean> => (await read(path))?.text === JSON.stringify(owner);
  try {
    return await work({ isInherited, isHeld });
  } finally {
    if (await isHeld()) await rm(path, { force: true });
  }
}

/** @returns whether a dead holder's lock was taken away */
async function acquire(path: string, owner: Owner): Promise<boolean> {
  const deadline = performance.now() + WAIT_MS;
  for (let isInherited = false; ; ) {
    if (await create(path, owner)) return isInherited;
    if (await breakStale(path, owner)) isInherited = true;
    else if (performance.now() > deadline) throw new LockTimeout(`locked by another process: ${path}`);
    else await sleep(POLL_MS * (0.5 + Math.random()));
  }
}

async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<{ readonly text: string; readonly mtimeMs: number } | undefined> {
  try {
    return { text: await readFile(path, 'utf8'), mtimeMs: (await stat(path)).mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Takes a dead holder's lock away. Under a lock of its own: between "it is dead" and "it is gone" another process could
 * have done the same and taken the lock, which would then be taken away from it.
 */
async function breakStale(path: string, owner: Owner): Promise<boolean> {
  const seen = await read(path);
  if (seen === undefined || !isStale(seen, owner, Date.now())) return false;
  const breaking = `${path}.break`;
  if (!(await create(breaking, owner))) {
    const other = await read(breaking);
    if (other !== undefined && isStale(other, owner, Date.now())) await rm(breaking, { force: true });
    return false;
  }
  try {
    // The file just made tells the time of whoever keeps the files, which may be another machine.
    const now = (await read(breaking))?.mtimeMs ?? 0;
    const current = await read(path);
    if (current?.text !== seen.text || !isStale(current, owner, now)) return false;
    await rm(path, { force: true });
    return true;
  } finally {
    await rm(breaking, { force: true });
  }
}

function isStale(
  { text, mtimeMs }: { readonly text: string; readonly mtimeMs: number },
  { machine }: Owner,
  now: number,
): boolean {
  const age = now - mtimeMs;
  if (age > STALE_MS) return true;
  const other = parseOwner(text);
  if (other === undefined) return age > UNFINISHED_MS;
  return other.machine === machine && !isAlive(other.pid);
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { token, pid, machine } = JSON.parse(text) as Partial<Owner>;
    if (typeof token !== 'string' || typeof machine !== 'string' || !Number.isSafeInteger(pid))
      return undefined;
    return { token, pid: Number(pid), machine };
  } catch {
    // Half-written by a process that was killed, or that writes just now; its age decides.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}
