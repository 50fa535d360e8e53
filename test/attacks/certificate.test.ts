import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRoot } from '../kit/certificate-authority.ts';
import { boolean, explicit, highBits, nullValue, oid, sequence, utf8String } from '../kit/der.ts';
import { EXTENSION, PURPOSE, subjectAltName, unknownExtension } from '../kit/extensions.ts';
import { emailSigner } from '../kit/identity.ts';
import { changed, without } from '../kit/json.ts';
import { createKeyPair } from '../kit/keys.ts';
import { createSigstore, type SignStatementOptions } from '../kit/sigstore.ts';
import { refusal, refusedWith, sigstore, verify } from './verify.ts';

/** Section 3 of the catalogue: the signing certificate itself. Its chain and its claims have files of their own. */

type Leaf = NonNullable<SignStatementOptions['certificate']>;

const stranger = createSigstore();
const signed = (
  certificate: SignStatementOptions['certificate'],
  options: SignStatementOptions = {},
): ReturnType<typeof sigstore.signStatement> => sigstore.signStatement({ ...options, certificate });

describe('control: certificates as Fulcio issues them', () => {
  it.each(['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA-2048'] as const)('accepts a %s key', (keyAlgorithm) => {
    const { signer } = verify(sigstore.signStatement({ keyAlgorithm }));
    expect(signer).toMatchObject({ kind: 'certificate', subject: { kind: 'uri' } });
  });

  it('accepts an e-mail address and a user name as the one subject', () => {
    expect(verify(signed(emailSigner('dev@example.org'))).signer).toMatchObject({
      subject: { kind: 'email', value: 'dev@example.org' },
    });
    expect(verify(signed({ subjectAltName: [{ otherName: 'dev!example.org' }] })).signer).toMatchObject({
      subject: { kind: 'username', value: 'dev!example.org' },
    });
  });
});

describe('CRT-01 a chain that does not lead to a trusted authority', () => {
  it('CRT-01 denies a leaf of another CA with the same names, in a log that is trusted', () => {
    const bundle = signed({ issuerAuthority: stranger.ca.issuer });
    expect(refusal(() => verify(bundle))).toMatchObject({ finding: 'cert.untrusted', exitCode: 1 });
  });

  it('CRT-01 denies a leaf of another CA that copies the key identifier of ours', () => {
    const authorityKeyIdentifier = sigstore.ca.issuer.keyIdentifier;
    expect(refusedWith(signed({ issuerAuthority: stranger.ca.issuer, authorityKeyIdentifier }))).toBe(
      'cert.untrusted',
    );
  });

  it('CRT-01 denies a leaf that issued itself', () => {
    const keys = createKeyPair('P-384');
    const self = createRoot([['CN', 'sigstore-intermediate']], { keys });
    expect(refusedWith(signed({ issuerAuthority: self }, { keys }))).toBe('cert.untrusted');
  });

  it('CRT-01 denies a leaf whose signature was altered', () => {
    const flipped = (right: Buffer): Buffer =>
      Buffer.from(right.map((byte, i) => (i === 20 ? byte ^ 1 : byte)));
    expect(refusedWith(signed({ signature: flipped }))).toBe('cert.untrusted');
  });

  it('CRT-01 answers with a typed refusal when the checkpoint is missing as well', () => {
    const { bundle } = signed({ issuerAuthority: stranger.ca.issuer });
    const proof = 'verificationMaterial.tlogEntries.0.inclusionProof';
    expect(refusedWith(without(bundle, `${proof}.checkpoint`))).toBe('log.inclusion-missing');
  });

  it('CRT-01 denies a bundle that brings the chain and root of its own CA', () => {
    const { bundle } = sigstore.signStatement({
      version: '0.2',
      certificate: { issuerAuthority: stranger.ca.issuer },
    });
    expect(refusedWith(withChain(bundle, stranger.ca.chain))).toBe('cert.untrusted');
  });

  it.each(['0.1', '0.2'] as const)('CRT-01 denies a foreign root beside a trusted leaf in v%s', (version) => {
    const { bundle } = sigstore.signStatement({ version });
    expect(refusedWith(withChain(bundle, [stranger.ca.root]))).toBe('cert.untrusted');
    expect(refusedWith(withChain(bundle, [sigstore.ca.issuer, stranger.ca.root]))).toBe('cert.untrusted');
  });

  it('CRT-01 denies even the trusted root in a bundle, but for v0.1, whose clients wrote it', () => {
    const at = (version: '0.1' | '0.2') =>
      withChain(sigstore.signStatement({ version }).bundle, sigstore.ca.chain);
    expect(refusal(() => verify(at('0.2')))).toMatchObject({
      finding: 'cert.untrusted',
      message: 'bundle brings a root certificate',
    });
    expect(verify(at('0.1')).signer.kind).toBe('certificate');
  });

  it('CRT-01 denies certificates beside the leaf in another order than that of the chain', () => {
    const three = createSigstore({ ca: { intermediates: [{}, {}] } });
    const [issuing, upper] = three.ca.chain;
    if (issuing === undefined || upper === undefined) throw new Error('the kit made no chain');
    const { bundle } = three.signStatement({ version: '0.2' });
    const root = three.trustedRoot();
    expect(refusedWith(withChain(bundle, [upper, issuing]), { root })).toBe('cert.untrusted');
    expect(verify(withChain(bundle, [issuing, upper]), { root }).signer.kind).toBe('certificate');
  });
});

