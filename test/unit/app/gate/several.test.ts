import { afterEach, describe, expect, it } from 'vitest';
import type { IndexBytes, OpenSources } from '../../../../src/core/source-ports.ts';
import { type ImageGate, startImageGate } from '../../../kit/image-gate.ts';

/** Several artifacts in one run, of which one ends it. */

const gates: ImageGate[] = [];
afterEach(async () => {
  await Promise.all(gates.splice(0).map((gate) => gate.close()));
});
async function started(): Promise<ImageGate> {
  const gate = await startImageGate();
  gates.push(gate);
  return gate;
}

/** A manifest that nobody can read, as no adapter of ours hands it on. */
const UNREADABLE: IndexBytes = {
  digest: `sha256:${'0'.repeat(64)}`,
  mediaType: 'none',
  bytes: Buffer.from('{}'),
};

/** Nobody attested anything; what is behind `second` cannot be decided about at all. */
const openSources: OpenSources = async () => ({
  begin: () => ({
    resolve: async ({ text }) => ({
      reference: text,
      digests: { sha256: (text.includes('second') ? '2' : '1').repeat(64) },
      purl: 'pkg:oci/widget?repository_url=registry.example/octo/widget',
      fileName: undefined,
      viaIndex: undefined,
      index: text.includes('second') ? UNREADABLE : undefined,
    }),
    collect: async () => ({ collected: [{ name: 'oci:a', answer: 'absent', attestations: [] }], facts: [] }),
    exchanges: [],
  }),
  exchanges: [],
  prefetch: async () => {},
  readLogs: async () => Buffer.from('{}'),
  clocks: [],
  close: async () => {},
});

describe('several artifacts', () => {
  it('are not cut off between record and sinks by one that ends the run', async () => {
    const { gate, log } = await started();
    const stored: (string | null)[] = [];
    const store = async ({ recordId }: { readonly recordId: string | null }): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      stored.push(recordId);
    };
    const sinks = [{ sink: { name: 'archive', store }, isRequired: true }];
    const asked = gate({
      artifacts: ['registry.example/first:1', 'registry.example/second:1', 'registry.example/third:1'],
      ports: { openSources, evidence: { ...log.evidence, sinks } },
    });
    await expect(asked).rejects.toMatchObject({ finding: 'registry.unsupported-manifest' });
    const row = await log.log.store.recordAt(1);
    expect(row).toMatchObject({ verdict: 'deny' });
    expect(stored).toEqual([row?.recordId]);
  });

  it('are not decided at all where one of them has no name that a policy could know', async () => {
    const { gate, log } = await started();
    const artifacts = ['registry.example/first:1', `sha256:${'3'.repeat(64)}`];
    await expect(gate({ artifacts, ports: { openSources } })).rejects.toMatchObject({
      finding: 'usage.flag',
      exitCode: 64,
    });
    expect(await log.log.store.recordAt(1)).toBeUndefined();
  });
});
