import { verify as checkSignature } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import type { SignedBundle } from '../kit/bundle.ts';
import type { EntryBody } from '../kit/entry-body.ts';
import { changed, valueAt, without } from '../kit/json.ts';
import { createKeyPair, sha256 } from '../kit/keys.ts';
import { createRekor, type TlogEntryJson } from '../kit/rekor.ts';
import { ARTIFACT, type SignStatementOptions } from '../kit/sigstore.ts';
import { mergeTrustedRoots } from '../kit/trusted-root.ts';
import { ENTRY_KINDS, type EntryKind } from './entry-kinds.ts';
import { refusal, refusedWith, sigstore, trustedKey, verify } from './verify.ts';

const ENTRY = 'verificationMaterial.tlogEntries.0';

const codeOf = (kind: EntryKind, signed: SignedBundle): Code => refusal(() => kind.verify(signed)).finding;

/** In place: what `editBody` returns would be the whole body. */
function put(target: object, members: object): void {
  Object.assign(target, members);
}

/** The bundle as its bundler would lie about it, with everything that was signed left alone. */
function edited(
  signed: SignedBundle,
  edit: (bundle: SignedBundle['bundle']) => SignedBundle['bundle'],
): SignedBundle {
  const bundle = edit(signed.bundle);
  return { ...signed, bundle, text: () => JSON.stringify(bundle) };
}

/** Adds a copy of the entry's signature, so that the entry itself says that two signed. */
function withSecondSignature({ spec }: EntryBody): void {
  const lists = [spec, spec.dsseV002, valueAtOrNothing(spec, 'content.envelope')];
  for (const holder of lists as (Record<string, unknown> | undefined)[]) {
    const list = holder?.signatures;
    if (Array.isArray(list)) list.push(structuredClone(list[0]));
  }
}

function valueAtOrNothing(document: unknown, path: string): unknown {
  try {
    return valueAt(document, path);
  } catch {
    return undefined;
  }
}

/** For vectors that some kinds of entry have no place for; nothing is counted as skipped. */
const itIf =
  (applies: boolean) =>
  (title: string, test: () => void): void => {
    if (applies) it(title, test);
  };

