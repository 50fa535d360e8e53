import { attempt, refuse, SlsaGateError } from '../../errors.ts';
import { checkLogPresence, LOG_PRESENCE_EXPECTED, LOG_PRESENCE_SPEC } from '../log-check/presence.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import type { EvidenceRef } from '../model/finding.ts';
import { type Answer, notEvaluated, refusal } from './answers.ts';
import type { CheckContext } from './check.ts';
import type { FoundAttestation, ParsedAttestation } from './parse.ts';

/** An answer, with what else than the attestation it rests on. */
export type Told = Answer & { readonly evidence?: readonly EvidenceRef[] };

/**
 * Only bundles can have entries in a log.
 *
 * @throws SlsaGateError `tlog.missing`
 */
export const bundleInLog = (parsed: ParsedAttestation): ParsedBundle =>
  parsed.kind === 'bundle'
    ? parsed.bundle
    : refuse('tlog.missing', 'an attestation of this form is in no log');

/**
 * Whether a verified attestation is still in its logs, by what was read of them; undefined where nobody asked. Where
 * somebody asked, one whose logs were not read is not known to be there.
 */
export function logPresence(
  { digest, parsed }: FoundAttestation,
  isVerified: boolean,
  { logWitnesses, trust: { roots } }: CheckContext,
): Told | undefined {
  if (logWitnesses === undefined) return undefined;
  if (!isVerified || parsed instanceof SlsaGateError)
    return notEvaluated('log-presence', LOG_PRESENCE_SPEC, LOG_PRESENCE_EXPECTED);
  const bundle = attempt(() => bundleInLog(parsed));
  if ('error' in bundle)
    return refusal('log-presence', LOG_PRESENCE_SPEC, LOG_PRESENCE_EXPECTED, bundle.error);
  const witness =
    logWitnesses.get(digest) ?? new SlsaGateError('source.unavailable', 'the log was not asked');
  return checkLogPresence({ bundle: bundle.value, roots, witness });
}
