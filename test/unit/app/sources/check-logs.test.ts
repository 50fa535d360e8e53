import { describe, expect, it } from 'vitest';
import { fromWitnessFacts, readLogs, toWitnessFacts } from '../../../../src/app/sources/check-logs.ts';
import { type FoundAttestation, parseAttestations } from '../../../../src/core/attestation/parse.ts';
import { decisionDigest } from '../../../../src/core/evidence/decision-digest.ts';
import type { SourceRun } from '../../../../src/core/source-ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { parseRoot } from '../../../attacks/verify.ts';
import { evaluateWith, sigstore } from '../../../kit/gate.ts';
import { createRekor } from '../../../kit/rekor.ts';

const signed = sigstore.signStatement();
const foundIn = ({ text }: { text(): string }): FoundAttestation => {
  const [one] = parseAttestations([{ bytes: Buffer.from(text()), source: 'test' }]);
  if (one === undefined) throw new Error('nothing was signed');
  return one;
};
const found = foundIn(signed);
const roots = [parseRoot(sigstore.trustedRoot())];

const runThat = (readLogsOf: SourceRun['readLogs']) => {
  let closed = 0;
  const run = { readLogs: readLogsOf, close: async () => void closed++ } as unknown as SourceRun;
  return { open: async () => run, closed: () => closed };
};

const failing = (code: 'source.timeout' | 'source.http-status' | 'limit.response') =>
  toWitnessFacts(new Map([[found.digest, new SlsaGateError(code, 'the log does not answer')]]));

describe('whether entries are still in their logs', () => {
  it('is not asked where nobody wants to know', async () => {
    const { findings, verdict } = await evaluateWith({ signed });
    expect(verdict).toBe('allow');
    expect(findings.some(({ rule }) => rule === 'log-presence')).toBe(false);
  });

  it.each(['source.timeout', 'source.http-status', 'limit.response'] as const)(
    'is undecided, never allowed and never denied, when the log cannot be read: %s',
    async (code) => {
      const { verdict, finding } = await evaluateWith({ signed, material: { facts: failing(code) } });
      expect(verdict).toBe('indeterminate');
      expect(finding('log-presence')).toMatchObject({ outcome: 'error', code, required: true });
    },
  );

  it('is undecided for an attestation about which no log was read', async () => {
    const facts = toWitnessFacts(new Map([[`sha256:${'0'.repeat(64)}`, Buffer.from('{}')]]));
    const { verdict, finding } = await evaluateWith({ signed, material: { facts } });
    expect(verdict).toBe('indeterminate');
    expect(finding('log-presence')).toMatchObject({
      outcome: 'error',
      code: 'source.unavailable',
      evidence: [{ kind: 'attestation' }, { kind: 'log-entry' }],
    });
  });

  it.each(['{}', '{"v":1,"entries":[]}', 'null', '[]', 'no JSON'])(
    'is never allowed by what was not read of the log: %s',
    async (text) => {
      const facts = toWitnessFacts(new Map([[found.digest, Buffer.from(text)]]));
      const { verdict, finding } = await evaluateWith({ signed, material: { facts } });
      expect(verdict).toBe('indeterminate');
      expect(finding('log-presence').outcome).toBe('error');
    },
  );

  it('is a fact that reads back as it was, with what stood in the way', () => {
    const error = new SlsaGateError('source.timeout', 'the log does not answer');
    const read = fromWitnessFacts(
      toWitnessFacts(
        new Map<string, Uint8Array | SlsaGateError>([
          ['sha256:aa', Buffer.from('{"v":1,"entries":[]}')],
          ['sha256:bb', error],
        ]),
      ),
    );
    expect(String(read?.get('sha256:aa'))).toBe('{"v":1,"entries":[]}');
    expect(read?.get('sha256:bb')).toMatchObject({ finding: 'source.timeout', message: error.message });
    expect(fromWitnessFacts([])).toBeUndefined();
  });

  it('changes the digest of the decision by what it says alone, not by when it was read', async () => {
    const digestWith = async (message: string) => {
      const facts = toWitnessFacts(new Map([[found.digest, new SlsaGateError('source.timeout', message)]]));
      const { inputs, outcome } = await evaluateWith({ signed, material: { facts } });
      return decisionDigest(inputs, outcome);
    };
    expect(await digestWith('today')).toBe(await digestWith('tomorrow'));
    const { inputs, outcome } = await evaluateWith({ signed });
    expect(await digestWith('today')).not.toBe(decisionDigest(inputs, outcome));
  });

  it('is read for each attestation once, and what fails is kept for it', async () => {
    let asked = 0;
    const run = runThat(async (plans) => {
      asked += plans.length;
      throw new SlsaGateError('source.unavailable', 'no');
    });
    const { witnesses: read } = await readLogs([found, found], roots, run.open);
    expect(read.get(found.digest)).toMatchObject({ finding: 'source.unavailable' });
    expect([asked, run.closed()]).toEqual([1, 1]);
  });

  it('is read for all attestations of one document, each entry once', async () => {
    const { parsed } = foundIn(sigstore.signStatement());
    const asked: string[] = [];
    const run = runThat(async (plans) => {
      asked.push(...plans.map(({ logIndex }) => String(logIndex)));
      return Buffer.from('{}');
    });
    const { witnesses: read } = await readLogs([found, { ...found, parsed }, found], roots, run.open);
    expect([...read.keys()]).toEqual([found.digest]);
    expect(asked).toHaveLength(2);
    expect(new Set(asked).size).toBe(2);
  });

  it('is read for the one beside it where an entry proves nothing, as a decoy of a search does', async () => {
    const strange = createRekor({ host: 'elsewhere.local' });
    const decoy = foundIn(sigstore.signStatement({ profile: 'rekor1', entry: { log: strange } }));
    const run = runThat(async () => Buffer.from('{}'));
    const { witnesses: beside } = await readLogs(
      [{ ...found, parsed: decoy.parsed }, found],
      roots,
      run.open,
    );
    expect(beside.get(found.digest)).toEqual(Buffer.from('{}'));
    const { witnesses: alone } = await readLogs([decoy], roots, run.open);
    expect(alone.get(decoy.digest)).toBeInstanceOf(SlsaGateError);
  });

  it('stands on record also where all that was found is in no log, so that it is not taken for not asked', async () => {
    const { dsseEnvelope } = JSON.parse(signed.text());
    const text = JSON.stringify(dsseEnvelope);
    const run = runThat(() => Promise.reject(new Error('there is nothing to read')));
    const facts = toWitnessFacts(
      (await readLogs([foundIn({ text: () => text })], roots, run.open)).witnesses,
    );
    expect([...(fromWitnessFacts(facts)?.values() ?? [])]).toMatchObject([{ finding: 'tlog.missing' }]);
    const { verdict, findings } = await evaluateWith({ signed: text, material: { facts } });
    expect(verdict).not.toBe('allow');
    expect(findings.some(({ rule }) => rule === 'log-presence')).toBe(true);
  });

  it.each([new SlsaGateError('source.blocked-address', 'no'), new Error('bug')])(
    'ends on what is no answer, and closes all the same: %s',
    async (error) => {
      const run = runThat(async () => {
        throw error;
      });
      await expect(readLogs([found], roots, run.open)).rejects.toBe(error);
      expect(run.closed()).toBe(1);
    },
  );

  it('is refused where nobody can be asked', async () => {
    await expect(readLogs([found], roots, undefined)).rejects.toMatchObject({ finding: 'usage.flag' });
    expect(await readLogs([], roots, undefined)).toEqual({ witnesses: new Map(), exchanges: [], clocks: [] });
  });
});
