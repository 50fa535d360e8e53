import { CODES } from '../../../codes.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../../core/ports.ts';
import { SlsaGateError } from '../../../errors.ts';

export interface Outcome {
  readonly attestations: readonly CollectedAttestation[];
  readonly failures: readonly SlsaGateError[];
  /** At least one list could be read, so that something of the place is known. */
  readonly isListed: boolean;
  /** What an empty answer does not cover. */
  readonly remark?: string | undefined;
}

/** The answer of a source. */
export function toAnswer(
  name: string,
  { attestations, failures, isListed, remark }: Outcome,
): CollectedAttestations {
  const [first] = failures;
  if (first === undefined) {
    if (attestations.length > 0) return { name, answer: 'complete', attestations };
    return { name, answer: 'absent', attestations, ...(remark === undefined ? {} : { reason: remark }) };
  }
  // That something is bad says nothing of what is missing: it may be what passes.
  const decisive = failures.find(({ finding }) => CODES[finding].answer !== 'deny') ?? first;
  const more = failures.length === 1 ? '' : ` (and ${failures.length - 1} more)`;
  return {
    name,
    answer: isListed ? 'partial' : 'failed',
    attestations,
    code: decisive.finding,
    reason: `${decisive.message.slice(0, 200)}${more}`,
  };
}

/** Of work that may be refused: refusals of usage and bugs go on, all else is a failure of the source. */
export function asFailure(error: unknown): SlsaGateError {
  if (error instanceof SlsaGateError && error.exitCode !== 64) return error;
  throw error;
}

/**
 * As {@link asFailure}, for addresses that an answer named: that one of them must not be asked is no fault of whoever
 * runs us.
 */
export function asFailureOfForeign(error: unknown): SlsaGateError {
  if (error instanceof SlsaGateError && error.exitCode === 64)
    return new SlsaGateError(
      'source.host-refused',
      `an answer leads to where nobody may ask: ${error.message}`,
      {
        cause: error,
      },
    );
  return asFailure(error);
}
