import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The commit that is checked out where a file lies, read out of the files of git without running it; null outside of a
 * checkout, and where its files say nothing that can be read.
 */
export async function checkoutOf(path: string): Promise<string | null> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const found = await gitFolder(folder);
    if (found !== undefined) return headOf(found);
    if (dirname(folder) === folder) return null;
  }
}

/** `.git` itself, or where a work tree or submodule says it is. */
async function gitFolder(folder: string): Promise<string | undefined> {
  const path = join(folder, '.git');
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return path;
  const [, named] = /^gitdir: (.+)$/m.exec((await textOf(path)) ?? '') ?? [];
  return named === undefined ? undefined : isAbsolute(named) ? named : join(folder, named);
}

async function headOf(git: string): Promise<string | null> {
  const head = (await textOf(join(git, 'HEAD')))?.trim() ?? '';
  if (COMMIT.test(head)) return head;
  const [, ref] = /^ref: (refs\/[^\s]+)$/.exec(head) ?? [];
  if (ref === undefined || ref.split('/').includes('..')) return null;
  // Refs of a work tree lie in the repository that it belongs to.
  const common = (await textOf(join(git, 'commondir')))?.trim();
  const places = common === undefined ? [git] : [git, isAbsolute(common) ? common : join(git, common)];
  for (const place of places) {
    const loose = (await textOf(join(place, ref)))?.trim() ?? '';
    if (COMMIT.test(loose)) return loose;
    const packed = (await textOf(join(place, 'packed-refs'))) ?? '';
    const line = packed.split('\n').find((each) => each.endsWith(` ${ref}`)) ?? '';
    const commit = line.slice(0, line.indexOf(' '));
    if (COMMIT.test(commit)) return commit;
  }
  return null;
}

async function textOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MAX_BYTES) return undefined;
  return readFile(path, 'utf8').catch(() => undefined);
}
