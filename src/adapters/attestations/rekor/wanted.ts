import { hash } from 'node:crypto';
import type { ParsedBundle } from '../../../core/model/bundle.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../core/model/json.ts';
import type { RekorApiEntry } from '../../../core/model/rekor-api.ts';
import { attempt } from '../../../errors.ts';

/** What an entry must name to be offered, and by what it is searched. */
export interface WantedEntry {
  /** Bodies of searches, the most exact first. */
  readonly queries: readonly JsonObject[];
  /** Whether the entry names our digest, signature and certificate. A label alone: verification compares all of it. */
  matches(entry: RekorApiEntry): boolean;
}

const sha256 = (bytes: Uint8Array | string): string => hash('sha256', bytes, 'hex');

/**
 * The certificate comes first: only who holds its key can log entries that name it, while anybody may log others of the
 * same payload. What Rekor lists entries by has changed over the years, so every way is tried until one finds it.
 */
export function toWantedEntry({ content, verificationKey }: ParsedBundle): WantedEntry | undefined {
  if (verificationKey.kind !== 'certificate') return undefined;
  const { leaf } = verificationKey;
  const pem = toPem(leaf);
  const signature = content.signature.toString('base64');
  const byHash = (digest: string): JsonObject => ({ hash: digest });
  if (content.kind === 'dsse') {
    const payload = sha256(content.payload);
    const envelope = content.envelopeBytes === undefined ? undefined : sha256(content.envelopeBytes);
    return {
      queries: [
        byHash(`sha256:${sha256(pem)}`),
        byHash(`sha256:${payload}`),
        ...(envelope === undefined ? [] : [byHash(`sha256:${envelope}`)]),
      ],
      matches: named({ digests: envelope === undefined ? [payload] : [payload, envelope], signature, leaf }),
    };
  }
  const digest = content.digest.toString('hex');
  return {
    queries: [
      { publicKey: { format: 'x509', content: Buffer.from(pem).toString('base64') } },
      // Rekor takes no SHA-384 here.
      ...(content.digestAlgorithm === 'sha384' ? [] : [byHash(`${content.digestAlgorithm}:${digest}`)]),
    ],
    matches: named({ digests: [digest], signature, leaf }),
  };
}

interface Named {
  /** Hex; one of them. */
  readonly digests: readonly string[];
  /** Base64. */
  readonly signature: string;
  readonly leaf: Buffer;
}

/** The oldest in-toto entries name no signature, but the envelope that holds it. */
const WITHOUT_SIGNATURE = 'intoto 0.0.1';

const named =
  ({ digests, signature, leaf }: Named) =>
  ({ body }: RekorApiEntry): boolean => {
    const parsed = attempt(() => parseJson(body, 'log entry body'));
    if ('error' in parsed || !isJsonObject(parsed.value)) return false;
    const { kind, apiVersion } = parsed.value;
    const texts = new Set(textsOf(parsed.value));
    const signatures = [signature, Buffer.from(signature).toString('base64')];
    const isSigned =
      `${kind} ${apiVersion}` === WITHOUT_SIGNATURE || signatures.some((text) => texts.has(text));
    return isSigned && digests.some((digest) => texts.has(digest)) && [...texts].some(isPemOf(leaf));
  };

/** Every text of a JSON value. */
function textsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member: Json) => textsOf(member));
}

const PEM = /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
const PEM_IN_BASE64 = Buffer.from('-----BEGIN CERTIFICATE').toString('base64').slice(0, 28);

const isPemOf =
  (leaf: Buffer) =>
  (text: string): boolean => {
    if (!text.startsWith(PEM_IN_BASE64)) return false;
    const [, encoded = ''] = PEM.exec(Buffer.from(text, 'base64').toString('latin1')) ?? [];
    return Buffer.from(encoded, 'base64').equals(leaf);
  };

const PEM_LINE = 64;

/** As Go writes it, which is how Rekor hashes it. */
function toPem(der: Buffer): string {
  const encoded = der.toString('base64');
  const lines = encoded.match(new RegExp(`.{1,${PEM_LINE}}`, 'g')) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
