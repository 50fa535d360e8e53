import { describe, expect, it } from 'vitest';
import {
  type CheckpointTrust,
  isOrigin,
  parseCheckpoint,
  parseCheckpointKey,
  signCheckpoint,
  toVkey,
  verifyCheckpoint,
} from '../../../../src/core/log/checkpoint.ts';
import { createKeyPair, signWith } from '../../../kit/keys.ts';
import {
  type CheckpointOptions,
  createWitness,
  signCheckpoint as signNote,
} from '../../../kit/signed-note.ts';

const ORIGIN = 'example.com/releases';
const keys = createKeyPair('Ed25519');
const key = parseCheckpointKey(toVkey(ORIGIN, keys.spki));
const trust: CheckpointTrust = { origin: ORIGIN, keys: [key] };
const root = Buffer.alloc(32, 7);
const sign = async (bytes: Buffer): Promise<Buffer> => signWith(keys, bytes);
const note = (options: CheckpointOptions = {}): string =>
  signNote({ name: ORIGIN, origin: ORIGIN, keyId: key.keyId, keys }, { size: 12n, rootHash: root }, options);

describe('a checkpoint', () => {
  it('is signed and verified in the form of C2SP', async () => {
    const signed = await signCheckpoint({ origin: ORIGIN, size: 12, rootHash: root }, key, sign);
    expect(signed).toMatch(
      /^example\.com\/releases\n12\n[A-Za-z0-9+/]{43}=\n\n\u2014 example\.com\/releases [A-Za-z0-9+/=]+\n$/u,
    );
    expect(signed).toBe(note());
    expect(verifyCheckpoint(signed, trust)).toEqual({ origin: ORIGIN, size: 12, rootHash: root });
  });

  it('may carry signatures of others, which count for nothing', () => {
    const witness = createWitness();
    const others = [witness.cosign(new Date(0)), '\u2014 other.example AAAAAAAAAA==\n'];
    expect(verifyCheckpoint(note({ linesBefore: others }), trust).size).toBe(12);
    expect(verifyCheckpoint(note({ linesAfter: others }), trust).size).toBe(12);
  });

  it('may be signed by any of the configured keys', () => {
    const next = createKeyPair('Ed25519');
    const nextKey = parseCheckpointKey(toVkey(ORIGIN, next.spki));
    const rotated = signNote(
      { name: ORIGIN, origin: ORIGIN, keyId: nextKey.keyId, keys: next },
      { size: 12n, rootHash: root },
    );
    expect(verifyCheckpoint(rotated, { origin: ORIGIN, keys: [key, nextKey] }).size).toBe(12);
    expect(() => verifyCheckpoint(rotated, trust)).toThrow(
      expect.objectContaining({ finding: 'evidence.signature', exitCode: 3 }),
    );
  });

  it('EVL-04 of another log is refused, although a configured key signed it', () => {
    expect(() => verifyCheckpoint(note({ origin: 'example.com/other' }), trust)).toThrow(
      expect.objectContaining({
        finding: 'evidence.origin',
        exitCode: 3,
        expected: ORIGIN,
        actual: 'example.com/other',
      }),
    );
  });

  it.each<[string, CheckpointOptions, string]>([
    ['signed by another key under the id of ours', { signingKeys: createKeyPair('Ed25519') }, 'signature'],
    ['with a signature of another id', { keyHint: Buffer.from([1, 2, 3, 4]) }, 'signature'],
    ['signed under another name', { name: 'example.com/other' }, 'signature'],
    ['with one bit of its signature changed', { signature: (right) => flip(right) }, 'signature'],
    [
      'with a signature that is too long',
      { signature: (right) => Buffer.concat([right, right]) },
      'signature',
    ],
    ['with a second, wrong signature of our key', { linesAfter: [wrongLine()] }, 'signature'],
    ['without a root', { rootHash: null }, 'tampered'],
    ['without a size', { size: null }, 'tampered'],
    ['of an empty tree', { size: '0' }, 'tampered'],
    ['with a size with a leading zero', { size: '012' }, 'tampered'],
    ['with a signed size', { size: '+12' }, 'tampered'],
    ['with a size beyond numbers', { size: '9007199254740993' }, 'tampered'],
    ['with a root of 31 bytes', { rootHash: root.subarray(1) }, 'tampered'],
    ['with a root in another alphabet', { rootHash: `${'_'.repeat(43)}=` }, 'tampered'],
    ['with lines that no log of ours writes', { otherLines: ['extension'] }, 'tampered'],
    ['with a carriage return', { origin: `${ORIGIN}\r` }, 'tampered'],
    ['without an origin', { origin: '' }, 'tampered'],
    ['without its last newline', { envelope: (whole) => whole.slice(0, -1) }, 'tampered'],
    ['without signatures', { envelope: (whole) => whole.slice(0, whole.indexOf('\u2014')) }, 'tampered'],
    ['with text after it', { envelope: (whole) => `${whole}text\n` }, 'tampered'],
    ['with text before it', { envelope: (whole) => `text\n${whole}` }, 'tampered'],
    ['with a NUL', { envelope: (whole) => whole.replace('12', '12\0') }, 'tampered'],
    ['that is very long', { linesAfter: Array<string>(400).fill(wrongLine('a')) }, 'tampered'],
  ])('%s is refused', (_, options, code) => {
    const wrong = note(options);
    expect(wrong).not.toBe(note());
    expect(() => verifyCheckpoint(wrong, trust)).toThrow(
      expect.objectContaining({ finding: `evidence.${code}`, exitCode: 3 }),
    );
  });

  it('is read without being believed', () => {
    const { head, signatures } = parseCheckpoint(note({ signingKeys: createKeyPair('Ed25519') }));
    expect(head.size).toBe(12);
    expect(signatures.map(({ name }) => name)).toEqual([ORIGIN]);
  });
});

