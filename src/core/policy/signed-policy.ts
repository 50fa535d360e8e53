import { attempt, refuse, SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { type ParsedEnvelope, toEnvelope } from '../model/envelope.ts';
import { parseJson } from '../model/json.ts';
import { preAuthEncoding } from '../verify/envelope.ts';
import { fingerprintOf } from '../verify/key-fingerprint.ts';
import { HASH_OF_KEY, type PublicKey, verifySignature } from '../verify/public-key.ts';

/** Payload type of signed policies: what was signed as something else is no policy. */
export const POLICY_PAYLOAD_TYPE = 'application/vnd.slsa-gate.policy';

function readEnvelope(bytes: Uint8Array): ParsedEnvelope {
  const read = attempt(() => toEnvelope(parseJson(bytes, 'signed policy', LIMITS.attestationBytes)));
  if ('value' in read) return read.value;
  refuse('policy.signature', `the policy is in no envelope with one signature (${read.error.finding})`, {
    cause: read.error,
  });
}

/**
 * The policy file in a DSSE envelope that one of the keys signed. Any DSSE signer may have made it; the name that it gives
 * its key counts for nothing. What the file says is not looked at.
 *
 * @throws SlsaGateError `policy.signature`
 */
export function openSignedPolicy(bytes: Uint8Array, keys: readonly PublicKey[]): Buffer {
  const { payload, payloadType, signature, keyid } = readEnvelope(bytes);
  if (payloadType !== POLICY_PAYLOAD_TYPE) {
    refuse('policy.signature', 'the envelope holds no policy', {
      expected: POLICY_PAYLOAD_TYPE,
      actual: payloadType,
    });
  }
  const signed = preAuthEncoding(payloadType, payload);
  if (keys.some((key) => verifySignature(key, HASH_OF_KEY[key.kind], signed, signature))) return payload;
  throw new SlsaGateError('policy.signature', 'the policy is signed by none of the given keys', {
    expected: keys.map(fingerprintOf).join(', ') || 'no key was given',
    actual: keyid === '' ? 'a signature without the name of its key' : keyid,
  });
}