/** The bundle with further certificates after its leaf. */
function withChain<T>(bundle: T, chain: readonly { certificate: { der: Buffer } }[]): T {
  const list = chain.map(({ certificate }) => ({ rawBytes: certificate.der.toString('base64') }));
  return changed(
    bundle,
    'verificationMaterial.x509CertificateChain.certificates',
    (present: readonly unknown[]) => [...present, ...list],
  );
}

describe('CRT-02 a leaf for another purpose', () => {
  const { codeSigning, serverAuth, timeStamping, any } = PURPOSE;
  it.each([
    ['for TLS servers', [serverAuth]],
    ['for time stamping', [timeStamping]],
    ['for any purpose', [any]],
    ['for code signing and TLS servers', [codeSigning, serverAuth]],
    ['for code signing twice', [codeSigning, codeSigning]],
    ['for nothing', []],
    ['without the extension', null],
  ])('CRT-02 denies a leaf %s', (_, extendedKeyUsage) => {
    expect(refusedWith(signed({ extendedKeyUsage }))).toBe('cert.eku');
  });

  it.each([
    ['that may only agree on keys', ['keyAgreement']],
    ['without key usage', null],
  ] as const)('CRT-02 denies a leaf %s', (_, keyUsage) => {
    expect(refusedWith(signed({ keyUsage }))).toBe('cert.eku');
  });
});

describe('CRT-03 an authority that signs artifacts', () => {
  it.each<[string, Leaf]>([
    ['CA:TRUE', { basicConstraints: { ca: true } }],
    ['CA:TRUE with a path length', { basicConstraints: { ca: true, pathLength: 0 } }],
    ['keyCertSign', { keyUsage: ['digitalSignature', 'keyCertSign'] }],
    ['keyCertSign and CA:TRUE', { keyUsage: ['keyCertSign', 'cRLSign'], basicConstraints: { ca: true } }],
  ])('CRT-03 denies a leaf with %s', (_, certificate) => {
    expect(refusedWith(signed(certificate))).toBe('cert.leaf-is-ca');
  });

  it('CRT-03 denies the issuing certificate of the trusted root itself as the leaf', () => {
    const { keys, certificate } = sigstore.ca.issuer;
    expect(refusedWith(sigstore.signStatement({ issued: { keys, certificate } }))).toBe('cert.leaf-is-ca');
  });

  it('CRT-03 accepts a leaf that says it is no authority', () => {
    expect(verify(signed({ basicConstraints: { ca: false } })).signer.kind).toBe('certificate');
  });
});

