import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLogPresence, planLogWitness } from '../../../../src/core/log-check/presence.ts';
import { parseBundle } from '../../../../src/core/model/bundle.ts';
import { encodeLogWitness, parseLogWitness } from '../../../../src/core/model/log-witness.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { parseRoot, refusal, sigstore } from '../../../attacks/verify.ts';
import type { BundleJson } from '../../../kit/bundle.ts';
import { createKeyPair, sha256 } from '../../../kit/keys.ts';
import { closeAll } from '../../../kit/servers/opened.ts';
import { type GoodAnswer, sendAnswer } from '../../../kit/servers/package-faults.ts';
import type { RekorPlace, RekorServer } from '../../../kit/servers/rekor.ts';
import { createWitness } from '../../../kit/signed-note.ts';
import { SIGNED_AT } from '../../../kit/sigstore.ts';
import { paths } from '../../adapters/attestations/rekor/log.ts';
import { leafOf, openLab, replaced } from './lab.ts';

/** Changes the bytes of one answer. */
const spoil = (server: RekorServer, place: RekorPlace, edit: (body: Buffer) => Buffer): void =>
  server.fail(place, (response, good: GoodAnswer) =>
    sendAnswer(response, { ...good, body: edit(good.body) }),
  );
const flipped = (at: number) => (body: Buffer) =>
  body.length <= at
    ? body
    : Buffer.concat([body.subarray(0, at), Buffer.of((body[at] ?? 0) ^ 1), body.subarray(at + 1)]);
const edited = (edit: (text: string) => string) => (body: Buffer) => Buffer.from(edit(body.toString()));