function flip(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[9] = (copy[9] ?? 0) ^ 1;
  return copy;
}

function wrongLine(name = ORIGIN): string {
  return `\u2014 ${name} ${Buffer.concat([key.keyId, Buffer.alloc(64)]).toString('base64')}\n`;
}

describe('a verifier key', () => {
  const EXAMPLE = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

  it('is read as the specification shows it, and written alike', () => {
    const parsed = parseCheckpointKey(EXAMPLE);
    expect([parsed.name, parsed.keyId.toString('hex')]).toEqual(['example.com/foo', '530d903a']);
    expect(toVkey(parsed.name, parsed.key.spki)).toBe(EXAMPLE);
  });

  it.each([
    ['another id', EXAMPLE.replace('530d903a', '530d903b')],
    ['another name', EXAMPLE.replace('foo', 'bar')],
    ['another type', 'example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    ['a key that is too short', 'example.com/foo+530d903a+Aeky'],
    ['capital hex', EXAMPLE.replace('530d903a', '530D903A')],
    ['a name with a space', EXAMPLE.replace('example.com', 'example com')],
    ['base64 with spare bits', EXAMPLE.replace(/k$/, 'l')],
    ['a final newline', `${EXAMPLE}\n`],
    ['no parts', 'example.com'],
    ['nothing', ''],
  ])('with %s is refused', (_, vkey) => {
    expect(() => parseCheckpointKey(vkey)).toThrow(
      expect.objectContaining({ finding: 'evidence.config', exitCode: 64 }),
    );
  });

  it('is of no other kind than Ed25519', () => {
    expect(() => toVkey(ORIGIN, createKeyPair('P-256').spki)).toThrow(TypeError);
  });

  it.each(['a b', 'a+b', '', 'a\u0000', 'a\u00a0b', 'a\u202eb', 'x'.repeat(300)])(
    'has no name like %j',
    (name) => {
      expect(isOrigin(name)).toBe(false);
      expect(() => toVkey(name, keys.spki)).toThrow(TypeError);
    },
  );
});