describe('CRT-04 an unknown critical extension', () => {
  it('CRT-04 denies it on the leaf, and accepts it where it is not critical', () => {
    expect(refusedWith(signed({ extraExtensions: [unknownExtension()] }))).toBe('cert.critical-ext');
    expect(verify(signed({ extraExtensions: [unknownExtension(false)] })).signer.kind).toBe('certificate');
  });

  it.each([
    ['name constraints', { nameConstraints: { permitted: [{ uri: 'github.com' }] } }],
    ['the poison of a precertificate', poison()],
  ])('CRT-04 denies %s on the leaf', (_, certificate) => {
    expect(refusedWith(signed(certificate))).toBe('cert.critical-ext');
  });

  it('CRT-04 denies a leaf under an authority with one', () => {
    const ca = { intermediates: [{ extraExtensions: [unknownExtension()] }] };
    const other = createSigstore({ ca });
    expect(refusedWith(other.signStatement(), { root: other.trustedRoot() })).toBe('cert.untrusted');
  });
});

function poison(): Leaf {
  return { extraExtensions: [{ oid: EXTENSION.precertificatePoison, critical: true, value: nullValue() }] };
}

describe('CRT-05 not exactly one subject', () => {
  const trusted = { uri: 'https://github.com/octo-org/widget/.github/workflows/release.yml@refs/heads/main' };
  const other = { uri: 'https://github.com/evil/widget/.github/workflows/release.yml@refs/heads/main' };
  it.each([
    ['two URIs, the trusted one first', [trusted, other]],
    ['two URIs, the trusted one last', [other, trusted]],
    ['the same URI twice', [trusted, trusted]],
    ['an e-mail address and a URI', [{ email: 'dev@example.org' }, trusted]],
    ['a URI and a host name', [trusted, { dns: 'github.com' }]],
    ['an empty list', []],
    ['no such extension', null],
  ])('CRT-05 denies %s', (_, subjectAltName) => {
    expect(refusedWith(signed({ subjectAltName }))).toBe('cert.san-count');
  });

  it.each([
    ['a host name', { dns: 'github.com' }],
    ['another kind of other name', { otherName: 'dev', oid: '1.3.6.1.4.1.57264.1.8' }],
    ['a directory name', { raw: explicit(4, sequence()) }],
  ])('CRT-05 denies %s as the one subject', (_, name) => {
    expect(refusedWith(signed({ subjectAltName: [name] }))).toBe('cert.malformed');
  });

  it('CRT-05 denies a second subject that hides behind the extension', () => {
    const value = Buffer.concat([subjectAltName([trusted]), subjectAltName([other])]);
    expect(refusedWith(signed({ subjectAltName: value }))).toBe('cert.malformed');
  });
});

describe('CRT-06 strings that read as trusted once the high bit is masked', () => {
  const uri = 'https://github.com/octo-org/widget/.github/workflows/release.yml@refs/heads/main';
  const issuer = 'https://token.actions.githubusercontent.com';
  it.each<[string, Leaf]>([
    ['the subject', { subjectAltName: [{ uri: highBits(uri) }] }],
    [
      'one byte of the subject',
      { subjectAltName: [{ uri: Buffer.concat([highBits('h'), Buffer.from(uri.slice(1))]) }] },
    ],
    ['the e-mail address', { subjectAltName: [{ email: highBits('dev@example.org') }] }],
    ['the issuer in .1.1', { claims: { deprecatedIssuer: highBits(issuer) } }],
    ['the issuer in .1.8', { claims: { issuer: utf8String(highBits(issuer)) } }],
    ['the issuer in .1.1 alone', { claims: { deprecatedIssuer: highBits(issuer), issuer: null } }],
    [
      'the source repository',
      { claims: { sourceRepositoryUri: utf8String(highBits('https://github.com')) } },
    ],
  ])('CRT-06 denies %s', (_, certificate) => {
    expect(refusedWith(signed(certificate))).toBe('cert.string-encoding');
  });

  it.each(['\u0000', '\n', ' ', '\u007f', 'é', ''])('CRT-06 denies a subject that ends in %j', (suffix) => {
    const name = suffix === '' ? '' : `${uri}${suffix}`;
    expect(refusedWith(signed({ subjectAltName: [{ uri: name }] }))).toBe('cert.string-encoding');
  });

  it('CRT-06 denies a control character in a claim', () => {
    const claims = { sourceRepositoryRef: 'refs/heads/main\u0000' };
    expect(refusedWith(signed({ claims }))).toBe('cert.string-encoding');
  });
});

