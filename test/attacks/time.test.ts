import { describe, expect, it } from 'vitest';
import { CODES } from '../../src/codes.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { changed, without } from '../kit/json.ts';
import { createKeyPair } from '../kit/keys.ts';
import {
  ARTIFACT,
  createGithubSigstore,
  createSigstore,
  SIGNED_AT,
  type SignStatementOptions,
} from '../kit/sigstore.ts';

import { createTimestampAuthority } from '../kit/timestamp-authority.ts';
import { refusal, refusedWith, sigstore, trustedKey, type VerifyOptions, verify } from './verify.ts';

/** Section 5 of the catalogue: times and who vouches for them. The tokens themselves are in timestamp.test.ts. */

const seconds = (count: number): Date => new Date(SIGNED_AT.getTime() + count * 1000);
const V2 = { profile: 'rekor2' } as const;
const other = createSigstore();
/** Trusts the timestamp authority of another instance as well. */
const both = sigstore.trustedRoot({ edit: (root) => root.timestampAuthorities?.push(other.tsa.toTrust()) });

describe('control: times as they should be', () => {
  it.each<[string, SignStatementOptions, number, number]>([
    ['the time that Rekor v1 promised', {}, 1, 0],
    ['a timestamp, with Rekor v2', V2, 1, 0],
    ['both', { timestamp: { at: seconds(5) } }, 2, 0],
    [
      'two authorities, the earliest counts',
      { ...V2, timestamps: [{ at: seconds(7) }, { at: seconds(3), authority: other.tsa }] },
      2,
      3,
    ],
  ])('accepts %s', (_, options, count, earliest) => {
    const verified = verify(sigstore.signStatement(options), { root: both });
    expect(verified.times).toHaveLength(count);
    expect(verified.seenByMs).toBe(seconds(earliest).getTime());
    expect(verified.notBeforeMs).toBe(SIGNED_AT.getTime());
  });

  it('accepts the first and last instant of a certificate', () => {
    for (const at of [seconds(0), seconds(600)]) {
      expect(verify(sigstore.signStatement({ ...V2, timestamp: { at } })).seenByMs).toBe(at.getTime());
      expect(verify(sigstore.signStatement({ entry: { integratedTime: at } })).seenByMs).toBe(at.getTime());
    }
  });
});

describe('TSA-05 one time that does not fit the certificate', () => {
  const backdated = { at: seconds(-1), authority: other.tsa };
  const late = { at: seconds(601), authority: other.tsa };
  it.each<[string, SignStatementOptions]>([
    ['a backdated timestamp', { ...V2, timestamps: [{}, backdated] }],
    ['a backdated timestamp, listed first', { ...V2, timestamps: [backdated, {}] }],
    ['a late timestamp beside a good one', { ...V2, timestamps: [{}, late] }],
    ['a backdated timestamp beside a good promise', { timestamps: [backdated] }],
    ['a late promise beside a good timestamp', { entry: { integratedTime: seconds(601) }, timestamp: {} }],
    ['an early promise alone', { entry: { integratedTime: seconds(-1) } }],
    ['a late timestamp alone', { ...V2, timestamp: { at: seconds(601) } }],
  ])('TSA-05 denies %s', (_, options) => {
    const refused = refusal(() => verify(sigstore.signStatement(options), { root: both }));
    expect(refused).toMatchObject({ finding: 'time.cert-window', exitCode: 1 });
    expect(refused.expected).toBe('2026-03-01T12:00:00.000Z to 2026-03-01T12:10:00.000Z');
    expect([seconds(-1), seconds(601)].map((at) => at.toISOString())).toContain(refused.actual);
  });

  it('TSA-05 denies an expired certificate that one backdated authority vouches for', () => {
    const issued = sigstore.issue({ at: seconds(-86_400) });
    const timestamps = [{ at: seconds(-86_000), authority: other.tsa }, {}];
    expect(refusedWith(sigstore.signStatement({ issued, ...V2, timestamps }), { root: both })).toBe(
      'time.cert-window',
    );
  });
});

