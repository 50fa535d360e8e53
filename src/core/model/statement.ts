import { refuse, SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { DigestSet } from './digest.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, printJson } from './json.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './payload-type.ts';

export const STATEMENT_TYPES = {
  v01: 'https://in-toto.io/Statement/v0.1',
  v1: 'https://in-toto.io/Statement/v1',
} as const;

/** What a statement is about; matched by digest, never by name. */
export interface Subject {
  readonly name: string | undefined;
  readonly uri: string | undefined;
  readonly digest: DigestSet;
}

/** An in-toto Statement v0.1 or v1. The predicate is whatever its type says; parse it by its type. */
export interface Statement {
  readonly type: (typeof STATEMENT_TYPES)[keyof typeof STATEMENT_TYPES];
  /** At least one. */
  readonly subjects: readonly [Subject, ...Subject[]];
  readonly predicateType: string;
  /** Empty where none is written: PyPI and cosign leave it out or write null. */
  readonly predicate: JsonObject;
}

/** Fields of Statement v0.1 and v1; GitHub's release attestations and others write no further ones. */
const STATEMENT_FIELDS = new Set(['_type', 'subject', 'predicateType', 'predicate']);
/** ResourceDescriptor of in-toto attestation v1. */
const SUBJECT_FIELDS = new Set([
  'name',
  'uri',
  'digest',
  'content',
  'downloadLocation',
  'mediaType',
  'annotations',
]);

const malformed = (message: string, path: string): never =>
  refuse('statement.malformed', `statement ${message}`, { path });

/**
 * Parses a signed payload as an in-toto statement: exact type, at least one subject, each with a digest set, an object
 * as predicate.
 *
 * @throws SlsaGateError `statement.malformed`, `statement.type`, `subject.empty`, `limit.*`
 */
export function parseStatement(payload: Uint8Array): Statement {
  let json: Json;
  try {
    json = parseJson(payload, 'statement', LIMITS.payloadBytes);
  } catch (cause) {
    if (cause instanceof SlsaGateError && cause.finding.startsWith('limit.')) throw cause;
    refuse('statement.malformed', 'signed payload is not strict JSON', { cause });
  }
  return toStatement(json);
}

/**
 * The statement in a signed envelope. What is signed under another payload type may look like a statement, but nobody
 * signed it as one.
 *
 * @throws SlsaGateError `dsse.payload-type`, and as {@link parseStatement}
 */
export function parseSignedStatement(content: {
  readonly payloadType: string;
  readonly payload: Uint8Array;
}): Statement {
  if (content.payloadType !== IN_TOTO_PAYLOAD_TYPE) {
    refuse('dsse.payload-type', 'payload of the envelope is no in-toto statement', {
      expected: IN_TOTO_PAYLOAD_TYPE,
      actual: content.payloadType,
    });
  }
  return parseStatement(content.payload);
}

/** As {@link parseStatement}, for JSON that was parsed strictly already. */
export function toStatement(json: Json): Statement {
  if (!isJsonObject(json)) return malformed('is not an object', 'payload');
  const { _type: type, subject, predicateType, predicate } = json;
  if (type !== STATEMENT_TYPES.v01 && type !== STATEMENT_TYPES.v1) {
    refuse('statement.type', 'unknown statement type', {
      expected: STATEMENT_TYPES.v1,
      actual: printJson(type),
    });
  }
  for (const key of Object.keys(json)) if (!STATEMENT_FIELDS.has(key)) malformed('has an unknown field', key);
  if (typeof predicateType !== 'string' || predicateType === '')
    malformed('has no predicate type', 'predicateType');
  if (!isJsonObject(predicate ?? {})) malformed('has no object as predicate', 'predicate');
  if (!Array.isArray(subject))
    refuse('subject.empty', 'statement has no list of subjects', { path: 'subject' });
  if (subject.length > LIMITS.subjects) refuse('limit.bundle', 'statement has too many subjects');
  const [first, ...rest] = subject.map((item: Json, index: number) => toSubject(item, `subject[${index}]`));
  if (first === undefined) refuse('subject.empty', 'statement has no subject');
  return {
    type,
    subjects: [first, ...rest],
    predicateType: predicateType as string,
    predicate: (predicate ?? {}) as JsonObject,
  };
}

function toSubject(json: Json, path: string): Subject {
  if (!isJsonObject(json)) refuse('subject.empty', 'a subject is not an object', { path });
  for (const key of Object.keys(json))
    if (!SUBJECT_FIELDS.has(key)) malformed('has a subject with an unknown field', `${path}.${key}`);
  const { name, uri, digest } = json;
  if (!isJsonObject(digest) || Object.keys(digest).length === 0) {
    refuse('subject.empty', 'a subject has no digest', { path });
  }
  for (const [algorithm, value] of Object.entries(digest)) {
    if (typeof value !== 'string' || value === '')
      malformed('has a digest that is no text', `${path}.digest.${algorithm}`);
  }
  return {
    name: typeof name === 'string' ? name : undefined,
    uri: typeof uri === 'string' ? uri : undefined,
    digest: digest as DigestSet,
  };
}
