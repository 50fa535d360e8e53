import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import {
  contentsOf,
  explicit,
  generalizedTime,
  integer,
  octetString,
  oid,
  sequence,
  set,
  utcTime,
} from '../kit/der.ts';
import { SIGNED_AT } from '../kit/sigstore.ts';
import { createTimestampAuthority } from '../kit/timestamp-authority.ts';
import { CMS, type TokenOptions } from '../kit/timestamp-token.ts';
import { caOnly, stamped, timesOf } from './stamped.ts';
import { refusal, refusedWith, sigstore, verify } from './verify.ts';

/** Section 5 of the catalogue: what stands in an RFC 3161 token. */

const seconds = (count: number): Date => new Date(SIGNED_AT.getTime() + count * 1000);
const attacker = createTimestampAuthority({ organization: 'evil.local' });
const { tsa } = sigstore;

describe('control: a token as it should be', () => {
  it('is accepted, with the time that its authority gave it', () => {
    expect(timesOf({ at: seconds(5) })).toEqual([seconds(5).getTime()]);
  });
});

describe('TSA-12 a time that the signer asserts himself', () => {
  it('TSA-12 denies a CMS signature with a signing time, such as Git tools make, in place of a timestamp', () => {
    const { keys, certificate } = sigstore.issue();
    const cms: TokenOptions = {
      signer: { keys, certificate },
      eContentType: CMS.data,
      at: seconds(1),
      certificates: [certificate],
    };
    expect(refusal(() => verify(stamped(cms)))).toMatchObject({
      finding: 'time.unauthenticated',
      exitCode: 1,
    });
    const bare = (response: Buffer): Buffer => contentsOf(response).subarray(5); // the status is 5 bytes
    expect(refusedWith(stamped({ ...cms, edit: bare }))).toBe('time.unauthenticated');
  });

  it('TSA-12 denies such a signature by the timestamp authority itself', () => {
    expect(refusedWith(stamped({ eContentType: CMS.data }))).toBe('time.unauthenticated');
  });

  it('TSA-12 does not let a backdated signing time stand for the time of the authority', () => {
    const signedAttributes = { [CMS.signingTime]: utcTime(seconds(5)) };
    expect(timesOf({ signedAttributes })).toEqual([SIGNED_AT.getTime()]);
    expect(refusedWith(stamped({ at: seconds(601), signedAttributes }))).toBe('time.cert-window');
  });
});

