import { afterEach, describe, expect, it } from 'vitest';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseSignedStatement } from '../../src/core/model/statement.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { changed, valueAt, without } from '../kit/json.ts';
import { createGithubSigstore, createSigstore, SIGNED_AT } from '../kit/sigstore.ts';
import { mergeTrustedRoots, type TrustedRootJson, type ValidFor } from '../kit/trusted-root.ts';
import { parseRoot, refusal, refusedWith, sigstore, verify } from './verify.ts';

const good = sigstore.trustedRoot();
const OPEN = '2021-01-01T00:00:00Z';
/** Where a trusted root has windows. */
const WINDOWS = [
  'tlogs.0.publicKey.validFor',
  'tlogs.1.publicKey.validFor',
  'ctlogs.0.publicKey.validFor',
  'certificateAuthorities.0.validFor',
  'timestampAuthorities.0.validFor',
] as const;

describe.each(WINDOWS)('the window %s of a trusted root', (path) => {
  /** As the parser names it. */
  const place = path.replace(/\.(\d)\./, '[$1].');

  it('is accepted with a start, and with an end after it', () => {
    for (const window of [
      { start: OPEN },
      { start: OPEN, end: '2030-01-01T00:00:00.123456789Z' },
      { start: OPEN, end: OPEN },
    ]) {
      expect(parseRoot(changed(good, path, window)).name).toBe('test');
    }
  });

  it('TUF-11 refuses a window without a start, as configuration', () => {
    for (const window of [{}, { end: '2030-01-01T00:00:00Z' }, { start: null }, null]) {
      const error = refusal(() => parseRoot(changed(good, path, window)));
      expect([error.finding, error.exitCode, error.path]).toEqual(['trust.validity-malformed', 64, place]);
    }
    expect(refusal(() => parseRoot(without(good, path))).finding).toBe('trust.validity-malformed');
  });

  it.each([
    '',
    '2021',
    '2021-01-01',
    '2021-01-01T00:00:00',
    '2021-01-01 00:00:00Z',
    '2021-01-01T00:00:00+00:00',
    '2021-01-01t00:00:00z',
    '2021-01-01T00:00Z',
    '2021-13-01T00:00:00Z',
    '2021-02-30T00:00:00Z',
    '2021-02-29T00:00:00Z',
    '2021-01-01T24:00:00Z',
    '2021-01-01T00:00:60Z',
    '2021-01-01T00:00:00.Z',
    '2021-01-01T00:00:00.1234567890Z',
    ' 2021-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z\n',
    '+002021-01-01T00:00:00Z',
    '1609459200',
    'now',
  ])('TUF-11 refuses the time %j, as start and as end', (time) => {
    for (const window of [{ start: time }, { start: OPEN, end: time }]) {
      const error = refusal(() => parseRoot(changed(good, path, window)));
      expect([error.finding, error.actual, error.exitCode]).toEqual(['trust.validity-malformed', time, 64]);
    }
  });

  it.each([[1609459200], [true], [{}], [['2021-01-01T00:00:00Z']]])(
    'TUF-11 refuses the time %j, which is no text',
    (time) => {
      const error = refusal(() => parseRoot(changed(good, path, { start: time })));
      expect([error.finding, error.exitCode]).toEqual(['trust.malformed', 64]);
    },
  );

  it('TUF-11 refuses an inverted window', () => {
    const inverted = { start: '2026-01-01T00:00:00Z', end: '2025-12-31T23:59:59Z' };
    const error = refusal(() => parseRoot(changed(good, path, inverted)));
    expect(error.finding).toBe('trust.validity-malformed');
    expect(error.message).toContain('inverted');
  });
});