describe('TSA-06 an integrated time that nobody signed', () => {
  const entry = 'verificationMaterial.tlogEntries.0';
  it.each<[string, SignStatementOptions]>([
    ['v0.3', {}],
    ['v0.2', { version: '0.2' }],
    ['v0.1 with a proof', { version: '0.1', entry: { inclusionProof: {} } }],
    ['v0.1 without one', { version: '0.1' }],
    ['v0.3 with a good timestamp', { timestamp: {} }],
  ])('TSA-06 denies a bundle that dropped the promise and kept the time: %s', (_, options) => {
    const { bundle } = sigstore.signStatement(options);
    const refused = refusal(() => verify(without(bundle, `${entry}.inclusionPromise`)));
    expect(refused).toMatchObject({ finding: 'time.unauthenticated', exitCode: 1 });
  });

  it('TSA-06 denies a message signature that dropped it', () => {
    const { bundle } = sigstore.signBlob();
    const spoilt = without(bundle, `${entry}.inclusionPromise`);
    expect(refusedWith(spoilt, { artifact: ARTIFACT })).toBe('time.unauthenticated');
  });

  it('TSA-06 denies a time that was changed under the promise', () => {
    const { bundle } = sigstore.signStatement();
    const later = String(seconds(60).getTime() / 1000);
    expect(refusedWith(changed(bundle, `${entry}.integratedTime`, later))).toBe('log.set');
    expect(refusedWith(without(bundle, `${entry}.integratedTime`))).toBe('log.set');
  });

  it('TSA-06 denies a time in an entry of Rekor v2, which signs none', () => {
    const { bundle } = sigstore.signStatement(V2);
    const time = String(SIGNED_AT.getTime() / 1000);
    expect(refusedWith(changed(bundle, `${entry}.integratedTime`, time))).toBe('time.unauthenticated');
    const { bundle: bare } = sigstore.signStatement({ ...V2, timestamp: null });
    expect(refusedWith(changed(bare, `${entry}.integratedTime`, time))).toBe('time.unauthenticated');
  });

  it('TSA-06 finds no time where promise and time are both gone', () => {
    const { bundle } = sigstore.signStatement();
    const neither = without(without(bundle, `${entry}.inclusionPromise`), `${entry}.integratedTime`);
    expect(refusedWith(neither)).toBe('time.none');
  });
});

describe('TSA-07 no time', () => {
  const bare = sigstore.signStatement({ ...V2, timestamp: null });

  it('TSA-07 denies an entry of Rekor v2 without timestamp', () => {
    expect(refusal(() => verify(bare))).toMatchObject({
      finding: 'time.none',
      exitCode: 1,
      expected: '1',
      actual: '0',
    });
  });

  it('TSA-07 denies it also for message signatures, bare keys and where a timestamp is demanded', () => {
    expect(refusedWith(sigstore.signBlob({ ...V2, timestamp: null }), { artifact: ARTIFACT })).toBe(
      'time.none',
    );
    const keys = createKeyPair();
    const signed = sigstore.signStatement({ ...V2, timestamp: null, keys, publicKeyHint: 'key-1' });
    expect(refusedWith(signed, { trust: { keys: [trustedKey(keys)] } })).toBe('time.none');
    expect(refusedWith(bare, { thresholds: { atLeast: { tsa: 1 } } })).toBe('time.none');
    const twice = { thresholds: { atLeast: { logTime: 2 } } };
    expect(refusedWith(sigstore.signStatement(), twice)).toBe('time.threshold');
  });

  it('TSA-07 denies a certificate without time even to whoever gave up the threshold', () => {
    const thresholds = { unsafeDrop: ['time', 'tsa'] } as const;
    expect(refusedWith(bare, { thresholds })).toBe('time.none');
    const github = createGithubSigstore();
    const none = github.signStatement({ timestamp: null });
    const dropped = {
      root: github.trustedRoot(),
      thresholds: { unsafeDrop: ['log', 'sct', 'time', 'tsa'] },
    } as const;
    expect(refusedWith(none, dropped)).toBe('time.none');
    expect(verify(github.signStatement(), dropped).times).toHaveLength(1);
  });
});

