import { stat } from 'node:fs/promises';
import { type OciDigest, parseOciDigest } from '../../../core/model/oci/descriptor.ts';
import type { ImageSelection } from '../../../core/model/oci/image.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';

const PREFIX = 'oci-layout:';

export interface LayoutReference {
  readonly directory: string;
  readonly selection: ImageSelection;
}

/** Grammar of tags of the distribution specification. */
const TAG = /^(.+):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})$/;
const DIGEST = /^(.+)@([A-Za-z0-9+._-]+:[^/@\\]*)$/;

/**
 * Parses `DIR`, `DIR@sha256:<hex>` or `DIR:TAG`, with or without `oci-layout:` before it. A directory whose name itself
 * ends in what looks like a tag is read as that directory, unless both exist.
 *
 * @throws SlsaGateError `usage.artifact`, `path.unsafe`
 */
export async function parseLayoutReference(text: string): Promise<LayoutReference> {
  const rest = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  if (rest === '') refuse('usage.artifact', 'oci-layout: names no directory', { actual: text });
  if (/[\u0000-\u001f\u007f]/.test(rest))
    refuse('path.unsafe', 'path holds control characters', { actual: text });
  const [, beforeDigest, digest] = DIGEST.exec(rest) ?? [];
  if (beforeDigest !== undefined && digest !== undefined)
    return { directory: beforeDigest, selection: { kind: 'digest', digest: parseWanted(digest, text) } };
  const [, beforeTag, tag] = TAG.exec(rest) ?? [];
  // A tag holds no slash, so a drive letter with a path is none; `C:dir` would be and is a directory by existing.
  if (beforeTag === undefined || tag === undefined) return { directory: rest, selection: { kind: 'only' } };
  if (!(await isDirectory(rest))) return { directory: beforeTag, selection: { kind: 'tag', tag } };
  if (await isDirectory(beforeTag)) {
    refuse('usage.artifact', 'both a directory of this name and one with this as tag exist', {
      actual: text,
      hint: 'Name the image by digest: oci-layout:DIR@sha256:<hex>.',
    });
  }
  return { directory: rest, selection: { kind: 'only' } };
}

function parseWanted(digest: string, text: string): OciDigest {
  try {
    return parseOciDigest(digest, 'artifact');
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    refuse('usage.artifact', 'not a digest behind @', {
      expected: 'sha256:<64 lower-case hex digits>',
      actual: text,
      cause,
    });
  }
}

const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;
