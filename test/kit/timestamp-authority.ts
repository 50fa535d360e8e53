import { type Certificate, type CertificateOptions, issueCertificate } from './certificate.ts';
import {
  type CaCertificateOptions,
  type CertifiedIssuer,
  createIntermediate,
  createRoot,
} from './certificate-authority.ts';
import { PURPOSE } from './extensions.ts';
import { createKeyPair, type KeyAlgorithm, type KeyPair } from './keys.ts';
import { type TokenOptions, type TokenSigner, timestampResponse } from './timestamp-token.ts';
import { type AuthorityTrustOptions, authorityTrust, type CertificateAuthorityJson } from './trusted-root.ts';

export interface TimestampAuthority {
  readonly uri: string;
  /** The leaf that signs. */
  readonly signer: TokenSigner;
  readonly issuer: CertifiedIssuer;
  readonly root: CertifiedIssuer;
  /** Leaf first, root last. */
  readonly chain: readonly Certificate[];
  /** A TimeStampResp (DER) over a signature. */
  timestamp(signature: Buffer, at: Date, options?: TokenOptions): Buffer;
  /** Another signing certificate below the same CA, for instance with the wrong purpose. */
  issueSigner(options?: TsaLeafOptions): TokenSigner;
  toTrust(options?: AuthorityTrustOptions): CertificateAuthorityJson;
}

export interface TsaLeafOptions extends CertificateOptions {
  readonly keys?: KeyPair | undefined;
}

export interface TimestampAuthorityOptions {
  readonly uri?: string | undefined;
  readonly organization?: string | undefined;
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
  readonly root?: CaCertificateOptions | undefined;
  /** One intermediate when given, else the root issues the leaf, as in the public-good TSA. */
  readonly intermediate?: CaCertificateOptions | undefined;
  readonly leaf?: TsaLeafOptions | undefined;
}

export function createTimestampAuthority(options: TimestampAuthorityOptions = {}): TimestampAuthority {
  const uri = options.uri ?? 'https://timestamp.local/api/v1/timestamp';
  const organization = options.organization ?? 'sigstore.local';
  const keyAlgorithm = options.keyAlgorithm ?? 'P-256';
  const root = createRoot(
    [
      ['O', organization],
      ['CN', 'sigstore-tsa-selfsigned'],
    ],
    { keyAlgorithm, ...options.root },
  );
  const issuer =
    options.intermediate === undefined
      ? root
      : createIntermediate(
          root,
          [
            ['O', organization],
            ['CN', 'sigstore-tsa-intermediate'],
          ],
          {
            keyAlgorithm,
            extendedKeyUsage: [PURPOSE.timeStamping],
            ...options.intermediate,
          },
        );
  const issueSigner = (leaf: TsaLeafOptions = {}): TokenSigner => {
    const keys = leaf.keys ?? createKeyPair(keyAlgorithm);
    const certificate = issueCertificate(issuer, keys.spki, { ...goodLeaf(organization), ...leaf });
    return { certificate, keys };
  };
  const signer = issueSigner(options.leaf);
  const above = issuer === root ? [root] : [issuer, root];
  const chain = [signer.certificate, ...above.map(({ certificate }) => certificate)];
  return {
    uri,
    signer,
    issuer,
    root,
    chain,
    issueSigner,
    timestamp: (signature, at, token = {}) => timestampResponse(signer, signature, at, token),
    toTrust: (trust = {}) =>
      authorityTrust(
        uri,
        chain.map(({ der }) => der),
        trust,
      ),
  };
}

/** RFC 3161, 2.3: id-kp-timeStamping alone, and critical. */
function goodLeaf(organization: string): CertificateOptions {
  return {
    subject: [
      ['O', organization],
      ['CN', 'sigstore-tsa'],
    ],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [PURPOSE.timeStamping],
    critical: { '2.5.29.37': true },
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
  };
}
