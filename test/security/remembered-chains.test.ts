import { describe, expect, it } from 'vitest';
import { parseRoot, refusedWith, sigstore, verify } from '../attacks/verify.ts';
import { issueCertificate } from '../kit/certificate.ts';
import { keyIdentifier, PURPOSE } from '../kit/extensions.ts';
import { createKeyPair, type KeyPair } from '../kit/keys.ts';

/** What a trusted root remembers of its own chains must not depend on which bundle came first. */

const good = sigstore.signStatement({ profile: 'rekor2' });

/** A signing certificate that claims to be issued by the authority's own, which is no authority, and is so by `issuer`. */
function underTheSigner(issuer: KeyPair) {
  const { certificate: above } = sigstore.tsa.signer;
  const keys = createKeyPair();
  const name = { name: above.subject, keyIdentifier: keyIdentifier(above.spki), keys: issuer };
  const certificate = issueCertificate(name, keys.spki, {
    subject: [['CN', 'forged']],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [PURPOSE.timeStamping],
    critical: { '2.5.29.37': true },
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
  });
  return sigstore.signStatement({
    profile: 'rekor2',
    timestamp: { signer: { certificate, keys }, certificates: [certificate.der] },
  });
}

describe('PRD-06 a token that somebody forged', () => {
  it('does not make the same authority refuse good ones afterwards', () => {
    const roots = [parseRoot(sigstore.trustedRoot())];
    expect(refusedWith(underTheSigner(createKeyPair()), { trust: { roots } })).toBe('tsa.signer');
    expect(verify(good, { trust: { roots } }).times).toHaveLength(1);
  });

  it('is not accepted because good ones came before, not even with the key of the authority', () => {
    const roots = [parseRoot(sigstore.trustedRoot())];
    expect(verify(good, { trust: { roots } }).times).toHaveLength(1);
    expect(refusedWith(underTheSigner(sigstore.tsa.signer.keys), { trust: { roots } })).toBe('tsa.signer');
    expect(refusedWith(underTheSigner(createKeyPair()), { trust: { roots } })).toBe('tsa.signer');
  });
});
