import type { KeyPair } from './keys.ts';

/** trusted_root.json, as plain mutable objects. */
export interface TrustedRootJson {
  mediaType?: string;
  tlogs?: TransparencyLogInstanceJson[];
  certificateAuthorities?: CertificateAuthorityJson[];
  ctlogs?: TransparencyLogInstanceJson[];
  timestampAuthorities?: CertificateAuthorityJson[];
}

export interface ValidForJson {
  start?: string;
  end?: string;
}

export interface TransparencyLogInstanceJson {
  baseUrl?: string;
  hashAlgorithm?: string;
  publicKey?: { rawBytes?: string; keyDetails?: string; validFor?: ValidForJson };
  logId?: { keyId?: string };
  checkpointKeyId?: { keyId?: string };
}

export interface CertificateAuthorityJson {
  subject?: { organization?: string; commonName?: string };
  uri?: string;
  certChain?: { certificates?: { rawBytes?: string }[] };
  validFor?: ValidForJson;
}

/** A window: `null` leaves the end point (or all of it) out; a string is written as it stands. Inverted is possible. */
export type ValidFor = { readonly start?: Date | string | null; readonly end?: Date | string | null } | null;

export interface LogTrustOptions {
  readonly validFor?: ValidFor | undefined;
  readonly baseUrl?: string | undefined;
  readonly logId?: Buffer | undefined;
  readonly checkpointKeyId?: Buffer | undefined;
  readonly keyDetails?: string | undefined;
  readonly publicKey?: Buffer | undefined;
}

export interface AuthorityTrustOptions {
  readonly validFor?: ValidFor | undefined;
  readonly uri?: string | undefined;
  /** Certificates (DER) instead of the authority's chain: lowest first. */
  readonly certificates?: readonly Buffer[] | undefined;
}

/** From the oldest time in use, without an end, as in the public-good root. */
const OPEN_START = new Date('2021-01-01T00:00:00Z');

export function logTrust(
  log: { baseUrl: string; keys: KeyPair; logId: Buffer },
  options: LogTrustOptions,
): TransparencyLogInstanceJson {
  return {
    baseUrl: options.baseUrl ?? log.baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: (options.publicKey ?? log.keys.spki).toString('base64'),
      keyDetails: options.keyDetails ?? log.keys.keyDetails,
      ...validForMember(options.validFor),
    },
    logId: { keyId: (options.logId ?? log.logId).toString('base64') },
    ...(options.checkpointKeyId && {
      checkpointKeyId: { keyId: options.checkpointKeyId.toString('base64') },
    }),
  };
}

export function authorityTrust(
  uri: string,
  chain: readonly Buffer[],
  options: AuthorityTrustOptions,
): CertificateAuthorityJson {
  const certificates = (options.certificates ?? chain).map((der) => ({ rawBytes: der.toString('base64') }));
  return {
    subject: { organization: 'sigstore.local', commonName: 'sigstore' },
    uri: options.uri ?? uri,
    certChain: { certificates },
    ...validForMember(options.validFor),
  };
}

function validForMember(wanted: ValidFor | undefined): { validFor?: ValidForJson } {
  if (wanted === null) return {};
  const window: ValidForJson = {};
  const from = wanted?.start === undefined ? OPEN_START : wanted.start;
  if (from !== null) window.start = instant(from);
  if (wanted?.end !== undefined && wanted.end !== null) window.end = instant(wanted.end);
  return { validFor: window };
}

/** RFC 3339 as the real roots write it: no fraction unless there is one. */
function instant(value: Date | string): string {
  return typeof value === 'string' ? value : value.toISOString().replace('.000Z', 'Z');
}

/** One root out of any authorities. */
export function buildTrustedRoot(parts: TrustedRootJson): TrustedRootJson {
  return { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', ...parts };
}

/** One root that trusts everything the given ones trust. */
export function mergeTrustedRoots(...roots: readonly TrustedRootJson[]): TrustedRootJson {
  return buildTrustedRoot({
    tlogs: roots.flatMap((root) => root.tlogs ?? []),
    certificateAuthorities: roots.flatMap((root) => root.certificateAuthorities ?? []),
    ctlogs: roots.flatMap((root) => root.ctlogs ?? []),
    timestampAuthorities: roots.flatMap((root) => root.timestampAuthorities ?? []),
  });
}
