import type { IdentityReference } from '../app/evidence/identities.ts';
import { type EvidenceWiring, openEvidence } from '../app/evidence/open-evidence.ts';
import type { GateEvidence } from '../app/gate/requests.ts';
import { refuse } from '../errors.ts';
import type { Invocation } from './parse.ts';
import { createEvidenceWiring } from './wire-evidence.ts';

/** The evidence file that every command about records needs. */
export const evidencePath = (words: Invocation, command: string): string =>
  words.text('evidence') ??
  refuse('usage.flag', `${command} needs --evidence FILE`, {
    hint: 'Name the file that slsa-gate evidence init wrote.',
  });

/** The record that is named; exactly one. */
export const recordArgument = ({ args }: Invocation, command: string): string =>
  args[0] ??
  refuse('usage.flag', `${command} needs the id of a record`, {
    hint: 'List records with slsa-gate evidence list.',
  });

/** Runs `work` on the opened log, and closes it whatever comes of it. */
export async function withEvidence<T>(
  words: Invocation,
  command: string,
  options: { readonly write: boolean },
  work: (evidence: GateEvidence, wiring: EvidenceWiring) => Promise<T>,
): Promise<T> {
  const path = evidencePath(words, command);
  const wiring = createEvidenceWiring(words);
  const evidence = await openEvidence(path, wiring, options);
  try {
    return await work(evidence, wiring);
  } finally {
    await evidence.close();
  }
}

/** The identity that may sign records; its three flags go together. */
export function identityFlags(words: Invocation): IdentityReference | undefined {
  const subject = words.text('certificate-identity');
  const issuer = words.text('certificate-oidc-issuer');
  const trustedRoot = words.text('trusted-root');
  if (subject === undefined && issuer === undefined && trustedRoot === undefined) return undefined;
  if (subject !== undefined && issuer !== undefined && trustedRoot !== undefined)
    return { subject, issuer, trustedRoot };
  return refuse('usage.flag', 'an identity is its name, its issuer and the root that vouches for both', {
    hint: 'Give --certificate-identity, --certificate-oidc-issuer and --trusted-root together.',
  });
}

/** `sha256:<hex>`, by which records know artifacts. */
export function artifactFlag(words: Invocation): string | undefined {
  const value = words.text('artifact');
  if (value === undefined || /^sha256:[0-9a-f]{64}$/.test(value)) return value;
  return refuse('usage.flag', `--artifact is no SHA-256 digest: ${value}`, {
    expected: 'sha256: and 64 lower-case hex digits',
    actual: value,
  });
}
