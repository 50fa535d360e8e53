import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CheckpointPin } from '../../../core/evidence-ports.ts';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import { isSystemError, systemCode } from '../../disk/system-code.ts';
import { shouldMove } from '../move.ts';
import { findGit } from './find-git.ts';
import { type Git, gitOn, need } from './run-git.ts';

const FILE = 'checkpoint';
/** How often somebody else may be faster; each time the pin has moved on. */
const ATTEMPTS = 100;
/** A part of what git allows (git-check-ref-format), so that a name means the same to all. */
const REF = /^refs(?:\/[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?![.]|lock(?:\/|$)|\/|$))*)+$/;
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export interface GitPinOptions {
  readonly baseDirectory: string;
  /** `PATH`, in which git is looked for. */
  readonly searchPath: string;
  readonly workingDirectory: string;
}

/**
 * The newest checkpoint as a commit under a ref of a local repository, one commit for each checkpoint. Where that ref is
 * protected, and fetched by others, nobody can take it back unseen.
 *
 * @param text `DIR#REF`, as the user wrote it
 */
export function openGitPin(text: string, options: GitPinOptions): CheckpointPin {
  const name = `git:${text}`;
  const mark = text.lastIndexOf('#');
  const directory = text.slice(0, Math.max(mark, 0));
  const ref = text.slice(mark + 1);
  if (directory === '' || !REF.test(ref)) {
    refuse('evidence.config', `not a ref of a repository: ${name}`, {
      hint: 'Write git:DIR#refs/slsa-gate/NAME.',
      actual: name,
    });
  }
  if (/\p{Cc}/u.test(directory)) refuse('path.unsafe', 'path holds a control character', { actual: name });
  // In full, since git runs in another folder.
  const path = resolve(options.baseDirectory, directory);
  let opened: Promise<Git> | undefined;
  const open = (): Promise<Git> => {
    opened ??= openRepository(path, name, options);
    return opened;
  };
  return {
    name,
    async read() {
      try {
        return (await readRef(await open(), ref)).note;
      } catch (error) {
        return failed('evidence.pin-unreadable', name, error);
      }
    },
    async write(next, previous) {
      try {
        await writeRef(await open(), ref, next, previous);
      } catch (error) {
        failed('evidence.unwritable', name, error);
      }
    },
  };
}

function failed(
  code: 'evidence.pin-unreadable' | 'evidence.unwritable',
  name: string,
  cause: unknown,
): never {
  if (!isSystemError(cause)) throw cause;
  refuse(code, `git could not be run (${systemCode(cause)}): ${name}`, { cause });
}

async function openRepository(path: string, name: string, options: GitPinOptions): Promise<Git> {
  const isFolder = async (folder: string): Promise<boolean> =>
    (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  const places = [path, join(path, '.git')];
  for (const place of places) {
    if ((await isFolder(join(place, 'objects'))) && (await isFolder(join(place, 'refs'))))
      return gitOn(await findGit(options.searchPath, options.workingDirectory), place);
  }
  refuse('evidence.pin-unreadable', `not a repository: ${name}`, {
    hint: 'Make one with git init --bare DIR; work trees that are linked elsewhere are not followed.',
  });
}

interface PinnedRef {
  readonly commit?: string;
  readonly note?: string;
}

async function readRef(git: Git, ref: string): Promise<PinnedRef> {
  const format = '%(refname) %(objecttype) %(objectname) %(symref)';
  const lines = (await need(git, ['for-each-ref', `--format=${format}`, ref])).toString('utf8').split('\n');
  // A name also stands for all refs below it.
  const [, type, commit = '', symref = ''] =
    lines.map((line) => line.split(' ')).find(([found]) => found === ref) ?? [];
  if (type === undefined) return {};
  if (type !== 'commit' || symref !== '' || !OBJECT_ID.test(commit))
    refuse('evidence.pin-unreadable', `the ref does not name a commit: ${ref}`);
  const blob = await need(git, ['cat-file', 'blob', `${commit}:${FILE}`]);
  if (blob.length > LIMITS.checkpointBytes || !isUtf8(blob))
    refuse('evidence.pin-unreadable', `the ref holds no checkpoint: ${ref}`);
  return { commit, note: blob.toString('utf8') };
}

/** Compare and set: what stands there is replaced only by what was made knowing it. */
async function writeRef(git: Git, ref: string, next: string, previous: string | undefined): Promise<void> {
  for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
    const { commit: parent, note } = await readRef(git, ref);
    if (!shouldMove(note, next, previous)) return;
    const commit = await commitOf(git, next, parent);
    const old = parent ?? '0'.repeat(commit.length);
    const { ok, complaint } = await git(['update-ref', '--no-deref', '-m', 'slsa-gate', ref, commit, old]);
    const after = await readRef(git, ref);
    if (after.note === next) return;
    if (after.commit === parent)
      refuse('evidence.unwritable', `git update-ref ${ok ? 'did nothing' : 'failed'}: ${complaint}`);
  }
  refuse('evidence.unwritable', `the ref moves too fast: ${ref}`);
}

async function commitOf(git: Git, note: string, parent: string | undefined): Promise<string> {
  const make = async (args: readonly string[], input?: string): Promise<string> => {
    const { ok, stdout, complaint } = await git(args, input);
    const id = stdout.toString('latin1').trim();
    if (!ok || !OBJECT_ID.test(id)) refuse('evidence.unwritable', `git ${args[0]} failed: ${complaint}`);
    return id;
  };
  const blob = await make(['hash-object', '-w', '--stdin', '--no-filters'], note);
  const tree = await make(['mktree'], `100644 blob ${blob}\t${FILE}\n`);
  const parents = parent === undefined ? [] : ['-p', parent];
  return make(['commit-tree', tree, ...parents, '-m', `checkpoint ${note.split('\n')[1] ?? ''}`]);
}