describe.each([{ version: 1 }, { version: 2 }] as const)(
  'an entry in a log of Rekor v$version',
  ({ version }) => {
    it('is still there, in the tree of the bundle and in one that has grown', async () => {
      const lab = await openLab({ version });
      const name = `v${version}.local`;
      expect(await lab.check()).toEqual({
        rule: 'log-presence',
        code: 'ok',
        outcome: 'pass',
        required: true,
        expected:
          'the log still holds the entry at its place, in a tree that continues the one of the bundle',
        actual: `entry ${lab.index} of ${lab.size} in ${name}`,
        message: expect.any(String),
        evidence: [
          {
            kind: 'log-entry',
            digest: `sha256:${sha256(lab.bundle.logEntries[0]?.body ?? Buffer.alloc(0)).toString('hex')}`,
          },
        ],
        spec: expect.any(String),
      });
      lab.grow();
      expect(await lab.check()).toMatchObject({
        outcome: 'pass',
        actual: `entry ${lab.index} of ${lab.size + 2} in ${name}`,
      });
    });

    it('is there in trees of all sizes', async () => {
      const sizes = fc.record({
        before: fc.integer({ min: 0, max: 12 }),
        leavesAfter: fc.integer({ min: 0, max: 12 }),
        growth: fc.integer({ min: 1, max: 20 }),
      });
      await fc.assert(
        fc.asyncProperty(sizes, async ({ before, leavesAfter, growth }) => {
          const lab = await openLab({ version, before, leavesAfter });
          expect((await lab.check()).outcome).toBe('pass');
          lab.grow(growth);
          expect((await lab.check()).outcome).toBe('pass');
          lab.server.rewrite(replaced(lab.index));
          expect((await lab.check()).code).toBe('tlog.entry-removed');
          lab.server.rewrite((leaves) => replaced(lab.index === 0 ? 1 : 0)(leaves));
          expect((await lab.check()).code).toBe('log.inconsistent');
          await closeAll();
        }),
        { numRuns: 25 },
      );
    });

    it('is decided about again from what was read, without the log', async () => {
      const lab = await openLab({ version });
      lab.grow();
      const witness = await lab.witness();
      const before = lab.checkWith(witness);
      await lab.server.close();
      expect(lab.checkWith(Buffer.from(witness))).toEqual(before);
      expect(encodeLogWitness(parseLogWitness(witness))).toEqual(witness);
      expect(before.outcome).toBe('pass');
    });

    it.each([
      ['another entry stands in its place', (index: number) => replaced(index), 'tlog.entry-removed'],
      ['another entry stands before it', () => replaced(0), 'log.inconsistent'],
      ['another entry stands behind it', (index: number) => replaced(index + 1), 'log.inconsistent'],
    ])('denies where %s', async (_, historyOf, code) => {
      const lab = await openLab({ version });
      for (const growth of [0, 3]) {
        if (growth > 0) lab.grow(growth);
        lab.server.rewrite(historyOf(lab.index));
        expect(await lab.check()).toMatchObject({ rule: 'log-presence', outcome: 'fail', code });
      }
    });

    it('denies a log that was rolled back to before the entry, or to before the tree of the bundle', async () => {
      const lab = await openLab({ version });
      for (const size of [1, lab.index, lab.index + 1, lab.size - 1]) {
        lab.server.rewrite((leaves) => leaves.slice(0, size));
        expect(await lab.check()).toMatchObject({
          outcome: 'fail',
          code: 'tlog.entry-removed',
          expected: `at least ${lab.size} entries`,
          actual: String(size),
        });
      }
    });

    it('denies a log that was rolled back and has grown again otherwise', async () => {
      const lab = await openLab({ version });
      const more = Array.from({ length: 20 }, (_, at) => leafOf(`other ${at}`));
      lab.server.rewrite((leaves) => [...leaves.slice(0, lab.index + 1), ...more]);
      expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'log.inconsistent' });
      lab.server.rewrite((leaves) => [...leaves.slice(0, lab.index), ...more]);
      expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'tlog.entry-removed' });
    });

    it('denies another tree of the same size that moved the entry', async () => {
      const lab = await openLab({ version });
      lab.server.rewrite((leaves) => [...leaves.slice(1), leafOf('late')]);
      expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'tlog.entry-removed' });
    });

    it.each<[string, object, string]>([
      [
        'signed by another key',
        { signingKeys: createKeyPair(version === 1 ? 'P-256' : 'Ed25519') },
        'log.checkpoint-signature',
      ],
      [
        'whose signature is altered',
        { signature: (right: Buffer) => flipped(8)(right) },
        'log.checkpoint-signature',
      ],
      ['with the key id of another key', { keyHint: Buffer.alloc(4) }, 'log.checkpoint-signature'],
      ['of another log', { origin: 'other.local' }, 'log.origin'],
      ['of a log whose name begins alike', { origin: `v${version}.local.evil` }, 'log.origin'],
      ['signed under another name', { name: 'other.local' }, 'log.origin'],
    ])('denies a checkpoint %s', async (_, signing, code) => {
      const lab = await openLab({ version });
      lab.server.sign(signing);
      expect(await lab.check()).toMatchObject({ outcome: 'fail', code });
    });

    it('denies a tree of the same log under another id', async () => {
      const lab = await openLab({ version });
      lab.server.sign({ origin: `v${version}.local - 4711` });
      expect(await lab.check()).toMatchObject({
        outcome: 'fail',
        code: 'log.inconsistent',
        actual: `v${version}.local - 4711`,
      });
    });

    it('accepts cosignatures of witnesses, and does not need them', async () => {
      const lab = await openLab({ version });
      lab.server.sign({ linesAfter: [createWitness().cosign(SIGNED_AT)] });
      expect((await lab.check()).outcome).toBe('pass');
    });

    it.each<[string, object]>([
      ['size', { size: 'many' }],
      ['root', { rootHash: null }],
      ['root of 32 bytes', { rootHash: Buffer.alloc(31) }],
      ['signature', { envelope: (note: string) => note.split('\n\n')[0] ?? '' }],
      ['end', { envelope: (note: string) => note.slice(0, -1) }],
      ['text', { envelope: () => '<!doctype html>' }],
    ])('is not known by a checkpoint without %s', async (_, signing) => {
      const lab = await openLab({ version });
      lab.server.sign(signing);
      expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.malformed-response' });
    });

    it('is not known by a checkpoint that the log signed over another root than it shows', async () => {
      const lab = await openLab({ version });
      lab.grow();
      lab.server.sign({ rootHash: sha256(Buffer.from('another tree')) });
      expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.malformed-response' });
    });

    it('is not known by what was read of another entry, or is no witness', async () => {
      const [lab, other] = [await openLab({ version }), await openLab({ version })];
      const [mine] = parseLogWitness(await lab.witness());
      if (mine === undefined) throw new Error('nothing was read');
      const encoded = (changes: object): Uint8Array => encodeLogWitness([{ ...mine, ...changes }]);
      for (const witness of [
        await other.witness(),
        encodeLogWitness([]),
        encoded({ logIndex: mine.logIndex + 1n }),
        encoded({ logId: 'ab' }),
        encoded({ parts: new Map() }),
        Buffer.from('{}'),
        Buffer.from('<html>'),
        Buffer.from('{"v":2,"entries":[]}'),
        Buffer.from('{"v":1,"entries":[{"logId":"ab","logIndex":"-1","parts":{}}]}'),
        Buffer.from('{"v":1,"entries":[{"logId":"ab","logIndex":"1","parts":{"a":"?"}}]}'),
      ]) {
        expect(lab.checkWith(witness)).toMatchObject({ outcome: 'error', code: 'source.malformed-response' });
      }
    });

    it('is not known once any part of the witness is missing, cut or altered', async () => {
      const lab = await openLab({ version });
      lab.grow(3);
      const [read] = parseLogWitness(await lab.witness());
      if (read === undefined) throw new Error('nothing was read');
      for (const name of read.parts.keys()) {
        const bytes = Buffer.from(read.parts.get(name) ?? Buffer.alloc(0));
        const without = new Map([...read.parts].filter(([part]) => part !== name));
        const changed = [new Map([...read.parts, [name, null]]), without];
        for (const other of [bytes.subarray(0, -1), flipped(bytes.length - 5)(bytes), Buffer.alloc(0)])
          changed.push(new Map([...read.parts, [name, other]]));
        for (const parts of changed) {
          const finding = lab.checkWith(encodeLogWitness([{ ...read, parts }]));
          expect(finding.outcome, `${name} ${finding.code}`).not.toBe('pass');
        }
      }
    });

    it('is not asked about where the bundle does not prove it', async () => {
      const lab = await openLab({ version });
      expect(refusal(() => planLogWitness(lab.bundle, [])).finding).toBe('log.unknown');
      const unknown = checkLogPresence({ bundle: lab.bundle, roots: [], witness: await lab.witness() });
      expect(unknown).toMatchObject({ outcome: 'fail', code: 'log.unknown' });
      const [entry] = lab.bundle.logEntries;
      const proof = entry?.inclusionProof;
      if (entry === undefined || proof === undefined) throw new Error('no proof');
      const wrong = [Buffer.alloc(32), ...proof.hashes.slice(1)];
      const bundle = {
        ...lab.bundle,
        logEntries: [{ ...entry, inclusionProof: { ...proof, hashes: wrong } }],
      };
      expect(refusal(() => planLogWitness(bundle, lab.roots)).finding).toBe('log.inclusion');
    });
  },
);

