import * as z from 'zod/mini';
import { isCode } from '../../codes.ts';
import { bundleInLog } from '../../core/attestation/log-presence.ts';
import type { FoundAttestation, ParsedAttestation } from '../../core/attestation/parse.ts';
import { planLogWitness } from '../../core/log-check/presence.ts';
import { type Fact, LOG_WITNESS_FACT } from '../../core/model/fact.ts';
import { parseJson } from '../../core/model/json.ts';
import { lazy } from '../../core/model/lazy.ts';
import type { WitnessPlan } from '../../core/model/log-witness.ts';
import type { OpenSources, SourceRun } from '../../core/source-ports.ts';
import type { TrustedRoot } from '../../core/verify/trusted-root.ts';
import { attempt, isAnswer, refuse, SlsaGateError } from '../../errors.ts';

/** What was read of the logs, or why it could not be, by the digest of the attestation. */
export type LogWitnesses = ReadonlyMap<string, Uint8Array | SlsaGateError>;

/** What was read, and what it took. */
export interface LogsRead extends Pick<SourceRun, 'exchanges' | 'clocks'> {
  readonly witnesses: LogWitnesses;
}

/**
 * Reads for every attestation whether its log entries are still in their logs. One that has none is told as such when it
 * is checked.
 *
 * @throws SlsaGateError for usage
 */
export async function readLogs(
  found: readonly FoundAttestation[],
  roots: readonly TrustedRoot[],
  openSources: OpenSources | undefined,
): Promise<LogsRead> {
  const witnesses = new Map<string, Uint8Array | SlsaGateError>();
  if (found.length === 0) return { witnesses, exchanges: [], clocks: [] };
  if (openSources === undefined)
    return refuse('usage.flag', 'no log can be asked here', { hint: 'Leave out --check-log.' });
  const run = await openSources();
  try {
    for (const [digest, all] of byDigest(found)) {
      try {
        witnesses.set(digest, await run.readLogs(plansOf(all, roots)));
      } catch (error) {
        if (!isAnswer(error)) throw error;
        witnesses.set(digest, error);
      }
    }
    return { witnesses, exchanges: run.exchanges, clocks: run.clocks };
  } finally {
    await run.close();
  }
}

/** One document holds several attestations, and one that was looked up is found once with each entry. */
function byDigest(found: readonly FoundAttestation[]): ReadonlyMap<string, readonly ParsedAttestation[]> {
  const all = new Map<string, readonly ParsedAttestation[]>();
  for (const { digest, parsed } of found) {
    if (!(parsed instanceof SlsaGateError)) all.set(digest, [...(all.get(digest) ?? []), parsed]);
  }
  return all;
}

/**
 * What has to be read for all attestations of a document, each entry once. One whose entry proves nothing is told so when it
 * is checked, and takes nothing from those beside it.
 *
 * @throws SlsaGateError where nothing can be read for any of them; also for those that are in no log, so that it stands on
 * record that they were asked about
 */
function plansOf(all: readonly ParsedAttestation[], roots: readonly TrustedRoot[]): readonly WitnessPlan[] {
  const tried = all.map((one) => attempt(() => planLogWitness(bundleInLog(one), roots)));
  const [first] = tried;
  if (first !== undefined && 'error' in first && tried.every((one) => 'error' in one)) throw first.error;
  const plans = tried.flatMap((one) => ('error' in one ? [] : one.value));
  return [...new Map(plans.map((plan) => [`${plan.logId} ${plan.logIndex}`, plan])).values()];
}

const Failure = lazy(() =>
  z.strictObject({ failed: z.strictObject({ code: z.string(), message: z.string() }) }),
);

/** As a record keeps them; also that nothing could be read. */
export const toWitnessFacts = (witnesses: LogWitnesses): readonly Fact[] =>
  [...witnesses].map(([digest, witness]) => ({
    name: `${LOG_WITNESS_FACT}${digest}`,
    bytes:
      witness instanceof SlsaGateError
        ? Buffer.from(JSON.stringify({ failed: { code: witness.finding, message: witness.message } }))
        : witness,
  }));

/** Undefined where nobody asked. */
export function fromWitnessFacts(facts: readonly Fact[]): LogWitnesses | undefined {
  const read = facts.filter(({ name }) => name.startsWith(LOG_WITNESS_FACT));
  if (read.length === 0) return undefined;
  return new Map(read.map(({ name, bytes }) => [name.slice(LOG_WITNESS_FACT.length), fromFact(bytes)]));
}

function fromFact(bytes: Uint8Array): Uint8Array | SlsaGateError {
  const json = attempt(() => parseJson(bytes, 'what was read of a log', bytes.length));
  const failure = 'error' in json ? undefined : Failure().safeParse(json.value);
  // What is something else is refused when it is read as what was read of a log.
  if (failure?.success !== true) return bytes;
  const { code, message } = failure.data.failed;
  return new SlsaGateError(isCode(code) ? code : 'source.unavailable', message);
}
