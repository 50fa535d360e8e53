import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { type Certificate, EXTENSION } from './certificate.ts';
import { DerReader, derHeader, TAG } from './der.ts';
import { type HashAlgorithm, type PublicKey, verifySignature } from './public-key.ts';
import { isWithin, type Log } from './trusted-root.ts';

/** One promise of a certificate log, read but not verified (RFC 6962 section 3.2). */
export interface SignedCertificateTimestamp {
  readonly logId: string;
  readonly timeMs: number;
  readonly timestampBytes: Buffer;
  readonly extensions: Buffer;
  readonly hash: HashAlgorithm;
  readonly keyKinds: readonly PublicKey['kind'][];
  readonly signature: Buffer;
}

/** RFC 5246 section 7.4.1.4.1. */
const TLS_HASHES: Readonly<Record<number, HashAlgorithm>> = { 4: 'sha256', 5: 'sha384', 6: 'sha512' };
const TLS_SIGNATURES: Readonly<Record<number, readonly PublicKey['kind'][]>> = {
  1: ['rsa'],
  3: ['p256', 'p384', 'p521'],
};

const malformed = (message: string): never => refuse('sct.invalid', `SCT list ${message}`);

/** Reads the TLS-encoded list (RFC 6962 section 3.3). */
function parseSctList(list: Buffer): SignedCertificateTimestamp[] {
  if (list.length < 2 || list.readUInt16BE(0) !== list.length - 2) malformed('has a wrong length');
  const result: SignedCertificateTimestamp[] = [];
  for (let offset = 2; offset < list.length; ) {
    if (offset + 2 > list.length) malformed('is cut short');
    const end = offset + 2 + list.readUInt16BE(offset);
    if (end > list.length) malformed('is cut short');
    result.push(parseSct(list.subarray(offset + 2, end)));
    if (result.length > LIMITS.scts) refuse('limit.bundle', 'certificate has too many SCTs');
    offset = end;
  }
  return result;
}

/** RFC 6962 section 3.2: version, log id, time, extensions, hash, signature algorithm, signature. */
function parseSct(sct: Buffer): SignedCertificateTimestamp {
  if (sct.length < 47 || sct[0] !== 0) malformed('has an unknown version or is cut short');
  const extensionsEnd = 43 + sct.readUInt16BE(41);
  if (extensionsEnd + 4 > sct.length) malformed('is cut short');
  const hash = TLS_HASHES[sct[extensionsEnd] as number];
  const keyKinds = TLS_SIGNATURES[sct[extensionsEnd + 1] as number];
  if (hash === undefined || keyKinds === undefined) return malformed('has an unknown signature algorithm');
  if (sct.readUInt16BE(extensionsEnd + 2) !== sct.length - extensionsEnd - 4)
    malformed('has a wrong signature length');
  const timeMs = Number(sct.readBigUInt64BE(33));
  return {
    logId: sct.toString('hex', 1, 33),
    timeMs,
    timestampBytes: sct.subarray(33, 41),
    extensions: sct.subarray(41, extensionsEnd),
    hash,
    keyKinds,
    signature: sct.subarray(extensionsEnd + 4),
  };
}

/**
 * Reads the SCTs that are embedded in a certificate; none without the extension. Nothing is verified.
 *
 * @throws SlsaGateError `sct.invalid`, `limit.count`
 */
export function readScts(leaf: Certificate): readonly SignedCertificateTimestamp[] {
  const extension = leaf.extensions.get(EXTENSION.sctList);
  if (extension === undefined) return [];
  const reader: DerReader = new DerReader('sct.invalid', 'SCT list');
  const list = reader.whole(extension.value, TAG.octetString);
  return parseSctList(list.bytes.subarray(list.start, list.end));
}

/**
 * What a log signs of a certificate: hash of the issuer's key, then the TBSCertificate as the log saw it, without the
 * SCT list (RFC 6962 section 3.2). The extensions before and after the list are taken as they stand.
 *
 * @param issuerKeyHash SHA-256 of the issuer's SubjectPublicKeyInfo
 */
export function precertificateEntry(leaf: Certificate, issuerKeyHash: Buffer): Buffer {
  const extensions = [...leaf.extensions.values()];
  const [first, last] = [extensions[0]?.element, extensions.at(-1)?.element];
  const list = leaf.extensions.get(EXTENSION.sctList)?.element;
  const lastField = leaf.tbsFields.at(-1);
  if (first === undefined || last === undefined || list === undefined || lastField === undefined)
    return malformed('is not there');
  const { bytes } = leaf.tbs;
  const fields = bytes.subarray(leaf.tbs.start, lastField.end);
  const before = bytes.subarray(first.head, list.head);
  const after = bytes.subarray(list.end, last.end);
  const listHeader = derHeader(TAG.sequence, before.length + after.length);
  const extensionsLength = listHeader.length + before.length + after.length;
  const extensionsHeader = derHeader(TAG.contextConstructed(3), extensionsLength);
  const tbsLength = fields.length + extensionsHeader.length + extensionsLength;
  const tbsHeader = derHeader(TAG.sequence, tbsLength);
  const length = Buffer.alloc(3);
  length.writeUIntBE(tbsHeader.length + tbsLength, 0, 3);
  return Buffer.concat([
    issuerKeyHash,
    length,
    tbsHeader,
    fields,
    extensionsHeader,
    listHeader,
    before,
    after,
  ]);
}

/**
 * Verifies one SCT under the log that it names.
 *
 * @param entry as {@link precertificateEntry} gives it
 * @throws SlsaGateError `sct.invalid`, `sct.key-validity`
 */
export function verifySct(sct: SignedCertificateTimestamp, log: Log, entry: Buffer): void {
  if (!sct.keyKinds.includes(log.key.kind)) refuse('sct.invalid', 'SCT is signed with another type of key');
  if (!isWithin(log.window, sct.timeMs)) refuse('sct.key-validity', 'SCT lies outside the window of its log');
  const signed = Buffer.concat([
    Buffer.from([0, 0]), // version 1, certificate timestamp
    sct.timestampBytes,
    Buffer.from([0, 1]), // precertificate entry
    entry,
    sct.extensions,
  ]);
  if (!verifySignature(log.key, sct.hash, signed, sct.signature))
    refuse('sct.invalid', 'signature of an SCT does not verify');
}

/**
 * Verifies every embedded SCT and returns the distinct keys (SubjectPublicKeyInfo, latin1) of the logs that vouch for
 * the certificate: a log under two ids is one witness. One that does not verify refuses the certificate; none is
 * skipped, but for logs that nobody trusts where `skipUnknownLogs` says so.
 *
 * @param issuerKeyHash SHA-256 of the SubjectPublicKeyInfo of the certificate's verified issuer
 * @throws SlsaGateError `sct.invalid`, `sct.key-validity`
 */
export function verifyScts(
  leaf: Certificate,
  issuerKeyHash: Buffer,
  logs: ReadonlyMap<string, Log>,
  skipUnknownLogs: boolean,
): ReadonlySet<string> {
  const witnesses = new Set<string>();
  const scts = readScts(leaf);
  if (scts.length === 0) return witnesses;
  const entry = precertificateEntry(leaf, issuerKeyHash);
  for (const sct of scts) {
    const log = logs.get(sct.logId);
    if (log === undefined) {
      if (skipUnknownLogs) continue;
      refuse('sct.invalid', 'SCT is of a log that is not trusted', { actual: sct.logId });
    }
    verifySct(sct, log, entry);
    witnesses.add(log.key.spki.toString('latin1'));
  }
  return witnesses;
}
