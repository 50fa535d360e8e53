import type { BundleJson } from '../kit/bundle.ts';
import { toPem } from '../kit/certificate.ts';

/** A bundle without its log entry, as a file. */
export function withoutLogEntry(bundle: BundleJson): Buffer {
  const copy = structuredClone(bundle);
  delete copy.verificationMaterial?.tlogEntries;
  return Buffer.from(JSON.stringify(copy));
}

/** The older form: the envelope alone, with the certificate beside the signature. */
export function toCertifiedEnvelope({ dsseEnvelope, verificationMaterial }: BundleJson): Buffer {
  const { payload, payloadType, signatures = [] } = dsseEnvelope ?? {};
  const cert = toPem(Buffer.from(verificationMaterial?.certificate?.rawBytes ?? '', 'base64'));
  const signed = signatures.map(({ sig, keyid = '' }) => ({ keyid, sig, cert }));
  return Buffer.from(JSON.stringify({ payloadType, payload, signatures: signed }));
}
