import { LIMITS } from '../../../core/limits.ts';
import {
  type EntryWitness,
  encodeLogWitness,
  type WitnessPlan,
  type WitnessRead,
} from '../../../core/model/log-witness.ts';
import { refuse } from '../../../errors.ts';
import type { HttpClient } from '../../http/index.ts';

/** Rounds of reading for one entry; a plan needs three. */
const MAX_ROUNDS = 8;

/**
 * Reads of the logs what the plans ask for, and keeps it as one document. What it means is decided by whoever made the
 * plans: nothing is verified here. Answers are read anew, past every cache that listens.
 *
 * @throws SlsaGateError `source.*`, `limit.*` when a log cannot be read; `config.insecure-url`, `source.blocked-address`
 */
export async function fetchLogWitness(plans: readonly WitnessPlan[], http: HttpClient): Promise<Uint8Array> {
  const entries: EntryWitness[] = [];
  for (const plan of plans) entries.push(await readPlan(plan, http));
  const witness = encodeLogWitness(entries);
  if (witness.length > LIMITS.logWitnessBytes)
    refuse('limit.response', `more than ${LIMITS.logWitnessBytes} bytes were read of the log`);
  return witness;
}

async function readPlan(
  { logId, logIndex, url, next }: WitnessPlan,
  http: HttpClient,
): Promise<EntryWitness> {
  const parts = new Map<string, Uint8Array | null>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const reads = next(parts);
    if (reads.length === 0) return { logId, logIndex, parts };
    const answers = await Promise.all(reads.map((read) => readOne(url, read, http)));
    for (const [index, { part }] of reads.entries()) parts.set(part, answers[index] ?? null);
  }
  return refuse('internal.bug', 'a plan that never ends');
}

async function readOne(url: string, read: WitnessRead, http: HttpClient): Promise<Uint8Array | null> {
  const { status, bytes } = await http.request(`${url}/${read.path}`, {
    headers: { accept: read.accept, 'cache-control': 'no-cache' },
    maxBytes: read.maxBytes,
    accept: read.mayBeAbsent ? [404] : [],
  });
  return status === 200 ? read.keep(bytes) : null;
}
