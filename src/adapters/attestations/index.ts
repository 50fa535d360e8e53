import { AsyncLocalStorage } from 'node:async_hooks';
import type { SourceName } from '../../core/model/source-name.ts';
import { printSourceName } from '../../core/model/source-name.ts';
import type { CollectedAttestations } from '../../core/ports.ts';
import type {
  AttestationSource,
  ClockReading,
  Exchange,
  SourceQuery,
  SourceRun,
  SourceTask,
} from '../../core/source-ports.ts';
import { isAnswer } from '../../errors.ts';
import type { HttpClient, HttpClientOptions } from '../http/index.ts';
import { createHomes, type Homes, type SourceSettings } from './homes.ts';

export type { SourceSettings } from './homes.ts';

export interface SourcesOptions extends SourceSettings {
  /** The client of a run; with `--offline` one that refuses. */
  readonly createHttp: (hooks: Pick<HttpClientOptions, 'onExchange' | 'deadline'>) => HttpClient;
  /** For everything about one artifact together. */
  readonly deadlineMs: number;
}

/** What belongs to one artifact while it is asked about. */
interface Scope {
  readonly exchanges: Exchange[];
  readonly deadline: number;
}

/**
 * Opens all sources for one run. They share a client, tokens and what one of them answered for many; every request is
 * told to the artifact that it was made for.
 */
export function openSourceRun(options: SourcesOptions): SourceRun {
  const scopes = new AsyncLocalStorage<Scope>();
  const clocks = new Map<string, ClockReading>();
  /** Requests that were made for all artifacts together. */
  const shared: Exchange[] = [];
  const http = options.createHttp({
    deadline: () => scopes.getStore()?.deadline,
    onExchange: ({ origin, status, bytes, ms, clock }) => {
      (scopes.getStore()?.exchanges ?? shared).push({ origin, status, bytes, ms });
      if (clock !== undefined) clocks.set(origin, { origin, ...clock });
    },
  });
  const homes = createHomes(http, options);
  return {
    begin() {
      const own: Exchange[] = [];
      let leftMs = options.deadlineMs;
      // While others are asked, the time of this one stands still: a slow server takes it from its own artifact alone.
      const within = async <T>(work: () => Promise<T>): Promise<T> => {
        const began = performance.now();
        try {
          return await scopes.run({ exchanges: own, deadline: began + leftMs }, work);
        } finally {
          leftMs -= performance.now() - began;
        }
      };
      return beginTask(homes, within, { own, shared });
    },
    async prefetch(queries) {
      const scope: Scope = { exchanges: shared, deadline: performance.now() + options.deadlineMs };
      await scopes.run(scope, async () => {
        for (const [source, digests] of digestsBySource(queries)) {
          if (digests.length > 1) await homes.prefetch(source, digests);
        }
      });
    },
    async readLogs(plans) {
      const { fetchLogWitness } = await import('./rekor/index.ts');
      const scope: Scope = { exchanges: shared, deadline: performance.now() + options.deadlineMs };
      return scopes.run(scope, () => fetchLogWitness(plans, http));
    },
    get exchanges() {
      return [...shared];
    },
    get clocks() {
      return [...clocks.values()];
    },
    close: () => http.close(),
  };
}

function beginTask(
  homes: Homes,
  within: <T>(work: () => Promise<T>) => Promise<T>,
  { own, shared }: { readonly own: readonly Exchange[]; readonly shared: readonly Exchange[] },
): SourceTask {
  return {
    resolve: (reference, options) => within(() => homes.resolve(reference, options)),
    collect: (query) =>
      within(async () => {
        const asked = await Promise.all(
          query.sources
            .filter(({ kind }) => kind !== 'rekor')
            .map((source) => askOne(() => homes.source(source, query), source, query)),
        );
        const collected = [...query.given, ...asked];
        const completed = await completeFromLogs(homes, query, collected);
        return { collected: completed, facts: await homes.facts(query) };
      }),
    get exchanges() {
      return [...shared, ...own];
    },
  };
}

/** A source answers, whatever happens; what only usage can mend is refused as a whole. */
async function askOne(
  open: () => Promise<AttestationSource>,
  name: SourceName,
  query: SourceQuery,
): Promise<CollectedAttestations> {
  try {
    return await (await open()).collect(query);
  } catch (error) {
    return toFailed(printSourceName(name), error);
  }
}

function toFailed(name: string, error: unknown): CollectedAttestations {
  if (!isAnswer(error)) throw error;
  return { name, answer: 'failed', attestations: [], reason: error.message, code: error.finding };
}

/** Logs only complete what was found elsewhere; each says for itself whether it could be read. */
async function completeFromLogs(
  homes: Homes,
  query: SourceQuery,
  collected: readonly CollectedAttestations[],
): Promise<readonly CollectedAttestations[]> {
  let current = collected;
  for (const source of query.sources) {
    if (source.kind !== 'rekor') continue;
    const rekor = await homes.rekor(source.url);
    const reports: CollectedAttestations[] = [];
    const completed: CollectedAttestations[] = [];
    for (const one of current) {
      const { attestations, report } = await rekor.complete(one.attestations);
      completed.push({ ...one, attestations });
      reports.push(report);
    }
    const report = worstReport(reports) ?? (await rekor.complete([])).report;
    current = [...completed, report];
  }
  return current;
}

const WORST_FIRST = ['failed', 'partial', 'complete', 'absent'] as const;

/** One answer of a log that was asked several times. */
const worstReport = (reports: readonly CollectedAttestations[]): CollectedAttestations | undefined =>
  WORST_FIRST.flatMap((answer) => reports.filter((report) => report.answer === answer))[0];

/** Sources that can answer for many digests at once, each with all that will be asked of it. */
function digestsBySource(queries: readonly SourceQuery[]): ReadonlyMap<SourceName, readonly string[]> {
  const names = new Map<string, { readonly source: SourceName; readonly digests: Set<string> }>();
  for (const { sources, digests } of queries) {
    for (const source of sources) {
      if (source.kind !== 'github') continue;
      const name = printSourceName(source);
      const known = names.get(name) ?? { source, digests: new Set<string>() };
      known.digests.add(`sha256:${digests.sha256}`);
      names.set(name, known);
    }
  }
  return new Map([...names.values()].map(({ source, digests }) => [source, [...digests]]));
}
