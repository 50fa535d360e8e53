import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseSignedStatement } from '../../src/core/model/statement.ts';
import type { BundleJson, SignedBundle } from '../kit/bundle.ts';
import { changed, valueAt, without } from '../kit/json.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import {
  parseRoot,
  refusal,
  refusedWith,
  sigstore,
  type Verifiable,
  type VerifyOptions,
  verify as verifyWith,
} from './verify.ts';

const artifact = ARTIFACT;
/** Parsed once: there are thousands of mutants. */
const trust = { roots: [parseRoot(sigstore.trustedRoot())] };
const verify = (signed: Verifiable, options: VerifyOptions = {}): ReturnType<typeof verifyWith> =>
  verifyWith(signed, { trust, ...options });

/** Good bundles that together have every field that a bundle can have. */
const GOOD: Readonly<Record<string, SignedBundle>> = {
  'v0.3 envelope, Rekor v1 and a timestamp': sigstore.signStatement({ timestamp: {} }),
  'v0.3 envelope, Rekor v2': sigstore.signStatement({ profile: 'rekor2' }),
  'v0.3 blob, Rekor v1': sigstore.signBlob(),
  'v0.2 envelope, chain': sigstore.signStatement({ version: '0.2' }),
  'v0.1 blob, promise alone': sigstore.signBlob({ version: '0.1' }),
};

/** Copies of what the log signed, and parts whose absence leaves enough proof by itself. */
const OPEN =
  /\.(kindVersion|inclusionProof\.(rootHash|treeSize))$|^verificationMaterial\.timestampVerificationData/;

const refusedBytes = (bytes: Uint8Array): Code => refusal(() => parseBundle(bytes)).finding;

/** Paths of all members and elements, containers before what they contain. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return [at, ...pathsOf(member, at)];
  });
}

const BASE64_FIELDS =
  /(rawBytes|keyId|signedEntryTimestamp|rootHash|hashes\.\d+|canonicalizedBody|signedTimestamp|payload|sig|digest|signature)$/;
const base64Paths = (bundle: BundleJson): string[] =>
  pathsOf(bundle).filter((path) => BASE64_FIELDS.test(path) && typeof valueAt(bundle, path) === 'string');

describe.each(Object.entries(GOOD))('a bundle (%s)', (_, good) => {
  const { bundle } = good;

  it('is accepted as it was signed', () => {
    expect(verify(good, { artifact }).times.length).toBeGreaterThan(0);
  });

  it('BND-03 denies every base64 field in any other spelling', () => {
    const paths = base64Paths(bundle);
    expect(paths.length).toBeGreaterThanOrEqual(5);
    for (const path of paths) {
      const right = String(valueAt(bundle, path));
      const bits = right.replace(/([A-Za-z0-9+/])(=+)$/, (whole, last: string, padding: string) =>
        last === 'A' || last === 'Q' || last === 'g' || last === 'w'
          ? `${nextLetter(last)}${padding}`
          : whole.replace(last, nextLetter(last)),
      );
      const spellings = [
        `${right}\n`,
        ` ${right}`,
        `${right.slice(0, 4)}\r\n${right.slice(4)}`,
        `${right.slice(0, 3)}!${right.slice(3)}`,
        `${right.slice(0, 2)}\u0000${right.slice(2)}`,
        `${right}=`,
        `${right}====`,
        `${right}A`,
        right.replace(/=+$/, ''),
        right.replaceAll('+', '-').replaceAll('/', '_'),
        bits,
      ].filter((spelling) => spelling !== right);
      expect(spellings.length).toBeGreaterThanOrEqual(8);
      for (const spelling of spellings) {
        const error = refusal(() => verify(changed(bundle, path, spelling), { artifact }));
        expect([path, spelling, error.finding]).toEqual([path, spelling, 'bundle.base64']);
      }
    }
  });

  it('BND-05 denies what has another type in any place, with an answer of its own', () => {
    const accepted = new Set<string>();
    for (const path of pathsOf(bundle)) {
      for (const junk of [true, 0, -1, 1.5, '', 'x', '\u0000', [], {}, [null], [[]], { '': '' }]) {
        const mutant = changed(bundle, path, junk);
        if (JSON.stringify(mutant) === JSON.stringify(bundle)) continue;
        const { exitCode, finding } = attempt(mutant);
        if (finding === 'ok') accepted.add(`${path} = ${JSON.stringify(junk)}`);
        else expect([path, junk, exitCode]).toEqual([path, junk, 1]);
      }
    }
    // An empty list of timestamps is the same as none.
    const EMPTIED = /timestampVerificationData(\.rfc3161Timestamps = \[\]| = \{\})$/;
    expect([...accepted].filter((mutant) => !EMPTIED.test(mutant))).toEqual([]);
  });

  it('BND-05 takes null for an absent field and nothing else', () => {
    for (const path of pathsOf(bundle)) {
      const isElement = /\.\d+$/.test(path);
      const withNull = attempt(changed(bundle, path, null));
      const absent = isElement ? undefined : attempt(without(bundle, path));
      if (isElement) expect([path, withNull.exitCode]).toEqual([path, 1]);
      else expect([path, withNull.finding]).toEqual([path, absent?.finding]);
    }
  });

  it('BND-05 accepts without a field only what the format leaves open', () => {
    const accepted = pathsOf(bundle).filter((path) => attempt(without(bundle, path)).finding === 'ok');
    expect(accepted.filter((path) => !OPEN.test(path))).toEqual([]);
  });

  function attempt(mutant: BundleJson): { finding: Code; exitCode: number } {
    try {
      verify(mutant, { artifact });
      return { finding: 'ok', exitCode: 0 };
    } catch {
      return refusal(() => verify(mutant, { artifact }));
    }
  }
});

/** The letter after this one in the alphabet of base64: its last bits differ. */
function nextLetter(letter: string): string {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return ALPHABET[(ALPHABET.indexOf(letter) + 1) % 64] ?? 'A';
}

