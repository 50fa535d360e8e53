import {
  type Certificate,
  type CertificateOptions,
  issueCertificate,
  nextSerial,
  tbsCertificate,
} from './certificate.ts';
import { type SctOptions, sctListExtension, signSct } from './ct-log.ts';
import { encodeName, type GeneralName, keyIdentifier, type Name, PURPOSE } from './extensions.ts';
import { type Claims, claimExtensions } from './identity.ts';
import { createKeyPair, type KeyAlgorithm, type KeyPair } from './keys.ts';
import { type AuthorityTrustOptions, authorityTrust, type CertificateAuthorityJson } from './trusted-root.ts';

/** A CA certificate with its key: it can issue. */
export interface CertifiedIssuer {
  readonly certificate: Certificate;
  readonly keys: KeyPair;
  readonly name: Buffer;
  readonly keyIdentifier: Buffer;
}

export interface CaCertificateOptions extends CertificateOptions {
  /** The key to certify; a new one by default. Give one to cross-sign. */
  readonly keys?: KeyPair | undefined;
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
}

/** A self-signed root. */
export function createRoot(name: Name, options: CaCertificateOptions = {}): CertifiedIssuer {
  const keys = options.keys ?? createKeyPair(options.keyAlgorithm ?? 'P-384');
  const self = { name: encodeName(name), keyIdentifier: keyIdentifier(keys.spki), keys };
  return issueCa(self, name, { basicConstraints: { ca: true }, ...options, keys });
}

/** A CA certificate below `issuer`. Two with one name are two calls. */
export function createIntermediate(
  issuer: CertifiedIssuer,
  name: Name,
  options: CaCertificateOptions = {},
): CertifiedIssuer {
  const purposes = { extendedKeyUsage: [PURPOSE.codeSigning], basicConstraints: { ca: true, pathLength: 0 } };
  return issueCa(issuer, name, { ...purposes, ...options });
}

function issueCa(
  issuer: Omit<CertifiedIssuer, 'certificate'>,
  name: Name,
  options: CaCertificateOptions,
): CertifiedIssuer {
  const keys = options.keys ?? createKeyPair(options.keyAlgorithm ?? 'P-384');
  const certificate = issueCertificate(issuer, keys.spki, {
    subject: name,
    keyUsage: ['keyCertSign', 'cRLSign'],
    ...CA_YEARS,
    ...options,
  });
  return { certificate, keys, name: certificate.subject, keyIdentifier: keyIdentifier(keys.spki) };
}

/** Wide enough for any time a test uses. */
const CA_YEARS = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2040-01-01T00:00:00Z') };

/** A signing certificate as Fulcio issues it, and everything that may differ. */
export interface LeafOptions extends CertificateOptions {
  /** notBefore; notAfter is `lifetimeMs` later. */
  readonly at: Date;
  /** 10 minutes by default. */
  readonly lifetimeMs?: number | undefined;
  readonly subjectAltName: readonly GeneralName[] | Buffer | null;
  readonly claims: Claims;
  /** SCTs to embed. `null`: no extension. `[]`: an extension with an empty list. */
  readonly scts: readonly SctOptions[] | null;
  /** Index of the SCT list among the extensions; last by default. */
  readonly sctListAt?: number | undefined;
  /** Issues instead of the CA's lowest certificate: any one of a chain, or a stranger. */
  readonly issuerAuthority?: CertifiedIssuer | undefined;
}

export interface CertificateAuthority {
  readonly uri: string;
  /** From the issuing certificate up to the root, as trusted_root.json lists them. */
  readonly chain: readonly CertifiedIssuer[];
  readonly issuer: CertifiedIssuer;
  readonly root: CertifiedIssuer;
  issue(keys: KeyPair, options: LeafOptions): Certificate;
  toTrust(options?: AuthorityTrustOptions): CertificateAuthorityJson;
}

export interface CertificateAuthorityOptions {
  readonly uri?: string | undefined;
  readonly organization?: string | undefined;
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
  readonly root?: CaCertificateOptions | undefined;
  /** From the one below the root down to the issuing one; one intermediate by default. */
  readonly intermediates?: readonly CaCertificateOptions[] | undefined;
}

export function createCertificateAuthority(options: CertificateAuthorityOptions = {}): CertificateAuthority {
  const keyAlgorithm = options.keyAlgorithm ?? 'P-384';
  const organization = options.organization ?? 'sigstore.local';
  const intermediates = options.intermediates ?? [{}];
  const root = createRoot(
    [
      ['O', organization],
      ['CN', 'sigstore'],
    ],
    { keyAlgorithm, ...options.root },
  );
  const chain = [root];
  let issuer = root;
  for (const [index, intermediate] of intermediates.entries()) {
    const depth = intermediates.length - 1 - index;
    issuer = createIntermediate(
      issuer,
      [
        ['O', organization],
        ['CN', `sigstore-intermediate${depth === 0 ? '' : `-${depth}`}`],
      ],
      {
        keyAlgorithm,
        basicConstraints: { ca: true, pathLength: depth },
        ...intermediate,
      },
    );
    chain.unshift(issuer);
  }
  return authorityOf(chain, options.uri ?? 'https://fulcio.local');
}

/** An authority from certificates already made: cross-signed ones, loops, a root alone. Lowest first. */
export function authorityOf(chain: readonly CertifiedIssuer[], uri: string): CertificateAuthority {
  const issuer = chain[0];
  const root = chain.at(-1);
  if (issuer === undefined || root === undefined) throw new TypeError('a chain needs a certificate');
  return {
    uri,
    chain,
    issuer,
    root,
    issue: (keys, leaf) => issueLeaf(leaf.issuerAuthority ?? issuer, keys, leaf),
    toTrust: (trust = {}) =>
      authorityTrust(
        uri,
        chain.map(({ certificate }) => certificate.der),
        trust,
      ),
  };
}

function issueLeaf(issuer: CertifiedIssuer, keys: KeyPair, options: LeafOptions): Certificate {
  const { at, lifetimeMs = 600_000, claims, extraExtensions = [], scts } = options;
  const complete: CertificateOptions = {
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [PURPOSE.codeSigning],
    notBefore: at,
    notAfter: new Date(at.getTime() + lifetimeMs),
    ...options,
    serialNumber: options.serialNumber ?? nextSerial(),
    extraExtensions: [...claimExtensions(claims), ...extraExtensions],
  };
  if (scts === null) return issueCertificate(issuer, keys.spki, complete);
  const tbs = tbsCertificate(issuer, keys.spki, complete);
  const signed = scts.map((sct) => signSct({ tbs, issuerSpki: issuer.keys.spki, at }, sct));
  const { sctListAt } = options;
  if (sctListAt === undefined)
    return issueCertificate(issuer, keys.spki, complete, [sctListExtension(signed)]);
  const editExtensions: CertificateOptions['editExtensions'] = (list) =>
    (complete.editExtensions?.(list) ?? list).toSpliced(sctListAt, 0, sctListExtension(signed));
  return issueCertificate(issuer, keys.spki, { ...complete, editExtensions });
}
