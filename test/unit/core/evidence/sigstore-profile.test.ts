import { describe, expect, it } from 'vitest';
import {
  isPublicProfile,
  PUBLIC_GOOD_PROFILE,
  parseSigstoreProfile,
} from '../../../../src/core/evidence/sigstore-profile.ts';
import { refusal } from '../../cli/command.ts';

const GOOD = {
  schemaVersion: 1,
  fulcioUrl: 'https://fulcio.example.com',
  rekorUrl: 'https://rekor.example.com',
  rekorVersion: 2,
  tsaUrl: 'https://tsa.example.com/api/v1/timestamp',
  audience: 'sigstore',
};
type Fields = Readonly<Record<string, unknown>>;
const parse = (fields: Fields | string, name = 'private.json') =>
  parseSigstoreProfile(Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields)), name);
const without = (name: string): Fields =>
  Object.fromEntries(Object.entries(GOOD).filter(([key]) => key !== name));

describe('a profile of a Sigstore instance', () => {
  it('is read to what it means', () => {
    expect(parse(GOOD)).toEqual({
      name: 'private.json',
      fulcioUrl: GOOD.fulcioUrl,
      rekorUrl: GOOD.rekorUrl,
      rekorVersion: 2,
      tsaUrl: GOOD.tsaUrl,
      audience: 'sigstore',
      oidcIssuer: undefined,
    });
  });

  it('is YAML too, and may name an issuer', () => {
    const text = [
      'schemaVersion: 1',
      'fulcioUrl: http://127.0.0.1:5555/',
      'rekorUrl: http://localhost:3000/rekor/',
      'rekorVersion: 1',
      'audience: releases',
      'oidcIssuer: https://gitlab.example.com',
    ].join('\n');
    expect(parse(text, 'private.yaml')).toEqual({
      name: 'private.yaml',
      fulcioUrl: 'http://127.0.0.1:5555',
      rekorUrl: 'http://localhost:3000/rekor',
      rekorVersion: 1,
      tsaUrl: undefined,
      audience: 'releases',
      oidcIssuer: 'https://gitlab.example.com',
    });
  });

  it('is public where any of its services is one of the public instances', () => {
    expect(isPublicProfile(PUBLIC_GOOD_PROFILE)).toBe(true);
    expect(isPublicProfile(parse(GOOD))).toBe(false);
    for (const [name, host] of [
      ['fulcioUrl', 'fulcio.sigstore.dev'],
      ['rekorUrl', 'log2025-1.rekor.sigstore.dev'],
      ['rekorUrl', 'REKOR.SIGSTAGE.DEV'],
      ['tsaUrl', 'timestamp.sigstore.dev.'],
    ])
      expect(isPublicProfile(parse({ ...GOOD, [name ?? '']: `https://${host}` }))).toBe(true);
    expect(isPublicProfile(parse({ ...GOOD, rekorUrl: 'https://rekor.notsigstore.dev' }))).toBe(false);
  });
});

describe('a profile that is refused', () => {
  it.each<[string, Fields | string, string]>([
    ['without a CA', without('fulcioUrl'), 'fulcioUrl'],
    ['without a log', without('rekorUrl'), 'rekorUrl'],
    ['without the version of the log', without('rekorVersion'), 'rekorVersion'],
    ['of a version of the log that nobody knows', { ...GOOD, rekorVersion: 3 }, 'rekorVersion'],
    ['of a version in quotes', { ...GOOD, rekorVersion: '2' }, 'rekorVersion'],
    ['without time: Rekor v2 and no authority', without('tsaUrl'), 'tsaUrl'],
    ['without an audience, which would be that of the public instance', without('audience'), 'audience'],
    ['of another version', { ...GOOD, schemaVersion: 2 }, 'schemaVersion'],
    ['with an unknown key', { ...GOOD, ctUrl: 'https://ct.example.com' }, 'ctUrl'],
    [
      'with trust of its own, which the evidence file names',
      { ...GOOD, trustedRoot: 'a.json' },
      'trustedRoot',
    ],
    ['without TLS', { ...GOOD, fulcioUrl: 'http://fulcio.example.com' }, 'fulcioUrl'],
    ['without TLS to a private address', { ...GOOD, fulcioUrl: 'http://10.0.0.1' }, 'fulcioUrl'],
    [
      'of a host that only looks like this machine',
      { ...GOOD, fulcioUrl: 'http://127.0.0.1.example.com' },
      'fulcioUrl',
    ],
    ['of another scheme', { ...GOOD, rekorUrl: 'file:///etc/passwd' }, 'rekorUrl'],
    ['that is no URL', { ...GOOD, tsaUrl: 'tsa.example.com' }, 'tsaUrl'],
    ['with a query', { ...GOOD, rekorUrl: 'https://rekor.example.com/?a=b' }, 'rekorUrl'],
    ['with a fragment', { ...GOOD, rekorUrl: 'https://rekor.example.com/#a' }, 'rekorUrl'],
    ['with an empty audience', { ...GOOD, audience: '' }, 'audience'],
    ['with a key twice', JSON.stringify(GOOD).replace('{', '{"fulcioUrl":"https://a",'), 'fulcioUrl'],
    ['that is empty', '', ''],
    ['that is a list', '[]', ''],
  ])('%s', (_, fields, path) => {
    expect(() => parse(fields)).toThrow(
      refusal('evidence.config', { exitCode: 64, message: expect.stringContaining(path) }),
    );
  });

  it.each(['https://user:hunter2@fulcio.example.com', 'https://hunter2@fulcio.example.com'])(
    'with credentials, which are not repeated: %s',
    (fulcioUrl) => {
      let thrown: unknown;
      try {
        parse({ ...GOOD, fulcioUrl });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toEqual(refusal('evidence.config'));
      expect(String(thrown)).not.toContain('hunter2');
    },
  );
});