describe('alternatives in a bundle', () => {
  const statement = sigstore.signStatement().bundle;
  const blob = sigstore.signBlob().bundle;
  const material = 'verificationMaterial';

  it('BND-01 denies an envelope beside a message signature, and neither', () => {
    const both = changed(statement, 'messageSignature', blob.messageSignature);
    const error = refusal(() => verify(both, { artifact }));
    expect(error.finding).toBe('bundle.oneof');
    expect(error.message).toContain('not exactly one of dsseEnvelope and messageSignature');
    expect(refusedWith(changed(blob, 'dsseEnvelope', statement.dsseEnvelope), { artifact })).toBe(
      'bundle.oneof',
    );
    expect(refusedWith(without(statement, 'dsseEnvelope'))).toBe('bundle.oneof');
  });

  it('BND-01 denies two or no key materials', () => {
    const leaf = valueAt(statement, `${material}.certificate`);
    const chain = { certificates: [leaf] };
    const pairs: [string, unknown][] = [
      ['publicKey', { hint: 'key' }],
      ['publicKey', {}],
      ['x509CertificateChain', chain],
      ['x509CertificateChain', { certificates: [] }],
    ];
    for (const [name, value] of pairs) {
      const error = refusal(() => verify(changed(statement, `${material}.${name}`, value)));
      expect([error.finding, error.path]).toEqual(['bundle.oneof', material]);
    }
    expect(refusedWith(without(statement, `${material}.certificate`))).toBe('bundle.oneof');
    expect(refusedWith(changed(statement, material, {}))).toBe('bundle.oneof');
  });
});

