import * as z from 'zod/mini';
import { isJsonObject, parseJson } from '../../../core/model/json.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { attempt, refuse } from '../../../errors.ts';
import type { HttpAnswer } from '../../http/index.ts';

/**
 * What an answer 404 says: that the content or the repository is not there (distribution specification, "Error Codes"), or
 * nothing at all, as some registries and their answers to HEAD do.
 */
export type Absence = 'content' | 'repository' | 'silent';

/** Beside the specified codes those of Harbor (NOT_FOUND) and Quay (TAG_EXPIRED). */
const CODES: ReadonlyMap<string, Absence> = new Map([
  ['MANIFEST_UNKNOWN', 'content'],
  ['MANIFEST_BLOB_UNKNOWN', 'content'],
  ['BLOB_UNKNOWN', 'content'],
  ['NOT_FOUND', 'content'],
  ['TAG_EXPIRED', 'content'],
  ['NAME_UNKNOWN', 'repository'],
]);
const MAX_BYTES = 64 * 1024;

const ErrorAnswer = lazy(() => z.object({ errors: z.array(z.object({ code: z.string() })) }));

/**
 * Reads an answer 404. A page of a proxy or of another server says nothing about content.
 *
 * @throws SlsaGateError `source.http-status`
 */
export function parseAbsence(answer: HttpAnswer, what: string): Absence {
  const { bytes } = answer;
  if (bytes.length === 0) return 'silent';
  const json = attempt(() => parseJson(bytes, 'error', MAX_BYTES));
  const errors =
    'value' in json && isJsonObject(json.value)
      ? ErrorAnswer().safeParse(json.value).data?.errors
      : undefined;
  const [absence, ...others] = new Set(errors?.map(({ code }) => CODES.get(code)));
  if (absence !== undefined && others.length === 0) return absence;
  return refuse('source.http-status', `${answer.origin} answered with status 404 for ${what}`, {
    expected: '200, or an error that says what is not there',
    actual: '404',
    details: { origin: answer.origin, status: 404 },
  });
}
