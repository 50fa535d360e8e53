import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayExit, replayRecord } from '../../../../src/app/evidence/replay.ts';
import type { ClockReading, OpenSources, ResolvedArtifact } from '../../../../src/core/source-ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { decisionOf } from '../../../kit/forged-record.ts';
import { sigstore } from '../../../kit/gate.ts';
import { type ImageGate, imagePolicy, startImageGate } from '../../../kit/image-gate.ts';
import { hash, sha256 } from '../../../kit/keys.ts';
import { subjectOf } from '../../../kit/statement.ts';

/** What sources told beside the attestations: it stands on record, and the record is decided again by it alone. */

let kit: ImageGate;
beforeEach(async () => {
  kit = await startImageGate();
});
afterEach(() => kit.close());

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CHILD = Buffer.from('the manifest of one platform');
const hex = (bytes: Buffer): string => sha256(bytes).toString('hex');
const INDEX = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: [{ mediaType: MANIFEST_TYPE, digest: `sha256:${hex(CHILD)}`, size: CHILD.length }],
  }),
);
const AS_INDEX = { digest: `sha256:${hex(INDEX)}`, mediaType: INDEX_TYPE, bytes: INDEX };
const HISTORY = Buffer.from(
  JSON.stringify({
    package: 'widget',
    version: '1.2.3',
    versions: [{ version: '1.2.3', publishedAt: '2026-02-01T00:00:00.000Z', hasProvenance: true }],
  }),
);

interface Told {
  readonly about: Buffer;
  readonly resolved: Partial<ResolvedArtifact>;
  readonly skewMs?: number;
  readonly log?: SlsaGateError;
}

function sourcesThat({ about, resolved, skewMs = 0, log }: Told): OpenSources {
  const clocks: readonly ClockReading[] = [{ origin: 'https://a', serverMs: skewMs, localMs: 0 }];
  const signed = sigstore.signStatement({ subject: [subjectOf('widget', about)] });
  const attestations = [{ bytes: Buffer.from(signed.text()), source: 'oci:a#1' }];
  return async () => ({
    begin: () => ({
      resolve: async ({ text }) => ({
        reference: text,
        digests: { sha256: hex(CHILD), sha512: hash('sha512', CHILD).toString('hex') },
        purl: 'pkg:oci/widget?repository_url=registry.example/octo/widget',
        fileName: undefined,
        viaIndex: undefined,
        index: undefined,
        ...resolved,
      }),
      collect: async () => ({
        collected: [{ name: 'oci:a', answer: 'complete', attestations }],
        facts: [{ name: 'package-history', bytes: HISTORY }],
      }),
      exchanges: [{ origin: 'https://a', status: 200, bytes: 1, ms: 1 }],
    }),
    prefetch: async () => {},
    readLogs: async () => {
      throw log ?? new SlsaGateError('source.timeout', 'the log does not answer');
    },
    exchanges: [{ origin: 'https://log', status: 200, bytes: 2, ms: 1 }],
    clocks,
    close: async () => {},
  });
}

const decide = (told: Told, more: { readonly viaIndex?: string; readonly checkLog?: boolean } = {}) =>
  kit.gate({
    artifacts: ['registry.example/octo/widget:1'],
    policy: imagePolicy({ viaIndex: true, noDowngrade: true }),
    ports: { openSources: sourcesThat(told) },
    request: more,
  });

describe('facts on record', () => {
  it.each<
    [string, 'allow' | 'deny' | 'indeterminate', readonly string[], Told, Parameters<typeof decide>[1]]
  >([
    [
      'a platform by its index',
      'allow',
      [`via-index:${INDEX_TYPE}`, 'package-history', 'clock'],
      { about: INDEX, resolved: { viaIndex: AS_INDEX } },
      { viaIndex: AS_INDEX.digest },
    ],
    [
      'an index for what is about a platform',
      'deny',
      [`index:${INDEX_TYPE}`, 'package-history', 'clock'],
      { about: CHILD, resolved: { digests: { sha256: hex(INDEX) }, index: AS_INDEX } },
      {},
    ],
    [
      'a wrong clock',
      'indeterminate',
      ['package-history', 'clock'],
      { about: CHILD, resolved: {}, skewMs: 600_000 },
      {},
    ],
    [
      'a log that does not answer',
      'indeterminate',
      ['package-history', 'clock', 'log-witness:'],
      { about: CHILD, resolved: {} },
      { checkLog: true },
    ],
    [
      'a log that has another history',
      'deny',
      ['package-history', 'clock', 'log-witness:'],
      { about: CHILD, resolved: {}, log: new SlsaGateError('log.inconsistent', 'another history') },
      { checkLog: true },
    ],
  ])('decide again the same: %s', async (_, verdict, facts, told, more) => {
    const result = await decide(told, more);
    expect(result.verdict).toBe(verdict);
    const { inputs } = await decisionOf(kit.log, String(result.recordId));
    expect(inputs.facts.map(({ name }) => name.replace(/sha256:.*/, ''))).toEqual(facts);
    const replayed = await replayRecord(String(result.recordId), kit.log.evidence);
    expect([replayed.results[0]?.outcome, replayExit(replayed)]).toEqual(['same', 0]);
  });

  it.each([
    [0, 'log.inconsistent', 'deny'],
    [600_000, 'clock.skew', 'indeterminate'],
  ] as const)(
    'are also what was asked of a log alone, and its clock: %d ms',
    async (skewMs, code, verdict) => {
      const log = new SlsaGateError('log.inconsistent', 'another history');
      const signed = sigstore.signStatement({ subject: [subjectOf('widget', CHILD)] });
      const given = [{ bytes: Buffer.from(signed.text()), source: 'file:a' }];
      const result = await kit.gate({
        artifacts: [`sha256:${hex(CHILD)}`],
        ports: {
          openSources: sourcesThat({ about: CHILD, resolved: {}, skewMs, log }),
          attestations: { collect: async () => ({ name: 'file', answer: 'complete', attestations: given }) },
        },
        request: { bundles: ['a'], package: 'pkg:generic/widget', checkLog: true },
      });
      expect(result.verdict).toBe(verdict);
      expect(result.findings.filter(({ outcome }) => outcome !== 'pass')).toMatchObject([{ code }]);
      const record = await decisionOf(kit.log, String(result.recordId));
      expect(record.requests).toEqual([{ origin: 'https://log', status: 200, bytes: 2, ms: 1 }]);
      const replayed = await replayRecord(String(result.recordId), kit.log.evidence);
      expect(replayed.results[0]?.outcome).toBe('same');
    },
  );
});
