import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathsOf, valueAt } from '../../fuzz/mutate-json.ts';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import { parseBase64, parseBase64OrBase64Url } from '../../src/core/model/base64.ts';
import { type Json, parseCanonicalJson, parseJson } from '../../src/core/model/json.ts';
import { canonicalJson, changed } from '../kit/json.ts';
import { answerOf, outcomeOf, refusedOr, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I5: what is accepted has one spelling, or the spellings have different digests and the same content. */

const { bundle } = sigstore.signStatement({ timestamp: {} });
const BASE64_PATHS = pathsOf(bundle).filter((path) => {
  const value = valueAt(bundle, path);
  return (
    typeof value === 'string' &&
    value.length > 12 &&
    Buffer.from(value, 'base64').toString('base64') === value
  );
});

const plainJson = fc
  .jsonValue({ noUnicodeString: false })
  .filter((value) => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value)))
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

/** Other texts that a lenient decoder reads as the same bytes. */
const RESPELL: readonly ((text: string, at: number) => string)[] = [
  (text, at) => `${text.slice(0, at)}\n${text.slice(at)}`,
  (text, at) => `${text.slice(0, at)} ${text.slice(at)}`,
  (text, at) => `${text.slice(0, at)}!${text.slice(at)}`,
  (text) => `${text}=`,
  (text) => `${text}AAAA`.replace(/=+AAAA$/, 'AAAA'),
  (text) => text.replace(/=+$/, ''),
  (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
  (text) => text.replace(/[A-Za-z0-9+/](=+)$/, (end) => `${nextLetter(end[0] ?? '')}${end.slice(1)}`),
];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** The last letter before padding has bits that stand for nothing. */
const nextLetter = (letter: string): string => ALPHABET[(ALPHABET.indexOf(letter) + 1) % 64] ?? 'A';

describe('I5 base64', () => {
  it('is read back from what it is written to', () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(parseBase64(text, 'path').equals(bytes)).toBe(true);
        expect(
          parseBase64OrBase64Url(text.replaceAll('+', '-').replaceAll('/', '_'), 'path').equals(bytes),
        ).toBe(true);
      }),
      300,
    );
  });

  it('that is accepted is what its bytes are written to', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...ALPHABET, '=', '\n', ' ', '-', '_'),
      maxLength: 12,
    });
    holds(
      fc.property(fc.oneof(letters, fc.string()), (text) => {
        const bytes = refusedOr(() => parseBase64(text, 'path'));
        if (typeof bytes === 'string') expect(bytes).toBe('bundle.base64');
        else expect(bytes.toString('base64')).toBe(text);
      }),
      2000,
    );
  });

  it('in another spelling is refused in every field of a bundle', () => {
    expect(BASE64_PATHS.length).toBeGreaterThan(9);
    holds(
      fc.property(
        fc.constantFrom(...BASE64_PATHS),
        fc.constantFrom(...RESPELL),
        fc.nat(),
        (path, respell, at) => {
          const text = String(valueAt(bundle, path));
          const spelled = respell(text, at % (text.length + 1));
          fc.pre(spelled !== text && Buffer.from(spelled, 'base64').equals(Buffer.from(text, 'base64')));
          expect(answerOf(changed(bundle, path.join('.'), spelled))).toBe('bundle.base64');
        },
      ),
      150,
    );
  });
});

describe('I5 JSON', () => {
  it('is read back from what it is written to', () => {
    holds(
      fc.property(plainJson, (value) => {
        expect(parseJson(Buffer.from(JSON.stringify(value)), 'input')).toEqual(value);
        expect(parseJson(Buffer.from(JSON.stringify(value, null, 3)), 'input')).toEqual(value);
      }),
      500,
    );
  });

  it('has one canonical form', () => {
    holds(
      fc.property(plainJson, (value) => {
        const text = canonicalJson(value);
        expect(parseCanonicalJson(Buffer.from(text), 'input')).toEqual(value);
        for (const another of [` ${text}`, `${text}\n`, JSON.stringify(value, null, 1)])
          expect(parseCanonicalJson(Buffer.from(another), 'input') !== undefined).toBe(another === text);
      }),
      500,
    );
  });

  it('with one member twice is refused', () => {
    holds(
      fc.property(fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 }), fc.nat(), (object, at) => {
        const entries = Object.entries(object).filter(
          ([key]) => !/^(?:__proto__|constructor|prototype)$/.test(key),
        );
        fc.pre(entries.length > 0);
        const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`);
        const text = `{${[...members, members[at % members.length]].join(',')}}`;
        expect(refusedOr(() => parseJson(Buffer.from(text), 'input'))).toBe('json.duplicate-key');
      }),
      200,
    );
  });
});

describe('I5 bundles', () => {
  it('that differ in their bytes have different digests, and the same content proves the same', () => {
    const text = JSON.stringify(bundle);
    const first = outcomeOf(text);
    holds(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.boolean(), (indent, windows) => {
        const spaced = JSON.stringify(bundle, null, indent).replaceAll('\n', windows ? '\r\n' : '\n');
        const [found] = parseAttestations([{ bytes: Buffer.from(spaced), source: 'input' }]);
        expect(found?.digest).toBe(`sha256:${createHash('sha256').update(spaced).digest('hex')}`);
        const again = outcomeOf(spaced);
        if (typeof again === 'string' || typeof first === 'string') return false;
        expect(again.bundle.json).toEqual(first.bundle.json);
        expect(again.times.map(({ timeMs }) => timeMs)).toEqual(first.times.map(({ timeMs }) => timeMs));
        return true;
      }),
      20,
    );
  });
});
