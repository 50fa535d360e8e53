import { describe, expect, it } from 'vitest';
import { createRekor } from '../../../../../src/adapters/attestations/rekor/index.ts';
import { parseAttestations } from '../../../../../src/core/attestation/parse.ts';
import { LIMITS } from '../../../../../src/core/limits.ts';
import type { CollectedAttestation } from '../../../../../src/core/ports.ts';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { decideWith, github } from '../../../../attacks/decide.ts';
import { sigstore } from '../../../../attacks/verify.ts';
import { ownWorkflowRun, signerUri } from '../../../../kit/github-run.ts';
import { createKeyPair } from '../../../../kit/keys.ts';
import { clientOf } from '../../../../kit/servers/opened.ts';
import { json, status } from '../../../../kit/servers/package-faults.ts';
import { adapterOf, envelopeInLog, layerInLog, logEnvelope, paths, started, unlogged } from './log.ts';

const SEARCH = 'POST /api/v1/index/retrieve';
const RETRIEVE = 'POST /api/v1/log/entries/retrieve';
/** With a payload that nobody else logs, since many entries of this log have the same. */
const NEVER_LOGGED = { entry: null, artifact: Buffer.from('never logged') } as const;

const decide = (signed: readonly CollectedAttestation[]) =>
  decideWith({ signed, flags: { sourceUri: 'https://github.com/octo-org/widget' } });
const codes = (signed: readonly CollectedAttestation[]) =>
  parseAttestations(signed).map(({ parsed }) =>
    parsed instanceof SlsaGateError ? parsed.finding : parsed.kind,
  );

