import type { LogEntry } from '../src/core/model/log-entry.ts';
import type { VerifiedBundle } from '../src/core/verify/verify-bundle.ts';

/**
 * Everything in an accepted bundle that somebody signed, one text for each fact. An altered bundle that is accepted may
 * have lost facts of the good one that it was made from; a fact of its own means that an altered byte was believed.
 */
export function signedFacts({ bundle, signer, times }: VerifiedBundle): string[] {
  const { content } = bundle;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const key = signer.kind === 'certificate' ? hex(signer.certificate.raw) : hex(signer.key.key.spki);
  const about =
    content.kind === 'dsse'
      ? `envelope ${content.payloadType} ${hex(content.payload)}`
      : `message ${content.digestAlgorithm} ${hex(content.digest)}`;
  return [
    `signed ${about} ${hex(content.signature)} by ${key}`,
    ...bundle.logEntries.flatMap(entryFacts),
    ...times.map(({ kind, authority, timeMs }) => `time ${kind} ${authority} ${timeMs}`),
  ];
}

function entryFacts(entry: LogEntry): string[] {
  const { inclusionProof: proof, signedEntryTimestamp: promise } = entry;
  const facts = [`entry ${entry.logId} ${entry.body.toString('hex')}`];
  // In Rekor v1 the promise alone binds the entry's index and time.
  if (promise !== undefined)
    facts.push(`promise ${promise.toString('hex')} ${entry.logIndex} ${entry.integratedTimeSeconds}`);
  if (proof !== undefined) {
    // Signatures of others below the checkpoint are no part of what the log signed.
    const head = proof.checkpoint.slice(0, proof.checkpoint.indexOf('\n\n'));
    const hashes = proof.hashes.map((hash) => hash.toString('hex')).join(' ');
    facts.push(`proof ${proof.logIndex} ${head} ${hashes}`);
  }
  return facts;
}