describe('TSA-10 tokens that are not well-formed', () => {
  it.each<[string, string, TokenOptions]>([
    ['a grant with modifications', 'did not grant', { status: 1 }],
    ['a rejection with a token', 'did not grant', { status: 2 }],
    ['a request that waits', 'did not grant', { status: 3 }],
    ['a revocation warning', 'did not grant', { status: 4 }],
    ['a negative status', 'out of range', { status: -1 }],
    ['a rejection without token', 'did not grant', { status: 2, token: null }],
    ['a grant without token', 'tag 0x30 is missing', { token: null }],
    ['two signers', 'not exactly one signer', { signers: [tsa.signer, attacker.signer] }],
    ['the signer twice', 'not exactly one signer', { signers: [tsa.signer, tsa.signer] }],
    ['no signer', 'not exactly one signer', { signers: [] }],
    ['no signed attributes', 'tag 0xa0 is missing', { signedAttributes: null }],
    ['no signed digest', 'tag 0x4 is missing', { signedAttributes: { [CMS.messageDigest]: null } }],
    ['no signed content type', 'tag 0x6 is missing', { signedAttributes: { [CMS.contentType]: null } }],
    [
      'another signed content type',
      'content type differs',
      { signedAttributes: { [CMS.contentType]: oid(CMS.data) } },
    ],
    [
      'a signed attribute twice',
      'an attribute appears twice',
      { extraSignedAttributes: [sequence(oid(CMS.contentType), set(oid(CMS.tstInfo)))] },
    ],
    [
      'a signed attribute with two values',
      'not exactly one attribute value',
      { signedAttributes: { [CMS.contentType]: Buffer.concat([oid(CMS.tstInfo), oid(CMS.data)]) } },
    ],
    [
      'a signed attribute without a value',
      'not exactly one attribute value',
      { signedAttributes: { [CMS.signingTime]: Buffer.alloc(0) } },
    ],
    ['another content than signed data', 'not signed data', { contentType: CMS.data }],
    ['a time with a fraction', 'time is malformed', { at: '20260301120000.5Z' }],
    ['a time with a zone', 'time is malformed', { at: '20260301120000+0100' }],
    ['a local time', 'time is malformed', { at: '20260301120000' }],
    ['a time without seconds', 'time is malformed', { at: '202603011200Z' }],
    ['a time of letters', 'time is malformed', { at: '2026030112000xZ' }],
    ['month 13', 'names no instant', { at: '20261301120000Z' }],
    ['30 February', 'names no instant', { at: '20260230120000Z' }],
    ['second 60', 'names no instant', { at: '20260301115960Z' }],
    ['hour 24', 'names no instant', { at: '20260301240000Z' }],
    ['an empty time', 'time is malformed', { at: '' }],
    ['version 2', 'not version 1', { version: 2 }],
    ['a signature of SHA-1', 'hash algorithm is not supported', { signatureDigest: 'sha1' }],
    ['signed data of version 1', 'not version 3', { signedDataVersion: 1 }],
    ['a signer of version 3 that is named by its issuer', 'does not fit', { signerVersion: 3 }],
    ['another digest than the announced one', 'not the announced one', { announcedDigest: 'sha512' }],
    ['attributes that nobody signed', 'unsigned attributes', { unsignedAttributes: Buffer.alloc(0) }],
    [
      'bytes after the response',
      'bytes follow',
      { edit: (response) => Buffer.concat([response, Buffer.of(0)]) },
    ],
    ['a response cut short', 'past the end', { edit: (response) => response.subarray(0, -1) }],
    ['nothing', 'cut short', { edit: () => Buffer.alloc(0) }],
    ['a third field', 'too many fields', { edit: (response) => sequence(contentsOf(response), integer(1)) }],
    [
      'a token without its response',
      'without the response',
      { edit: (response) => contentsOf(response).subarray(5) },
    ],
    ['garbage in the bag', 'certificate', { certificates: [octetString(Buffer.of(1))] }],
    ['UTCTime', 'tag 0x18 is missing', { at: utcTime(SIGNED_AT) }],
    ['a time in a sequence', 'tag 0x18 is missing', { at: sequence(generalizedTime(SIGNED_AT)) }],
    ['content that is no timestamp', 'tag 0x', { tstInfo: octetString(Buffer.of(1)) }],
    ['empty content', 'cut short', { tstInfo: Buffer.alloc(0) }],
    ['a wrapped version', 'tag 0x2 is missing', { tstInfo: sequence(explicit(0, integer(1))) }],
  ])('TSA-10 denies %s', (_, message, options) => {
    const verifying = options.certificates ? caOnly(tsa) : {};
    const refused = refusal(() => verify(stamped(options), verifying));
    expect(refused).toMatchObject({ finding: 'tsa.malformed', exitCode: 1 });
    expect(refused.message).toContain(message);
  });

  it('TSA-10 denies a malformed token beside a good one', () => {
    expect(refusedWith(sigstore.signStatement({ timestamps: [{}, { status: 2 }] }))).toBe('tsa.malformed');
  });

  it('TSA-10 denies content that was altered after it was signed', () => {
    const swap = (response: Buffer): Buffer =>
      Buffer.from(response.toString('latin1').replace('20260301120000Z', '20260301120001Z'), 'latin1');
    expect(refusedWith(stamped({ edit: swap }))).toBe('tsa.signature');
  });

  it('TSA-10 denies more tokens than a bundle may have', () => {
    const timestamps = Array.from({ length: LIMITS.timestamps + 1 }, () => ({}));
    expect(refusedWith(sigstore.signStatement({ timestamps }))).toBe('limit.bundle');
  });
});
