import { describe, expect, it } from 'vitest';
import { isCorpusHere, verifyCase } from './conformance.ts';
import { refusal } from './verify.ts';

/** The recorded vectors that rows of sections 3 to 5 name. */

describe.skipIf(!isCorpusHere)('recorded vectors of sigstore-conformance', () => {
  it.each([
    // It has no checkpoint either, which is found first; certificate.test.ts has one that lacks nothing else.
    ['CRT-01', 'bundle-with-root-cert_fail', 'log.inclusion-missing'],
    ['CRT-01', 'bundle-from-wrong-instance_fail', 'trust.wrong-instance'],
    ['TSA-01', 'rekor2-timestamp-payload-mismatch_fail', 'tsa.imprint'],
    ['TSA-02', 'rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail', 'tsa.signer'],
    ['TSA-04', 'rekor2-timestamp-outside-tsa-cert-validity_fail', 'tsa.authority-window'],
    ['TSA-05', 'intoto-expired-certificate_fail', 'time.cert-window'],
    ['TSA-05', 'intoto-set-outside-signing-cert-validity_fail', 'time.cert-window'],
    ['TSA-05', 'intoto-tsa-timestamp-outside-cert-validity_fail', 'time.cert-window'],
    ['TSA-08', 'integrated-time-in-future_fail', 'time.cert-window'],
  ])('%s denies %s with %s', (_, name, code) => {
    expect(refusal(() => verifyCase(name)).finding).toBe(code);
  });

  it('TSA-08 denies integrated-time-in-future_fail as from the future while it is', () => {
    const promised = 1_778_168_051_000;
    const at = (nowMs: number) => refusal(() => verifyCase('integrated-time-in-future_fail', nowMs)).finding;
    expect(at(promised - 300_001)).toBe('time.future');
    expect(at(promised - 1)).toBe('clock.skew');
    expect(at(promised)).toBe('time.cert-window');
  });

  it.each([
    ['SCT-05', 'bundle-with-sct-with-extensions'],
    ['TSA-02', 'rekor2-timestamp-with-embedded-cert'],
    ['TSA-02', 'rekor2-timestamp-without-embedded-cert'],
    ['TSA-04', 'trust-root-tsa-validity-end-inclusive'],
  ])('%s accepts %s', (_, name) => {
    expect(verifyCase(name).signer.kind).toBe('certificate');
  });
});
