import { describe, expect, it } from 'vitest';
import { parseBundle } from '../../../../src/core/model/bundle.ts';
import type { LogEntry } from '../../../../src/core/model/log-entry.ts';
import { certificateKey, parseCertificate } from '../../../../src/core/verify/certificate.ts';
import { isExpectedBody } from '../../../../src/core/verify/expected-body.ts';
import { checkLogEntryBody, type LoggedSignature } from '../../../../src/core/verify/log-entry-body.ts';
import { createSigstore } from '../../../kit/sigstore.ts';

const sigstore = createSigstore();
const SIGNED = {
  'hashedrekord 0.0.1': sigstore.signBlob(),
  'dsse 0.0.1': sigstore.signStatement(),
  'intoto 0.0.2': sigstore.signStatement({ entry: { kind: 'intoto' } }),
};

function logged(text: string): { entry: LogEntry; signature: LoggedSignature } {
  const { logEntries, verificationKey, content } = parseBundle(Buffer.from(text));
  const [entry] = logEntries;
  if (entry === undefined || verificationKey.kind !== 'certificate') throw new Error('no entry');
  const certificate = verificationKey.leaf;
  return { entry, signature: { certificate, key: certificateKey(parseCertificate(certificate)), content } };
}

describe.each(Object.entries(SIGNED))('the expected body of %s', (kind, { text }) => {
  const { entry, signature } = logged(text());

  it('is the one that the log wrote', () => {
    expect(isExpectedBody(entry, signature)).toBe(true);
    expect(checkLogEntryBody(entry, signature)).toBe(kind);
  });

  it('is one that a full reading accepts', () => {
    const unlabelled = { ...entry, kind: undefined, version: undefined };
    expect(isExpectedBody(unlabelled, signature)).toBe(false);
    expect(checkLogEntryBody(unlabelled, signature)).toBe(kind);
  });

  it('has no byte that may differ, but for the hash of the envelope', () => {
    const free: number[] = [];
    for (let index = 0; index < entry.body.length; index++) {
      const body = Buffer.from(entry.body);
      body[index] = (body[index] ?? 0) === 0x61 ? 0x62 : 0x61; // stays lower-case hex where it was
      if (isExpectedBody({ ...entry, body }, signature)) free.push(index);
    }
    const hash = /"(?:envelopeHash":|hash":)\{"algorithm":"sha256","value":"/.exec(entry.body.toString());
    const start = hash === null ? 0 : hash.index + hash[0].length;
    const digits = kind === 'hashedrekord 0.0.1' ? 0 : 64;
    expect(free).toEqual(Array.from({ length: digits }, (_, digit) => start + digit));
  });

  it('is not taken for granted where the original envelope is at hand', () => {
    const { content } = signature;
    const withBytes = content.kind === 'dsse' ? { ...content, envelopeBytes: Buffer.from('{}') } : content;
    expect(isExpectedBody(entry, { ...signature, content: withBytes })).toBe(content.kind !== 'dsse');
  });

  it('is longer than nothing, and not the body with more behind it', () => {
    const longer = Buffer.concat([entry.body, Buffer.from(' ')]);
    expect(isExpectedBody({ ...entry, body: longer }, signature)).toBe(false);
    expect(isExpectedBody({ ...entry, body: Buffer.alloc(0) }, signature)).toBe(false);
  });
});
