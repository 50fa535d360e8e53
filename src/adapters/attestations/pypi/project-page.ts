import * as z from 'zod/mini';
import type { Json } from '../../../core/model/json.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { refuse } from '../../../errors.ts';
import { isFileOf } from './file-name.ts';
import { FILE_NAME, normalizeProject, type PypiRelease } from './reference.ts';

/** A file as the index lists it. Nobody signed it. */
export interface ListedFile {
  readonly fileName: string;
  /** Lower-case hex; undefined where the index names none. */
  readonly sha256: string | undefined;
  /** Address of the provenance; null: the index says that there is none; undefined: it does not say. */
  readonly provenance: string | null | undefined;
  /** Why it was taken back; undefined: it was not. */
  readonly yanked: string | undefined;
}

const Page = lazy(() =>
  z.looseObject({
    meta: z.looseObject({ 'api-version': z.string().check(z.regex(/^1\.[0-9]{1,3}$/)) }),
    name: z.string(),
    files: z.array(
      z.looseObject({
        filename: z.string().check(z.minLength(1), z.maxLength(512)),
        hashes: z.record(z.string(), z.string()),
        yanked: z.optional(z.union([z.boolean(), z.string()])),
        provenance: z.optional(z.nullable(z.string())),
      }),
    ),
  }),
);

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The files of one version, out of a project's page in JSON (simple repository API, version 1.x).
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function filesOf(json: Json, { project, version }: PypiRelease): readonly ListedFile[] {
  const parsed = Page().safeParse(json);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    refuse('source.malformed-response', `what the index says of ${project} has another form`, {
      actual: path,
    });
  }
  if (normalizeProject(parsed.data.name) !== project)
    refuse('source.malformed-response', `the index answered about another project than ${project}`);
  const files = parsed.data.files.filter(({ filename }) => isFileOf(filename, project, version));
  if (new Set(files.map(({ filename }) => filename)).size !== files.length)
    refuse('source.malformed-response', `the index lists a file of ${project} ${version} twice`);
  return files.map(({ filename, hashes, provenance, yanked }) => {
    if (!FILE_NAME.test(filename))
      refuse('source.malformed-response', `the index lists a file of ${project} whose name is none`);
    const { sha256 } = hashes;
    if (sha256 !== undefined && !SHA256.test(sha256))
      refuse('source.malformed-response', `the digest that the index names of a file of ${project} is none`);
    return { fileName: filename, sha256, provenance, yanked: toYanked(yanked) };
  });
}

const toYanked = (yanked: boolean | string | undefined): string | undefined =>
  yanked === undefined || yanked === false
    ? undefined
    : yanked === true || yanked === ''
      ? 'no reason given'
      : yanked.slice(0, 100);
