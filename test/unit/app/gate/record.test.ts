import { describe, expect, it } from 'vitest';
import type { GateEvidence } from '../../../../src/app/gate/requests.ts';
import { createDecidedLog, SIGSTORE_POLICY, toDecidedLog } from '../../../kit/decided-log.ts';

/** A source that the policy demands and that nobody asked leaves the answer open. */
const UNANSWERED = `${SIGSTORE_POLICY}    sources: { required: [oci] }\n`;

type Pack = Parameters<GateEvidence['sinks'][number]['sink']['store']>[0];

describe('a request that is answered as before', () => {
  it('gets the record of then, also when another answer came in between, and sinks get that one', async () => {
    const log = await createDecidedLog();
    const packs: Pack[] = [];
    const sink = { name: 'archive', store: async (pack: Pack) => void packs.push(pack) };
    const evidence = { ...log.evidence, sinks: [{ sink, isRequired: true }] };
    const { gate } = toDecidedLog(log.kit, log.log, evidence);
    const open = await gate({ requestId: 'one', policy: UNANSWERED });
    const allowed = await gate({ requestId: 'one' });
    const again = await gate({ requestId: 'one', policy: UNANSWERED });
    expect([open, allowed, again].map(({ verdict }) => verdict)).toEqual([
      'indeterminate',
      'allow',
      'indeterminate',
    ]);
    expect(again.recordId).toBe(open.recordId);
    expect(allowed.recordId).not.toBe(open.recordId);
    expect(await log.log.store.recordAt(3)).toBeUndefined();
    const row = await log.log.store.record(String(open.recordId));
    for (const { recordId, payloads } of [packs[0], packs[2]] as readonly Pack[]) {
      expect(recordId).toBe(open.recordId);
      expect(payloads.map(({ digest }) => digest)).toContain(row?.recordDigest);
    }
    expect(packs[2]?.payloads.map(({ digest }) => digest).sort()).toEqual(
      packs[0]?.payloads.map(({ digest }) => digest).sort(),
    );
  });
});
