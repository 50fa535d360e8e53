import type { EvidenceFile } from '../../core/evidence/evidence-file.ts';
import type { RecordAuthority, RecordIdentity } from '../../core/evidence/record-authority.ts';
import { parsePublicKeyPem } from '../../core/verify/public-key.ts';
import { trustOf } from './log-options.ts';
import type { PackTrust } from './verify-pack.ts';

export type { PackTrust };

/** Whom to trust about an export, as texts. */
export interface PackTrustInput {
  readonly origin: string;
  /** PEM each. */
  readonly recordKeys: readonly string[];
  readonly recordIdentities?: readonly RecordIdentity[];
  /** Verifier keys (C2SP). */
  readonly checkpointKeys: readonly string[];
  readonly verifierId: string | undefined;
}

/** @throws SlsaGateError `key.malformed`, `evidence.config` */
export const packTrust = ({
  origin,
  recordKeys,
  recordIdentities = [],
  checkpointKeys,
  verifierId,
}: PackTrustInput): PackTrust => ({
  checkpoint: trustOf({ origin, checkpointKeys }),
  records: {
    recordKeys: [...recordKeys.map((pem) => parsePublicKeyPem(pem, 'key.malformed')), ...recordIdentities],
    verifierId,
  },
});

/** The same, out of the evidence file of the log. */
export const packTrustOfFile = (
  { origin, checkpointKeys, verifierId }: EvidenceFile,
  recordKeys: readonly RecordAuthority[],
): PackTrust => ({
  checkpoint: { origin, keys: checkpointKeys },
  records: { recordKeys, verifierId },
});
