import { describe, expect, it } from 'vitest';
import { toAttachedForms } from '../../../../src/core/evidence/attached-document.ts';
import { encodeEnvelope } from '../../../../src/core/evidence/envelope.ts';
import { DECISION_TYPE } from '../../../../src/core/evidence/record.ts';
import { parseBundle } from '../../../../src/core/model/bundle.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../../../../src/core/model/verification-summary.ts';
import { OCI } from '../../../kit/oci-layout.ts';
import { createSigstore } from '../../../kit/sigstore.ts';

const NAME = {
  document: 'summary',
  recordId: 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W',
  decidedAt: '2026-03-01T12:00:00.000Z',
} as const;
const ENVELOPE = encodeEnvelope(OCI.statement, Buffer.from('{"a":1}'), [
  { keyid: 'SHA256:abc', sig: Buffer.from('signature') },
]);

describe('the forms in which a document is attached', () => {
  it('are a bundle and the very envelope, where a key signed it', () => {
    const forms = toAttachedForms(ENVELOPE, NAME);
    expect(forms.map(({ form, predicateType }) => [form, predicateType])).toEqual([
      ['bundle', VERIFICATION_SUMMARY_TYPE],
      ['envelope', VERIFICATION_SUMMARY_TYPE],
    ]);
    const [bundle, envelope] = forms.map(({ referrer }) => referrer);
    expect(envelope?.bytes).toBe(ENVELOPE);
    expect(parseBundle(Buffer.from(bundle?.bytes ?? []))).toMatchObject({
      mediaType: OCI.bundle,
      verificationKey: { kind: 'public-key', hint: 'SHA256:abc' },
      content: { kind: 'dsse', payload: Buffer.from('{"a":1}') },
    });
  });

  it('are the very bundle alone, where an identity signed it', () => {
    const bytes = Buffer.from(createSigstore().signStatement().text());
    const forms = toAttachedForms(bytes, { ...NAME, document: 'decision' });
    expect(forms).toMatchObject([
      {
        form: 'bundle',
        predicateType: DECISION_TYPE,
        referrer: { title: `${NAME.recordId}.record.sigstore.json` },
      },
    ]);
    expect(forms[0]?.referrer.bytes).toBe(bytes);
  });

  it('are the same bytes for the same document', () => {
    expect(toAttachedForms(ENVELOPE, NAME)).toEqual(toAttachedForms(Buffer.from(ENVELOPE), NAME));
  });

  it.each(['', '[]', '{}', '{"signatures":[]}', '{"signatures":[{"keyid":1}]}', '{"signatures":{}}'])(
    'are none of what is no envelope of ours: %j',
    (text) => {
      expect(() => toAttachedForms(Buffer.from(text), NAME)).toThrow();
    },
  );
});
