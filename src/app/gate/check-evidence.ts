import type { Requirements } from '../../core/policy/requirements.ts';
import { refuse } from '../../errors.ts';
import type { StoreTraits } from './requests.ts';

/** What is asked of an evidence file before anything is decided. */
export interface RecordingTraits {
  readonly store: StoreTraits;
  /** Undefined where the log can only be read. */
  readonly recordSigner: { readonly scheme: string } | undefined;
  readonly sinks: readonly { readonly sink: { readonly name: string }; readonly isRequired: boolean }[];
}

/**
 * Holds the evidence file to what the environment demands of it, and to outliving the job.
 *
 * @returns what should be told, and whether the record says that it may not last
 * @throws SlsaGateError `evidence.config`, `evidence.not-durable`
 */
export function checkEvidence(
  { sinks, recordSigner, store }: RecordingTraits,
  { evidence, environment }: Pick<Requirements, 'evidence' | 'environment'>,
): { readonly ephemeral: boolean; readonly warning: string | undefined } {
  const required = sinks.filter(({ isRequired }) => isRequired).map(({ sink }) => sink.name);
  if (recordSigner === undefined) {
    return refuse('evidence.config', 'no record signer is configured, so nothing can be recorded', {
      hint: 'Name recordSigner and checkpointSigner in the evidence file.',
    });
  }
  for (const demand of evidence) {
    demandOne(environment, 'store', demand.store, store.kind);
    demandOne(environment, 'signer', demand.signer, recordSigner.scheme);
    const missing = (demand.sinks ?? []).filter((name) => !required.includes(name));
    if (missing.length > 0) {
      refuse('evidence.config', `${environment} demands required sinks: ${missing.join(', ')}`, {
        expected: (demand.sinks ?? []).join(', '),
        actual: required.join(', ') || 'none',
      });
    }
  }
  return checkDurability(
    store,
    required.length > 0,
    evidence.some(({ durable }) => durable === 'strict'),
  );
}

function demandOne(
  environment: string,
  what: string,
  allowed: readonly string[] | undefined,
  actual: string,
): void {
  if (allowed === undefined || allowed.includes(actual)) return;
  refuse('evidence.config', `${environment} demands another ${what} of evidence`, {
    expected: allowed.join(' or '),
    actual,
  });
}

/** A store that dies with its job needs a second place, or the caller's word that it does not matter. */
function checkDurability(
  { disk, onHostedRunner, ephemeralAccepted }: StoreTraits,
  hasRequiredSink: boolean,
  isStrict: boolean,
): { readonly ephemeral: boolean; readonly warning: string | undefined } {
  const dies = disk === 'volatile' || (disk !== 'remote' && onHostedRunner);
  const mayDie = disk === 'overlay';
  if (!dies && !mayDie) return { ephemeral: false, warning: undefined };
  if (hasRequiredSink) return { ephemeral: false, warning: undefined };
  // What the policy demands, no flag of the caller takes back.
  if (ephemeralAccepted && !isStrict) return { ephemeral: true, warning: undefined };
  if (dies || isStrict) {
    refuse('evidence.not-durable', 'the evidence store dies with this job and no sink is required', {
      actual:
        disk === 'volatile' ? 'a disk in memory' : dies ? 'a hosted CI runner' : 'an overlay file system',
    });
  }
  return {
    ephemeral: false,
    warning: 'the evidence store lies on an overlay file system: in a container it dies with the container',
  };
}
