import { describe, expect, it } from 'vitest';
import { askSources, type Wanted } from '../../../../src/app/sources/ask.ts';
import { withClock } from '../../../../src/app/sources/with-clock.ts';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';
import type {
  ClockReading,
  ResolvedArtifact,
  SourceAnswers,
  SourceQuery,
  SourceRun,
} from '../../../../src/core/source-ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const HEX = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

const remoteOf = (text: string) => {
  const parsed = parseArtifactReference(text);
  return parsed.kind === 'remote' ? parsed.remote : undefined;
};

const wanted = (members: Partial<Wanted> = {}): Wanted => ({
  sources: [{ kind: 'npm' }],
  remote: remoteOf('pkg:npm/widget@1.2.3'),
  digests: {},
  purl: undefined,
  fileName: undefined,
  reference: 'pkg:npm/widget@1.2.3',
  ...members,
});

interface Told {
  readonly resolved?: ResolvedArtifact | Error;
  readonly answers?: SourceAnswers;
  readonly clocks?: readonly ClockReading[];
}

const RESOLVED: ResolvedArtifact = {
  reference: 'pkg:npm/widget@1.2.3?checksum=sha256:ab',
  digests: { sha256: HEX },
  purl: 'pkg:npm/widget@1.2.3',
  fileName: undefined,
  viaIndex: undefined,
  index: undefined,
};

const ANSWERS: SourceAnswers = {
  collected: [{ name: 'npm:registry.local', answer: 'absent', attestations: [] }],
  facts: [],
};

function runOf({ resolved = RESOLVED, answers = ANSWERS, clocks = [] }: Told = {}) {
  const queries: SourceQuery[] = [];
  const prefetched: SourceQuery[][] = [];
  let closed = 0;
  const run: SourceRun = {
    begin: () => ({
      async resolve() {
        if (resolved instanceof Error) throw resolved;
        return resolved;
      },
      async collect(query) {
        queries.push(query);
        return answers;
      },
      exchanges: [{ origin: 'https://registry.local', status: 200, bytes: 1, ms: 1 }],
    }),
    readLogs: async () => Buffer.from('{}'),
    exchanges: [],
    prefetch: async (all) => void prefetched.push([...all]),
    clocks,
    close: async () => void closed++,
  };
  return { openSources: async () => run, queries, prefetched, closed: () => closed };
}

const options = (openSources: (() => Promise<SourceRun>) | undefined) => ({
  openSources,
  viaIndex: undefined,
  given: [],
});

describe('asking the sources', () => {
  it('gives what was found, with every request, and closes what it opened', async () => {
    const run = runOf();
    const { asked } = await askSources([wanted()], options(run.openSources));
    expect(asked).toEqual([
      {
        located: {
          reference: RESOLVED.reference,
          digests: RESOLVED.digests,
          purl: RESOLVED.purl,
          fileName: undefined,
          facts: [],
          collected: ANSWERS.collected,
        },
        exchanges: [{ origin: 'https://registry.local', status: 200, bytes: 1, ms: 1 }],
      },
    ]);
    expect(run.closed()).toBe(1);
  });

  it('opens nothing for nobody', async () => {
    expect(await askSources([], options(undefined))).toEqual({ asked: [], clocks: [] });
  });

  it('is refused where nobody can be asked', async () => {
    await expect(askSources([wanted()], options(undefined))).rejects.toMatchObject({
      finding: 'usage.no-bundle',
    });
  });

  it.each(['registry.not-found', 'source.timeout', 'registry.digest-mismatch'] as const)(
    'keeps %s for the artifact that it is about',
    async (code) => {
      const run = runOf({ resolved: new SlsaGateError(code, 'no') });
      const { asked } = await askSources([wanted()], options(run.openSources));
      expect(asked).toMatchObject([{ error: { finding: code }, exchanges: [{ status: 200 }] }]);
      expect(run.queries).toEqual([]);
      expect(run.closed()).toBe(1);
    },
  );

  it.each([
    new SlsaGateError('config.invalid', 'no'),
    new SlsaGateError('usage.artifact', 'no'),
    new Error('bug'),
  ])('ends on what is no answer, and closes all the same: %s', async (error) => {
    const run = runOf({ resolved: error });
    await expect(askSources([wanted()], options(run.openSources))).rejects.toBe(error);
    expect(run.closed()).toBe(1);
  });

  it('denies what the server has under another digest than the caller named', async () => {
    const { asked } = await askSources(
      [wanted({ digests: { sha256: OTHER } })],
      options(runOf().openSources),
    );
    expect(asked).toMatchObject([{ error: { finding: 'registry.digest-mismatch', exitCode: 1 } }]);
  });

  it('denies where the server does not say the digest that the caller named', async () => {
    const { asked } = await askSources(
      [wanted({ digests: { sha512: 'ef'.repeat(64) } })],
      options(runOf().openSources),
    );
    expect(asked).toMatchObject([
      { error: { finding: 'registry.digest-mismatch', actual: 'no such digest' } },
    ]);
  });

  it('asks about what lies on this machine by its SHA-256 alone', async () => {
    const run = runOf();
    const local = wanted({ remote: undefined, digests: { sha256: HEX }, reference: 'widget.tgz' });
    const { asked } = await askSources([local], options(run.openSources));
    expect(asked).toMatchObject([{ located: { reference: 'widget.tgz', digests: { sha256: HEX } } }]);
    const without = wanted({ remote: undefined, digests: { sha512: 'ef'.repeat(64) } });
    await expect(askSources([without], options(run.openSources))).rejects.toMatchObject({
      finding: 'usage.artifact',
    });
  });

  it('hands all artifacts that could be found to the sources at once, in their order', async () => {
    const run = runOf();
    const many = Array.from({ length: 9 }, (_, index) =>
      wanted({ remote: undefined, digests: { sha256: HEX }, reference: `widget-${index}` }),
    );
    const { asked } = await askSources(many, options(run.openSources));
    expect(run.prefetched.map(({ length }) => length)).toEqual([9]);
    expect(asked.map((one) => ('located' in one ? one.located.reference : 'none'))).toEqual(
      many.map(({ reference }) => reference),
    );
  });

  it('decides nothing by a clock that differs from those of the servers', async () => {
    const clocks = [{ origin: 'https://registry.local', serverMs: 600_000, localMs: 0 }];
    const { asked, clocks: read } = await askSources([wanted()], options(runOf({ clocks }).openSources));
    const [first] = asked;
    if (first === undefined) throw new Error('nothing was asked');
    const held = withClock(new Map([['a', first]]), read);
    expect(held.get('a')).toMatchObject({ error: { finding: 'clock.skew', exitCode: 2 } });
    expect(withClock(new Map([['a', first]]), []).get('a')).toBe(first);
  });
});
