import type { ArtifactDigests } from '../../core/model/digest.ts';
import { type Fact, INDEX_FACT, VIA_INDEX_FACT } from '../../core/model/fact.ts';
import type { RemoteReference } from '../../core/model/remote-reference.ts';
import type { SourceName } from '../../core/model/source-name.ts';
import type { CollectedAttestations } from '../../core/ports.ts';
import type { ClockReading, Exchange, IndexBytes, OpenSources, SourceTask } from '../../core/source-ports.ts';
import { isAnswer, refuse, type SlsaGateError } from '../../errors.ts';

/** An artifact whose attestations are looked for over the network. */
export interface Wanted {
  readonly sources: readonly SourceName[];
  readonly remote: RemoteReference | undefined;
  /** What is known of it before anything is asked: hashed on this machine, or named by the caller. */
  readonly digests: ArtifactDigests;
  readonly purl: string | undefined;
  readonly fileName: string | undefined;
  /** As the answer calls it, until more is known. */
  readonly reference: string;
  /** Whether a rule asks which versions of the package had provenance. */
  readonly wantsHistory?: boolean;
}

/** An artifact, and what all sources said. Nothing is verified. */
export interface Located {
  readonly reference: string;
  readonly digests: ArtifactDigests & { readonly sha256: string };
  readonly purl: string | undefined;
  readonly fileName: string | undefined;
  readonly collected: readonly CollectedAttestations[];
  readonly facts: readonly Fact[];
}

export type Asked = {
  readonly exchanges: readonly Exchange[];
} & ({ readonly located: Located } | { readonly error: SlsaGateError });

export interface AskOptions {
  readonly openSources: OpenSources | undefined;
  readonly viaIndex: string | undefined;
  readonly given: readonly CollectedAttestations[];
  /** Told after each artifact. */
  readonly onAsked?: ((done: number, total: number) => void) | undefined;
}

/** What came of asking, in the order of the artifacts. */
export interface AskedAll {
  readonly asked: readonly Asked[];
  readonly clocks: readonly ClockReading[];
}

/** Artifacts that are asked about at the same time. */
const CONCURRENCY = 4;

/**
 * Finds each artifact and everything that the sources have about it. What cannot be known of one artifact is the answer
 * for that one.
 *
 * @throws SlsaGateError for usage
 */
export async function askSources(wanted: readonly Wanted[], options: AskOptions): Promise<AskedAll> {
  if (wanted.length === 0) return { asked: [], clocks: [] };
  if (options.openSources === undefined)
    return refuse('usage.no-bundle', 'nothing can be asked over the network here', {
      hint: 'Give the attestations as files or bytes.',
    });
  const run = await options.openSources();
  try {
    const resolved = await inTurns(wanted, async (one) => resolveOne(one, run.begin(), options));
    await run.prefetch(resolved.flatMap((one) => ('query' in one ? [one.query] : [])));
    let done = 0;
    const asked = await inTurns(resolved, async (one): Promise<Asked> => {
      const answer = await collectOne(one);
      options.onAsked?.(++done, wanted.length);
      return answer;
    });
    return { asked, clocks: run.clocks };
  } finally {
    await run.close();
  }
}

/**
 * As {@link askSources}, with each answer under what it is about.
 *
 * @throws SlsaGateError for usage
 */
export async function askAbout<K>(
  wanted: ReadonlyMap<K, Wanted>,
  options: AskOptions,
): Promise<Omit<AskedAll, 'asked'> & { readonly asked: ReadonlyMap<K, Asked> }> {
  const { asked, clocks } = await askSources([...wanted.values()], options);
  const answers = [...wanted.keys()].flatMap((key, index): [K, Asked][] => {
    const answer = asked[index];
    return answer === undefined ? [] : [[key, answer]];
  });
  return { asked: new Map(answers), clocks };
}

async function resolveOne(wanted: Wanted, task: SourceTask, { viaIndex, given }: AskOptions) {
  const { sources, remote, wantsHistory = false } = wanted;
  try {
    const located =
      remote === undefined ? onThisMachine(wanted) : await atServer(wanted, remote, task, viaIndex);
    const { digests, purl } = located;
    return { task, located, query: { sources, remote, digests, viaIndex, purl, wantsHistory, given } };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return { task, error };
  }
}

async function collectOne(one: Awaited<ReturnType<typeof resolveOne>>): Promise<Asked> {
  const { task } = one;
  if ('error' in one) return { error: one.error, exchanges: task.exchanges };
  const { collected, facts } = await task.collect(one.query);
  const located = { ...one.located, collected, facts: [...one.located.facts, ...facts] };
  return { located, exchanges: task.exchanges };
}

function onThisMachine({ reference, digests, purl, fileName }: Wanted): Omit<Located, 'collected'> {
  const { sha256 } = digests;
  if (sha256 === undefined) {
    return refuse('usage.artifact', `sources know artifacts by SHA-256: ${reference}`, {
      actual: reference,
      hint: 'Name the file, or its sha256 digest.',
    });
  }
  return { reference, digests: { ...digests, sha256 }, purl, fileName, facts: [] };
}

async function atServer(
  { digests: named, purl }: Wanted,
  remote: RemoteReference,
  task: SourceTask,
  viaIndex: string | undefined,
): Promise<Omit<Located, 'collected'>> {
  const found = await task.resolve(remote, { viaIndex });
  for (const [algorithm, value] of Object.entries(named)) {
    const actual = found.digests[algorithm as keyof ArtifactDigests];
    if (actual === value) continue;
    refuse('registry.digest-mismatch', 'the server has other content than the digest that was named', {
      expected: `${algorithm}:${value}`,
      actual: actual === undefined ? 'no such digest' : `${algorithm}:${actual}`,
    });
  }
  return {
    reference: found.reference,
    digests: found.digests,
    purl: purl ?? found.purl,
    fileName: found.fileName,
    facts: [...toFact(INDEX_FACT, found.index), ...toFact(VIA_INDEX_FACT, found.viaIndex)],
  };
}

const toFact = (prefix: string, index: IndexBytes | undefined): readonly Fact[] =>
  index === undefined ? [] : [{ name: `${prefix}${index.mediaType}`, bytes: index.bytes }];

/** A few at a time, in their order; the first failure ends it. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}