describe('the ends of a window', () => {
  const at = (seconds: number): Date => new Date(SIGNED_AT.getTime() + seconds * 1000);
  const only: ValidFor = { start: at(0), end: at(0) };
  const signed = sigstore.signStatement({ timestamp: {} });
  const v2 = sigstore.signStatement({ profile: 'rekor2' });

  it('TUF-12 are both inside it, for every kind of authority at once', () => {
    const root = sigstore.trustedRoot({
      ca: { validFor: only },
      rekor: { validFor: only },
      rekor2: { validFor: only },
      tsa: { validFor: only },
      ctLog: { validFor: only },
    });
    expect(verify(signed, { root }).times).toHaveLength(2);
    expect(verify(v2, { root }).times).toHaveLength(1);
  });

  it.each([
    ['ca', 'cert.chain-validity'],
    ['rekor', 'log.key-window'],
    ['tsa', 'tsa.authority-window'],
    ['ctLog', 'sct.key-validity'],
  ] as const)('TUF-12 exclude the second before and the second after (%s)', (authority, code) => {
    for (const validFor of [
      { start: at(-10), end: at(-1) },
      { start: at(1), end: at(10) },
    ]) {
      expect(refusedWith(signed, { root: sigstore.trustedRoot({ [authority]: { validFor } }) })).toBe(code);
    }
    for (const validFor of [
      { start: at(-10), end: at(0) },
      { start: at(0), end: at(10) },
    ]) {
      expect(
        verify(signed, { root: sigstore.trustedRoot({ [authority]: { validFor } }) }).times,
      ).toHaveLength(2);
    }
  });
});

describe('a bundle of another instance', () => {
  /** Same names, same identities, other keys. */
  const twin = createSigstore();
  const github = createGithubSigstore();
  const roots = [sigstore.trustedRoot(), twin.trustedRoot()];
  const LOGS = 'verificationMaterial.tlogEntries';

  it('is accepted by its own root, alone or among several', () => {
    expect(verify(twin.signStatement(), { root: twin.trustedRoot() }).logEntries).toHaveLength(1);
    for (const root of [roots, roots.toReversed()]) {
      expect(verify(twin.signStatement(), { root }).times).toHaveLength(1);
      expect(verify(sigstore.signStatement({ profile: 'rekor2' }), { root }).times).toHaveLength(1);
    }
  });

  it.each(['rekor1', 'rekor2'] as const)('TUF-13 is denied by a root with the same names (%s)', (profile) => {
    const error = refusal(() => verify(twin.signStatement({ profile })));
    expect([error.finding, error.exitCode]).toEqual(['trust.wrong-instance', 1]);
    expect(
      refusedWith(sigstore.signStatement({ profile }), { root: [twin.trustedRoot(), github.trustedRoot()] }),
    ).toBe('trust.wrong-instance');
  });

  it('TUF-13 is denied when it has no log entry that could tell the instance', () => {
    expect(refusedWith(github.signStatement())).toBe('cert.untrusted');
    expect(refusedWith(twin.signStatement({ profile: 'tsa' }))).toBe('cert.untrusted');
    expect(refusedWith(sigstore.signStatement({ profile: 'tsa' }), { root: github.trustedRoot() })).toBe(
      'cert.untrusted',
    );
  });

  it('TUF-13 is denied when its parts are of two instances, although both are trusted', () => {
    const foreignLog = sigstore.signStatement({ entry: { log: twin.rekor } });
    const error = refusal(() => verify(foreignLog, { root: roots }));
    expect([error.finding, error.actual]).toEqual(['trust.wrong-instance', twin.rekor.logId.toString('hex')]);
    expect(refusedWith(foreignLog)).toBe('log.unknown');
    expect(refusedWith(sigstore.signStatement({ timestamp: { authority: twin.tsa } }), { root: roots })).toBe(
      'tsa.signer',
    );
    expect(refusedWith(sigstore.signStatement({ sct: { log: twin.ctLog } }), { root: roots })).toMatch(
      /^sct\./,
    );
    expect(refusedWith(sigstore.signStatement({ entries: [{}, { log: twin.rekor }] }), { root: roots })).toBe(
      'trust.wrong-instance',
    );
  });

  it('TUF-13 is denied when the entry of another instance is put in place of its own', () => {
    const mine = sigstore.signStatement().bundle;
    const theirs = valueAt(twin.signStatement().bundle, LOGS);
    expect(refusedWith(changed(mine, LOGS, theirs), { root: roots })).toBe('trust.wrong-instance');
    expect(refusedWith(changed(mine, LOGS, theirs))).toBe('log.unknown');
  });

  it('keeps the thresholds of the root that issued the certificate', () => {
    // The root of an instance without logs does not lower what the other one demands.
    const unlogged = sigstore.signStatement({ profile: 'tsa' });
    expect(refusedWith(unlogged, { root: [github.trustedRoot(), sigstore.trustedRoot()] })).toBe(
      'tlog.missing',
    );
    expect(
      refusedWith(unlogged, { root: mergeTrustedRoots(github.trustedRoot(), sigstore.trustedRoot()) }),
    ).toBe('tlog.missing');
  });
});