describe('an attestation without its log entry', () => {
  it.each<[string, () => CollectedAttestation]>([
    ['a bundle v0.3', () => unlogged(sigstore.signStatement())],
    ['a bundle v0.2', () => unlogged(sigstore.signStatement({ version: '0.2' }))],
    ['a bundle v0.1', () => unlogged(sigstore.signStatement({ version: '0.1' }))],
    [
      'a bundle, logged as intoto 0.0.2',
      () => unlogged(sigstore.signStatement({ entry: { kind: 'intoto', apiVersion: '0.0.2' } })),
    ],
    ['an envelope with its certificate', () => envelopeInLog()],
    ['an envelope with its certificate, logged as dsse', () => envelopeInLog({}, {})],
    [
      'an envelope with its certificate, logged as intoto 0.0.2',
      () => envelopeInLog({}, { kind: 'intoto', apiVersion: '0.0.2' }),
    ],
    ['a layer of cosign', () => layerInLog()],
    [
      'a layer of cosign, logged as intoto',
      () => layerInLog({ entry: { kind: 'intoto', apiVersion: '0.0.1' } }),
    ],
  ])('is completed and verifies: %s', async (_, make) => {
    const server = await started();
    const lacking = make();
    expect(decide([lacking]).verdict).not.toBe('allow');
    const rekor = adapterOf(server);
    const { attestations, report } = await rekor.complete([lacking]);
    expect(report).toEqual({ name: `rekor:${server.host}`, answer: 'complete', attestations: [] });
    expect(rekor.name).toBe(report.name);
    expect(paths(server)).toEqual([SEARCH, RETRIEVE]);
    expect(attestations).toHaveLength(1);
    const [completed] = attestations;
    expect(completed).toMatchObject({ ...lacking, source: expect.stringContaining(lacking.source) });
    expect(completed?.lookup?.searched).toEqual([rekor.name]);
    const decision = decide(attestations);
    expect(decision.faults).toEqual([]);
    expect(decision.verdict).toBe('allow');
    expect(decision.checks[0]?.verified?.bundle?.logEntries).toMatchObject([{ hasInclusionProof: true }]);
  });

  it('is completed, and kept as it is beside that, where it has a timestamp: a log need not be asked for it', async () => {
    const server = await started();
    const lacking = unlogged(sigstore.signStatement({ timestamp: {} }));
    const rekor = adapterOf(server);
    const { attestations } = await rekor.complete([lacking]);
    expect(attestations.map(({ lookup }) => lookup?.entry !== undefined)).toEqual([true, false]);
    expect(attestations[1]).toEqual({ ...lacking, lookup: { searched: [rekor.name] } });
    expect(decide(attestations).verdict).toBe('allow');
  });

  it('is not spoilt by who logs it where its root wants no log', async () => {
    const signed = github.signStatement();
    const lacking = { bytes: Buffer.from(signed.text()), source: 'file:prov' };
    const flags = {
      builderId: signerUri(ownWorkflowRun()).split('@')[0] ?? '',
      sourceUri: 'github.com/octo-org/widget',
    };
    const verdictOf = (found: readonly CollectedAttestation[]) =>
      decideWith({ signed: found, flags }).verdict;
    expect(verdictOf([lacking])).toBe('allow');
    logEnvelope(signed, signed.bundle.dsseEnvelope ?? {});
    const { attestations } = await adapterOf(await started()).complete([lacking]);
    expect(attestations).toHaveLength(2);
    expect(verdictOf(attestations.slice(0, 1))).toBe('deny');
    expect(verdictOf(attestations)).toBe('allow');
  });

  it('is completed where a message was signed instead of a statement', async () => {
    const server = await started();
    const { attestations, report } = await adapterOf(server).complete([unlogged(sigstore.signBlob())]);
    expect(report.answer).toBe('complete');
    expect(server.requests[0]?.body).toContain('"publicKey":{"format":"x509"');
    const [found] = parseAttestations(attestations);
    expect(found?.parsed).toMatchObject({
      kind: 'bundle',
      bundle: { logEntries: [{ signedEntryTimestamp: {} }] },
    });
  });

  it('is looked up below a path', async () => {
    const server = await started({ path: '/private/log' });
    const rekor = adapterOf(server, { path: '/private/log/' });
    expect(rekor.name).toBe(`rekor:${server.host}/private/log`);
    const { report } = await rekor.complete([unlogged(sigstore.signStatement())]);
    expect(report.answer).toBe('complete');
    expect(paths(server)[0]).toBe('POST /private/log/api/v1/index/retrieve');
  });

  it('is searched by its certificate, its payload and the bytes of its envelope, until one is found', async () => {
    const server = await started();
    await adapterOf(server).complete([
      layerInLog({ entry: { kind: 'intoto', apiVersion: '0.0.1', editBody: withoutPayloadHash } }),
      layerInLog(NEVER_LOGGED),
      unlogged(sigstore.signStatement(NEVER_LOGGED)),
    ]);
    expect(paths(server)).toEqual([SEARCH, RETRIEVE, SEARCH, SEARCH, SEARCH, SEARCH, SEARCH]);
    for (const { body } of server.requests.filter(({ path }) => path === '/api/v1/index/retrieve'))
      expect(Object.keys(JSON.parse(body))).toEqual(['hash']);
  });

  it('is one of several lines of a file, which comes apart', async () => {
    const server = await started();
    const lines = [
      sigstore.signStatement().text(),
      text(envelopeInLog()),
      text(unlogged(sigstore.signStatement())),
    ];
    const file = { bytes: Buffer.from(`${lines.join('\n')}\n`), source: 'file:all.jsonl' };
    expect(codes([file])).toEqual(['bundle', 'tlog.lookup-offline', 'bundle']);
    const { attestations, report } = await adapterOf(server).complete([file]);
    expect(report.answer).toBe('complete');
    expect(attestations.map(({ source }) => source.split(' ')[0])).toEqual([
      'file:all.jsonl#1',
      'file:all.jsonl#2',
      'file:all.jsonl#3',
    ]);
    expect(attestations[0]?.lookup).toBeUndefined();
    expect(decide(attestations).checks.every(({ verified }) => verified !== undefined)).toBe(true);
  });

  it('is completed with every entry that names it, and one of them is enough', async () => {
    const server = await started();
    const signed = sigstore.signStatement({ entries: [{}, { kind: 'intoto', apiVersion: '0.0.2' }] });
    const { attestations } = await adapterOf(server).complete([unlogged(signed)]);
    expect(attestations).toHaveLength(2);
    expect(new Set(attestations.map(({ lookup }) => lookup?.entry)).size).toBe(2);
    expect(new Set(attestations.map(({ source }) => source)).size).toBe(2);
    expect(decide(attestations).verdict).toBe('allow');
  });

  it('is denied where the log has told everything and has none', async () => {
    const server = await started();
    const forms = [layerInLog(NEVER_LOGGED), unlogged(sigstore.signStatement(NEVER_LOGGED))];
    const envelope = envelopeInLog({ artifact: Buffer.from('withheld') });
    server.rewrite((leaves) => leaves.slice(0, -3));
    const { attestations, report } = await adapterOf(server).complete([...forms, envelope]);
    expect(report).toEqual({
      name: `rekor:${server.host}`,
      answer: 'absent',
      attestations: [],
      reason: 'the log has no entry of these attestations',
    });
    for (const one of attestations) {
      expect(one.lookup).toEqual({ searched: [`rekor:${server.host}`] });
      const decision = decide([one]);
      expect(decision.verdict).toBe('deny');
      expect(decision.faults.map(({ code }) => code)).toEqual(['tlog.missing']);
    }
  });

  it('is searched in one log after the other, and keeps what the first one said', async () => {
    const [empty, server] = [await started(), await started()];
    empty.rewrite((leaves) => leaves.slice(0, 1));
    const first = await adapterOf(empty).complete([envelopeInLog()]);
    const { attestations } = await adapterOf(server).complete(first.attestations);
    expect(attestations[0]?.lookup?.searched).toEqual([`rekor:${empty.host}`, `rekor:${server.host}`]);
    expect(decide(attestations).verdict).toBe('allow');
    const again = await adapterOf(empty).complete(attestations);
    expect(again).toMatchObject({ attestations, report: { answer: 'complete' } });
  });
});

