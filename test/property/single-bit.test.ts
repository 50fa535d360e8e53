import { describe, expect, it } from 'vitest';
import { pathsOf, valueAt } from '../../fuzz/mutate-json.ts';
import { Random } from '../../fuzz/random.ts';
import { answerOf, GITHUB_ROOT, GITHUB_THRESHOLDS, github, type Setting, sigstore } from './bundles.ts';
import { EFFORT, SEED } from './settings.ts';

/** I2: no bit of a bundle can be flipped, but for those of the fields that are documented as ignored. */

/** An unauthenticated hint: with a certificate nobody looks at it. */
const IGNORED = ['dsseEnvelope.signatures.0.keyid'];

const GITHUB: Setting = { root: GITHUB_ROOT, thresholds: GITHUB_THRESHOLDS };
const BUNDLES: readonly (readonly [string, string, Setting])[] = [
  ['rekor1', sigstore.signStatement({ keyid: 'some key' }).text(), {}],
  ['rekor2', sigstore.signStatement({ profile: 'rekor2', keyid: 'some key' }).text(), {}],
  ['tsa', github.signStatement({ keyid: 'some key' }).text(), GITHUB],
  ['rekor1, message signature', sigstore.signBlob().text(), {}],
];

/** A text as the bytes that it stands for, and back. */
interface Field {
  readonly bytes: Buffer;
  readonly write: (bytes: Buffer) => string;
}

function fieldOf(text: string): Field {
  const decoded = Buffer.from(text, 'base64');
  return text.length >= 12 && decoded.toString('base64') === text
    ? { bytes: decoded, write: (bytes) => bytes.toString('base64') }
    : { bytes: Buffer.from(text), write: (bytes) => bytes.toString('utf8') };
}

/**
 * All bits of all bytes in a long run, and of timestamps always: they have unsigned parts. Else one bit of each byte, in
 * long fields of every fourth.
 */
function bitsOf(name: string | number, index: number, length: number, random: Random): readonly number[] {
  if (EFFORT >= 8 || name === 'signedTimestamp') return [0, 1, 2, 3, 4, 5, 6, 7];
  return length <= 512 || index % 4 === random.below(4) ? [random.below(8)] : [];
}

describe('I2 a flipped bit', () => {
  it.each(BUNDLES)(
    'is never accepted in a bundle of the profile %s',
    (_, text, setting) => {
      const random = new Random(SEED);
      const accepted = new Set<string>();
      let tried = 0;
      const document = JSON.parse(text);
      expect(answerOf(text, setting)).toBe('accepted');
      for (const path of pathsOf(document)) {
        const value = valueAt(document, path);
        if (typeof value !== 'string') continue;
        const parent = valueAt(document, path.slice(0, -1)) as Record<string | number, unknown>;
        const last = path.at(-1) ?? '';
        const field = fieldOf(value);
        for (let index = 0; index < field.bytes.length; index++) {
          for (const bit of bitsOf(last, index, field.bytes.length, random)) {
            const flipped = Buffer.from(field.bytes);
            flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
            parent[last] = field.write(flipped);
            tried++;
            if (answerOf(document, setting) === 'accepted') accepted.add(path.join('.'));
          }
        }
        parent[last] = value;
      }
      expect(tried).toBeGreaterThan(500);
      expect([...accepted]).toEqual(text.includes('keyid') ? IGNORED : []);
    },
    900_000,
  );
});
