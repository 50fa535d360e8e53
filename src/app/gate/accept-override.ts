import { sha256Hex } from '../../core/evidence/canonical.ts';
import { parseOverride } from '../../core/evidence/override.ts';
import { toOverrideStatement } from '../../core/evidence/override-record.ts';
import type { RecordSigner } from '../../core/evidence-ports.ts';
import { toRecordId } from '../../core/log/record-id.ts';
import type { Policy } from '../../core/policy/schema.ts';
import { parsePublicKeyPem } from '../../core/verify/public-key.ts';
import { refuse } from '../../errors.ts';
import { signRecord } from '../evidence/sign-record.ts';
import type { Place } from './past-denials.ts';
import type { GateEvidence } from './requests.ts';

export interface OverrideContext {
  readonly evidence: GateEvidence & { readonly recordSigner: RecordSigner };
  readonly policy: Policy;
  readonly now: Date;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Puts a signed override on record, once. It lifts one denial, which must be on record for the same bytes and environment.
 *
 * @throws SlsaGateError `override.invalid`, `replay.audience`, `evidence.*`, `signer.failed`
 */
export async function acceptOverride(
  bytes: Uint8Array,
  place: Place,
  context: OverrideContext,
): Promise<void> {
  const { evidence, policy, now, random } = context;
  const keys = (policy.overrides?.keys ?? []).map(({ pem }) => parsePublicKeyPem(pem, 'key.malformed'));
  if (keys.length === 0) refuse('override.invalid', 'the policy lets nobody override a denial');
  const accepted = parseOverride(bytes, keys, { ...place, now });
  const requestKey = sha256Hex(bytes);
  await evidence.log.append({
    decide: async (reader) => {
      const existing = await reader.recordOfRequest(requestKey);
      if (existing !== undefined) return { existing };
      const denial = await reader.record(accepted.recordId);
      const isDenial = denial?.type === 'decision' && denial.verdict === 'deny';
      if (
        !isDenial ||
        denial.artifactDigest !== place.artifactDigest ||
        denial.environment !== place.environment
      ) {
        refuse('replay.audience', `the override lifts no denial of this artifact and environment`, {
          actual: accepted.recordId,
        });
      }
      const recordId = toRecordId(now, random(10));
      const statement = toOverrideStatement({
        recordId,
        lifts: accepted.recordId,
        ...place,
        override: `sha256:${requestKey}`,
        reason: accepted.reason,
        owner: accepted.owner,
        approver: accepted.approver,
        expires: accepted.expires,
        acceptedAt: now.toISOString(),
      });
      const envelope = await signRecord(statement, evidence);
      const recordDigest = sha256Hex(envelope);
      return {
        record: {
          recordId,
          type: 'override',
          recordDigest,
          vsaDigest: null,
          requestKey,
          decisionDigest: null,
          ...place,
          verdict: null,
          codes: [],
        },
        payloads: [
          { digest: recordDigest, bytes: envelope },
          { digest: requestKey, bytes },
        ],
      };
    },
  });
}
