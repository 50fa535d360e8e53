import { describe, expect, it } from 'vitest';
import type { CollectedAttestation } from '../../src/core/ports.ts';
import { createKeyPair } from '../kit/keys.ts';
import type { LogOptions } from '../kit/rekor.ts';
import { sendAnswer, status } from '../kit/servers/package-faults.ts';
import type { RekorServer } from '../kit/servers/rekor.ts';
import { createSigstore, type SignStatementOptions } from '../kit/sigstore.ts';
import {
  adapterOf,
  envelopeInLog,
  layerInLog,
  logEnvelope,
  paths,
  started,
  unlogged,
} from '../unit/adapters/attestations/rekor/log.ts';
import { openLab } from '../unit/core/log-check/lab.ts';
import { decideWith } from './decide.ts';
import { sigstore } from './verify.ts';

const decide = (signed: readonly CollectedAttestation[]) =>
  decideWith({ signed, flags: { sourceUri: 'https://github.com/octo-org/widget' } });
const complete = async (server: RekorServer, ...lacking: readonly CollectedAttestation[]) => {
  const { attestations, report } = await adapterOf(server).complete(lacking);
  return { attestations, report, decision: decide(attestations) };
};

/** Bundles of one payload of its own, so that the log lists the entries of one test alone. */
let payloads = 0;
const ownPayload = (): SignStatementOptions => {
  const run = ++payloads;
  return {
    statement: (right) => {
      right.predicate = { ...(right.predicate as object), metadata: { buildInvocationId: `run ${run}` } };
    },
  };
};

