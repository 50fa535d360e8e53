import { isJsonObject, type Json, type JsonObject, parseJson } from '../../core/model/json.ts';
import { attempt, refuse } from '../../errors.ts';
import type { HttpAnswer } from '../http/index.ts';

/** What is asked here is small. */
export const PROBE_BYTES = 1024 * 1024;

/** @throws SlsaGateError `source.malformed-response` */
export function objectOf({ bytes, origin }: Pick<HttpAnswer, 'bytes' | 'origin'>): JsonObject {
  const json = attempt(() => parseJson(bytes, 'answer', PROBE_BYTES));
  if ('error' in json || !isJsonObject(json.value))
    return refuse('source.malformed-response', `${origin} answered with something else than a JSON object`);
  return json.value;
}

export const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