describe('CRT-07 malformed certificates', () => {
  const ecdsaSha512 = sequence(oid('1.2.840.10045.4.3.4'));
  const twice: Leaf = { editExtensions: (list) => [...list, ...list.slice(0, 1)] };
  it.each<[string, string, Leaf]>([
    ['another algorithm inside than outside', 'algorithm differ', { innerSignatureAlgorithm: ecdsaSha512 }],
    ['another algorithm outside than inside', 'algorithm differ', { outerSignatureAlgorithm: ecdsaSha512 }],
    ['an extension twice', 'an extension appears twice', twice],
    [
      'two issuer extensions',
      'an extension appears twice',
      { extraExtensions: [{ oid: '1.3.6.1.4.1.57264.1.8', value: utf8String('x') }] },
    ],
    ['a signature with SHA-1', 'algorithm that is not accepted', { digest: 'sha1' }],
    ['version 1', 'not version 3', { version: 1 }],
    ['version 1 by absence', 'tag 0xa0 is missing', { version: null }],
    ['version 2', 'not version 3', { version: 2 }],
    ['version 4', 'not version 3', { version: 4 }],
    ['a negative serial', 'serial is not positive', { serialNumber: -1n }],
    ['serial zero', 'serial is not positive', { serialNumber: 0n }],
    ['a serial that is too long', 'serial is too long', { serialNumber: 1n << 170n }],
    ['a serial that is not minimal', 'integer is not minimal', { serialNumber: Buffer.from([0, 0, 7]) }],
    [
      'a default value that is encoded',
      'a default value is encoded',
      { extraExtensions: [{ ...unknownExtension(), critical: boolean(false) }] },
    ],
    [
      'a time without seconds',
      'time is malformed',
      { notBefore: Buffer.from('170b323630333031313230305a', 'hex') },
    ],
    [
      'a public key that is none',
      'public key cannot be read',
      { spki: sequence(sequence(oid('1.2.3')), Buffer.from('030100', 'hex')) },
    ],
  ])('CRT-07 denies %s', (_, message, certificate) => {
    const refused = refusal(() => verify(signed(certificate)));
    expect(refused).toMatchObject({ finding: 'cert.malformed', message: expect.stringContaining(message) });
  });

  it.each([
    ['bytes after the certificate', 'bytes follow', (der: Buffer) => Buffer.concat([der, Buffer.of(0)])],
    ['a certificate cut short', 'past the end', (der: Buffer) => der.subarray(0, -1)],
    [
      'an indefinite length',
      'length is malformed',
      (der: Buffer) => Buffer.concat([Buffer.from('3080', 'hex'), der.subarray(4), Buffer.alloc(2)]),
    ],
    [
      'a length that is not minimal',
      'length is not minimal',
      (der: Buffer) => Buffer.concat([Buffer.from('308300', 'hex'), der.subarray(2)]),
    ],
  ])('CRT-07 denies %s', (_, message, spoil) => {
    const path = 'verificationMaterial.certificate.rawBytes';
    const { bundle } = sigstore.signStatement();
    const spoilt = changed(bundle, path, (raw: string) =>
      spoil(Buffer.from(raw, 'base64')).toString('base64'),
    );
    const refused = refusal(() => verify(spoilt));
    expect(refused).toMatchObject({ finding: 'cert.malformed', message: expect.stringContaining(message) });
  });

  it('CRT-07 denies a leaf without extensions', () => {
    expect(refusedWith(signed({ editExtensions: () => [] }, { sct: null }))).toBe('cert.malformed');
  });

  it('CRT-07 denies a leaf with an RSA key too short to trust', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    expect(refusedWith(signed({ spki }))).toBe('signature.algorithm');
  });
});
