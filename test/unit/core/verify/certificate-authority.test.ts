import { describe, expect, it } from 'vitest';
import { PURPOSE, parseCertificate } from '../../../../src/core/verify/certificate.ts';
import { CertificateAuthority } from '../../../../src/core/verify/certificate-authority.ts';
import { refusal } from '../../../attacks/verify.ts';
import { createCertificateAuthority } from '../../../kit/certificate-authority.ts';
import { sha256 } from '../../../kit/keys.ts';
import { createTimestampAuthority } from '../../../kit/timestamp-authority.ts';

const ALWAYS = { start: 0, end: Number.POSITIVE_INFINITY };
const of = (certificates: readonly { der: Buffer }[]): CertificateAuthority =>
  new CertificateAuthority(
    certificates.map(({ der }) => parseCertificate(der, 'trust.malformed')),
    ALWAYS,
    'certificateAuthorities[0]',
  );

const options = { intermediates: [{}, { notAfter: new Date('2026-01-01T00:00:00Z') }] };
const chain = createCertificateAuthority(options).chain.map(({ certificate }) => certificate);

describe('CertificateAuthority', () => {
  it('knows its issuing certificate, its keys and the digest of its anchor', () => {
    const authority = of(chain);
    expect(authority.issuing.raw).toEqual(chain[0]?.der);
    expect(authority.key(1).spki).toEqual(chain[1]?.spki);
    expect(authority.key(1)).toBe(authority.key(1));
    expect(authority.anchorDigest).toBe(sha256(chain[2]?.der ?? Buffer.alloc(0)).toString('hex'));
  });

  it('refuses no certificates, and a malformed one, as a fault of the trusted root', () => {
    expect(refusal(() => of([]))).toMatchObject({
      finding: 'trust.malformed',
      path: 'certificateAuthorities[0]',
    });
    expect(refusal(() => of([{ der: Buffer.of(0x30, 0) }])).finding).toBe('trust.malformed');
  });

  it('finds a chain without broken links, whatever is asked first', () => {
    const authority = of(chain);
    expect(authority.brokenLink(PURPOSE.codeSigning)).toBeUndefined();
    expect(authority.brokenLink(PURPOSE.codeSigning)).toBeUndefined();
  });

  it('finds links that are out of order or missing, and says so each time', () => {
    const reversed = of([...chain].reverse());
    const gap = of(chain.filter((_, index) => index !== 1));
    for (const authority of [reversed, gap, gap]) {
      expect(authority.brokenLink(PURPOSE.codeSigning)).toBe(
        'a certificate of the chain is not signed by the next',
      );
    }
  });

  it('demands no authority of a certificate that signs timestamps itself', () => {
    const { chain: tsa } = createTimestampAuthority({ intermediate: {} });
    expect(of(tsa).brokenLink(PURPOSE.timeStamping, true)).toBeUndefined();
    expect(of(tsa).brokenLink(PURPOSE.timeStamping)).toBe('a certificate of the chain is no authority');
    expect(of(tsa).brokenLink(PURPOSE.codeSigning, true)).toBe('an authority is not for this purpose');
  });

  it('is valid when every certificate from the given one on is', () => {
    const authority = of(chain);
    const late = Date.UTC(2026, 5, 1);
    expect(authority.isValidAt(Date.UTC(2025, 5, 1))).toBe(true);
    expect(authority.isValidAt(late)).toBe(false);
    expect(authority.isValidAt(late, 1)).toBe(true);
  });
});