describe('a log of Rekor v1', () => {
  const version = 1;

  it('is asked for the entry and, once it has grown, for one proof', async () => {
    const lab = await openLab({ version });
    const logIndex = Number(lab.log.shardOffset) + lab.index;
    await lab.check();
    expect(paths(lab.server)).toEqual([`GET /api/v1/log/entries?logIndex=${logIndex}`]);
    lab.grow();
    await lab.check();
    expect(paths(lab.server).slice(1)).toEqual([
      `GET /api/v1/log/entries?logIndex=${logIndex}`,
      `GET /api/v1/log/proof?firstSize=${lab.size}&lastSize=${lab.size + 2}&treeID=1193050959916656506`,
    ]);
  });

  it('is asked for its size where it gives no entry, which alone denies', async () => {
    const lab = await openLab({ version });
    lab.server.rewrite((leaves) => leaves.slice(0, lab.index));
    expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'tlog.entry-removed' });
    expect(paths(lab.server).at(-1)).toBe('GET /api/v1/log');
    const hidden = await openLab({ version });
    hidden.server.fail('entry', (response) => response.writeHead(404).end());
    expect(await hidden.check()).toMatchObject({ outcome: 'error', code: 'source.http-status' });
  });

  it('is heard for a shard that takes no more entries', async () => {
    const lab = await openLab({ version });
    lab.server.rewrite((leaves) => leaves.slice(0, lab.index));
    spoil(lab.server, 'log', (body) => {
      const { signedTreeHead } = JSON.parse(body.toString());
      const active = signedTreeHead.replace(/ - \d+/, ' - 4711');
      return Buffer.from(JSON.stringify({ signedTreeHead: active, inactiveShards: [{ signedTreeHead }] }));
    });
    expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'tlog.entry-removed' });
  });

  it.each<[string, (text: string) => string, string]>([
    [
      'the entry of another index',
      (text) =>
        text.replace(/"logIndex":(\d+),"verification/, (_, n) => `"logIndex":${Number(n) + 1},"verification`),
      'source.malformed-response',
    ],
    [
      'another place in the tree',
      (text) => text.replace(/\],"logIndex":(\d+)/, (_, n) => `],"logIndex":${Number(n) + 1}`),
      'source.malformed-response',
    ],
    ['another log', (text) => text.replace(/"logID":"..../, '"logID":"0000'), 'source.malformed-response'],
    [
      'another size beside the checkpoint',
      (text) => text.replace(/"treeSize":(\d+)/, (_, n) => `"treeSize":${Number(n) + 1}`),
      'source.malformed-response',
    ],
    [
      'another root beside the checkpoint',
      (text) => text.replace(/"rootHash":"..../, '"rootHash":"0000'),
      'source.malformed-response',
    ],
    [
      'another hash of the proof',
      (text) => text.replace(/"hashes":\["..../, '"hashes":["0000'),
      'source.malformed-response',
    ],
    ['no hashes', (text) => text.replace(/"hashes":\[[^\]]*\]/, '"hashes":[]'), 'source.malformed-response'],
    [
      'no promise',
      (text) => text.replace(/,"signedEntryTimestamp":"[^"]+"/, ''),
      'source.malformed-response',
    ],
    ['another body', (text) => text.replace(/"body":"[^"]+"/, '"body":"e30="'), 'source.malformed-response'],
    ['two entries', (text) => `[${text},${text}]`, 'source.malformed-response'],
    ['no entry', () => '{}', 'source.malformed-response'],
    ['an error', () => '{"code":404,"message":"no"}', 'source.malformed-response'],
  ])('is not understood when it gives %s', async (_, edit, code) => {
    const lab = await openLab({ version });
    spoil(lab.server, 'entry', edited(edit));
    expect(await lab.check()).toMatchObject({ outcome: 'error', code });
  });

  it('is denied when it promises something else than it proves', async () => {
    const lab = await openLab({ version });
    const edit = (text: string) =>
      text.replace(/"integratedTime":(\d+)/, (_, n) => `"integratedTime":${Number(n) + 1}`);
    spoil(lab.server, 'entry', edited(edit));
    expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'log.set' });
  });

  it.each<[string, (text: string) => string]>([
    ['another hash', (text) => text.replace(/"hashes":\["..../, '"hashes":["0000')],
    ['a hash less', (text) => text.replace(/"hashes":\["[^"]+",?/, '"hashes":[')],
    ['a hash more', (text) => text.replace(/"hashes":\[/, `"hashes":["${'00'.repeat(32)}",`)],
    ['nothing', (text) => text.replace(/"hashes":\[[^\]]*\]/, '"hashes":null')],
    ['no hashes', () => '{}'],
    ['hashes of another length', (text) => text.replace(/"hashes":\["../, '"hashes":["')],
    [
      'hashes without end',
      () => `{"hashes":[${Array.from({ length: 65 }, () => `"${'00'.repeat(32)}"`).join(',')}]}`,
    ],
  ])('has not shown that it continues by a proof of %s', async (_, edit) => {
    // Trees of 5 + 1 + 2 leaves, which is complete, and of one leaf more.
    for (const leavesAfter of [2, 3]) {
      const lab = await openLab({ version, leavesAfter });
      lab.grow(5);
      spoil(lab.server, 'proof', edited(edit));
      expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.malformed-response' });
    }
  });

  describe('that has only promised to hold the entry', () => {
    /** The bundle carries the promise alone. */
    const edit = ({ verificationMaterial }: BundleJson): void => {
      for (const entry of verificationMaterial?.tlogEntries ?? []) delete entry.inclusionProof;
    };
    const promised = () => openLab({ version, sign: { version: '0.1', edit } });

    it('still has it, compared with no earlier tree', async () => {
      const lab = await promised();
      lab.grow();
      expect(await lab.check()).toMatchObject({
        outcome: 'pass',
        actual: `entry ${lab.index} of ${lab.size + 2} in v1.local, with no earlier tree to compare with`,
      });
      expect(paths(lab.server)).toHaveLength(1);
    });

    it('is denied when it promises another entry at the same place', async () => {
      const lab = await promised();
      lab.server.rewrite(replaced(lab.index));
      expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'tlog.entry-removed' });
    });

    it('has proven nothing by giving no entry', async () => {
      const lab = await promised();
      lab.server.rewrite((leaves) => leaves.slice(0, lab.index));
      expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.http-status' });
      expect(paths(lab.server)).toHaveLength(1);
    });
  });
});

describe('a log of Rekor v2', () => {
  const version = 2;

  it('is read by checkpoint, tiles and entries, at the widths of its tree', async () => {
    const lab = await openLab({ version });
    lab.grow();
    await lab.check();
    expect(paths(lab.server)).toEqual([
      'GET /api/v2/checkpoint',
      `GET /api/v2/tile/0/000.p/${lab.size + 2}`,
      `GET /api/v2/tile/entries/000.p/${lab.size + 2}`,
    ]);
  });

  it('is read over several levels of tiles', async () => {
    const lab = await openLab({ version, before: 300, leavesAfter: 250 });
    lab.grow(700);
    expect(await lab.check()).toMatchObject({ outcome: 'pass' });
    const asked = paths(lab.server);
    expect(asked).toContain('GET /api/v2/tile/0/001');
    expect(asked).toContain('GET /api/v2/tile/1/000.p/4');
    expect(asked).toContain('GET /api/v2/tile/entries/001');
    lab.server.rewrite(replaced(3));
    expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'log.inconsistent' });
    lab.server.rewrite(replaced(lab.index));
    expect(await lab.check()).toMatchObject({ outcome: 'fail', code: 'tlog.entry-removed' });
  });

  it('is read by its full tiles where the narrow ones are gone', async () => {
    const lab = await openLab({ version, before: 100, server: { dropsPartialTiles: true } });
    const early = (await fetchCheckpoint(lab.server)).body;
    lab.grow(300);
    lab.server.fail('checkpoint', (response, good) => sendAnswer(response, { ...good, body: early }));
    expect(await lab.check()).toMatchObject({
      outcome: 'pass',
      actual: `entry ${lab.index} of ${lab.size} in v2.local`,
    });
    expect(paths(lab.server).filter((path) => path.endsWith('/000'))).toEqual([
      'GET /api/v2/tile/0/000',
      'GET /api/v2/tile/entries/000',
    ]);
  });

  it('could not be read where neither tile is there', async () => {
    const lab = await openLab({ version });
    lab.server.fail('tile', (response) => response.writeHead(404).end());
    expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.http-status' });
  });

  it.each<[string, RekorPlace, (body: Buffer) => Buffer]>([
    ['a tile with another hash', 'tile', flipped(40)],
    ['a tile with another hash of the entry', 'tile', flipped(5 * 32)],
    ['a tile that is cut', 'tile', (body) => body.subarray(0, -32)],
    ['a tile that is cut within a hash', 'tile', (body) => body.subarray(0, -1)],
    ['a tile that is wider than asked', 'tile', (body) => Buffer.concat([body, Buffer.alloc(32)])],
    ['an empty tile', 'tile', () => Buffer.alloc(0)],
    ['an error page as tile', 'tile', () => Buffer.from('<!doctype html>')],
    ['other entries', 'entries', (body) => flipped(body.length - 200)(body)],
    ['entries that are cut', 'entries', (body) => body.subarray(0, 60)],
    ['entries of other lengths', 'entries', flipped(1)],
    ['no entries', 'entries', () => Buffer.alloc(0)],
  ])('is not understood with %s', async (_, place, edit) => {
    const lab = await openLab({ version, leavesAfter: 0 });
    spoil(lab.server, place, edit);
    expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'source.malformed-response' });
  });

  it('keeps of its entries this one alone', async () => {
    const lab = await openLab({ version, before: 100 });
    const [read] = parseLogWitness(await lab.witness());
    expect(read?.parts.get(`tile/entries/000.p/${lab.size}`)).toEqual(lab.bundle.logEntries[0]?.body);
  });
});

describe('a bundle', () => {
  it('without an entry has none that could be there', () => {
    const bundle = parseBundle(Buffer.from(sigstore.signStatement({ profile: 'tsa' }).text()));
    const roots = [parseRoot(sigstore.trustedRoot())];
    expect(planLogWitness(bundle, roots)).toEqual([]);
    const finding = checkLogPresence({ bundle, roots, witness: encodeLogWitness([]) });
    expect(finding).toMatchObject({ outcome: 'fail', code: 'tlog.missing', evidence: [] });
  });

  it('whose log could not be read is undecided, with the reason', async () => {
    const lab = await openLab({ version: 2 });
    const error = new SlsaGateError('source.timeout', 'the log did not answer in time');
    expect(lab.checkWith(error)).toMatchObject({
      rule: 'log-presence',
      outcome: 'error',
      code: 'source.timeout',
      required: true,
      message: 'the log did not answer in time',
    });
    const usage = new SlsaGateError('source.blocked-address', 'an address of this network');
    expect(refusal(() => lab.checkWith(usage)).finding).toBe('source.blocked-address');
  });
});

async function fetchCheckpoint(server: RekorServer): Promise<{ readonly body: Buffer }> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(`${server.origin}/api/v2/checkpoint`, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}
