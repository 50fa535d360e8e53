import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../../src/core/verify/certificate.ts';
import { checkLeafProfile } from '../../../../src/core/verify/leaf-profile.ts';
import { refusal, sigstore } from '../../../attacks/verify.ts';
import { explicit, ia5String, implicitConstructed, oid, sequence, utf8String } from '../../../kit/der.ts';
import type { GeneralName } from '../../../kit/extensions.ts';

const nameOf = (name: GeneralName) =>
  checkLeafProfile(
    parseCertificate(sigstore.issue({ certificate: { subjectAltName: [name] } }).certificate.der),
  );

const FULCIO_USERNAME = oid('1.3.6.1.4.1.57264.1.7');
const other = (...parts: readonly Buffer[]): GeneralName => ({
  raw: implicitConstructed(0, Buffer.concat(parts)),
});

describe('checkLeafProfile', () => {
  it('reads the one name with its kind', () => {
    expect(nameOf({ uri: 'spiffe://x.local/ns/a' })).toEqual({ kind: 'uri', value: 'spiffe://x.local/ns/a' });
    expect(nameOf({ email: 'a@b.local' })).toEqual({ kind: 'email', value: 'a@b.local' });
    expect(nameOf({ otherName: 'a!b.local' })).toEqual({ kind: 'username', value: 'a!b.local' });
  });

  it.each<[string, GeneralName]>([
    ['without a value', other(FULCIO_USERNAME)],
    ['that is not wrapped', other(FULCIO_USERNAME, utf8String('a'))],
    ['of another string type', other(FULCIO_USERNAME, explicit(0, ia5String('a')))],
    ['with a third part', other(FULCIO_USERNAME, explicit(0, utf8String('a')), utf8String('b'))],
    ['with two values', other(FULCIO_USERNAME, explicit(0, utf8String('a'), utf8String('b')))],
    ['that is a sequence', other(sequence(FULCIO_USERNAME))],
  ])('refuses a user name %s', (_, name) => {
    expect(refusal(() => nameOf(name))).toMatchObject({
      finding: 'cert.malformed',
      message: expect.stringContaining('subject alternative name'),
    });
  });

  it.each(['a b', 'a\tb', 'ä', '', 'a\u0000'])('refuses %j as a user name', (value) => {
    expect(refusal(() => nameOf({ otherName: value })).finding).toBe('cert.string-encoding');
  });
});