describe.each(ENTRY_KINDS)('an entry of kind $name', (kind) => {
  it('is accepted when it says what the bundle implies', () => {
    const { logEntries } = kind.verify(kind.sign());
    expect(logEntries.map((entry) => entry.kind)).toEqual([kind.name.replace(' of an envelope', '')]);
  });

  it('TLG-01 denies an entry that names the certificate of somebody else', () => {
    const { certificate } = sigstore.issue();
    const error = refusal(() => kind.verify(kind.sign({ verifier: { certificate } })));
    expect(error.finding).toBe('tlog.entry-key-mismatch');
    expect(error.message).toContain('log entry names another key');
  });

  it('TLG-01 denies an entry that names another certificate of the very same key', () => {
    const issued = sigstore.issue();
    const { certificate } = sigstore.issue({ keys: issued.keys });
    expect(codeOf(kind, kind.sign({ verifier: { certificate } }, { issued }))).toBe(
      'tlog.entry-key-mismatch',
    );
  });

  it('TLG-01 denies an entry that names a bare key, even the right one', () => {
    const issued = sigstore.issue();
    for (const publicKey of [issued.keys, createKeyPair()])
      expect(codeOf(kind, kind.sign({ verifier: { publicKey } }, { issued }))).toBe(
        'tlog.entry-key-mismatch',
      );
  });

  it('TLG-01 denies a genuine entry of another signature over the same content', () => {
    const mine = kind.sign();
    const theirs = kind.sign();
    const spliced = edited(mine, (bundle) => changed(bundle, ENTRY, valueAt(theirs.bundle, ENTRY)));
    expect(codeOf(kind, spliced)).toBe('tlog.entry-mismatch');
  });

  it('TLG-02 denies an entry with the hash of other content', () => {
    const error = refusal(() => kind.verify(kind.sign({ hash: sha256(Buffer.from('other')) })));
    expect(error.finding).toBe('tlog.entry-mismatch');
    expect(error.message).toMatch(/about another (payload|artifact)/);
  });

  it('TLG-02 denies an entry whose right hash is labelled as another algorithm', () => {
    for (const hashAlgorithm of ['sha512', 'SHA2_512', 'sha1', '']) {
      expect(codeOf(kind, kind.sign({ hashAlgorithm }))).toBe('tlog.entry-mismatch');
    }
  });

  itIf(kind.namesSignature)('TLG-02 denies an entry with another signature', () => {
    const error = refusal(() => kind.verify(kind.sign({ signature: Buffer.from('another signature') })));
    expect(error.finding).toBe('tlog.entry-mismatch');
    expect(error.message).toContain('another signature');
  });

  itIf(kind.listsSignatures)('TLG-02 denies an entry with a second or without any signature', () => {
    expect(codeOf(kind, kind.sign({ editBody: withSecondSignature }))).toBe('tlog.entry-mismatch');
    const emptied = kind.sign({
      body: (right) => right.replace(/"signatures":\[.*?\]/, '"signatures":[]'),
    });
    expect(codeOf(kind, emptied)).toBe('tlog.entry-mismatch');
  });

  itIf(!kind.listsSignatures)('TLG-02 denies an entry that adds a list of signatures', () => {
    const signed = kind.sign({ editBody: ({ spec }) => put(spec, { signatures: [] }) });
    expect(codeOf(kind, signed)).toBe('tlog.kind');
  });

  it('TLG-05 denies an entry labelled as another kind or version', () => {
    for (const [path, value] of [
      ['kind', 'rekord'],
      ['kind', kind.name.startsWith('dsse') ? 'intoto' : 'dsse'],
      ['kind', ''],
      ['version', '0.0.3'],
      ['version', kind.name.includes('0.0.1') ? '0.0.2' : '0.0.1'],
      ['version', ''],
    ] as const) {
      const signed = edited(kind.sign(), (bundle) => changed(bundle, `${ENTRY}.kindVersion.${path}`, value));
      const error = refusal(() => kind.verify(signed));
      expect([path, value, error.finding]).toEqual([path, value, 'tlog.kind']);
      expect(error.expected).toBe(kind.name.replace(' of an envelope', ''));
    }
  });

  it('TLG-05 denies a body whose own kind or version is another than its form', () => {
    const [name, version] = kind.name.split(' ') as [string, string];
    const other = version === '0.0.1' ? '0.0.2' : '0.0.1';
    const bodies: ((body: EntryBody) => void)[] = [
      (body) => put(body, { apiVersion: other }),
      (body) => put(body, { apiVersion: '0.0.9' }),
      (body) => put(body, { kind: name === 'dsse' ? 'intoto' : 'dsse' }),
      (body) => put(body, { kind: 'toString' }),
      (body) => put(body.spec, { more: true }),
      (body) => put(body, { more: true }),
    ];
    for (const editBody of bodies) expect(codeOf(kind, kind.sign({ editBody }))).toBe('tlog.kind');
  });

  it('TLG-08 denies a body that two readers could read differently', () => {
    const [name, version] = kind.name.split(' ') as [string, string];
    const bodies: Record<string, (right: string) => string> = {
      'spec twice': (right) => right.replace('"spec":', '"spec":{},"spec":'),
      'kind twice, the same': (right) => right.replace('"kind":', `"kind":"${name}","kind":`),
      __proto__: (right) => right.replace('{', '{"__proto__":{"admin":true},'),
      constructor: (right: string) => right.replace('{', '{"constructor":{},'),
      'white space': (right) => right.replace(':', ': '),
      'a newline at the end': (right) => `${right}\n`,
      'a byte order mark': (right) => `\ufeff${right}`,
      'keys out of order': (right) => right.replace(/^\{("apiVersion":"[^"]*"),("kind":"[^"]*")/, '{$2,$1'),
      'an escaped letter': (right) => right.replace('"kind"', '"\\u006bind"'),
      'a number beyond 2^53': (right) => right.replace(/\}$/, ',"z":9007199254740993}'),
      'a number in another spelling': (right) => right.replace(/\}$/, ',"z":1.0}'),
      'not JSON': () => 'entry',
      'not an object': () => '[]',
      nothing: () => '',
    };
    for (const [what, body] of Object.entries(bodies)) {
      const edit = (entry: TlogEntryJson): void => put(entry, { kindVersion: { kind: name, version } });
      expect([what, codeOf(kind, kind.sign({ body, edit }))]).toEqual([what, 'tlog.noncanonical']);
    }
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });
});

