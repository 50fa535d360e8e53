import { describe, expect, it } from 'vitest';
import type { FulcioClaims } from '../../src/core/verify/fulcio-claims.ts';
import { bitString, ia5String, octetString, printableString, sequence, utf8String } from '../kit/der.ts';
import { CLAIM, type ClaimName, type Claims, claimExtension, onlyClaims } from '../kit/identity.ts';
import { changed } from '../kit/json.ts';
import { createKeyPair } from '../kit/keys.ts';
import { ARTIFACT, type SignStatementOptions } from '../kit/sigstore.ts';
import { refusal, refusedWith, sigstore, trustedKey, verify } from './verify.ts';

/** Section 3 of the catalogue: what the certificate claims, and bundles without one. */

const signed = (claims: Claims, options: SignStatementOptions = {}) =>
  sigstore.signStatement({ ...options, certificate: { claims } });

function claimsOf(claims: Claims): FulcioClaims {
  const { signer } = verify(signed(claims));
  if (signer.kind !== 'certificate') throw new Error('not signed with a certificate');
  return signer.claims;
}

const NAMES = Object.keys(CLAIM) as ClaimName[];
const DEPRECATED = NAMES.filter((name) => CLAIM[name] <= 6);
const STRUCTURED = NAMES.filter((name) => CLAIM[name] >= 8);
const value = (name: ClaimName): string =>
  CLAIM[name] === 1 || CLAIM[name] === 8 ? 'https://issuer.local' : name;

/** Names of the kit to names of the verifier, where they differ. */
const READ_AS: Partial<Record<ClaimName, keyof FulcioClaims>> = {
  deprecatedIssuer: 'issuer',
  deprecatedWorkflowTrigger: 'githubWorkflowTrigger',
  deprecatedWorkflowSha: 'githubWorkflowSha',
  deprecatedWorkflowName: 'githubWorkflowName',
  deprecatedWorkflowRepository: 'githubWorkflowRepository',
  deprecatedWorkflowRef: 'githubWorkflowRef',
};
const readAs = (name: ClaimName): string => READ_AS[name] ?? name;

describe('control: every extension of Fulcio from .1.1 to .1.24 is read', () => {
  it('knows every number but .1.7, which is no extension', () => {
    const numbers = NAMES.map((name) => CLAIM[name]);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, ...Array.from({ length: 17 }, (_, i) => i + 8)]);
  });

  it('reads all the structured ones together', () => {
    const claims = Object.fromEntries(STRUCTURED.map((name) => [name, value(name)]));
    expect(claimsOf(onlyClaims(claims))).toEqual(claims);
  });

  it('reads all the deprecated ones together where there are no others', () => {
    const claims = Object.fromEntries(DEPRECATED.map((name) => [name, value(name)]));
    const wanted = Object.fromEntries(DEPRECATED.map((name) => [readAs(name), value(name)]));
    expect(claimsOf(onlyClaims(claims))).toEqual(wanted);
  });

  it.each(NAMES)('reads %s alone, under its own name', (name) => {
    expect(claimsOf(onlyClaims({ [name]: value(name) }))).toEqual({ [readAs(name)]: value(name) });
  });

  it('reads text beyond ASCII as UTF-8', () => {
    expect(claimsOf({ deploymentEnvironment: 'prodüktion' }).deploymentEnvironment).toBe('prodüktion');
  });
});

