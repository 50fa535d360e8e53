import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateFolder, REAL } from '../kit/gate-folder.ts';
import { payloadOf, placesIn, signatureOf, withByteChanged, withPayload, withSignature } from './change.ts';
import { createRecords, RECORD_KEYS, type RecordKey, type Records } from './records.ts';
import { runTool, type ToolRan, withoutGo } from './tools.ts';

const SUBJECT = `sha256:${createHash('sha256').update(readFileSync(REAL.artifact)).digest('hex')}`;
const RESOURCE = `slsa-gate:production/${REAL.package}`;

describe.skipIf(withoutGo)('slsa-verifier verify-vsa', () => {
  let folder: GateFolder;
  let records: Readonly<Record<RecordKey, Records>>;
  beforeAll(async () => {
    ({ folder, records } = await createRecords());
  });
  afterAll(() => folder.remove());

  const verify = (summary: Uint8Array, changes: Readonly<Record<string, string>> = {}): ToolRan => {
    const flags = {
      'subject-digest': SUBJECT,
      'attestation-path': folder.write('summary.json', Buffer.from(summary)),
      'verifier-id': 'https://example.com/slsa-gate',
      'resource-uri': RESOURCE,
      'verified-level': 'SLSA_BUILD_LEVEL_2',
      'public-key-path': records['P-256'].publicKey,
      ...changes,
    };
    return runTool('slsa-verifier', [
      'verify-vsa',
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
    ]);
  };

  it.each(RECORD_KEYS)('accepts the summary of what was allowed, signed with a key on %s', (key) => {
    const { allowed, publicKey } = records[key];
    const ran = verify(allowed.summary, { 'public-key-path': publicKey });
    expect(ran).toMatchObject({ exit: 0, stderr: expect.stringContaining('Verifying VSA: PASSED') });
  });

  it('accepts it under the id that the envelope gives the key, which it makes out of the key by itself', () => {
    const { summary } = records['P-256'].allowed;
    const { keyid } = JSON.parse(summary.toString()).signatures[0];
    expect(verify(summary, { 'public-key-id': keyid }).exit).toBe(0);
    expect(verify(summary, { 'public-key-id': 'another' }).exit).toBe(1);
  });

  it('refuses the summary of what was denied, although it is signed', () => {
    const { denied } = records['P-256'];
    expect(verify(denied.summary)).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/verification result is not Passed: FAILED/),
    });
  });

  it('refuses the record of the decision, which is no summary', () => {
    const { allowed } = records['P-256'];
    expect(verify(allowed.decision)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('expected predicate type'),
    });
  });

  it.each([
    ['another version', { 'resource-uri': RESOURCE.replace('5.0.0', '5.0.1') }, 'resource URI mismatch'],
    [
      'another environment',
      { 'resource-uri': RESOURCE.replace('production', 'staging') },
      'resource URI mismatch',
    ],
    ['another verifier', { 'verifier-id': 'https://example.com/slsa' }, 'verifier ID mismatch'],
    ['another artifact', { 'subject-digest': `sha256:${'0'.repeat(64)}` }, 'expected digest not found'],
    ['a higher level', { 'verified-level': 'SLSA_BUILD_LEVEL_3' }, 'to be at least 3, got 2'],
  ])('refuses it for %s', (_, changes, reason) => {
    expect(verify(records['P-256'].allowed.summary, changes)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(reason),
    });
  });

  it('refuses it under another key', () => {
    const { allowed, otherKey } = records['P-256'];
    expect(verify(allowed.summary, { 'public-key-path': otherKey }).exit).toBe(1);
  });

  it('refuses it after one changed byte of the payload or of the signature', () => {
    const { summary } = records['P-256'].allowed;
    const payload = payloadOf(summary);
    const signature = signatureOf(summary);
    const changed = [
      ...placesIn(payload, 24).map((at) => withPayload(summary, withByteChanged(payload, at))),
      ...placesIn(signature, 12).map((at) => withSignature(summary, withByteChanged(signature, at))),
    ];
    expect(verify(withPayload(summary, payload)).exit).toBe(0);
    expect(verify(withSignature(summary, signature)).exit).toBe(0);
    expect(changed.length).toBeGreaterThan(24);
    expect(changed.map((bytes) => verify(bytes).exit)).toEqual(changed.map(() => 1));
  });
});
