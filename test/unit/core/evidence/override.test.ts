import { describe, expect, it } from 'vitest';
import { signEnvelope } from '../../../../src/core/evidence/envelope.ts';
import { type Override, parseOverride, toOverride } from '../../../../src/core/evidence/override.ts';
import { toRecordId } from '../../../../src/core/log/record-id.ts';
import { type PublicKey, parsePublicKey } from '../../../../src/core/verify/public-key.ts';
import { createKeyPair, type KeyPair } from '../../../kit/keys.ts';
import { signerOf } from '../../../kit/signer.ts';
import { refusal } from '../../cli/command.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const ARTIFACT = `sha256:${'0a'.repeat(32)}`;
const PLACE = { artifactDigest: ARTIFACT, environment: 'production', now: NOW };
const OWN = createKeyPair('P-256');
const OTHER = createKeyPair('P-256');

const OVERRIDE: Override = {
  artifactDigest: ARTIFACT,
  environment: 'production',
  recordId: toRecordId(NOW, Buffer.alloc(10, 7)),
  reason: 'the fix for INC-1 cannot wait',
  owner: 'Ada <ada@example.com>',
  approver: 'Grace <grace@example.com>',
  expires: '2026-03-02T00:00:00Z',
};

const TYPE = 'application/vnd.in-toto+json';
const publicKeyOf = (keys: KeyPair): PublicKey => parsePublicKey(keys.spki, 'key.malformed');
const seal = (payload: Buffer | string, keys: KeyPair = OWN, type = TYPE): Promise<Buffer> =>
  signEnvelope(type, Buffer.from(payload), signerOf(keys));
const open = (
  envelope: Uint8Array,
  place: Partial<typeof PLACE> = {},
  keys: readonly KeyPair[] = [OWN],
): Override => parseOverride(envelope, keys.map(publicKeyOf), { ...PLACE, ...place });

const statement = (change: (fields: Record<string, unknown>) => object = (fields) => fields): string =>
  JSON.stringify(change(JSON.parse(toOverride(OVERRIDE, NOW).toString())));
const withPredicate = (fields: object): string =>
  statement((all) => ({ ...all, predicate: { ...(all.predicate as object), ...fields } }));

