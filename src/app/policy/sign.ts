import { sha256Hex } from '../../core/evidence/canonical.ts';
import { signEnvelope } from '../../core/evidence/envelope.ts';
import type { Signer } from '../../core/evidence-ports.ts';
import { parsePolicy } from '../../core/policy/parse.ts';
import { POLICY_PAYLOAD_TYPE } from '../../core/policy/signed-policy.ts';
import { refuse } from '../../errors.ts';
import { describeKey } from '../describe-key.ts';

export interface SignedPolicy {
  readonly envelope: Buffer;
  /** Of the policy, not of the envelope: what `--policy-digest` names. */
  readonly digest: string;
  readonly keyId: string;
}

/**
 * Signs the very bytes of a policy that can be used; a draft has been read by nobody yet.
 *
 * @throws SlsaGateError `policy.*`, `config.*`, `signer.failed`
 */
export async function signPolicy(bytes: Uint8Array, fileName: string, signer: Signer): Promise<SignedPolicy> {
  if (parsePolicy(bytes, fileName).draft === true)
    refuse('policy.draft', `the policy is a draft: ${fileName}`);
  return {
    envelope: await signEnvelope(POLICY_PAYLOAD_TYPE, bytes, signer),
    digest: `sha256:${sha256Hex(bytes)}`,
    keyId: describeKey(signer.publicKey).keyId,
  };
}