describe('TSA-08 a time in the future', () => {
  const keys = createKeyPair();
  const decade = seconds(10 * 365 * 86_400);
  const trust = { keys: [trustedKey(keys)] };
  const bare = { keys, publicKeyHint: 'key-1' };
  const now = (at: Date, ahead = 0): VerifyOptions => ({ trust, nowMs: at.getTime() - ahead });

  it('TSA-08 denies a bare key with a promise ten years ahead', () => {
    const signed = sigstore.signStatement({ ...bare, at: decade });
    const nowMs = SIGNED_AT.getTime();
    expect(refusal(() => verify(signed, { trust, nowMs }))).toMatchObject({
      finding: 'time.future',
      exitCode: 1,
      expected: `not after ${SIGNED_AT.toISOString()}`,
      actual: decade.toISOString(),
    });
    expect(verify(signed, now(decade)).seenByMs).toBe(decade.getTime());
  });

  it.each<[string, SignStatementOptions]>([
    ['a certificate and a promise', {}],
    ['a certificate and a timestamp', V2],
    ['a bare key and a promise', bare],
    ['a bare key and a timestamp', { ...V2, ...bare }],
  ])('TSA-08 is indeterminate up to five minutes ahead, and denies more: %s', (_, options) => {
    const signed = sigstore.signStatement({ ...options, at: decade });
    expect(refusal(() => verify(signed, now(decade, 1)))).toMatchObject({
      finding: 'clock.skew',
      exitCode: 2,
    });
    expect(CODES['clock.skew'].answer).toBe('indeterminate');
    expect(LIMITS.clockSkewMs).toBe(300_000);
    expect(refusedWith(signed, now(decade, 300_000))).toBe('clock.skew');
    expect(refusedWith(signed, now(decade, 300_001))).toBe('time.future');
    expect(verify(signed, now(decade)).seenByMs).toBe(decade.getTime());
  });

  it('TSA-08 looks at every time, not at the earliest', () => {
    const signed = sigstore.signStatement({ timestamp: { at: seconds(500) } });
    expect(refusedWith(signed, { nowMs: SIGNED_AT.getTime() })).toBe('time.future');
    expect(refusedWith(signed, { nowMs: seconds(300).getTime() })).toBe('clock.skew');
    expect(verify(signed, { nowMs: seconds(500).getTime() }).times).toHaveLength(2);
  });
});

describe('TSA-09 several timestamps of one authority', () => {
  const thresholds = { atLeast: { tsa: 2 } };
  const demanded = (options: SignStatementOptions, root = both): unknown =>
    verify(sigstore.signStatement({ ...V2, ...options }), { thresholds, root });

  it('TSA-09 counts them once, whatever their serial number and time', () => {
    expect(refusal(() => demanded({ timestamps: [{}, { at: seconds(1) }] }))).toMatchObject({
      finding: 'tsa.threshold',
      expected: '2',
      actual: '1',
      exitCode: 1,
    });
    const same = { serialNumber: 7n };
    expect(refusal(() => demanded({ timestamps: [same, same] })).finding).toBe('tsa.threshold');
  });

  it('TSA-09 denies one timestamp that stands there twice, whatever is asked for', () => {
    const { bundle } = sigstore.signStatement({ ...V2, timestamps: [{}, { authority: other.tsa }] });
    const path = 'verificationMaterial.timestampVerificationData.rfc3161Timestamps';
    const doubled = changed(bundle, path, (list: unknown) => [
      ...(list as unknown[]),
      ...(list as unknown[]),
    ]);
    for (const options of [{}, { thresholds }]) {
      expect(refusal(() => verify(doubled, { root: both, ...options }))).toMatchObject({
        finding: 'bundle.duplicate',
        message: `bundle has one timestamp twice at ${path}[2]`,
        path: `${path}[2]`,
        exitCode: 1,
      });
    }
  });

  it('TSA-09 counts a second signing certificate below the same root as the same authority', () => {
    const signer = sigstore.tsa.issueSigner();
    const second = sigstore.tsa.toTrust({
      certificates: [signer.certificate.der, sigstore.tsa.root.certificate.der],
    });
    const root = sigstore.trustedRoot({ edit: (json) => json.timestampAuthorities?.push(second) });
    const timestamps = [{}, { signer }];
    expect(verify(sigstore.signStatement({ ...V2, timestamps }), { root }).times).toHaveLength(2);
    expect(refusal(() => demanded({ timestamps }, root)).finding).toBe('tsa.threshold');
  });

  it('TSA-09 counts one key below two roots as one authority', () => {
    const twin = createTimestampAuthority({ leaf: { keys: sigstore.tsa.signer.keys } });
    const root = sigstore.trustedRoot({ edit: (json) => json.timestampAuthorities?.push(twin.toTrust()) });
    const timestamps = [{}, { authority: twin }];
    expect(verify(sigstore.signStatement({ ...V2, timestamps }), { root }).times).toHaveLength(2);
    expect(refusal(() => demanded({ timestamps }, root)).finding).toBe('tsa.threshold');
  });

  it('TSA-09 counts a log under two ids as one time', () => {
    const logId = Buffer.alloc(32, 7);
    const { rekor } = sigstore;
    const alias = rekor.toTrust({ logId, checkpointKeyId: rekor.logId });
    const root = sigstore.trustedRoot({ edit: (json) => json.tlogs?.push(alias) });
    const signed = sigstore.signStatement({ entries: [{}, { logId }] });
    expect(verify(signed, { root }).times).toHaveLength(2);
    expect(refusedWith(signed, { root, thresholds: { atLeast: { time: 2 } } })).toBe('time.threshold');
    expect(refusedWith(signed, { root, thresholds: { atLeast: { log: 2 } } })).toBe('tlog.threshold');
  });

  it('TSA-09 counts a promise of the log as a time, but not as a timestamp authority', () => {
    const signed = sigstore.signStatement({ timestamp: {} });
    expect(verify(signed, { thresholds: { atLeast: { time: 2 } } }).times).toHaveLength(2);
    expect(refusedWith(signed, { thresholds })).toBe('tsa.threshold');
    const twice = sigstore.signStatement({ ...V2, timestamps: [{}, {}] });
    expect(refusedWith(twice, { thresholds: { atLeast: { time: 2 } } })).toBe('time.threshold');
  });

  it('TSA-09 accepts two authorities', () => {
    expect(demanded({ timestamps: [{}, { authority: other.tsa }] })).toMatchObject({ times: { length: 2 } });
  });
});

