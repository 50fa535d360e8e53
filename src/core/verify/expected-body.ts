import { hash } from 'node:crypto';
import type { LogEntry } from '../model/log-entry.ts';
import type { LoggedSignature } from './log-entry-body.ts';

/**
 * Whether the body of a log entry is, byte for byte, the one that Rekor writes for this bundle. Nearly every body is,
 * and writing it down costs a quarter of reading it. False says nothing: the body has to be read.
 *
 * Only bodies that a full reading accepts are written here. The one part that the bundle does not determine is the hash
 * of the envelope as its signer wrote it; it is taken over where it is 64 lower-case hex digits, and where the original
 * bytes are at hand nothing is written.
 */
export function isExpectedBody(entry: LogEntry, logged: LoggedSignature): boolean {
  const kind = `${entry.kind} ${entry.version}`;
  const write = Object.hasOwn(WRITERS, kind) ? WRITERS[kind] : undefined;
  if (write === undefined || logged.certificate === undefined) return false;
  const body = entry.body.toString('latin1');
  return write(logged, pemIn(body, logged.certificate), body) === body;
}

/** What the body should be, with the certificate as it has it; undefined where no one body is expected. */
type BodyWriter = (logged: LoggedSignature, pem: string, body: string) => string | undefined;

const WRITERS: Readonly<Record<string, BodyWriter>> = {
  'hashedrekord 0.0.1': ({ content }, pem) =>
    content.kind === 'message-signature'
      ? `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"${content.digestAlgorithm}","value":"${content.digest.toString('hex')}"}},"signature":{"content":"${content.signature.toString('base64')}","publicKey":{"content":"${pem}"}}}}`
      : undefined,
  'dsse 0.0.1': ({ content }, pem, body) => {
    if (content.kind !== 'dsse' || content.envelopeBytes !== undefined) return undefined;
    const before =
      '{"apiVersion":"0.0.1","kind":"dsse","spec":{"envelopeHash":{"algorithm":"sha256","value":"';
    return `${before}${hexAt(body, before.length)}"},"payloadHash":{"algorithm":"sha256","value":"${hash('sha256', content.payload, 'hex')}"},"signatures":[{"signature":"${content.signature.toString('base64')}","verifier":"${pem}"}]}}`;
  },
  'intoto 0.0.2': ({ content }, pem, body) => {
    if (content.kind !== 'dsse' || content.envelopeBytes !== undefined) return undefined;
    const before = `{"apiVersion":"0.0.2","kind":"intoto","spec":{"content":{"envelope":{"payloadType":${JSON.stringify(content.payloadType)},"signatures":[{"publicKey":"${pem}","sig":"${again(content.signature.toString('base64'))}"}]},"hash":{"algorithm":"sha256","value":"`;
    return `${before}${hexAt(body, before.length)}"},"payloadHash":{"algorithm":"sha256","value":"${hash('sha256', content.payload, 'hex')}"}}}}`;
  },
};

const HEX = /^[0-9a-f]{64}$/;

/** The 64 hex digits at an offset of the body; else nothing, so that what is written does not equal the body. */
function hexAt(body: string, offset: number): string {
  const hex = body.slice(offset, offset + 64);
  return HEX.test(hex) ? hex : '';
}

const again = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

const PEM_COLUMNS = 64;

/** The certificate as the body has it: PEM with or without a last line feed, in base64. */
function pemIn(body: string, certificate: Buffer): string {
  const encoded = certificate.toString('base64');
  let lines = encoded.slice(0, PEM_COLUMNS);
  for (let start = PEM_COLUMNS; start < encoded.length; start += PEM_COLUMNS) {
    lines += `\n${encoded.slice(start, start + PEM_COLUMNS)}`;
  }
  const text = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----`;
  const ended = again(`${text}\n`);
  return body.includes(ended) ? ended : again(text);
}