describe('the form of a trusted root', () => {
  const refusedRoot = (root: unknown): SlsaGateError =>
    refusal(() =>
      parseTrustedRoot(Buffer.from(typeof root === 'string' ? root : JSON.stringify(root)), 'test'),
    );

  it('is accepted in three spellings of its media type', () => {
    for (const mediaType of [
      'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      'application/vnd.dev.sigstore.trustedroot.v0.1+json',
      'application/vnd.dev.sigstore.trustedroot.v0.2+json',
    ]) {
      expect(parseRoot({ ...good, mediaType }).logs.size).toBe(2);
    }
  });

  it.each([
    ['no JSON', 'root'],
    ['cut short', JSON.stringify(good).slice(0, -1)],
    ['a list', []],
    ['null', null],
    ['no media type', without(good, 'mediaType')],
    ['the media type of a bundle', { ...good, mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }],
    ['an unknown field', { ...good, extra: [] }],
    ['a key twice', JSON.stringify(good).replace('{', '{"tlogs":[],')],
    ['lenient base64', changed(good, 'tlogs.0.publicKey.rawBytes', (key: unknown) => `${String(key)}\n`)],
    ['a key that is none', changed(good, 'tlogs.0.publicKey.rawBytes', 'AAAA')],
    ['a PKCS #1 key that is none', changed(good, 'tlogs.0.publicKey.keyDetails', 'PKCS1_RSA_PKCS1V5')],
    ['another hash', changed(good, 'tlogs.0.hashAlgorithm', 'SHA1')],
    ['no base URL', changed(good, 'tlogs.0.baseUrl', '')],
    ['an empty chain', changed(good, 'certificateAuthorities.0.certChain.certificates', [])],
    [
      'a certificate that is none',
      changed(good, 'certificateAuthorities.0.certChain.certificates.0.rawBytes', 'AAAA'),
    ],
    ['two logs with one id', changed(good, 'tlogs.1.logId', valueAt(good, 'tlogs.0.logId'))],
  ])('is refused as configuration when it is or has %s', (_, root) => {
    const error = refusedRoot(root);
    expect([error.finding, error.exitCode]).toEqual(['trust.malformed', 64]);
  });
});

describe('keys that reach into prototypes', () => {
  const KEYS = ['__proto__', 'constructor', 'prototype'] as const;
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const poisoned = (json: string, key: string): string => json.replace('{', `{"${key}":{"polluted":true},`);

  afterEach(() => {
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(KEYS)('YML-02 refuses %s in a trusted root, as configuration', (key) => {
    const root: TrustedRootJson = sigstore.trustedRoot();
    const inside = JSON.stringify(root).replace('"publicKey":{', `"publicKey":{"${key}":{"polluted":true},`);
    for (const text of [poisoned(JSON.stringify(root), key), inside]) {
      const error = refusal(() => parseTrustedRoot(Buffer.from(text), 'test'));
      expect([error.finding, error.exitCode, error.actual]).toEqual(['config.forbidden-key', 64, key]);
    }
  });

  it.each(KEYS)('YML-02 denies %s in a bundle, at every depth, and spelt with escapes', (key) => {
    const text = sigstore.signStatement().text();
    const escaped = [...key]
      .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
    const inside = text.replace('"inclusionProof":{', `"inclusionProof":{"${key}":{"polluted":true},`);
    for (const broken of [poisoned(text, key), poisoned(text, escaped), inside]) {
      expect(broken).not.toBe(text);
      const error = refusal(() => parseBundle(Buffer.from(broken)));
      expect([error.finding, error.exitCode, error.actual]).toEqual(['json.forbidden-key', 1, key]);
    }
  });

  it.each(KEYS)('YML-02 denies %s in a signed statement', (key) => {
    const right = Buffer.from(
      String(valueAt(sigstore.signStatement().bundle, 'dsseEnvelope.payload')),
      'base64',
    ).toString();
    const { content } = verify(sigstore.signStatement({ payload: poisoned(right, key) })).bundle;
    if (content.kind !== 'dsse') throw new TypeError('signed as something else');
    const error = refusal(() => parseSignedStatement(content));
    expect(error.finding).toBe('statement.malformed');
    expect(error.cause).toBeInstanceOf(SlsaGateError);
    expect(error.cause).toMatchObject({ finding: 'json.forbidden-key', actual: key });
  });
});
