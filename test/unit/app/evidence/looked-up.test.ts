import { describe, expect, it } from 'vitest';
import { toMaterial } from '../../../../src/app/evidence/replay-material.ts';
import { type Evaluation, evaluate } from '../../../../src/app/gate/evaluate.ts';
import { decisionDigest } from '../../../../src/core/evidence/decision-digest.ts';
import { parseDecisionRecord } from '../../../../src/core/evidence/parse-record.ts';
import type { DecisionRecord } from '../../../../src/core/evidence/record.ts';
import { toDecisionStatement } from '../../../../src/core/evidence/statements.ts';
import type { CollectedAttestation, LogLookup } from '../../../../src/core/ports.ts';
import { evaluateWith, NOW, sigstore, sourceOf } from '../../../kit/gate.ts';
import { adapterOf, started, unlogged } from '../../adapters/attestations/rekor/log.ts';

/** What a log said is recorded beside the attestation, so that it is decided on again without the log. */

const digestOf = ({ inputs, outcome }: Evaluation): string => decisionDigest(inputs, outcome);

async function lookedUp(lacking: CollectedAttestation) {
  const server = await started({}, sigstore.rekor);
  const { attestations, report } = await adapterOf(server).complete([lacking]);
  return evaluateWith({ sources: [sourceOf(attestations), { ...report, name: 'rekor' }] });
}

const toRecord = ({ inputs, outcome }: Evaluation): DecisionRecord => ({
  schemaVersion: 1,
  recordId: 'record',
  requestKey: `sha256:${'0'.repeat(64)}`,
  decisionDigest: `sha256:${decisionDigest(inputs, outcome)}`,
  supersedes: null,
  decidedAt: NOW.toISOString(),
  gate: { name: 'slsa-gate', version: '0.0.0' },
  ephemeral: false,
  inputs,
  outcome,
});

/** Decides from the record and its payloads alone, after both were written and read. */
function replay(evaluated: Evaluation): Promise<Evaluation> {
  const record = parseDecisionRecord(toDecisionStatement(toRecord(evaluated)));
  const payload = async (digest: string) => {
    const bytes = evaluated.materials.get(digest);
    return bytes === undefined ? undefined : Buffer.from(bytes);
  };
  return toMaterial(record, { payload }).then(evaluate);
}

describe('a decision on an entry that was looked up', () => {
  it('is allowed, and comes out the same from its record', async () => {
    const evaluated = await lookedUp(unlogged(sigstore.signStatement()));
    expect(evaluated.faults).toEqual([]);
    expect(evaluated.verdict).toBe('allow');
    expect(evaluated.inputs.candidates[0]?.lookup?.entry).toContain('inclusionProof');
    const again = await replay(evaluated);
    expect(again.outcome).toEqual(evaluated.outcome);
    expect(digestOf(again)).toBe(digestOf(evaluated));
  });

  it('is denied for an entry that is missing, and comes out the same from its record', async () => {
    const artifact = Buffer.from('never logged');
    const evaluated = await lookedUp(unlogged(sigstore.signStatement({ entry: null, artifact })));
    expect(evaluated).toMatchObject({ verdict: 'deny', faults: ['signature tlog.missing'] });
    const again = await replay(evaluated);
    expect(again.outcome).toEqual(evaluated.outcome);
    expect(digestOf(again)).toBe(digestOf(evaluated));
  });

  it('has the same digest when the log proves the entry anew, and another for another entry or log', async () => {
    const lacking = unlogged(sigstore.signStatement());
    const first = await lookedUp(lacking);
    sigstore.signStatement();
    const second = await lookedUp(lacking);
    const entryOf = ({ inputs }: Evaluation): string => inputs.candidates[0]?.lookup?.entry ?? '';
    expect(entryOf(second)).not.toBe(entryOf(first));
    const withLookup = (lookup: LogLookup): string =>
      digestOf({
        ...first,
        inputs: { ...first.inputs, candidates: first.inputs.candidates.map((one) => ({ ...one, lookup })) },
      });
    const searched = ['rekor:rekor.local'];
    const same = withLookup({ searched, entry: entryOf(first) });
    expect(withLookup({ searched, entry: entryOf(second) })).toBe(same);
    const others: readonly LogLookup[] = [
      { searched },
      { searched: [...searched, 'rekor:other.local'], entry: entryOf(first) },
      { searched, entry: entryOf(first).replace(/"logIndex":"(\d+)/, '"logIndex":"1$1') },
      { searched, entry: entryOf(first).replace(/"integratedTime":"(\d)/, '"integratedTime":"9') },
      { searched, entry: entryOf(first).replace('"canonicalizedBody":"', '"canonicalizedBody":"e30') },
      { searched, entry: 'no JSON' },
      { searched, entry: '[]' },
    ];
    for (const other of others) expect(withLookup(other)).not.toBe(same);
  });

  it('keeps the digest of a record that knows no look-up', async () => {
    const evaluated = await evaluateWith({ signed: sigstore.signStatement() });
    expect(evaluated.inputs.candidates[0]).not.toHaveProperty('lookup');
    const [candidate] = evaluated.inputs.candidates;
    const withNone = { ...evaluated.inputs, candidates: [{ ...candidate, lookup: undefined }] };
    expect(decisionDigest(withNone as unknown as typeof evaluated.inputs, evaluated.outcome)).toBe(
      digestOf(evaluated),
    );
  });

  it.each([
    ['text', 'rekor'],
    ['null', null],
    ['no list of logs', { entry: '{}' }],
    ['an entry that is no text', { searched: [], entry: {} }],
    ['a field that nobody knows', { searched: [], key: 'x' }],
  ])('is no record with %s for the look-up', async (_, lookup) => {
    const evaluated = await evaluateWith({ signed: sigstore.signStatement() });
    const record = toRecord(evaluated);
    const candidates = record.inputs.candidates.map((one) => ({ ...one, lookup }));
    const forged = { ...record, inputs: { ...record.inputs, candidates } } as DecisionRecord;
    expect(() => parseDecisionRecord(toDecisionStatement(forged))).toThrow(
      expect.objectContaining({ finding: 'evidence.tampered' }),
    );
  });
});
