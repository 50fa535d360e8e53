import { createHash } from 'node:crypto';
import { CODES } from '../../codes.ts';
import { attempt, refuse, SlsaGateError } from '../../errors.ts';
import { refusal } from '../attestation/answers.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import type { Finding } from '../model/finding.ts';
import { type EntryWitness, parseLogWitness, type WitnessPlan } from '../model/log-witness.ts';
import type { TrustedRoot } from '../verify/trusted-root.ts';
import * as v1 from './rekor-v1.ts';
import * as v2 from './rekor-v2.ts';
import { type SoughtEntry, soughtEntries } from './sought.ts';
import type { Standing } from './standing.ts';

export const LOG_PRESENCE_SPEC = 'RFC 9162, 2.1.4 and 2.1.5; C2SP tlog-tiles';
export const LOG_PRESENCE_EXPECTED =
  'the log still holds the entry at its place, in a tree that continues the one of the bundle';

const rulesOf = ({ isV2 }: SoughtEntry): typeof v1 => (isV2 ? v2 : v1);

/**
 * What has to be read to see whether the entries of a bundle are still in their logs, one plan for each.
 *
 * @throws SlsaGateError `log.*`, `tlog.noncanonical`, `bundle.inconsistent` for an entry that its bundle does not prove
 */
export const planLogWitness = (bundle: ParsedBundle, roots: readonly TrustedRoot[]): readonly WitnessPlan[] =>
  soughtEntries(bundle, roots).map((sought) => ({
    logId: sought.entry.logId,
    logIndex: sought.entry.logIndex,
    url: sought.log.url,
    next: (parts) => rulesOf(sought).nextReads(sought, parts),
  }));

export interface LogPresenceRequest {
  readonly bundle: ParsedBundle;
  /** Those whose logs may vouch; a log is known by its id. */
  readonly roots: readonly TrustedRoot[];
  /** What was read by {@link planLogWitness}, or why it could not be. */
  readonly witness: Uint8Array | SlsaGateError;
}

/**
 * Whether every log entry of the bundle is still where its log proved it, by what was read of the logs now. Everything
 * is checked again from the bytes, so that the same bytes give the same answer years later.
 *
 * - pass: the leaf stands at its index under a checkpoint that the log signed, and that tree continues the bundle's
 * - fail: what the log signed says otherwise (`tlog.entry-removed`, `log.inconsistent`), or it is not its signature
 * - error: the log could not be read, or what was read proves nothing
 *
 * @throws SlsaGateError for usage, where an address of the log must not be asked
 */
export function checkLogPresence(request: LogPresenceRequest): Finding {
  const { bundle } = request;
  const common = {
    required: true,
    evidence: bundle.logEntries.map(({ body }) => ({
      kind: 'log-entry' as const,
      digest: `sha256:${createHash('sha256').update(body).digest('hex')}`,
    })),
  };
  const checked = attempt(() => checkAll(request));
  if ('error' in checked)
    return { ...refusal('log-presence', LOG_PRESENCE_SPEC, LOG_PRESENCE_EXPECTED, checked.error), ...common };
  return {
    ...common,
    rule: 'log-presence',
    code: 'ok',
    outcome: 'pass',
    expected: LOG_PRESENCE_EXPECTED,
    actual: checked.value.join('; '),
    message: CODES.ok.title,
    spec: LOG_PRESENCE_SPEC,
  };
}

function checkAll({ bundle, roots, witness }: LogPresenceRequest): readonly string[] {
  if (bundle.logEntries.length === 0)
    refuse('tlog.missing', 'the bundle has no log entry that could be looked for', { actual: 'none' });
  const sought = soughtEntries(bundle, roots);
  if (witness instanceof SlsaGateError) throw witness;
  const read = parseLogWitness(witness);
  return sought.map((entry) => print(entry, rulesOf(entry).checkEntry(entry, partsOf(entry, read))));
}

function partsOf({ entry }: SoughtEntry, read: readonly EntryWitness[]): EntryWitness['parts'] {
  const found = read.find(({ logId, logIndex }) => logId === entry.logId && logIndex === entry.logIndex);
  return (
    found?.parts ?? refuse('source.malformed-response', 'what was read of the log is about another entry')
  );
}

const print = ({ log }: SoughtEntry, { index, size, isCompared }: Standing): string =>
  `entry ${index} of ${size} in ${log.name}${isCompared ? '' : ', with no earlier tree to compare with'}`;
