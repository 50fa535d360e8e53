import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECISION_TYPE } from '../../src/core/evidence/record.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../../src/core/model/verification-summary.ts';
import { type GateFolder, REAL } from '../kit/gate-folder.ts';
import { payloadOf, placesIn, signatureOf, withByteChanged, withPayload, withSignature } from './change.ts';
import { createRecords, type RecordKey, type Records } from './records.ts';
import { runTool, type ToolRan, withoutGo } from './tools.ts';

const toBundle = (envelope: Buffer): string => {
  const dsseEnvelope = JSON.parse(envelope.toString());
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: dsseEnvelope.signatures[0].keyid } },
    dsseEnvelope,
  });
};

describe.skipIf(withoutGo)('cosign verify-blob-attestation --key', () => {
  let folder: GateFolder;
  let records: Readonly<Record<RecordKey, Records>>;
  beforeAll(async () => {
    ({ folder, records } = await createRecords());
  });
  afterAll(() => folder.remove());

  interface Asked {
    readonly envelope: Buffer;
    readonly type?: string;
    readonly key?: string;
    readonly artifact?: string;
    readonly flags?: readonly string[];
    /** The envelope as it is, or in a Sigstore bundle; cosign calls the first form deprecated. */
    readonly form?: 'signature' | 'bundle';
  }
  const verify = ({
    envelope,
    type = VERIFICATION_SUMMARY_TYPE,
    key = records['P-256'].publicKey,
    artifact = REAL.artifact,
    flags = [],
    form = 'signature',
  }: Asked): ToolRan =>
    runTool('cosign', [
      'verify-blob-attestation',
      // Our log is not Rekor; its own proof goes with the record.
      '--insecure-ignore-tlog',
      ...['--key', key, '--type', type, ...flags],
      ...[`--${form}`, folder.write(`${form}.json`, form === 'bundle' ? toBundle(envelope) : envelope)],
      artifact,
    ]);

  const ACCEPTED: readonly (readonly [RecordKey, readonly string[]])[] = [
    ['P-256', []],
    ['P-384', ['--signature-digest-algorithm', 'sha384']],
    ['Ed25519', []],
  ];
  it.each(ACCEPTED)('accepts summary and decision, signed with a key on %s', (kind, flags) => {
    const { allowed, denied, publicKey: key } = records[kind];
    const asked = [allowed, denied].flatMap(({ summary, decision }) => [
      { envelope: summary, type: VERIFICATION_SUMMARY_TYPE },
      { envelope: decision, type: DECISION_TYPE },
    ]);
    for (const each of asked) {
      for (const form of ['signature', 'bundle'] as const) {
        const ran = verify({ ...each, key, flags, form });
        expect(ran).toMatchObject({ exit: 0, stderr: expect.stringContaining('Verified OK') });
      }
    }
  });

  it('refuses another artifact, another type and another key', () => {
    const { allowed, otherKey } = records['P-256'];
    const other = folder.file('other.tgz');
    writeFileSync(other, 'another artifact');
    const envelope = allowed.summary;
    expect(verify({ envelope }).exit).toBe(0);
    expect(verify({ envelope, artifact: other })).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/digest/),
    });
    expect(verify({ envelope, type: DECISION_TYPE })).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('invalid predicate type'),
    });
    expect(verify({ envelope, key: otherKey })).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/signature/),
    });
  });

  it.each(['summary', 'decision'] as const)(
    'refuses a %s after one changed byte of the payload or of the signature',
    (name) => {
      const envelope = records['P-256'].allowed[name];
      const type = name === 'summary' ? VERIFICATION_SUMMARY_TYPE : DECISION_TYPE;
      const payload = payloadOf(envelope);
      const signature = signatureOf(envelope);
      const changed = [
        ...placesIn(payload, 10).map((at) => withPayload(envelope, withByteChanged(payload, at))),
        ...placesIn(signature, 6).map((at) => withSignature(envelope, withByteChanged(signature, at))),
      ];
      expect(verify({ envelope: withPayload(envelope, payload), type }).exit).toBe(0);
      expect(changed.length).toBeGreaterThan(10);
      expect(changed.map((bytes) => verify({ envelope: bytes, type }).exit)).toEqual(changed.map(() => 1));
    },
  );
});