describe('an override', () => {
  it('says what two people signed', async () => {
    expect(open(await seal(toOverride(OVERRIDE, NOW)))).toEqual(OVERRIDE);
    expect(open(await seal(statement()), {}, [OTHER, OWN])).toEqual(OVERRIDE);
  });

  it('is an in-toto statement about the artifact', () => {
    expect(JSON.parse(toOverride(OVERRIDE, NOW).toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa-gate.dev/override/v1',
      subject: [{ name: ARTIFACT, digest: { sha256: '0a'.repeat(32) } }],
      predicate: {
        environment: 'production',
        recordId: OVERRIDE.recordId,
        reason: OVERRIDE.reason,
        owner: OVERRIDE.owner,
        approver: OVERRIDE.approver,
        expires: OVERRIDE.expires,
      },
    });
  });

  it('holds until its end, not at it', async () => {
    const envelope = await seal(statement());
    expect(open(envelope, { now: new Date('2026-03-01T23:59:59.999Z') })).toEqual(OVERRIDE);
    for (const now of ['2026-03-02T00:00:00Z', '2027-01-01T00:00:00Z'])
      expect(() => open(envelope, { now: new Date(now) })).toThrow(
        refusal('override.invalid', { actual: OVERRIDE.expires, exitCode: 64 }),
      );
  });

  it('counts for its artifact and environment alone', async () => {
    const envelope = await seal(statement());
    const artifactDigest = `sha256:${'0b'.repeat(32)}`;
    expect(() => open(envelope, { artifactDigest })).toThrow(
      refusal('replay.audience', { expected: artifactDigest, actual: ARTIFACT, exitCode: 1 }),
    );
    for (const environment of ['staging', 'Production', 'production '])
      expect(() => open(envelope, { environment })).toThrow(
        refusal('replay.audience', { expected: environment, actual: 'production' }),
      );
  });

  it('counts only under a key that the policy names', async () => {
    const foreign = await seal(statement(), OTHER);
    expect(() => open(foreign)).toThrow(refusal('override.invalid'));
    const envelope = await seal(statement());
    expect(() => open(envelope, {}, [])).toThrow(refusal('override.invalid'));
    const edited = JSON.parse(envelope.toString());
    edited.payload = Buffer.from(withPredicate({ expires: '2030-01-01T00:00:00Z' })).toString('base64');
    expect(() => open(Buffer.from(JSON.stringify(edited)))).toThrow(refusal('override.invalid'));
  });

  it.each<[string, string]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['a key twice', statement().replace('{', '{"_type":"a",')],
    ['a field more', statement((all) => ({ ...all, note: 'x' }))],
    ['a field more in what it says', withPredicate({ scope: 'all' })],
    [
      'another type of statement',
      statement((all) => ({ ...all, _type: 'https://in-toto.io/Statement/v0.1' })),
    ],
    ['another type', statement((all) => ({ ...all, predicateType: 'https://slsa-gate.dev/decision/v1' }))],
    ['no subject', statement((all) => ({ ...all, subject: [] }))],
    ['two subjects', statement((all) => ({ ...all, subject: [all.subject, all.subject].flat() }))],
    [
      'a second digest',
      statement((all) => ({
        ...all,
        subject: [{ name: ARTIFACT, digest: { sha256: '0a'.repeat(32), sha512: '0a'.repeat(64) } }],
      })),
    ],
    [
      'a digest that is none',
      statement((all) => ({ ...all, subject: [{ name: 'sha256:xx', digest: { sha256: 'xx' } }] })),
    ],
    [
      'a name that is not its digest',
      statement((all) => ({ ...all, subject: [{ name: 'app.tgz', digest: { sha256: '0a'.repeat(32) } }] })),
    ],
    ['no environment', withPredicate({ environment: undefined })],
    ['an empty environment', withPredicate({ environment: '' })],
    ['a list of environments', withPredicate({ environment: ['production'] })],
    ['no record', withPredicate({ recordId: '*' })],
    ['an empty reason', withPredicate({ reason: '   ' })],
    ['an endless reason', withPredicate({ reason: 'a'.repeat(4_097) })],
    ['a hidden character', withPredicate({ reason: 'fine\u202e' })],
    ['an escape sequence', withPredicate({ owner: 'a\u001b[2K' })],
    ['no owner', withPredicate({ owner: undefined })],
    ['no approver', withPredicate({ approver: undefined })],
    ['one person alone', withPredicate({ approver: OVERRIDE.owner })],
    ['one person alone, written otherwise', withPredicate({ approver: ` ADA  <ada@example.com>` })],
    ['no end', withPredicate({ expires: undefined })],
    ['an end that is no time', withPredicate({ expires: 'never' })],
    ['an end without a zone', withPredicate({ expires: '2026-03-02T00:00:00' })],
    ['an end that is no day', withPredicate({ expires: '2026-02-31T00:00:00Z' })],
    ['an end as a number', withPredicate({ expires: 4_102_444_800 })],
  ])('is refused, though it is signed, with %s', async (_, payload) => {
    const envelope = await seal(payload);
    expect(() => open(envelope)).toThrow(refusal('override.invalid', { exitCode: 64 }));
  });

  it('is refused in an envelope of another kind, or in none', async () => {
    const policy = await seal(statement(), OWN, 'application/vnd.slsa-gate.policy');
    expect(() => open(policy)).toThrow(refusal('override.invalid'));
    expect(() => open(Buffer.from(statement()))).toThrow(refusal('override.invalid'));
    expect(() => open(Buffer.alloc(0))).toThrow(refusal('override.invalid'));
  });

  it.each<[string, Partial<Override>]>([
    ['no artifact', { artifactDigest: 'app.tgz' }],
    ['an artifact by another algorithm', { artifactDigest: `sha512:${'0a'.repeat(64)}` }],
    ['no record', { recordId: 'rec_1' }],
    ['an empty reason', { reason: '' }],
    ['one person', { approver: OVERRIDE.owner }],
    ['an end in the past', { expires: '2026-03-01T12:00:00Z' }],
    ['an end in another form', { expires: '2026-03-02' }],
  ])('is not written with %s', (_, fields) => {
    expect(() => toOverride({ ...OVERRIDE, ...fields }, NOW)).toThrow(refusal('override.invalid'));
  });
});
