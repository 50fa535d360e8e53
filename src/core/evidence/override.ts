import * as z from 'zod/mini';
import { attempt, refuse } from '../../errors.ts';
import { hiddenCharacter } from '../config/text.ts';
import { isRecordId } from '../log/record-id.ts';
import { isJsonObject, parseJson } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';
import { isSamePerson } from '../model/person.ts';
import type { PublicKey } from '../verify/public-key.ts';
import { verifyOwnEnvelope } from './envelope.ts';
import { STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE, toStatement } from './statements.ts';

/** Predicate type of the statement that lifts a denial. */
export const OVERRIDE_TYPE = 'https://slsa-gate.dev/override/v1';

/** What two people answer for: one denial, of one artifact in one environment, until a day. */
export interface Override {
  /** `sha256:<hex>` */
  readonly artifactDigest: string;
  readonly environment: string;
  /** The denial that it lifts. */
  readonly recordId: string;
  readonly reason: string;
  readonly owner: string;
  /** Somebody else than the owner. */
  readonly approver: string;
  /** RFC 3339 UTC; afterwards the denial stands again. */
  readonly expires: string;
}

/** Where it shall count, and when. */
export interface OverridePlace {
  /** `sha256:<hex>` */
  readonly artifactDigest: string;
  readonly environment: string;
  readonly now: Date;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
const MAX_TEXT = 4_096;

const text = lazy(() => z.string().check(z.minLength(1), z.maxLength(MAX_TEXT)));
const Statement = lazy(() =>
  z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    predicateType: z.literal(OVERRIDE_TYPE),
    subject: z
      .array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: z.string() }) }))
      .check(z.length(1)),
    predicate: z.strictObject({
      environment: text(),
      recordId: text(),
      reason: text(),
      owner: text(),
      approver: text(),
      expires: text(),
    }),
  }),
);

const bad = (message: string, path?: string): never =>
  refuse('override.invalid', `override ${message}`, path === undefined ? {} : { path });

/** Form alone; neither signature nor time. */
function checkForm(override: Override): void {
  const { artifactDigest, recordId, reason, owner, approver, expires } = override;
  if (!DIGEST.test(artifactDigest)) bad('is about no artifact: sha256:<64 hex digits>', 'subject');
  if (!isRecordId(recordId)) bad('names no record', 'recordId');
  for (const [name, value] of Object.entries({
    environment: override.environment,
    reason,
    owner,
    approver,
  })) {
    if (value.trim() === '' || value.length > MAX_TEXT) bad('has an empty or endless text', name);
    const hidden = hiddenCharacter(value);
    if (hidden !== undefined) bad(`has a hidden character: ${hidden}`, name);
  }
  if (isSamePerson(owner, approver)) bad('is approved by its own owner', 'approver');
  if (!INSTANT.test(expires) || !isDay(expires)) bad('does not say when it ends', 'expires');
}

/** The 31st of February is another day to every reader. */
const isDay = (instant: string): boolean => {
  const at = new Date(instant);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 19) === instant.slice(0, 19);
};

function checkTime({ expires }: Override, now: Date): void {
  if (Date.parse(expires) > now.getTime()) return;
  refuse('override.invalid', 'override has expired', {
    expected: `after ${now.toISOString()}`,
    actual: expires,
  });
}

/**
 * The statement that is to be signed, in its one spelling.
 *
 * @throws SlsaGateError `override.invalid`
 */
export function toOverride(override: Override, now: Date): Buffer {
  checkForm(override);
  checkTime(override, now);
  const { artifactDigest, environment, recordId, reason, owner, approver, expires } = override;
  const subject = { name: artifactDigest, digest: { sha256: artifactDigest.slice('sha256:'.length) } };
  return toStatement(OVERRIDE_TYPE, subject, { environment, recordId, reason, owner, approver, expires });
}

/**
 * Reads a signed override and holds it against the place where it shall count. Whether the record that it names is a
 * denial of that place is for whoever has the log.
 *
 * @param keys of the policy: whoever may override
 * @throws SlsaGateError `override.invalid` for signature, form and time, `replay.audience` for another place
 */
export function parseOverride(
  envelope: Uint8Array,
  keys: readonly PublicKey[],
  { artifactDigest, environment, now }: OverridePlace,
): Override {
  const codes = { malformed: 'override.invalid', signature: 'override.invalid' } as const;
  const override = readStatement(verifyOwnEnvelope(envelope, keys, STATEMENT_PAYLOAD_TYPE, codes));
  checkForm(override);
  checkAudience('artifact', artifactDigest, override.artifactDigest);
  checkAudience('environment', environment, override.environment);
  checkTime(override, now);
  return override;
}

function checkAudience(what: string, expected: string, actual: string): void {
  if (expected !== actual)
    refuse('replay.audience', `the override is about another ${what}`, { expected, actual });
}

function readStatement(payload: Buffer): Override {
  const json = attempt(() => parseJson(payload, 'override'));
  if ('error' in json) return bad('is not strict JSON');
  if (isJsonObject(json.value) && json.value.predicateType !== OVERRIDE_TYPE)
    bad('is of another type', 'predicateType');
  const parsed = Statement().safeParse(json.value);
  if (!parsed.success)
    return bad('is not in its form', parsed.error.issues[0]?.path.map(String).join('.') || 'statement');
  const { subject, predicate } = parsed.data;
  const artifactDigest = `sha256:${subject[0]?.digest.sha256}`;
  if (subject[0]?.name !== artifactDigest)
    bad('names its subject by something else than its digest', 'subject');
  return { artifactDigest, ...predicate };
}
