import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../../src/core/verify/certificate.ts';
import { claimExtensions } from '../../../../src/core/verify/fulcio-claims.ts';
import { refusal, sigstore } from '../../../attacks/verify.ts';
import { CLAIM, type ClaimName, type Claims } from '../../../kit/identity.ts';

/** What a verified bundle claims is shown by the attacks; this is the list for showing a certificate. */

const NAMES = Object.keys(CLAIM) as ClaimName[];
const shown = (claims: Claims) =>
  claimExtensions(parseCertificate(sigstore.issue({ certificate: { claims } }).certificate.der));

describe('claimExtensions', () => {
  it('lists every extension of Fulcio with its number, also deprecated ones that do not count', () => {
    const claims = Object.fromEntries(NAMES.map((name) => [name, `value of ${name}`]));
    const listed = shown(claims);
    expect(listed.map(({ oid }) => oid)).toEqual(NAMES.map((name) => `1.3.6.1.4.1.57264.1.${CLAIM[name]}`));
    expect(listed.map((each) => each.read())).toEqual(NAMES.map((name) => `value of ${name}`));
    expect(listed.filter(({ name }) => name === 'issuer').map(({ oid }) => oid)).toEqual([
      '1.3.6.1.4.1.57264.1.1',
      '1.3.6.1.4.1.57264.1.8',
    ]);
  });

  it('refuses to read a malformed one, and lists the others all the same', () => {
    const listed = shown({ sourceRepositoryUri: Buffer.from('bare') });
    const spoilt = listed.find(({ name }) => name === 'sourceRepositoryUri');
    expect(refusal(() => spoilt?.read()).finding).toBe('cert.claim-malformed');
    expect(listed.find(({ name }) => name === 'buildTrigger')?.read()).toBe('push');
  });
});