describe('bodies of Rekor v1', () => {
  const v1 = ENTRY_KINDS.filter(({ name }) => !name.includes('0.0.2') || name.startsWith('intoto'));

  it.each(v1)('TLG-08 denies upper-case hex in an entry of kind $name', (kind) => {
    const upper = (right: string): string =>
      right.replaceAll(/"value":"([0-9a-f]+)"/g, (_, hex: string) => `"value":"${hex.toUpperCase()}"`);
    expect(codeOf(kind, kind.sign({ body: upper }))).toBe('tlog.noncanonical');
  });

  it.each(v1)('TLG-08 denies a key in an entry of kind $name that is base64 in another spelling', (kind) => {
    const respelt = (right: string): string => right.replace(/"(LS0tLS1CRUdJT[^"]*)"/, '"$1\\n"');
    expect(codeOf(kind, kind.sign({ body: respelt }))).toBe('tlog.noncanonical');
  });
});

describe('entries of both versions', () => {
  it('TLG-05 denies a v2 body under a v1 version and a v1 body under a v2 version', () => {
    const v2InV1 = sigstore.signStatement({ entry: { bodyVersion: 2, apiVersion: '0.0.1' } });
    expect(refusedWith(v2InV1)).toBe('tlog.kind');
    const v1InV2 = sigstore.signStatement({
      profile: 'rekor2',
      entry: { bodyVersion: 1, apiVersion: '0.0.2' },
    });
    expect(refusedWith(v1InV2)).toBe('tlog.kind');
  });

  it('TLG-05 denies a dsse label over an intoto body and an intoto label over a dsse body', () => {
    const asDsse = sigstore.signStatement({
      entry: { kind: 'intoto', editBody: (body) => put(body, { kind: 'dsse' }) },
    });
    expect(refusedWith(asDsse)).toBe('tlog.kind');
    const asIntoto = sigstore.signStatement({
      entry: { editBody: (body) => put(body, { kind: 'intoto' }) },
    });
    expect(refusedWith(asIntoto)).toBe('tlog.kind');
  });

  it('TLG-05 denies an entry of an artifact beside an envelope, and of an envelope beside an artifact', () => {
    expect(refusedWith(sigstore.signStatement({ entry: { kind: 'hashedrekord' } }))).toBe('tlog.kind');
    const dsse = valueAt(sigstore.signStatement().bundle, ENTRY);
    expect(refusedWith(changed(sigstore.signBlob().bundle, ENTRY, dsse), { artifact: ARTIFACT })).toBe(
      'tlog.kind',
    );
  });

  it('TLG-02 denies an intoto 0.0.1 entry when the bytes it names are not at hand', () => {
    const signed = sigstore.signStatement({ entry: { kind: 'intoto', apiVersion: '0.0.1' } });
    const error = refusal(() => verify(signed));
    expect(error.finding).toBe('tlog.entry-mismatch');
    expect(error.message).toContain('original bytes');
  });

  it('TLG-02 denies an entry that names the bytes of another envelope', () => {
    for (const kind of ENTRY_KINDS.filter(({ name }) => name === 'intoto 0.0.1')) {
      const other = (right: string): string =>
        right.replace(/("hash":\{"algorithm":"sha256","value":")[^"]*/, `$1${'0'.repeat(64)}`);
      expect(codeOf(kind, kind.sign({ body: other }))).toBe('tlog.entry-mismatch');
    }
  });

  it('TLG-02 denies an intoto 0.0.2 entry about another payload, payload type or key id', () => {
    const again = (text: string): string => Buffer.from(text).toString('base64');
    const edits: Record<string, (envelope: Record<string, unknown>) => void> = {
      payload: (envelope) => put(envelope, { payload: again(again('{}')) }),
      'payload type': (envelope) => put(envelope, { payloadType: 'text/plain' }),
      'key id': (envelope) => void put((envelope.signatures as object[])[0] ?? {}, { keyid: 'other' }),
    };
    for (const [what, edit] of Object.entries(edits)) {
      const editBody = (body: EntryBody): void =>
        edit(valueAt(body, 'spec.content.envelope') as Record<string, unknown>);
      const error = refusal(() => verify(sigstore.signStatement({ entry: { kind: 'intoto', editBody } })));
      expect([error.finding, error.message]).toEqual([
        'tlog.entry-mismatch',
        `log entry is about another ${what}`,
      ]);
    }
  });

  it('TLG-01 denies a Rekor v2 entry that calls the key another type or names certificate and key', () => {
    const verifierOf = (body: EntryBody): Record<string, unknown> =>
      valueAt(body, 'spec.dsseV002.signatures.0.verifier') as Record<string, unknown>;
    const edits: ((verifier: Record<string, unknown>) => void)[] = [
      (verifier) => put(verifier, { keyDetails: 'PKIX_ED25519' }),
      (verifier) => put(verifier, { keyDetails: 'PKIX_ECDSA_P256_SHA_256 ' }),
      (verifier) => put(verifier, { publicKey: { rawBytes: createKeyPair().spki.toString('base64') } }),
      (verifier) => put(verifier, { x509Certificate: undefined }),
    ];
    for (const edit of edits) {
      const entry = { editBody: (body: EntryBody) => edit(verifierOf(body)) };
      expect(refusedWith(sigstore.signStatement({ profile: 'rekor2', entry }))).toBe(
        'tlog.entry-key-mismatch',
      );
    }
  });

  it('denies an entry of a log that is not trusted', () => {
    expect(refusedWith(sigstore.signStatement({ entry: { log: createRekor({ host: 'evil.local' }) } }))).toBe(
      'log.unknown',
    );
  });
});

describe('entries of bare keys', () => {
  const keys = createKeyPair();
  const trust = { keys: [trustedKey(keys, 'release-key')] };
  const signed = (entry = {}, profile: 'rekor1' | 'rekor2' = 'rekor1'): SignedBundle =>
    sigstore.signStatement({ keys, publicKeyHint: 'release-key', entry, profile });

  it.each(['rekor1', 'rekor2'] as const)('are accepted when they name the key (%s)', (profile) => {
    expect(verify(signed({}, profile), { trust }).signer.kind).toBe('public-key');
  });

  it.each(['rekor1', 'rekor2'] as const)('TLG-01 denies an entry that names another key (%s)', (profile) => {
    const entry = { verifier: { publicKey: createKeyPair() } };
    expect(refusedWith(signed(entry, profile), { trust })).toBe('tlog.entry-key-mismatch');
  });

  it('TLG-01 denies an entry that names a certificate of another key', () => {
    const { certificate } = sigstore.issue();
    expect(refusedWith(signed({ verifier: { certificate } }), { trust })).toBe('tlog.entry-key-mismatch');
  });
});

describe('signatures that verify in two spellings', () => {
  /** The other signature over the same content by the same key that anybody can make: s becomes n - s. */
  function malleate(signature: Buffer): Buffer {
    const { r, s } = p256.Signature.fromBytes(signature, 'der');
    return Buffer.from(new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes('der'));
  }

  it.each([
    ['blob', 'messageSignature.signature'],
    ['statement', 'dsseEnvelope.signatures.0.sig'],
  ] as const)('TLG-03 denies the twin of the logged signature over a %s', (what, path) => {
    const signed = what === 'blob' ? sigstore.signBlob() : sigstore.signStatement();
    const twin = malleate(signed.signature);
    expect(twin.equals(signed.signature)).toBe(false);
    expect(checkSignature('sha256', signed.signedBytes, signed.signer.keys.publicKey, twin)).toBe(true);
    const bundle = changed(signed.bundle, path, twin.toString('base64'));
    expect(refusedWith(bundle, { artifact: ARTIFACT })).toBe('tlog.entry-mismatch');
  });
});

describe('thresholds of logs', () => {
  const second = createRekor({ host: 'second.local' });
  const two = mergeTrustedRoots(sigstore.trustedRoot(), { tlogs: [second.toTrust()] });
  const atLeast = { log: 2 };

  it('are met by entries of two logs', () => {
    const signed = sigstore.signStatement({ entries: [{}, { log: second }] });
    expect(verify(signed, { root: two, thresholds: { atLeast } }).logEntries).toHaveLength(2);
  });

  it('TLG-04 denies two entries of one log where two logs are asked for', () => {
    const signed = sigstore.signStatement({ entries: [{}, { kind: 'intoto' }] });
    expect(verify(signed, { root: two }).logEntries).toHaveLength(2);
    const error = refusal(() => verify(signed, { root: two, thresholds: { atLeast } }));
    expect([error.finding, error.expected, error.actual]).toEqual(['tlog.threshold', '2', '1']);
  });

  it.each<[string, SignStatementOptions, Record<string, unknown>]>([
    ['exactly', {}, {}],
    ['with another index', {}, { logIndex: '7' }],
    ['without its proof', { version: '0.1' }, { inclusionProof: undefined }],
    ['with another body at its index', {}, { canonicalizedBody: 'e30=' }],
    ['of Rekor v2', { profile: 'rekor2' }, {}],
  ])('TLG-04 denies one entry that stands there twice, whatever is asked for: %s', (_, options, copy) => {
    const { bundle } = sigstore.signStatement(options);
    const entry = valueAt(bundle, ENTRY) as object;
    const path = 'verificationMaterial.tlogEntries';
    const doubled = changed(bundle, path, [entry, { ...entry, ...copy }]);
    for (const thresholds of [{}, { atLeast }]) {
      const error = refusal(() => verify(doubled, { root: two, thresholds }));
      expect([error.finding, error.message, error.path, error.exitCode]).toEqual([
        'bundle.duplicate',
        'bundle has one log entry twice at verificationMaterial.tlogEntries[1]',
        `${path}[1]`,
        1,
      ]);
    }
  });

  it('TLG-04 says so before any cryptography', () => {
    const { bundle } = sigstore.signStatement({ signature: () => Buffer.from('3006020101020101', 'hex') });
    const entry = valueAt(bundle, ENTRY);
    expect(refusedWith(bundle)).not.toBe('bundle.duplicate');
    expect(refusedWith(changed(bundle, 'verificationMaterial.tlogEntries', [entry, entry]))).toBe(
      'bundle.duplicate',
    );
  });

  it('TLG-04 counts a log key once although the root lists it under two ids', () => {
    const alias = sha256(Buffer.from('alias'));
    const aliased = sigstore.rekor.toTrust({ logId: alias, checkpointKeyId: sigstore.rekor.logId });
    const root = mergeTrustedRoots(sigstore.trustedRoot(), { tlogs: [aliased] });
    const signed = sigstore.signStatement({ entries: [{}, { logId: alias }] });
    expect(verify(signed, { root }).logEntries).toHaveLength(2);
    expect(refusedWith(signed, { root, thresholds: { atLeast } })).toBe('tlog.threshold');
    expect(refusedWith(signed, { root, thresholds: { atLeast: { time: 2 } } })).toBe('time.threshold');
  });

  it('TLG-04 denies a bundle with one good and one bad entry instead of leaving the bad one out', () => {
    const bad = { log: second, hash: sha256(Buffer.from('other')) };
    expect(refusedWith(sigstore.signStatement({ entries: [{}, bad] }), { root: two })).toBe(
      'tlog.entry-mismatch',
    );
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'TLG-07 refuses a threshold of %d as configuration',
    (log) => {
      for (const name of ['log', 'sct', 'tsa', 'time']) {
        const error = refusal(() =>
          verify(sigstore.signStatement(), { thresholds: { atLeast: { [name]: log } } }),
        );
        expect([error.finding, error.exitCode, error.actual]).toEqual(['config.threshold', 64, String(log)]);
      }
    },
  );

  it('TLG-07 never lowers a threshold of the root by asking for less', () => {
    const signed = sigstore.signStatement({ entry: null, timestamp: {} });
    expect(refusedWith(signed)).toBe('tlog.missing');
    expect(refusedWith(signed, { thresholds: { atLeast: { tsa: 1, time: 1 } } })).toBe('tlog.missing');
  });

  it('TLG-07 keeps the thresholds of a root that lists no logs', () => {
    const signed = sigstore.signStatement({ entry: null, timestamp: {} });
    const root = sigstore.trustedRoot({ rekor: null, rekor2: null });
    expect(refusedWith(signed, { root })).toBe('tlog.missing');
    const unsafe = { thresholds: { unsafeDrop: ['log'] } } as const;
    expect(verify(signed, { root, ...unsafe }).logEntries).toEqual([]);
  });

  it('TLG-07 still demands a verified time when every threshold was given up', () => {
    const bare = sigstore.signStatement({ entry: null });
    const unsafeDrop = ['log', 'sct', 'tsa', 'time'] as const;
    expect(refusedWith(bare, { thresholds: { unsafeDrop } })).toBe('time.none');
  });

  it('TLG-07 verifies what is present although its threshold was given up', () => {
    const signed = sigstore.signStatement({ entry: { hash: sha256(Buffer.from('other')) }, timestamp: {} });
    expect(refusedWith(signed, { thresholds: { unsafeDrop: ['log'] } })).toBe('tlog.entry-mismatch');
  });

  it('denies a bundle without entries, however its list is written', () => {
    const { bundle } = sigstore.signStatement({ timestamp: {} });
    expect(refusedWith(without(bundle, 'verificationMaterial.tlogEntries'))).toBe('tlog.missing');
    expect(refusedWith(changed(bundle, 'verificationMaterial.tlogEntries', []))).toBe('tlog.missing');
  });
});