describe('the media type of a bundle', () => {
  const { bundle } = sigstore.signStatement();

  it('is one of two spellings of v0.3', () => {
    for (const mediaType of [
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      'application/vnd.dev.sigstore.bundle+json;version=0.3',
    ]) {
      expect(verify(changed(bundle, 'mediaType', mediaType)).bundle.version).toBe('0.3');
    }
  });

  it.each([
    'application/vnd.dev.sigstore.bundle.v9.9+json;x',
    'application/vnd.dev.sigstore.bundle.v9.9+json',
    'application/vnd.dev.sigstore.bundle.v0.4+json',
    'application/vnd.dev.sigstore.bundle.v0.2+json',
    'application/vnd.dev.sigstore.bundle.v0.1+json',
    'application/vnd.dev.sigstore.bundle.v0.30+json',
    'application/vnd.dev.sigstore.bundle.v0.3.1+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json;x',
    'application/vnd.dev.sigstore.bundle.v0.3+json ',
    'Application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dev.sigstore.bundle+json;version=0.4',
    'application/vnd.dev.sigstore.bundle+json;version=0.3 ',
    'application/vnd.dev.sigstore.bundle+json; version=0.3',
    'application/vnd.dev.sigstore.bundle+json;version="0.3"',
    'application/vnd.dev.sigstore.bundle+json',
    'application/json',
    'toString',
    '',
  ])('BND-02 denies %j', (mediaType) => {
    const error = refusal(() => verify(changed(bundle, 'mediaType', mediaType)));
    expect([error.finding, error.actual]).toEqual(['bundle.version', mediaType]);
  });

  it('BND-02 denies a media type that is absent or no text', () => {
    expect(refusedWith(without(bundle, 'mediaType'))).toBe('bundle.version');
    for (const mediaType of [null, 3, true, {}, ['application/vnd.dev.sigstore.bundle.v0.3+json']]) {
      expect(refusedWith(changed(bundle, 'mediaType', mediaType))).toBe('bundle.version');
    }
  });
});

