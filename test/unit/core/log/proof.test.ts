import { beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceLog } from '../../../../src/app/evidence/log.ts';
import { formatProof, parseProof, verifyProof } from '../../../../src/core/log/proof.ts';
import type { StoredRecord } from '../../../../src/core/model/evidence.ts';
import { createEntry, createLogKit, requestOf } from '../../../kit/evidence.ts';

const kit = createLogKit();
const trust = { origin: kit.options.origin, keys: [kit.key] };
let log: EvidenceLog;
let proof: string;
let record: StoredRecord;

beforeAll(async () => {
  log = await kit.create();
  for (let count = 0; count < 10; count++) await log.append(requestOf(createEntry()));
  proof = await log.prove(6);
  record = (await log.store.recordAt(6)) as StoredRecord;
});

describe('a proof', () => {
  it('is written as the specification has it, and read back', () => {
    expect(proof).toMatch(
      /^c2sp\.org\/tlog-proof@v1\nindex 6\n(?:[A-Za-z0-9+/]{43}=\n){4}\nexample\.com\/releases\n11\n[^\n]{44}\n\n\u2014 [^\n]+\n$/u,
    );
    expect(formatProof(parseProof(proof))).toBe(proof);
    expect(verifyProof(proof, record.leaf, trust)).toMatchObject({ index: 6, head: { size: 11 } });
  });

  it('of the only leaf of a tree has no hashes', async () => {
    const alone = createLogKit();
    const begun = await alone.create();
    const genesis = await begun.store.recordAt(0);
    const short = await begun.prove(0);
    expect(parseProof(short).hashes).toEqual([]);
    expect(verifyProof(short, genesis?.leaf ?? '', { ...trust, keys: [alone.key] }).index).toBe(0);
  });

  it('does not hold for another leaf, index or tree', async () => {
    const refusal = expect.objectContaining({ finding: 'evidence.tampered', exitCode: 3 });
    const other = (await log.store.recordAt(7)) as StoredRecord;
    expect(() => verifyProof(proof, other.leaf, trust)).toThrow(refusal);
    expect(() => verifyProof(proof, ` ${record.leaf}`, trust)).toThrow(refusal);
    expect(() => verifyProof(proof.replace('index 6', 'index 7'), record.leaf, trust)).toThrow(refusal);
    await log.append(requestOf(createEntry()));
    const { note } = await log.head();
    const swapped = formatProof({ ...parseProof(proof), checkpoint: note });
    expect(() => verifyProof(swapped, record.leaf, trust)).toThrow(refusal);
  });

  it('EVL-04 under the checkpoint of another log is refused', () => {
    expect(() => verifyProof(proof, record.leaf, { ...trust, origin: 'example.com/other' })).toThrow(
      expect.objectContaining({ finding: 'evidence.origin' }),
    );
  });

  it('under a checkpoint of an unknown key is refused', () => {
    expect(() => verifyProof(proof, record.leaf, { ...trust, keys: [createLogKit().key] })).toThrow(
      expect.objectContaining({ finding: 'evidence.signature' }),
    );
  });

  it.each<[string, (text: string) => string]>([
    ['another first line', (text) => text.replace('@v1', '@v2')],
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['carriage returns', (text) => text.replaceAll('\n', '\r\n')],
    ['extra data', (text) => text.replace('index', 'extra AAAA\nindex')],
    ['no index', (text) => text.replace(/index 6\n/, '')],
    ['an index with a leading zero', (text) => text.replace('index 6', 'index 06')],
    ['a negative index', (text) => text.replace('index 6', 'index -6')],
    ['an index beyond numbers', (text) => text.replace('index 6', 'index 9007199254740993')],
    ['a hash too many', (text) => text.replace('index 6\n', `index 6\n${'A'.repeat(43)}=\n`)],
    ['a hash too few', (text) => text.replace(/index 6\n[^\n]+\n/, 'index 6\n')],
    [
      'a hundred hashes',
      (text) => text.replace('index 6\n', `index 6\n${`${'A'.repeat(43)}=\n`.repeat(100)}`),
    ],
    ['a short hash', (text) => text.replace(/index 6\n..../, 'index 6\n')],
    ['base64 with spare bits', (text) => text.replace(/(index 6\n[^\n]{42})./, '$1/')],
    ['no checkpoint', (text) => text.slice(0, text.indexOf('\n\n') + 2)],
    ['nothing after its last line', (text) => text.slice(0, -1)],
    ['text after it', (text) => `${text}more\n`],
    ['an empty line more', (text) => text.replace('\n\n', '\n\n\n')],
    ['a great length', (text) => text + '\u2014 a AAAAAAAA\n'.repeat(4000)],
  ])('with %s is refused', (_, edit) => {
    const wrong = edit(proof);
    expect(wrong).not.toBe(proof);
    expect(() => verifyProof(wrong, record.leaf, trust)).toThrow(
      expect.objectContaining({ finding: 'evidence.tampered', exitCode: 3 }),
    );
  });
});
