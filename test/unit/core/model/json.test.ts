import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/core/limits.ts';
import {
  type Json,
  parseCanonicalJson,
  parseJson,
  parseJsonText,
  withoutNulls,
} from '../../../../src/core/model/json.ts';
import { refusal } from '../../../attacks/verify.ts';
import { canonicalJson } from '../../../kit/json.ts';

const code = (text: string): string => refusal(() => parseJsonText(text, 'input')).finding;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const hasForbiddenKey = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(
    ([key, member]) => (!Array.isArray(value) && FORBIDDEN.has(key)) || hasForbiddenKey(member),
  );

describe('parseJson', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const value: unknown = JSON.parse(text);
        if (hasForbiddenKey(value)) expect(code(text)).toBe('json.forbidden-key');
        else if (JSON.stringify(value).length >= text.replaceAll(/\s/g, '').length) {
          expect(parseJson(Buffer.from(text), 'input')).toEqual(value);
        }
      }),
      { seed: 8259, numRuns: 500 },
    );
  });

  it('answers any text with a value or a typed refusal, and never changes Object.prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const unit = fc.constantFrom(...'{}[]:,"\\u0061e-.1', '"a"', '"__proto__"', 'null', '\n', '\u2028', 'é');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        try {
          parseJsonText(text, 'input');
        } catch {
          expect(code(text)).toMatch(/^(json\.(malformed|duplicate-key|forbidden-key)|limit\.depth)$/);
        }
        expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
      }),
      { seed: 19, numRuns: 2_000 },
    );
  });

  it('finds a key that is twice in one object, wherever it is and however it is spelt', () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":2}',
      '{"x":[{"a":{},"b":1,"a":[]}]}',
      '{"":1,"":2}',
      '{"a":{"b":1,"c":2},"a":{"b":1}}',
      '{"1":0,"1":0}',
    ])
      expect(code(text)).toBe('json.duplicate-key');
  });

  it('does not take one key in two objects, or in a text, for a double one', () => {
    for (const text of [
      '[{"a":1},{"a":1}]',
      '{"a":{"a":{"a":1}}}',
      '{"a":"{\\"a\\":1,\\"a\\":2}"}',
      '{"a":":","b":"\\\\"}',
    ]) {
      expect(parseJsonText(text, 'input')).toEqual(JSON.parse(text));
    }
  });

  it('counts depth, not brackets', () => {
    const wide = `[${'[],'.repeat(10_000)}[]]`;
    expect(parseJsonText(wide, 'input')).toHaveLength(10_001);
    const deep = '['.repeat(LIMITS.jsonDepth) + ']'.repeat(LIMITS.jsonDepth);
    expect(Array.isArray(parseJsonText(deep, 'input'))).toBe(true);
    expect(code(`[${deep}]`)).toBe('limit.depth');
  });

  it('keeps to the bytes it was given, of a view into a larger buffer too', () => {
    const buffer = Buffer.from('xx{"a":"é"}yy');
    expect(parseJson(buffer.subarray(2, -2), 'input')).toEqual({ a: 'é' });
    expect(parseJson(new Uint8Array(buffer.subarray(2, -2)), 'input')).toEqual({ a: 'é' });
  });

  it('takes a bound of the caller, and counts bytes, not letters', () => {
    expect(parseJson(Buffer.from('"é"'), 'input', 4)).toBe('é');
    const error = refusal(() => parseJson(Buffer.from('"éé"'), 'input', 5));
    expect([error.finding, error.message]).toEqual(['limit.bytes', 'input is larger than 5 bytes']);
  });

  it('does not run in quadratic time over backslashes', () => {
    const started = performance.now();
    const text = `"${'\\\\'.repeat(500_000)}"`;
    expect(parseJsonText(text, 'input')).toHaveLength(500_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('parseCanonicalJson', () => {
  const canonical = (text: string): Json | undefined => parseCanonicalJson(Buffer.from(text), 'input');

  it('reads canonical text and no other text of the same value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'B', 'é', 'ab', ''), fc.jsonValue({ maxDepth: 0 })),
        (value) => {
          const text = canonicalJson(value);
          expect(canonical(text)).toEqual(JSON.parse(text));
          expect(canonical(`${text} `)).toBeUndefined();
          expect(canonical(`\n${text}`)).toBeUndefined();
          const reversed = JSON.stringify(Object.fromEntries(Object.entries(value).sort().reverse()));
          expect(canonical(reversed) === undefined).toBe(reversed !== text);
        },
      ),
      { seed: 8785, numRuns: 300 },
    );
  });

  it.each([
    '{"b":1,"a":2}',
    '{"a":{"c":1,"b":2}}',
    '[{"b":1,"a":2}]',
    '{"a": 1}',
    '1.0',
    '1e2',
    '-0',
    '"\\u0061"',
    '"\\/"',
    '9007199254740993',
  ])('does not take %s for canonical', (text) => {
    expect(canonical(text)).toBeUndefined();
  });

  it('refuses what is not strict JSON at all', () => {
    expect(refusal(() => canonical('{"a":1,"a":1}')).finding).toBe('json.duplicate-key');
    expect(refusal(() => canonical('')).finding).toBe('json.malformed');
  });
});

describe('withoutNulls', () => {
  it('removes members that are null at every depth and leaves elements alone', () => {
    expect(withoutNulls({ a: null, b: { c: null, d: [null, { e: null }] } })).toEqual({
      b: { d: [null, {}] },
    });
    expect(withoutNulls(null)).toBeNull();
  });
});
