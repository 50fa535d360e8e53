import { octetString } from './der.ts';
import { EXTENSION, type Extension } from './extensions.ts';
import { createKeyPair, type DigestName, type KeyAlgorithm, type KeyPair, sha256, signWith } from './keys.ts';
import { type LogTrustOptions, logTrust, type TransparencyLogInstanceJson } from './trusted-root.ts';

/** What a CT log is asked to sign, and everything it can get wrong. All of it is covered by a right signature. */
export interface SctOptions {
  readonly log: CtLog;
  /** Time in the SCT; the certificate's notBefore by default. */
  readonly at?: Date | undefined;
  /** CtExtensions; empty by default. */
  readonly extensions?: Buffer | undefined;
  /** SHA-256 of the issuer's SPKI; of the real issuer by default. */
  readonly issuerKeyHash?: Buffer | undefined;
  /** TBS signed instead of that of the precertificate. */
  readonly tbs?: Buffer | undefined;
  /** Log id named in the SCT; the log's own by default. */
  readonly logId?: Buffer | undefined;
  /** The key that signs; the log's own by default. */
  readonly signingKeys?: KeyPair | undefined;
  /** 0 is v1. */
  readonly version?: number | undefined;
  readonly signature?: ((right: Buffer) => Buffer) | undefined;
  /** Changes the finished SCT. */
  readonly edit?: ((sct: Buffer) => Buffer) | undefined;
}

export interface CtLog {
  readonly baseUrl: string;
  readonly keys: KeyPair;
  /** SHA-256 of the SPKI (RFC 6962, 3.2). */
  readonly logId: Buffer;
  toTrust(options?: LogTrustOptions): TransparencyLogInstanceJson;
}

export interface CtLogOptions {
  readonly baseUrl?: string | undefined;
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
}

export function createCtLog(options: CtLogOptions = {}): CtLog {
  const keys = createKeyPair(options.keyAlgorithm ?? 'P-256');
  const baseUrl = options.baseUrl ?? 'https://ctfe.local/2026';
  const logId = sha256(keys.spki);
  return { baseUrl, keys, logId, toTrust: (trust = {}) => logTrust({ baseUrl, keys, logId }, trust) };
}

/** One SignedCertificateTimestamp for a precertificate (RFC 6962, 3.2), TLS-encoded. */
export function signSct(
  precertificate: { tbs: Buffer; issuerSpki: Buffer; at: Date },
  options: SctOptions,
): Buffer {
  const version = Buffer.of(options.version ?? 0);
  const timestamp = uint(BigInt((options.at ?? precertificate.at).getTime()), 8);
  const extensions = vector(options.extensions ?? Buffer.alloc(0), 2);
  const keys = options.signingKeys ?? options.log.keys;
  const signed = Buffer.concat([
    version,
    Buffer.of(0), // SignatureType certificate_timestamp
    timestamp,
    Buffer.of(0, 1), // LogEntryType precert_entry
    options.issuerKeyHash ?? sha256(precertificate.issuerSpki),
    vector(options.tbs ?? precertificate.tbs, 3),
    extensions,
  ]);
  const right = signWith(keys, signed);
  const signature = vector(options.signature?.(right) ?? right, 2);
  const sct = Buffer.concat([
    version,
    options.logId ?? options.log.logId,
    timestamp,
    extensions,
    algorithmOf(keys),
    signature,
  ]);
  return options.edit?.(sct) ?? sct;
}

/** The certificate extension that carries SCTs; an empty list is possible. */
export function sctListExtension(scts: readonly Buffer[]): Extension {
  const list = vector(Buffer.concat(scts.map((sct) => vector(sct, 2))), 2);
  return { oid: EXTENSION.sctList, value: octetString(list) };
}

const TLS_HASH: Readonly<Record<DigestName, number>> = { sha1: 2, sha256: 4, sha384: 5, sha512: 6 };

function algorithmOf(keys: KeyPair): Buffer {
  return Buffer.of(TLS_HASH[keys.digest], keys.algorithm.startsWith('RSA') ? 1 : 3);
}

/** A TLS vector: length in `size` octets, then the contents. */
function vector(contents: Uint8Array, size: number): Buffer {
  return Buffer.concat([uint(BigInt(contents.length), size), contents]);
}

function uint(value: bigint, size: number): Buffer {
  return Buffer.from(
    BigInt.asUintN(size * 8, value)
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
}
