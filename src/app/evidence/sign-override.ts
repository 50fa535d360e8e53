import { signEnvelope } from '../../core/evidence/envelope.ts';
import { type Override, toOverride } from '../../core/evidence/override.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../core/evidence/statements.ts';
import type { Signer } from '../../core/evidence-ports.ts';

/**
 * A signed override, as a file for `gate --override`. That its record is a denial is for the gate to see.
 *
 * @throws SlsaGateError `override.invalid`, `signer.failed`
 */
export const signOverride = (override: Override, signer: Signer, now: Date): Promise<Buffer> =>
  signEnvelope(STATEMENT_PAYLOAD_TYPE, toOverride(override, now), signer);