describe('what needs no log', () => {
  const bare = JSON.stringify(sigstore.signStatement().bundle.dsseEnvelope);
  const keys = createKeyPair();
  it.each<[string, CollectedAttestation]>([
    ['a bundle with its entry', { bytes: Buffer.from(sigstore.signStatement().text()), source: 'x' }],
    ['an envelope that a key must vouch for', { bytes: Buffer.from(bare), source: 'x' }],
    ['a bundle of a bare key', unlogged(sigstore.signStatement({ keys, publicKeyHint: 'key' }))],
    ['what is no JSON', { bytes: Buffer.from('{'), source: 'x' }],
    ['a bundle of an unknown version', { bytes: Buffer.from('{"mediaType":"x"}'), source: 'x' }],
    [
      'a layer with an unknown annotation',
      { bytes: Buffer.from(bare), source: 'x', annotations: { 'dev.sigstore.cosign/x': '' } },
    ],
    ['a list', { bytes: Buffer.from('{"attestations":[]}'), source: 'x' }],
    ['more lines than are read', { bytes: Buffer.from('{}\n'.repeat(LIMITS.attestations + 1)), source: 'x' }],
  ])('is handed back as it is, and nothing is asked: %s', async (_, attestation) => {
    const server = await started();
    const { attestations, report } = await adapterOf(server).complete([attestation]);
    expect(attestations).toEqual([attestation]);
    expect(attestations[0]).toBe(attestation);
    expect(report).toMatchObject({ answer: 'complete', reason: 'no log entry was missing' });
    expect(server.requests).toEqual([]);
  });
});

