import { X509Certificate } from 'node:crypto';
import { type KeyPair, rawEd25519, sha256 } from '../../kit/keys.ts';
import {
  buildTrustedRoot,
  type CertificateAuthorityJson,
  type TransparencyLogInstanceJson,
  type TrustedRootJson,
} from '../../kit/trusted-root.ts';

/** Where the parts of an instance are, and what they sign with. */
export interface Authorities {
  readonly since: string;
  readonly fulcio: { readonly url: string; readonly chainPem: string };
  readonly ct: { readonly url: string; readonly keys: KeyPair };
  readonly rekor: { readonly url: string; readonly keys: KeyPair };
  readonly rekor2: { readonly url: string; readonly keys: KeyPair };
  readonly tsa: { readonly url: string; readonly chainPem: string };
  readonly oidcUrl: string;
}

/** The specification of trusted roots: it should match the origin of checkpoints, which is the host alone. */
const withoutPort = (url: string): string => `http://${new URL(url).hostname}`;

/** Rekor v1 and CT logs are known by the hash of their key; Rekor v2 by the uncut key id of its signed notes. */
const logOf = (
  { url, keys }: Authorities['rekor'],
  since: string,
  origin?: string,
): TransparencyLogInstanceJson => {
  const id =
    origin === undefined
      ? sha256(keys.spki)
      : sha256(Buffer.from(`${origin}\n`), Buffer.of(1), rawEd25519(keys));
  return {
    baseUrl: withoutPort(url),
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: keys.spki.toString('base64'),
      keyDetails: keys.keyDetails,
      validFor: { start: since },
    },
    logId: { keyId: id.toString('base64') },
  };
};

const authorityOf = ({ url, chainPem }: Authorities['tsa'], since: string): CertificateAuthorityJson => {
  const certificates = (chainPem.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  const attribute = (name: string): string =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(certificates.at(-1)?.subject ?? '')?.[1] ?? '';
  return {
    subject: { organization: attribute('O'), commonName: attribute('CN') },
    uri: url,
    certChain: { certificates: certificates.map(({ raw }) => ({ rawBytes: raw.toString('base64') })) },
    validFor: { start: since },
  };
};

export const trustedRootOf = (of: Authorities): TrustedRootJson =>
  buildTrustedRoot({
    tlogs: [logOf(of.rekor, of.since), logOf(of.rekor2, of.since, new URL(of.rekor2.url).hostname)],
    certificateAuthorities: [authorityOf(of.fulcio, of.since)],
    ctlogs: [logOf(of.ct, of.since)],
    timestampAuthorities: [authorityOf(of.tsa, of.since)],
  });

/** How a client signs: through Rekor v1, or through Rekor v2 and the timestamp authority. */
export function signingConfigOf(of: Authorities, rekor: 1 | 2): object {
  const service = (url: string, majorApiVersion = 1): object => ({
    url,
    majorApiVersion,
    validFor: { start: of.since },
    operator: 'private.test',
  });
  const any = { selector: 'ANY' };
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(of.fulcio.url)],
    oidcUrls: [service(of.oidcUrl)],
    rekorTlogUrls: [rekor === 1 ? service(of.rekor.url) : service(of.rekor2.url, 2)],
    rekorTlogConfig: any,
    ...(rekor === 2 && { tsaUrls: [service(of.tsa.url)], tsaConfig: any }),
  };
}