describe('the text of a bundle', () => {
  const text = sigstore.signStatement({ timestamp: {} }).text();

  it('is accepted in any white space and order of keys', () => {
    const parsed = JSON.parse(text) as BundleJson;
    const reversed = Object.fromEntries(Object.entries(parsed).toReversed()) as BundleJson;
    expect(verify(`\n${JSON.stringify(reversed, null, 2)}\r\n\t`).logEntries).toHaveLength(1);
  });

  it('BND-04 denies text that is cut short, wherever it is cut', () => {
    for (let length = 0; length < text.length; length += 97) {
      expect([length, refusedWith(text.slice(0, length))]).toEqual([length, 'json.malformed']);
    }
  });

  it.each([
    ['a byte order mark', `\ufeff${text}`],
    ['a second document', `${text}{}`],
    ['a comment', text.replace('{', '{/**/')],
    ['a comma at the end', text.replace(/\}$/, ',}')],
    ['single quotes', text.replaceAll('"', "'")],
    ['an unquoted key', text.replace('"mediaType"', 'mediaType')],
    ['a raw control character', text.replace('mediaType', 'media\tType')],
    ['NaN', text.replace('"verificationMaterial"', '"n":NaN,"verificationMaterial"')],
    ['a lone quote', '"'],
    ['nothing', ''],
  ])('BND-04 denies %s', (_, broken) => {
    expect(refusedWith(broken)).toBe('json.malformed');
  });

  it('BND-04 denies bytes that are not UTF-8', () => {
    const bytes = Buffer.from(text);
    for (const broken of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
      const inside = Buffer.concat([bytes.subarray(0, 3), Buffer.from(broken), bytes.subarray(3)]);
      expect(refusedBytes(inside)).toBe('json.malformed');
    }
    expect(refusedBytes(Buffer.from(text, 'utf16le'))).toBe('json.malformed');
  });

  it.each([
    ['at the top', /^\{/, '{"mediaType":"x",'],
    ['at the top with the same value', /("mediaType":"[^"]*")/, '$1,$1'],
    ['spelt with an escape', /^\{/, '{"medi\\u0061Type":"x",'],
    [
      'in the material',
      /"verificationMaterial":\{/,
      '"verificationMaterial":{"certificate":{"rawBytes":""},',
    ],
    ['in an entry', /("logIndex":"\d+")/, '$1,"logIndex":"1"'],
    ['in the envelope', /"dsseEnvelope":\{/, '"dsseEnvelope":{"payload":"e30=",'],
    ['in a signature', /"sig":/, '"sig":"AAAA","sig":'],
  ])('BND-04 denies a key that is there twice %s', (_, pattern, doubled) => {
    const broken = text.replace(pattern, doubled);
    expect(broken).not.toBe(text);
    expect(refusedWith(broken)).toBe('json.duplicate-key');
  });

  it('BND-04 denies keys in another case or in the other spelling of proto JSON, alone and beside the right one', () => {
    const bundle = JSON.parse(text) as BundleJson;
    for (const path of pathsOf(bundle)) {
      const key = path.split('.').at(-1) ?? '';
      if (/^\d+$/.test(key) || key === 'mediaType') continue;
      const parent = path.slice(0, path.length - key.length);
      const value = valueAt(bundle, path);
      const snake = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const variant of new Set([key[0]?.toUpperCase() + key.slice(1), key.toUpperCase(), snake])) {
        if (variant === key) continue;
        const beside = refusal(() => verify(changed(bundle, `${parent}${variant}`, value)));
        expect([beside.finding, beside.actual]).toEqual(['bundle.unknown-field', variant]);
        const alone = attempt(() => verify(changed(without(bundle, path), `${parent}${variant}`, value)));
        expect(alone).toMatch(/^bundle\.(unknown-field|malformed|oneof)$/);
      }
    }
  });

  it('BND-04 denies fields that nobody defined, at every depth', () => {
    const bundle = JSON.parse(text) as BundleJson;
    const containers = ['', ...pathsOf(bundle).map((path) => `${path}.`)].filter((path) => {
      const value = path === '' ? bundle : valueAt(bundle, path.slice(0, -1));
      return typeof value === 'object' && !Array.isArray(value);
    });
    expect(containers.length).toBeGreaterThan(8);
    for (const parent of containers) {
      const error = refusal(() => verify(changed(bundle, `${parent}extra`, 1)));
      expect([parent, error.finding, error.actual]).toEqual([parent, 'bundle.unknown-field', 'extra']);
    }
  });

  it('BND-04 denies a statement whose keys differ in case alone', () => {
    for (const key of ['Subject', 'PredicateType', '_Type', 'Predicate']) {
      const signed = sigstore.signStatement({ statement: (right) => Object.assign(right, { [key]: [] }) });
      const { content } = verify(signed).bundle;
      if (content.kind !== 'dsse') throw new TypeError('signed as something else');
      const error = refusal(() => parseSignedStatement(content));
      expect([error.finding, error.path]).toEqual(['statement.malformed', key]);
    }
  });

  const attempt = (work: () => unknown): Code => refusal(work).finding;
});

describe('malformed parts of a bundle', () => {
  const { bundle } = sigstore.signStatement({ timestamp: {} });
  const ENTRIES = 'verificationMaterial.tlogEntries';
  const STAMPS = 'verificationMaterial.timestampVerificationData.rfc3161Timestamps';

  it.each([
    ['null among the entries', `${ENTRIES}.0`, null, 'bundle.malformed'],
    ['an entry without content', `${ENTRIES}.0`, {}, 'bundle.malformed'],
    ['an empty body', `${ENTRIES}.0.canonicalizedBody`, '', 'tlog.noncanonical'],
    ['null among the hashes', `${ENTRIES}.0.inclusionProof.hashes.0`, null, 'bundle.malformed'],
    [
      'a hash of 31 bytes',
      `${ENTRIES}.0.inclusionProof.hashes.0`,
      Buffer.alloc(31).toString('base64'),
      'bundle.malformed',
    ],
    ['null among the timestamps', `${STAMPS}.0`, null, 'bundle.malformed'],
    ['an empty timestamp', `${STAMPS}.0.signedTimestamp`, '', 'tsa.malformed'],
    ['a time beyond all calendars', `${ENTRIES}.0.integratedTime`, '8640000000001', 'bundle.malformed'],
    ['the largest 64-bit time', `${ENTRIES}.0.integratedTime`, '9223372036854775807', 'bundle.malformed'],
    ['a negative time', `${ENTRIES}.0.integratedTime`, '-1', 'bundle.malformed'],
    ['an empty certificate', 'verificationMaterial.certificate.rawBytes', '', 'bundle.malformed'],
    ['a certificate of other bytes', 'verificationMaterial.certificate.rawBytes', 'AAAA', 'cert.malformed'],
    ['an empty signature', 'dsseEnvelope.signatures.0.sig', '', 'bundle.malformed'],
    ['null among the signatures', 'dsseEnvelope.signatures.0', null, 'bundle.malformed'],
    ['an empty log id', `${ENTRIES}.0.logId.keyId`, '', 'log.unknown'],
  ] as const)('BND-05 denies %s', (_, path, value, code) => {
    const error = refusal(() => verify(changed(bundle, path, value)));
    expect([error.finding, error.exitCode]).toEqual([code, 1]);
  });

  it('BND-05 denies a time that the log signed although no calendar has it', () => {
    const integratedTime = new Date(8.64e15);
    const signed = sigstore.signStatement({ entry: { integratedTime } });
    expect(refusedWith(signed)).toBe('time.future');
  });

  it('BND-05 denies an empty list of certificates', () => {
    const chained = sigstore.signStatement({ version: '0.2' }).bundle;
    for (const certificates of [[], [null], [{}], [{ rawBytes: '' }]]) {
      const mutant = changed(chained, 'verificationMaterial.x509CertificateChain.certificates', certificates);
      expect(refusedWith(mutant)).toBe('bundle.malformed');
    }
  });

  it.each(['null', '[]', '""', '0', 'true', '[{}]', '{}'])(
    'BND-05 denies a document that is %s',
    (document) => {
      expect(refusedWith(document)).toMatch(/^bundle\.(malformed|version)$/);
    },
  );

  it('BND-05 denies a message digest of an algorithm that is none', () => {
    const blob = sigstore.signBlob().bundle;
    for (const algorithm of ['SHA2_224', 'SHA1', 'MD5', 'sha256', 'toString', 'constructor', '', 11]) {
      const named = changed(blob, 'messageSignature.messageDigest.algorithm', algorithm);
      expect(refusedWith(named, { artifact })).toBe('signature.algorithm');
      const empty = changed(named, 'messageSignature.messageDigest.digest', '');
      expect(refusedWith(empty, { artifact })).toBe('signature.algorithm');
    }
    expect(refusedWith(without(blob, 'messageSignature.messageDigest'), { artifact })).toBe(
      'signature.algorithm',
    );
  });

  it('BND-05 denies every bundle with one altered byte, with an answer of its own', () => {
    const paths = base64Paths(bundle);
    const mutation = fc.record({
      path: fc.constantFrom(...paths),
      at: fc.nat(),
      xor: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(mutation, ({ path, at, xor }) => {
        const bytes = Buffer.from(String(valueAt(bundle, path)), 'base64');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ xor;
        const { exitCode } = refusal(() => verify(changed(bundle, path, bytes.toString('base64'))));
        expect([1, 2]).toContain(exitCode);
      }),
      { seed: 5, numRuns: 600 },
    );
  });

  it('BND-05 denies every bundle with a part cut short, with an answer of its own', () => {
    const cut = fc.record({ path: fc.constantFrom(...base64Paths(bundle)), at: fc.nat() });
    fc.assert(
      fc.property(cut, ({ path, at }) => {
        const bytes = Buffer.from(String(valueAt(bundle, path)), 'base64');
        const shorter = bytes.subarray(0, at % bytes.length).toString('base64');
        expect(refusal(() => verify(changed(bundle, path, shorter))).exitCode).toBe(1);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
