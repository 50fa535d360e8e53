import { signEnvelope, verifyOwnEnvelope } from '../../core/evidence/envelope.ts';
import {
  assertExpectedIdentity,
  isIdentity,
  type RecordAuthority,
  type RecordIdentity,
} from '../../core/evidence/record-authority.ts';
import { encodeOwnBundle } from '../../core/evidence/record-bundle.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../core/evidence/statements.ts';
import type { IdentitySigner, RecordSigner } from '../../core/evidence-ports.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseJson } from '../../core/model/json.ts';
import { refuse, SlsaGateError } from '../../errors.ts';

/** Who signs, and who may have signed, out of configuration. */
export interface RecordSigning {
  readonly recordSigner: RecordSigner;
  readonly recordKeys: readonly RecordAuthority[];
}

/**
 * Signs a statement for the log: an envelope by a key, a Sigstore bundle by an identity. A bundle is verified before it is
 * handed on, as whoever reads it later will.
 *
 * @throws SlsaGateError `signer.failed`
 */
export const signRecord = (statement: Uint8Array, signing: RecordSigning): Promise<Buffer> => {
  const { recordSigner, recordKeys } = signing;
  return 'signBundle' in recordSigner
    ? signByIdentity(statement, recordSigner, recordKeys.filter(isIdentity))
    : signEnvelope(STATEMENT_PAYLOAD_TYPE, statement, recordSigner);
};

async function signByIdentity(
  statement: Uint8Array,
  signer: IdentitySigner,
  identities: readonly RecordIdentity[],
): Promise<Buffer> {
  try {
    const made = await signer.signBundle(STATEMENT_PAYLOAD_TYPE, statement, (certificate) =>
      assertExpectedIdentity(certificate, identities),
    );
    const bundle = encodeOwnBundle(parseJson(made, 'bundle', LIMITS.attestationBytes));
    const payload = verifyOwnEnvelope(bundle, identities, STATEMENT_PAYLOAD_TYPE, {
      malformed: 'signer.failed',
      signature: 'signer.failed',
    });
    if (!payload.equals(statement)) refuse('signer.failed', 'the signer signed another statement');
    return bundle;
  } catch (cause) {
    if (!(cause instanceof SlsaGateError) || cause.finding === 'signer.failed') throw cause;
    // What a service answered is no fault of the artifact, whatever its code says elsewhere.
    return refuse('signer.failed', `signing by identity failed (${cause.finding}): ${cause.message}`, {
      hint: cause.hint,
      ...(cause.expected === undefined ? {} : { expected: cause.expected }),
      ...(cause.actual === undefined ? {} : { actual: cause.actual }),
      cause,
    });
  }
}