describe('what a search lists', () => {
  it('is read ten at a time, up to a limit, beyond which nothing is missing', async () => {
    const server = await started();
    const signed = sigstore.signStatement({
      entries: Array.from({ length: 33 }, (_, at) => ({ editBody: distinct(at) })),
      version: '0.3',
    });
    const lacking = unlogged(signed);
    const { attestations, report } = await adapterOf(server).complete([lacking]);
    expect(attestations).toEqual([lacking]);
    expect(report).toMatchObject({ answer: 'failed', code: 'limit.attestations' });
    const batches = server.requests.filter(({ path }) => path.endsWith('/entries/retrieve'));
    expect(batches.map(({ body }) => JSON.parse(body).entryUUIDs.length)).toEqual([10, 10, 10, 2]);
  });

  it('does not hide the entry that is among those that were read', async () => {
    const server = await started();
    const others = Array.from({ length: 32 }, (_, at) => ({ editBody: distinct(at) }));
    const { attestations, report } = await adapterOf(server).complete([
      unlogged(sigstore.signStatement({ entries: [{}, ...others] })),
    ]);
    expect(report).toMatchObject({ answer: 'partial', code: 'limit.attestations' });
    expect(decide(attestations).verdict).toBe('allow');
  });

  it('is asked for no more attestations than the limit', async () => {
    const server = await started();
    const lacking = unlogged(sigstore.signStatement(NEVER_LOGGED));
    const many = Array.from({ length: LIMITS.logLookups + 1 }, () => lacking);
    const { attestations, report } = await adapterOf(server).complete(many);
    expect(report).toMatchObject({ answer: 'partial', code: 'limit.attestations' });
    expect(attestations.filter(({ lookup }) => lookup === undefined)).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['a word', 'none'],
    ['null', null],
    ['an object', {}],
    ['numbers', [1]],
    ['null in a list', [null]],
    ['a path', ['../../v2/checkpoint']],
    ['a UUID that is cut', ['ab'.repeat(31)]],
    ['a UUID in other digits', ['xy'.repeat(32)]],
  ])('is no list of entries: %s', async (_, answer) => {
    const server = await started();
    server.fail('search', json(answer));
    const lacking = envelopeInLog();
    const { attestations, report } = await adapterOf(server).complete([lacking]);
    expect(attestations).toEqual([lacking]);
    expect(report).toMatchObject({ answer: 'failed', code: 'source.malformed-response' });
    expect(paths(server)).toEqual([SEARCH]);
  });

  it('is not taken for nothing when the entry is listed and not given', async () => {
    const server = await started();
    server.fail('retrieve', json([]));
    const lacking = envelopeInLog();
    const { attestations, report } = await adapterOf(server).complete([lacking]);
    expect(attestations).toEqual([lacking]);
    expect(report).toMatchObject({ answer: 'failed', code: 'source.unavailable' });
    expect(codes(attestations)).toEqual(['tlog.lookup-offline']);
  });
});