describe('claims in another form than Fulcio writes', () => {
  it.each(STRUCTURED)('denies %s as a bare string, as another string type or wrapped', (name) => {
    const text = value(name);
    const wrong = [
      Buffer.from(text),
      printableString(text),
      ia5String(text),
      octetString(Buffer.from(text)),
      bitString(Buffer.from(text)),
      sequence(utf8String(text)),
      Buffer.concat([utf8String(text), utf8String(text)]),
      Buffer.concat([utf8String(text), Buffer.of(0)]),
      utf8String(text).subarray(0, -1),
      Buffer.alloc(0),
    ];
    for (const bytes of wrong) {
      const refused = refusal(() => verify(signed({ [name]: bytes })));
      expect(refused).toMatchObject({ finding: 'cert.claim-malformed', exitCode: 1 });
      expect(refused.message).toContain('certificate claim');
    }
  });

  it.each(NAMES)('denies %s that is no UTF-8, or has control characters', (name) => {
    const wrap = (bytes: Buffer): Buffer => (CLAIM[name] <= 6 ? bytes : utf8String(bytes));
    for (const hex of ['c3', 'c0af', 'eda080', 'ff', '00', '610a', '1b5b', '7f']) {
      const refused = refusal(() => verify(signed({ [name]: wrap(Buffer.from(hex, 'hex')) })));
      expect(refused.finding).toBe('cert.string-encoding');
      expect(refused.message).toContain(readAs(name));
    }
  });

  it.each(NAMES)('denies %s twice', (name) => {
    const certificate = {
      claims: { [name]: value(name) },
      extraExtensions: [claimExtension(name, value(name))],
    };
    expect(refusedWith(sigstore.signStatement({ certificate }))).toBe('cert.malformed');
  });
});

describe('CRT-09 two issuers', () => {
  const github = 'https://token.actions.githubusercontent.com';
  it.each([
    ['the old one is trusted', { deprecatedIssuer: github, issuer: 'https://evil.local' }],
    ['the new one is trusted', { deprecatedIssuer: 'https://evil.local', issuer: github }],
    ['one is the beginning of the other', { deprecatedIssuer: `${github}/x`, issuer: github }],
    ['they differ in case', { deprecatedIssuer: github.toUpperCase(), issuer: github }],
    [
      'the old one is wrapped like the new one',
      { deprecatedIssuer: Buffer.from(`~~${github}`), issuer: github },
    ],
  ])('CRT-09 denies when %s', (_, claims) => {
    expect(refusal(() => verify(signed(claims)))).toMatchObject({
      finding: 'cert.issuer-conflict',
      expected: claims.issuer,
      actual: String(claims.deprecatedIssuer),
    });
  });

  it('CRT-09 accepts both when they agree, and either alone', () => {
    expect(claimsOf({ deprecatedIssuer: github, issuer: github }).issuer).toBe(github);
    expect(claimsOf(onlyClaims({ deprecatedIssuer: github })).issuer).toBe(github);
    expect(claimsOf(onlyClaims({ issuer: github })).issuer).toBe(github);
  });
});

describe('CRT-10 a claim that is absent', () => {
  it.each([
    'runnerEnvironment',
    'sourceRepositoryUri',
    'buildTrigger',
    'sourceRepositoryIdentifier',
    'buildSignerUri',
  ] as const)('CRT-10 does not fill %s from anywhere', (name) => {
    const claims = claimsOf({ [name]: null });
    expect(claims).not.toHaveProperty(name);
    // The deprecated extensions are in the certificate, but say nothing beside structured ones.
    expect(Object.keys(claims).filter((key) => key.startsWith('githubWorkflow'))).toEqual([]);
  });

  it('CRT-10 reads an empty claim as empty, not as absent', () => {
    expect(claimsOf({ sourceRepositoryUri: '' }).sourceRepositoryUri).toBe('');
  });

  it.each(STRUCTURED)('CRT-10 ignores the deprecated extensions beside %s alone', (name) => {
    const old = Object.fromEntries(DEPRECATED.map((each) => [each, value(each)]));
    const claims = claimsOf(onlyClaims({ ...old, [name]: value(name) }));
    expect(claims).toEqual({ [name]: value(name) });
  });

  it.each([25, 127, 128])(
    'CRT-10 ignores the deprecated extensions beside .1.%i, which nobody knows yet',
    (arc) => {
      const old = Object.fromEntries(DEPRECATED.map((each) => [each, value(each)]));
      const extraExtensions = [{ oid: `1.3.6.1.4.1.57264.1.${arc}`, value: utf8String('new') }];
      const { signer } = verify(
        sigstore.signStatement({ certificate: { claims: onlyClaims(old), extraExtensions } }),
      );
      expect(signer).toMatchObject({ kind: 'certificate', claims: {} });
      expect(signer.kind === 'certificate' && Object.keys(signer.claims)).toEqual([]);
    },
  );

  it('CRT-10 gives an old certificate no numeric ids and no runner', () => {
    const old = Object.fromEntries(STRUCTURED.map((name) => [name, null]));
    expect(Object.keys(claimsOf(old)).sort()).toEqual([
      'githubWorkflowName',
      'githubWorkflowRef',
      'githubWorkflowRepository',
      'githubWorkflowSha',
      'githubWorkflowTrigger',
      'issuer',
    ]);
  });

  it('CRT-10 denies a malformed deprecated claim even where it does not count', () => {
    expect(refusedWith(signed({ deprecatedWorkflowRepository: Buffer.from('ff', 'hex') }))).toBe(
      'cert.string-encoding',
    );
  });
});