describe('TSA-11 a key used outside its window', () => {
  const keys = createKeyPair();
  const bare = { keys, publicKeyHint: 'key-1' };
  const within = (start: number, end: number): VerifyOptions => ({
    root: both,
    trust: {
      keys: [trustedKey(keys, 'key-1', { start: seconds(start).getTime(), end: seconds(end).getTime() })],
    },
  });

  it.each<[string, SignStatementOptions, VerifyOptions]>([
    ['before it, by the log', bare, within(1, 100)],
    ['after it, by the log', bare, within(-100, -1)],
    ['before it, by a timestamp', { ...V2, ...bare }, within(1, 100)],
    ['after it, by a timestamp', { ...V2, ...bare }, within(-100, -1)],
    ['at one of two times', { ...bare, timestamp: { at: seconds(11) } }, within(0, 10)],
  ])('TSA-11 denies a signature %s', (_, options, verifying) => {
    expect(refusal(() => verify(sigstore.signStatement(options), verifying))).toMatchObject({
      finding: 'key.window',
      exitCode: 1,
    });
    expect(refusedWith(sigstore.signBlob(options), { ...verifying, artifact: ARTIFACT })).toBe('key.window');
  });

  it('TSA-11 accepts the first and last instant of the window', () => {
    expect(verify(sigstore.signStatement(bare), within(0, 0)).signer.kind).toBe('public-key');
  });

  it('TSA-11 denies a key with a window when there is no time, whatever was given up', () => {
    const signed = sigstore.signStatement({ ...bare, entry: null });
    const thresholds = { unsafeDrop: ['log', 'time'] } as const;
    expect(refusedWith(signed, { ...within(-100, 100), thresholds })).toBe('time.none');
    expect(verify(signed, { trust: { keys: [trustedKey(keys)] }, thresholds }).seenByMs).toBeUndefined();
  });

  it('TSA-11 denies logs and authorities of the trusted root outside theirs', () => {
    const past = { validFor: { end: seconds(-1) } };
    const early = { validFor: { start: seconds(1) } };
    for (const window of [past, early]) {
      const rekor = sigstore.trustedRoot({ rekor: window });
      expect(refusedWith(sigstore.signStatement(), { root: rekor })).toBe('log.key-window');
      const rekor2 = sigstore.trustedRoot({ rekor2: window });
      expect(refusedWith(sigstore.signStatement(V2), { root: rekor2 })).toBe('log.key-window');
    }
  });
});