describe('entries that the log gives', () => {
  /** The answer of the log, changed as text. */
  const spoilt = async (edit: (text: string) => string) => {
    const server = await started();
    const lacking = layerInLog();
    server.fail('retrieve', (response, { headers, body }) => {
      const text = edit(body.toString());
      response.writeHead(200, headers);
      response.end(text);
    });
    return adapterOf(server).complete([lacking]);
  };
  it.each<[string, (text: string) => string]>([
    ['another body than the UUID says', (text) => text.replace(/"body":"[^"]+"/, '"body":"e30="')],
    ['a body in lenient base64', (text) => text.replace('"body":"', '"body":" ')],
    ['another UUID', (text) => text.replace(/"[0-9a-f]{80}"/, `"${'ab'.repeat(40)}"`)],
    ['no UUID', (text) => text.replace(/"[0-9a-f]{80}"/, '"entry"')],
    ['no promise', (text) => text.replace(/,"signedEntryTimestamp":"[^"]+"/, '')],
    ['no proof', (text) => text.replace(/"inclusionProof":\{.*?\},/, '')],
    ['no checkpoint', (text) => text.replace(/"checkpoint":"[^"]+",/, '')],
    ['no verification', (text) => text.replace(/,"verification":\{.*\}(?=\}\])/, '')],
    ['null for its hashes', (text) => text.replace(/"hashes":\[[^\]]*\]/, '"hashes":null')],
    ['hashes of another length', (text) => text.replace(/"hashes":\["../, '"hashes":["')],
    [
      'a proof without end',
      (text) => text.replace(/"hashes":\[/, `"hashes":[${`"${'ab'.repeat(32)}",`.repeat(64)}`),
    ],
    ['a log id in base64', (text) => text.replace(/"logID":"[^"]+"/, '"logID":"AAAA"')],
    ['a time as text', (text) => text.replace(/"integratedTime":(\d+)/, '"integratedTime":"$1"')],
    ['a negative index', (text) => text.replace(/"logIndex":(\d+)/, '"logIndex":-$1')],
    [
      'an index beyond all numbers',
      (text) => text.replace(/"logIndex":(\d+)/, '"logIndex":9007199254740993'),
    ],
    ['the same entry twice', (text) => text.replace(/^\[(.*)\]$/, '[$1,$1]')],
    ['a key twice', (text) => text.replace('"logID"', '"logIndex":1,"logID"')],
    ['an entry that is text', (text) => text.replace(/:\{.*\}(?=\}\])/, ':"entry"')],
    ['a list in a list', (text) => `[${text}]`],
  ])('are not read with %s', async (_, edit) => {
    const { attestations, report } = await spoilt(edit);
    expect(report).toMatchObject({ answer: 'failed', code: 'source.malformed-response' });
    expect(attestations.every(({ lookup }) => lookup === undefined)).toBe(true);
    expect(report.reason?.length).toBeLessThan(201);
  });

  it('may come as one object, with what nobody reads', async () => {
    const { attestations, report } = await spoilt((text) =>
      text.replace(/^\[(.*)\]$/, '$1').replace('"body"', '"attestation":{"data":"e30="},"body"'),
    );
    expect(report.answer).toBe('complete');
    expect(attestations[0]?.lookup?.entry).not.toContain('attestation');
    expect(decide(attestations).verdict).toBe('allow');
  });

  it.each<[string, (text: string) => string, string]>([
    [
      'another promise',
      (text) => text.replace(/"signedEntryTimestamp":"..../, '"signedEntryTimestamp":"AAAA'),
      'log.set',
    ],
    [
      'another time',
      (text) => text.replace(/"integratedTime":(\d+)/, (_, n) => `"integratedTime":${Number(n) + 1}`),
      'log.set',
    ],
    [
      'another hash of the proof',
      (text) => text.replace(/"hashes":\["[0-9a-f]{4}/, '"hashes":["0000'),
      'log.inclusion',
    ],
    [
      'another root beside the checkpoint',
      (text) => text.replace(/"rootHash":"[0-9a-f]{4}/, '"rootHash":"0000'),
      'bundle.inconsistent',
    ],
    [
      'another origin of the checkpoint',
      (text) => text.replace(/"checkpoint":"rekor/, '"checkpoint":"other'),
      'log.origin',
    ],
    ['another log', (text) => text.replace(/"logID":"..../, '"logID":"0000'), 'log.unknown'],
  ])('are refused by verification with %s', async (_, edit, code) => {
    const { attestations, report } = await spoilt(edit);
    expect(report.answer).toBe('complete');
    const decision = decide(attestations);
    expect(decision.verdict).toBe('deny');
    expect(decision.faults[0]?.code).toBe(code);
  });
});

describe('a log', () => {
  it.each(['', 'rekor.local', 'https://rekor.local?x', 'https://rekor.local#x', 'https://a:b@rekor.local'])(
    'is not at %s',
    (url) => {
      const attempt = () => createRekor({ http: clientOf([]), url });
      expect(attempt).toThrow(expect.objectContaining({ finding: 'config.invalid' }));
    },
  );

  it('is asked by https alone, where it is not listed', async () => {
    const rekor = createRekor({ http: clientOf([]), url: 'http://rekor.local' });
    await expect(rekor.complete([envelopeInLog()])).rejects.toMatchObject({
      constructor: SlsaGateError,
      finding: 'config.insecure-url',
    });
  });

  it('that is down is not asked again for every attestation', async () => {
    const server = await started();
    server.fail('search', status(500));
    const lacking = [envelopeInLog(), layerInLog(), unlogged(sigstore.signStatement())];
    const { attestations, report } = await adapterOf(server).complete(lacking);
    expect(attestations).toEqual(lacking);
    expect(report).toMatchObject({ answer: 'failed', code: 'source.http-status' });
    expect(server.requests).toHaveLength(1);
  });

  it('that goes down in between has told a part', async () => {
    const server = await started();
    const lacking = [envelopeInLog(), layerInLog()];
    let answers = 0;
    server.fail('search', (response, { headers, body }) => {
      response.writeHead(++answers === 1 ? 200 : 502, headers);
      response.end(body);
    });
    const { attestations, report } = await adapterOf(server).complete(lacking);
    expect(report).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(attestations.map(({ lookup }) => lookup?.entry !== undefined)).toEqual([true, false]);
  });
});

function text({ bytes }: CollectedAttestation): string {
  return Buffer.from(bytes).toString();
}

/** An entry of its own for the same signature: no such log exists, but no client may rely on that. */
function distinct(at: number) {
  return ({ spec }: { spec: Record<string, unknown> }): void => {
    spec.envelopeHash = { algorithm: 'sha256', value: at.toString(16).padStart(64, '0') };
    // Named in a way that verification refuses, so that none of these is the entry.
    spec.payloadHash = { algorithm: 'sha256', value: at.toString(16).padStart(64, '0') };
  };
}

/** As the oldest entries have it. */
function withoutPayloadHash({ spec }: { spec: Record<string, unknown> }): void {
  delete (spec.content as Record<string, unknown>).payloadHash;
}