describe('CRT-12 a bare key where a certificate is required', () => {
  const keys = createKeyPair();
  const bare = { keys, publicKeyHint: 'key-1' };

  it('CRT-12 denies a bundle with a key hint when no key was given', () => {
    const refused = refusal(() => verify(sigstore.signStatement(bare)));
    expect(refused).toMatchObject({ finding: 'cert.required', actual: 'key-1', exitCode: 1 });
    expect(refusedWith(sigstore.signBlob(bare), { artifact: ARTIFACT })).toBe('cert.required');
  });

  it('CRT-12 denies it also when the bundle brings the key itself', () => {
    const { bundle } = sigstore.signStatement(bare);
    const path = 'verificationMaterial.publicKey';
    const bringing = changed(bundle, path, {
      hint: 'key-1',
      rawBytes: keys.spki.toString('base64'),
      keyDetails: keys.keyDetails,
    });
    expect(refusedWith(bringing)).toBe('cert.required');
    expect(verify(bringing, { trust: { keys: [trustedKey(keys, 'key-1')] } }).signer.kind).toBe('public-key');
  });

  it('CRT-12 denies a key hint and a certificate in one bundle', () => {
    const { bundle } = sigstore.signStatement();
    expect(refusedWith(changed(bundle, 'verificationMaterial.publicKey', { hint: 'key-1' }))).toBe(
      'bundle.oneof',
    );
  });

  it.each([
    ['another key under the same hint', [trustedKey(createKeyPair(), 'key-1')], 'dsse.signature'],
    ['the right key under another hint', [trustedKey(keys, 'key-2')], 'key.unknown'],
    ['several keys without ids', [trustedKey(keys), trustedKey(createKeyPair())], 'key.unknown'],
  ])('CRT-12 denies %s', (_, given, code) => {
    expect(refusedWith(sigstore.signStatement(bare), { trust: { keys: given } })).toBe(code);
  });

  it('CRT-12 gives a key no identity: the signer is the key and nothing else', () => {
    const { signer, notBeforeMs } = verify(sigstore.signStatement(bare), {
      trust: { keys: [trustedKey(keys)] },
    });
    expect(signer).toEqual({ kind: 'public-key', key: trustedKey(keys) });
    expect(notBeforeMs).toBeUndefined();
  });

  it('CRT-12 verifies a certificate by its chain, whatever keys are given beside', () => {
    const trust = { keys: [trustedKey(keys)] };
    expect(verify(sigstore.signStatement({ keys }), { trust }).signer.kind).toBe('certificate');
    const untrusted = { keys, certificate: { signature: (right: Buffer) => Buffer.from(right).reverse() } };
    expect(refusedWith(sigstore.signStatement(untrusted), { trust })).toBe('cert.untrusted');
  });
});