describe('an entry that is looked up in Rekor v1', () => {
  it.each<[string, number]>([
    ['one decoy', 1],
    ['twelve decoys', 12],
  ])('TLG-06 is found behind %s of the same payload', async (_, count) => {
    const server = await started();
    const own = ownPayload();
    const decoys = Array.from({ length: count }, () => sigstore.signStatement(own));
    const { attestations, report, decision } = await complete(server, unlogged(sigstore.signStatement(own)));
    expect(decoys).toHaveLength(count);
    expect(report.answer).toBe('complete');
    expect(attestations).toHaveLength(1);
    expect(decision.verdict).toBe('allow');
  });

  it('TLG-06 is found where the log lists it by its payload alone, attackers first', async () => {
    const server = await started();
    const own = ownPayload();
    for (let attacker = 0; attacker < 5; attacker++) sigstore.signStatement(own);
    const lacking = unlogged(sigstore.signStatement(own));
    let searches = 0;
    server.fail('search', (response, good) =>
      sendAnswer(response, ++searches === 1 ? { ...good, body: Buffer.from('[]') } : good),
    );
    const { attestations, decision } = await complete(server, lacking);
    expect(JSON.parse(server.requests[2]?.body ?? '{}').entryUUIDs).toHaveLength(6);
    expect(attestations).toHaveLength(1);
    expect(decision.verdict).toBe('allow');
  });

  it.each<[string, LogOptions]>([
    ['names the certificate of somebody else', { verifier: { certificate: sigstore.issue().certificate } }],
    ['names a bare key', { verifier: { publicKey: createKeyPair() } }],
    ['names another signature', { signature: Buffer.from('another signature') }],
    ['names another payload', { hash: Buffer.alloc(32, 7) }],
    ['is of another kind', { editBody: (body) => ({ ...body, kind: 'rekord' }) }],
    ['has a second signature', { editBody: withSecondSignature }],
    ['is not canonical', { body: (right) => `${right} ` }],
    ['is no JSON', { body: (right) => `${right}{` }],
  ])('TLG-06 counts for nothing when it %s, and hides none behind it', async (_, spoilt) => {
    const server = await started();
    const own = ownPayload();
    const alone = await complete(server, unlogged(sigstore.signStatement({ ...own, entry: spoilt })));
    expect(alone.decision.verdict).toBe('deny');
    expect(alone.decision.faults[0]?.code).toMatch(/^tlog\./);
    const both = sigstore.signStatement({ ...own, entries: [spoilt, {}] });
    expect((await complete(server, unlogged(both))).decision.verdict).toBe('allow');
  });

  it('TLG-06 is denied as missing where all that the log lists is of others', async () => {
    const server = await started();
    const own = ownPayload();
    for (let other = 0; other < 3; other++) sigstore.signStatement(own);
    const { report, decision } = await complete(
      server,
      unlogged(sigstore.signStatement({ ...own, entry: null })),
    );
    expect(report.answer).toBe('absent');
    expect(decision.verdict).toBe('deny');
    expect(decision.faults.map(({ code }) => code)).toEqual(['tlog.missing']);
  });

  it('TLG-06 of a foreign log proves nothing, however well it proves itself', async () => {
    const foreign = createSigstore();
    const server = await started({}, foreign.rekor);
    const own = ownPayload();
    const issued = sigstore.issue();
    const signed = sigstore.signStatement({ ...own, issued, entry: { log: foreign.rekor } });
    const { report, decision } = await complete(server, unlogged(signed));
    expect(report.answer).toBe('complete');
    expect(decision.verdict).toBe('deny');
    expect(decision.faults[0]?.code).toBe('log.unknown');
  });

  it('TLG-06 of an envelope that was written otherwise is none', async () => {
    const server = await started();
    const lacking = envelopeInLog(ownPayload());
    const spaced = {
      ...lacking,
      bytes: Buffer.from(JSON.stringify(JSON.parse(Buffer.from(lacking.bytes).toString()), null, 1)),
    };
    const { decision } = await complete(server, spaced);
    expect(decision.verdict).toBe('deny');
    expect((await complete(server, lacking)).decision.verdict).toBe('allow');
  });

  it('TLG-06 is not believed before its promise and proof verify under the trusted root', async () => {
    const server = await started();
    server.sign({ signingKeys: createKeyPair() });
    const { attestations, decision } = await complete(server, unlogged(sigstore.signStatement(ownPayload())));
    expect(attestations[0]?.lookup?.entry).toBeDefined();
    expect(decision.verdict).toBe('deny');
    expect(decision.faults[0]?.code).toBe('log.checkpoint-signature');
  });

  it('TUF-14 is not verified by a key that the log serves of itself', async () => {
    const evil = createSigstore({ rekor: { host: 'rekor.local' } });
    const server = await started({ servedKey: evil.rekor.keys.pem }, evil.rekor);
    const signed = sigstore.signStatement({
      ...ownPayload(),
      entry: { log: evil.rekor, logId: sigstore.rekor.logId },
    });
    server.fail('retrieve', (response, good) =>
      sendAnswer(response, {
        ...good,
        body: Buffer.from(
          good.body
            .toString()
            .replaceAll(evil.rekor.logId.toString('hex'), sigstore.rekor.logId.toString('hex')),
        ),
      }),
    );
    const { report, decision } = await complete(server, unlogged(signed));
    expect(report.answer).toBe('complete');
    expect(decision.verdict).toBe('deny');
    expect(decision.faults[0]?.code).toMatch(/^log\.(?:set|checkpoint-signature)$/);
    expect(paths(server).some((path) => path.includes('publicKey'))).toBe(false);
  });

  it('NET-08 is not read out of the body of an error', async () => {
    for (const place of ['search', 'retrieve'] as const) {
      const server = await started();
      const lacking = layerInLog(ownPayload());
      server.fail(place, (response, good) => sendAnswer(response, { ...good, status: 404 }));
      const { attestations, report, decision } = await complete(server, lacking);
      expect(report).toMatchObject({ answer: 'failed', code: 'source.http-status' });
      expect(attestations).toEqual([lacking]);
      expect(decision.verdict).toBe('indeterminate');
    }
  });

  it('RES-01 is looked for among so many entries and no more', async () => {
    const server = await started();
    const hits = Array.from({ length: 100_000 }, (_, at) => at.toString(16).padStart(64, '0'));
    server.fail('search', status(200, {}, JSON.stringify(hits)));
    server.fail('retrieve', status(200, {}, '[]'));
    const lacking = unlogged(sigstore.signStatement(ownPayload()));
    const { attestations, report } = await complete(server, lacking);
    expect(report).toMatchObject({ answer: 'failed', code: 'limit.attestations' });
    expect(attestations).toEqual([lacking]);
    expect(server.requests.length).toBeLessThan(10);
  });

  it('SSRF-07 is asked for by no UUID that is anything else', async () => {
    const server = await started();
    for (const uuid of ['../../../admin', `${'a'.repeat(63)}?`, `${'a'.repeat(64)}/..`, 'a'.repeat(81)]) {
      server.fail('search', status(200, {}, JSON.stringify([uuid])));
      const { report } = await complete(server, unlogged(sigstore.signStatement(ownPayload())));
      expect(report).toMatchObject({ answer: 'failed', code: 'source.malformed-response' });
    }
    expect(paths(server).every((path) => path.endsWith('/index/retrieve'))).toBe(true);
  });

  it('TLG-01 is not lent to another envelope that its signer never logged', async () => {
    const server = await started();
    const own = ownPayload();
    const issued = sigstore.issue();
    const logged = sigstore.signStatement({ ...own, issued });
    const secret = sigstore.signStatement({ ...ownPayload(), issued, entry: null });
    logEnvelope(logged, logged.bundle.dsseEnvelope ?? {});
    const { report, decision } = await complete(server, unlogged(secret));
    expect(report.answer).toBe('absent');
    expect(decision.faults.map(({ code }) => code)).toEqual(['tlog.missing']);
  });
});

describe('the check that an entry is still in its log', () => {
  it.each([1, 2] as const)('TUF-14 asks no log for its key (v%i)', async (version) => {
    const lab = await openLab({ version });
    lab.grow();
    const evil = createKeyPair(version === 1 ? 'P-256' : 'Ed25519');
    lab.server.sign({ signingKeys: evil });
    expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'log.checkpoint-signature' });
    expect(paths(lab.server).some((path) => /key/i.test(path))).toBe(false);
  });

  it.each([1, 2] as const)('NET-08 reads nothing out of the body of an error (v%i)', async (version) => {
    const lab = await openLab({ version });
    for (const place of ['entry', 'checkpoint', 'tile', 'entries'] as const)
      lab.server.fail(place, (response, good) => sendAnswer(response, { ...good, status: 404 }));
    expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.http-status' });
  });
});

/** Adds a copy, so that the entry itself says that two signed. */
function withSecondSignature({ spec }: { spec: Record<string, unknown> }): void {
  const signatures = spec.signatures as unknown[];
  signatures.push(structuredClone(signatures[0]));
}
