import { describe, expect, it } from 'vitest';
import type { CheckLine } from '../../../../src/app/doctor/check.ts';
import { runChecks } from '../../../../src/app/doctor/run.ts';
import { type SourceTarget, sourcesCheck } from '../../../../src/app/doctor/sources.ts';
import { toNamedArtifact } from '../../../../src/app/open-artifact.ts';
import { parseSourceName, printSourceName } from '../../../../src/core/model/source-name.ts';
import type { CollectedAttestations } from '../../../../src/core/ports.ts';
import type { SourceQuery, SourceRun } from '../../../../src/core/source-ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
type Answer = Omit<CollectedAttestations, 'name'> | SlsaGateError;

interface Asked {
  readonly lines: readonly CheckLine[];
  readonly queries: readonly SourceQuery[];
  readonly closed: number;
}

async function ask(
  reference: string | undefined,
  answers: Readonly<Record<string, Answer>>,
  { isOffline = false, more = {} }: { isOffline?: boolean; more?: Partial<SourceTarget> } = {},
): Promise<Asked> {
  const queries: SourceQuery[] = [];
  let closed = 0;
  const run: Pick<SourceRun, 'begin' | 'close'> = {
    begin: () => ({
      exchanges: [],
      resolve: async () => ({
        reference: `ghcr.io/octo/app@${DIGEST}`,
        digests: { sha256: 'a'.repeat(64) },
        purl: 'pkg:oci/app',
        fileName: undefined,
        viaIndex: undefined,
        index: undefined,
      }),
      collect: async (query) => {
        queries.push(query);
        const [source] = query.sources;
        const name = source === undefined ? '' : printSourceName(source);
        const answer = answers[name];
        if (answer === undefined) throw new TypeError(`not to be asked: ${name}`);
        if (answer instanceof SlsaGateError) throw answer;
        return { collected: [{ name, ...answer }], facts: [] };
      },
    }),
    close: async () => {
      closed++;
    },
  };
  const check = sourcesCheck(
    {
      artifact: reference === undefined ? undefined : await toNamedArtifact(reference),
      package: undefined,
      sources: Object.keys(answers).map(parseSourceName),
      viaIndex: undefined,
      ...more,
    },
    {
      artifacts: {
        read: async () => ({ digests: { sha256: 'b'.repeat(64) } }),
        readLayout: async () => ({
          artifact: { digests: {}, reference: `oci-layout:x@${DIGEST}` },
          collected: { name: 'oci-layout:x', answer: 'absent', attestations: [] },
        }),
      },
      openSources: isOffline ? undefined : async () => run,
    },
  );
  const { checks } = await runChecks([[check]], { timeoutMs: 1000 });
  return { lines: checks, queries, closed };
}

const ABSENT: Answer = { answer: 'absent', attestations: [] };
const told = ({ lines }: Asked) => lines.map(({ id, name, status, code }) => [id, name, status, code]);

describe('each source', () => {
  it('is asked about the artifact, and its answer is told', async () => {
    const asked = await ask('ghcr.io/octo/app:1', {
      'oci:ghcr.io/octo/app': { answer: 'complete', attestations: [{ bytes: Buffer.of(), source: 'x' }] },
      'github:octo/app': ABSENT,
      npm: { answer: 'failed', attestations: [], code: 'source.unauthorized', reason: 'no\u001b[2K' },
      pypi: { answer: 'partial', attestations: [] },
    });
    expect(told(asked)).toEqual([
      ['artifact', 'ghcr.io/octo/app:1', 'ok', undefined],
      ['source', 'source oci:ghcr.io/octo/app', 'ok', undefined],
      ['source', 'source github:octo/app', 'ok', undefined],
      ['source', 'source npm', 'problem', 'source.unauthorized'],
      ['source', 'source pypi', 'problem', 'source.unavailable'],
    ]);
    expect(asked.lines[1]?.found).toBe('complete: 1 attestation');
    expect(asked.queries.map(({ digests }) => digests.sha256)).toEqual(Array(4).fill('a'.repeat(64)));
    expect(asked.closed).toBe(1);
  });

  it('hides none of the others when it refuses to be asked so', async () => {
    const asked = await ask(DIGEST, {
      'github:octo/app': new SlsaGateError('source.unsupported', 'no such interface'),
      'oci:ghcr.io/octo/app': ABSENT,
    });
    expect(told(asked).slice(1)).toEqual([
      ['source', 'source github:octo/app', 'problem', 'source.unsupported'],
      ['source', 'source oci:ghcr.io/octo/app', 'ok', undefined],
    ]);
  });

  it('that has nothing is a warning only where all have nothing', async () => {
    const asked = await ask(DIGEST, { 'github:octo/app': ABSENT, 'oci:ghcr.io/octo/app': ABSENT });
    expect(
      told(asked)
        .slice(1)
        .map(([, , ...rest]) => rest),
    ).toEqual([
      ['warning', 'attestation.missing'],
      ['warning', 'attestation.missing'],
    ]);
  });

  it('is asked about nothing where there is no artifact, to see whether it may be read', async () => {
    const asked = await ask(undefined, { 'github:octo/app': ABSENT });
    expect(asked.lines).toMatchObject([{ id: 'source', status: 'ok', found: 'may be read' }]);
    expect(asked.queries[0]?.digests.sha256).toBe('0'.repeat(64));
  });

  it('of packages and logs is not asked about nothing', async () => {
    const sources = ['npm', 'pypi', 'rekor', 'oci:ghcr.io/octo/app'].map(parseSourceName);
    const asked = await ask(undefined, {}, { more: { sources } });
    expect(asked.lines).toEqual([]);
    expect((await ask(DIGEST, {}, { more: { sources: [parseSourceName('rekor')] } })).lines[1]).toMatchObject(
      {
        id: 'source',
        status: 'not-checked',
      },
    );
  });

  it('is not asked with --offline, nor where the artifact is not known', async () => {
    const offline = await ask('ghcr.io/octo/app:1', { 'oci:ghcr.io/octo/app': ABSENT }, { isOffline: true });
    expect(told(offline)).toEqual([
      ['artifact', 'ghcr.io/octo/app:1', 'not-checked', undefined],
      ['source', 'source oci:ghcr.io/octo/app', 'not-checked', undefined],
    ]);
    const other = await ask(`sha512:${'a'.repeat(128)}`, { 'github:octo/app': ABSENT });
    expect(told(other)).toEqual([
      ['artifact', `sha512:${'a'.repeat(128)}`, 'problem', 'usage.artifact'],
      ['source', 'source github:octo/app', 'not-checked', undefined],
    ]);
    expect(other.queries).toEqual([]);
  });

  it('of a file is asked by the digest that was read, and a layout is its own', async () => {
    const file = await ask('app.tgz', { 'github:octo/app': ABSENT });
    expect(file.queries[0]?.digests.sha256).toBe('b'.repeat(64));
    const layout = await ask('oci-layout:x', { 'github:octo/app': ABSENT });
    expect(told(layout)).toEqual([
      ['artifact', 'oci-layout:x', 'ok', undefined],
      ['source', 'source oci-layout:x', 'ok', undefined],
    ]);
  });
});
