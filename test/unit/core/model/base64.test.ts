import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBase64, parseBase64OrBase64Url } from '../../../../src/core/model/base64.ts';
import { refusal } from '../../../attacks/verify.ts';

const code = (text: string, parse = parseBase64): string => refusal(() => parse(text, 'field')).finding;

describe('parseBase64', () => {
  it('reads back what was encoded, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(parseBase64(Buffer.from(bytes).toString('base64'), 'field')).toEqual(Buffer.from(bytes));
      }),
      { seed: 64 },
    );
  });

  it('reads the empty text as no bytes', () => {
    expect(parseBase64('', 'field')).toHaveLength(0);
  });

  it('accepts no two texts for the same bytes', () => {
    const unit = fc.constantFrom(...'AQgw+/-_= \nZz!\u0000é');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        let bytes: Buffer;
        try {
          bytes = parseBase64(text, 'field');
        } catch {
          expect(code(text)).toBe('bundle.base64');
          return;
        }
        expect(bytes.toString('base64')).toBe(text);
      }),
      { seed: 64, numRuns: 2_000 },
    );
  });

  it.each([
    'QQ',
    'QQ=',
    'QQ===',
    'QR==',
    'QUE',
    'QUF=',
    'QUFB\n',
    ' QUFB',
    'QU FB',
    '-_8=',
    '====',
    '=',
    'QQ==QQ==',
  ])('refuses %j and names the field', (text) => {
    const error = refusal(() => parseBase64(text, 'a.b[0]'));
    expect([error.finding, error.path]).toEqual(['bundle.base64', 'a.b[0]']);
  });
});

describe('parseBase64OrBase64Url', () => {
  it('reads both alphabets', () => {
    expect(parseBase64OrBase64Url('+/8=', 'field')).toEqual(parseBase64OrBase64Url('-_8=', 'field'));
  });

  it('refuses missing padding and white space in either', () => {
    for (const text of ['-_8', '-_8= ', '+/8', '-_9='])
      expect(code(text, parseBase64OrBase64Url)).toBe('bundle.base64');
  });
});
