import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64OrBase64Url } from '../model/base64.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../model/payload-type.ts';
import { preAuthEncoding } from '../verify/envelope.ts';
import { HASH_OF_KEY, verifySignature } from '../verify/public-key.ts';
import { type CloudBuildKeys, parseKeyId, type SigningKey } from './keys.ts';
import type { CloudBuildProvenance, EnvelopeSignature } from './parse.ts';
import { type CloudBuildStatement, readCloudBuildStatement } from './statement.ts';

/**
 * One signature of an envelope. Only `verified` ones count; the others are listed so that a reader sees them.
 *
 * - `unknown-key`: the key id names no pinned key.
 * - `malformed`: the signature is no canonical base64.
 * - `mismatch`: the pinned key did not make it.
 */
export interface CheckedSignature {
  readonly keyid: string;
  readonly outcome: 'verified' | 'unknown-key' | 'malformed' | 'mismatch';
}

/**
 * A provenance that Cloud Build signed. What stands beside the envelope (text, summary, resource URI) was not compared
 * yet: `interpretCloudBuild` does.
 */
export interface VerifiedCloudBuild {
  readonly provenance: CloudBuildProvenance;
  /** The bytes that were signed. */
  readonly payload: Buffer;
  readonly signed: CloudBuildStatement;
  /** Stems of the pinned keys that signed it, each once, at least one. */
  readonly signedBy: readonly [string, ...string[]];
  /** Every signature of the envelope, in its order. */
  readonly signatures: readonly CheckedSignature[];
}

/**
 * Verifies the envelope of one provenance: payload type exact, at least one signature by a pinned key that may sign this
 * version of provenance. Regional keys sign the payload itself, the two global ones the DSSE pre-authentication encoding;
 * neither counts over the other's bytes.
 *
 * @throws SlsaGateError `dsse.payload-type`, `bundle.base64`, `limit.bytes`, `gcb.malformed`, `gcb.signature`,
 *   `statement.*`, `subject.empty`, `predicate.type`, `predicate.schema`
 */
export function verifyCloudBuild(provenance: CloudBuildProvenance, keys: CloudBuildKeys): VerifiedCloudBuild {
  const payload = decodePayload(provenance);
  const { payloadType, signatures } = provenance.envelope;
  const signedBytes = { payload, 'pre-auth-encoding': preAuthEncoding(payloadType, payload) };
  const checked = signatures.map((signature) => checkSignature(signature, keys, signedBytes));
  const counted = checked.flatMap(({ outcome, key }) =>
    outcome === 'verified' && key !== undefined ? [key] : [],
  );
  if (counted.length === 0) refuseUnsigned(provenance, checked);
  const signed = readCloudBuildStatement(payload);
  const stems = counted.filter((key) => key.version === signed.version).map((key) => key.stem);
  const [first, ...rest] = new Set(stems);
  if (first === undefined) {
    refuse('predicate.type', 'the key that signed does not sign this version of provenance', {
      expected: counted.map((key) => `provenance ${key.version}`).join(' or '),
      actual: `provenance ${signed.version}`,
      path: provenance.path,
    });
  }
  return {
    provenance,
    payload,
    signed,
    signedBy: [first, ...rest],
    signatures: checked.map(({ keyid, outcome }) => ({ keyid, outcome })),
  };
}

/**
 * Decodes the payload of an envelope whose type is that of in-toto statements. Nothing is verified.
 *
 * @throws SlsaGateError `dsse.payload-type`, `bundle.base64`, `limit.bytes`, `gcb.malformed`
 */
export function decodePayload({ envelope, path }: CloudBuildProvenance): Buffer {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD_TYPE) {
    refuse('dsse.payload-type', 'payload is not an in-toto statement', {
      expected: IN_TOTO_PAYLOAD_TYPE,
      actual: envelope.payloadType,
      path: `${path}.envelope.payloadType`,
    });
  }
  const payload = parseBase64OrBase64Url(envelope.payload, `${path}.envelope.payload`, LIMITS.payloadBytes);
  if (payload.length === 0) {
    refuse('gcb.malformed', 'payload is empty', { path: `${path}.envelope.payload` });
  }
  return payload;
}

interface TriedSignature extends CheckedSignature {
  /** Undefined for keys that are not pinned. */
  readonly key: SigningKey | undefined;
}

function checkSignature(
  { keyid, sig }: EnvelopeSignature,
  keys: CloudBuildKeys,
  signedBytes: Readonly<Record<SigningKey['signs'], Buffer>>,
): TriedSignature {
  const named = parseKeyId(keyid);
  const pinned = named === undefined ? undefined : keys.get(named.stem);
  if (named === undefined || pinned === undefined) return { keyid, outcome: 'unknown-key', key: undefined };
  const signature = decodeSignature(sig);
  if (signature === undefined) return { keyid, outcome: 'malformed', key: named };
  const verifies = verifySignature(pinned, HASH_OF_KEY[pinned.kind], signedBytes[named.signs], signature);
  return { keyid, outcome: verifies ? 'verified' : 'mismatch', key: named };
}

/** Undefined for what is no signature: it does not count, and it does not hide the others. */
function decodeSignature(sig: string): Buffer | undefined {
  if (sig === '' || sig.length > LIMITS.signatureBytes * 2) return undefined;
  try {
    return parseBase64OrBase64Url(sig, 'sig');
  } catch {
    return undefined;
  }
}

function refuseUnsigned(provenance: CloudBuildProvenance, checked: readonly TriedSignature[]): never {
  refuse('gcb.signature', 'no signature by a pinned Cloud Build key verifies', {
    expected: 'at least one signature by a pinned key',
    actual:
      checked.length === 0
        ? 'no signature'
        : checked.map(({ keyid, outcome }) => `${outcome}: ${keyid === '' ? 'no key id' : keyid}`).join('; '),
    path: `${provenance.path}.envelope.signatures`,
  });
}
