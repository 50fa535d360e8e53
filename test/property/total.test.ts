import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutateJson, mutateJsonText } from '../../fuzz/mutate-json.ts';
import { watchPrototypes } from '../../fuzz/prototypes.ts';
import { Random } from '../../fuzz/random.ts';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseJson } from '../../src/core/model/json.ts';
import { parseStatement } from '../../src/core/model/statement.ts';
import { parseCertificate } from '../../src/core/verify/certificate.ts';
import { readTimestamp } from '../../src/core/verify/timestamp-token.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { answerOf, refusedOr, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I4: every input has an answer of ours, never a foreign error. I19: no input changes what all objects inherit. */

const PARSERS: readonly (readonly [string, (bytes: Buffer) => unknown])[] = [
  ['strict JSON', (bytes) => parseJson(bytes, 'input')],
  ['bundles', parseBundle],
  ['attestations', (bytes) => parseAttestations([{ bytes, source: 'input' }])],
  ['statements', parseStatement],
  ['trusted roots', (bytes) => parseTrustedRoot(bytes, 'root')],
  ['certificates', (bytes) => parseCertificate(bytes)],
  ['timestamps', readTimestamp],
];

const GOOD: readonly string[] = [
  sigstore.signStatement().text(),
  sigstore.signStatement({ profile: 'rekor2' }).text(),
  JSON.stringify(sigstore.trustedRoot()),
];
const DOCUMENTS = GOOD.map((text): unknown => JSON.parse(text));

let areUntouched: () => boolean;
beforeEach(() => {
  areUntouched = watchPrototypes();
});
afterEach(() => {
  expect(areUntouched()).toBe(true);
});

describe.each(PARSERS)('I4 %s', (_, parse) => {
  it('refuse any bytes with a typed error', () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(typeof refusedOr(() => parse(Buffer.from(bytes)))).toMatch(/^(string|object|number)$/);
      }),
      300,
    );
  });

  it('refuse any JSON with a typed error', () => {
    const texts = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.string(),
    );
    holds(
      fc.property(texts, (text) => {
        expect(() => refusedOr(() => parse(Buffer.from(text)))).not.toThrow();
      }),
      300,
    );
  });

  it('refuse altered documents with a typed error', () => {
    holds(
      fc.property(fc.nat(), fc.nat({ max: GOOD.length - 1 }), fc.boolean(), (seed, index, spoilText) => {
        const random = new Random(seed);
        const text = JSON.stringify(mutateJson(DOCUMENTS[index], random, DOCUMENTS)) ?? '';
        const bytes = spoilText ? mutateJsonText(text, random) : Buffer.from(text);
        expect(() => refusedOr(() => parse(bytes))).not.toThrow();
      }),
      200,
    );
  });
});

describe('I19 keys that reach into prototypes', () => {
  const forbidden = fc.constantFrom('__proto__', 'constructor', 'prototype');

  it('are refused at every depth, in every spelling, and change nothing', () => {
    const spell = (key: string, at: number): string => {
      const index = at % (key.length + 1);
      const char = key[index];
      if (char === undefined) return key;
      return `${key.slice(0, index)}\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(index + 1)}`;
    };
    holds(
      fc.property(forbidden, fc.nat(), fc.nat({ max: 20 }), fc.boolean(), (key, at, depth, inList) => {
        const inner = `{"${spell(key, at)}":{"polluted":true}}`;
        const [open, close] = inList ? ['[', ']'] : ['{"a":', '}'];
        const text = `${open.repeat(depth)}${inner}${close.repeat(depth)}`;
        expect(refusedOr(() => parseJson(Buffer.from(text), 'input'))).toBe('json.forbidden-key');
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }),
      200,
    );
  });

  it('in a bundle are refused wherever they stand', () => {
    holds(
      fc.property(forbidden, fc.nat(), (key, at) => {
        const [text = ''] = GOOD;
        const braces = [...text.matchAll(/\{/g)];
        const { index } = braces[at % braces.length] ?? { index: 0 };
        expect(answerOf(`${text.slice(0, index + 1)}"${key}":{},${text.slice(index + 1)}`)).toBe(
          'json.forbidden-key',
        );
      }),
      100,
    );
  });
});
