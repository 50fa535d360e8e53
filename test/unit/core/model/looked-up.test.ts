import { describe, expect, it } from 'vitest';
import { parseAttestations } from '../../../../src/core/attestation/parse.ts';
import { readLookup, withLookedUp } from '../../../../src/core/model/looked-up.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { refusal, sigstore } from '../../../attacks/verify.ts';

const { bundle } = sigstore.signStatement();
const entry = JSON.parse(JSON.stringify(bundle.verificationMaterial?.tlogEntries?.[0]));
const searched = ['rekor:rekor.local'];
const lookup = (changes: object = {}) => ({ searched, entry: JSON.stringify({ ...entry, ...changes }) });

describe('what a search of logs gave', () => {
  it('is nothing where nobody searched, and names the logs where somebody did', () => {
    expect(readLookup(undefined)).toEqual({ tlogEntries: [], searched: [] });
    expect(readLookup({ searched })).toEqual({ tlogEntries: [], searched });
    expect(readLookup(lookup())).toEqual({ tlogEntries: [entry], searched });
  });

  it.each<[string, object, string]>([
    ['without a promise', { inclusionPromise: undefined }, 'log.inclusion-missing'],
    ['with null for its promise', { inclusionPromise: null }, 'log.inclusion-missing'],
    ['without a proof', { inclusionProof: undefined }, 'log.inclusion-missing'],
    ['with text for its proof', { inclusionProof: 'yes' }, 'log.inclusion-missing'],
  ])('is refused %s, also where a bundle would do with the other', (_, changes, code) => {
    expect(refusal(() => readLookup(lookup(changes))).finding).toBe(code);
  });

  it.each([
    ['no JSON', '{', 'json.malformed'],
    ['a list', '[]', 'bundle.malformed'],
    ['null', 'null', 'bundle.malformed'],
    ['a key twice', '{"a":1,"a":2}', 'json.duplicate-key'],
    ['a forbidden key', '{"__proto__":{}}', 'json.forbidden-key'],
  ])('is refused when it is %s', (_, text, code) => {
    expect(refusal(() => readLookup({ searched, entry: text })).finding).toBe(code);
  });

  it('refuses the attestation whose entry has an unknown field or no checkpoint', () => {
    const bytes = Buffer.from(
      JSON.stringify({
        ...bundle,
        verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [] },
      }),
    );
    const codeOf = (changes: object): string => {
      const [found] = parseAttestations([{ bytes, source: 'x', lookup: lookup(changes) }]);
      return found?.parsed instanceof SlsaGateError ? found.parsed.finding : 'none';
    };
    expect(codeOf({})).toBe('none');
    expect(codeOf({ rekorUrl: 'x' })).toBe('bundle.unknown-field');
    const { checkpoint, ...proof } = entry.inclusionProof;
    expect(codeOf({ inclusionProof: proof })).toBe('log.inclusion-missing');
    expect(checkpoint).toBeDefined();
  });
});

describe('a bundle', () => {
  const lookedUp = { tlogEntries: [entry], searched };
  const material = { certificate: {} };

  it.each([
    ['without entries', {}],
    ['with null for entries', { tlogEntries: null }],
    ['with an empty list of them', { tlogEntries: [] }],
  ])('%s takes the one that was looked up', (_, own) => {
    const json = { mediaType: 'x', verificationMaterial: { ...material, ...own } };
    expect(withLookedUp(json, lookedUp)).toEqual({
      mediaType: 'x',
      verificationMaterial: { ...material, tlogEntries: [entry] },
    });
  });

  it.each([
    ['an entry of its own', { tlogEntries: [{}] }],
    ['something else there', { tlogEntries: 'none' }],
  ])('with %s takes none', (_, own) => {
    const json = { verificationMaterial: { ...material, ...own } };
    expect(refusal(() => withLookedUp(json, lookedUp)).finding).toBe('bundle.oneof');
    expect(withLookedUp(json, { tlogEntries: [], searched })).toBe(json);
  });

  it.each([[[]], [null], ['x'], [{}], [{ verificationMaterial: null }]])(
    'that is none stays as it is: %j',
    (json) => {
      expect(withLookedUp(json, lookedUp)).toBe(json);
    },
  );
});
