import { describe, expect, it } from 'vitest';
import { authorityOf, createIntermediate, createRoot } from '../kit/certificate-authority.ts';
import { createCtLog, type SctOptions, sctListExtension } from '../kit/ct-log.ts';
import { octetString } from '../kit/der.ts';
import { EXTENSION, type Name } from '../kit/extensions.ts';
import { createKeyPair, sha256 } from '../kit/keys.ts';
import {
  createGithubSigstore,
  createSigstore,
  SIGNED_AT,
  type SignStatementOptions,
} from '../kit/sigstore.ts';
import { mergeTrustedRoots } from '../kit/trusted-root.ts';
import { refusal, refusedWith, sigstore, verify } from './verify.ts';

/** Section 4 of the catalogue: signed certificate timestamps. */

const second = createCtLog();
const both = sigstore.trustedRoot({ edit: (root) => root.ctlogs?.push(second.toTrust()) });
const withSct = (sct: Omit<SctOptions, 'log'>): ReturnType<typeof sigstore.signStatement> =>
  sigstore.signStatement({ sct });
const accepted = expect.objectContaining({ signer: expect.objectContaining({ kind: 'certificate' }) });

describe('control: SCTs as they should be', () => {
  it('accepts one SCT of a trusted log, and two of two', () => {
    expect(verify(sigstore.signStatement())).toEqual(accepted);
    expect(verify(sigstore.signStatement({ scts: [{}, { log: second }] }), { root: both })).toEqual(accepted);
  });

  it.each(['P-256', 'P-384', 'RSA-2048'] as const)('accepts a log with a %s key', (keyAlgorithm) => {
    const log = createCtLog({ keyAlgorithm });
    const root = sigstore.trustedRoot({ edit: (json) => json.ctlogs?.push(log.toTrust()) });
    expect(verify(sigstore.signStatement({ sct: { log } }), { root })).toEqual(accepted);
  });
});

describe('SCT-01 no SCT, or one that is not genuine', () => {
  it('SCT-01 denies a certificate without SCT, and with an empty list', () => {
    expect(refusal(() => verify(sigstore.signStatement({ sct: null })))).toMatchObject({
      finding: 'sct.missing',
      exitCode: 1,
      expected: '1',
      actual: '0',
    });
    expect(refusedWith(sigstore.signStatement({ scts: [] }))).toBe('sct.missing');
  });

  it('SCT-01 denies it also where the trusted root has no certificate log at all', () => {
    const root = sigstore.trustedRoot({ ctLog: null });
    expect(refusedWith(sigstore.signStatement({ sct: null }), { root })).toBe('sct.missing');
    expect(refusedWith(sigstore.signStatement(), { root })).toBe('sct.invalid');
  });

  it.each<[string, Omit<SctOptions, 'log'>]>([
    ['another key under the id of the log', { signingKeys: createKeyPair() }],
    ['a key of another type', { signingKeys: createKeyPair('RSA-2048') }],
    ['the hash of another issuer', { issuerKeyHash: sha256(createKeyPair().spki) }],
    ['another certificate', { tbs: Buffer.from('3000', 'hex') }],
    ['the id of a log that is not trusted', { logId: createCtLog().logId }],
    ['an unknown version', { version: 1 }],
    ['an altered signature', { signature: (right) => Buffer.from(right).reverse() }],
    ['no signature', { signature: () => Buffer.alloc(0) }],
  ])('SCT-01 denies an SCT with %s', (_, sct) => {
    expect(refusedWith(withSct(sct))).toBe('sct.invalid');
  });

  it('SCT-01 denies a signature that says it is of another kind of key, which the log does not sign', () => {
    const edit = (sct: Buffer): Buffer => Buffer.from(sct.map((byte, i) => (i === 44 ? 1 : byte)));
    expect(refusal(() => verify(withSct({ edit }))).message).toBe('SCT is signed with another type of key');
    const unknown = (sct: Buffer): Buffer => Buffer.from(sct.map((byte, i) => (i === 44 ? 2 : byte)));
    expect(refusedWith(withSct({ edit: unknown }))).toBe('sct.invalid');
  });

  it('SCT-01 denies a good SCT beside a bad one: none is skipped', () => {
    const sign = (scts: SignStatementOptions['scts']) => sigstore.signStatement({ scts });
    expect(refusedWith(sign([{}, { signingKeys: createKeyPair() }]))).toBe('sct.invalid');
    expect(refusedWith(sign([{ log: second }, {}]))).toBe('sct.invalid');
  });

  it('SCT-01 denies the SCT of another certificate', () => {
    const { certificate } = sigstore.issue();
    expect(refusedWith(withSct({ tbs: certificate.tbs }))).toBe('sct.invalid');
  });

  const list = (hex: string): SignStatementOptions => ({
    sct: null,
    certificate: {
      extraExtensions: [{ oid: EXTENSION.sctList, value: octetString(Buffer.from(hex, 'hex')) }],
    },
  });
  it.each([
    ['without a length', ''],
    ['with a length of more than there is', '0004000100'],
    ['with bytes after its end', '000000'],
    ['with half a length of an SCT', '000100'],
    ['with an SCT longer than the list', '000400ff0000'],
    ['with an SCT of no bytes', '00020000'],
  ])('SCT-01 denies a list %s', (_, hex) => {
    expect(refusedWith(sigstore.signStatement(list(hex)))).toBe('sct.invalid');
  });

  it('SCT-01 denies a list that is no octet string', () => {
    const extraExtensions = [{ oid: EXTENSION.sctList, value: sctListExtension([]).value.subarray(2) }];
    const refused = refusedWith(sigstore.signStatement({ sct: null, certificate: { extraExtensions } }));
    expect(refused).toBe('sct.invalid');
  });

  it('SCT-01 asks none of GitHub, whose instance has no certificate log, and all the same refuses a bad one', () => {
    const github = createGithubSigstore();
    const own = github.trustedRoot();
    // A root that is not recognised as GitHub's has the default thresholds.
    expect(refusedWith(github.signStatement(), { root: own })).toBe('sct.missing');
    const dropped = { root: own, thresholds: { unsafeDrop: ['sct', 'log'] } } as const;
    expect(verify(github.signStatement(), dropped)).toEqual(accepted);
    const knowing = { ...dropped, root: github.trustedRoot({ ctLog: {} }) };
    const bad = github.signStatement({ sct: { signingKeys: createKeyPair() } });
    expect(refusedWith(bad, knowing)).toBe('sct.invalid');
  });
});

describe('SCT-02 several SCTs of one log', () => {
  const thresholds = { atLeast: { sct: 2 } };

  it('SCT-02 counts them once', () => {
    const scts = [{}, { at: new Date(SIGNED_AT.getTime() + 1000) }];
    const refused = refusal(() => verify(sigstore.signStatement({ scts }), { thresholds, root: both }));
    expect(refused).toMatchObject({ finding: 'sct.threshold', expected: '2', actual: '1', exitCode: 1 });
    expect(refusedWith(sigstore.signStatement({ scts: [{}, {}] }), { thresholds, root: both })).toBe(
      'sct.threshold',
    );
  });

  it('SCT-02 counts a log once that the trusted root lists under two ids', () => {
    const alias = Buffer.alloc(32, 7);
    const { ctLog } = sigstore;
    const root = sigstore.trustedRoot({ edit: (json) => json.ctlogs?.push(ctLog.toTrust({ logId: alias })) });
    const signed = sigstore.signStatement({ scts: [{}, { logId: alias }] });
    expect(verify(signed, { root })).toEqual(accepted);
    expect(refusedWith(signed, { root, thresholds })).toBe('sct.threshold');
  });

  it('SCT-02 accepts two distinct logs, and says sct.missing when there is none', () => {
    const two = sigstore.signStatement({ scts: [{}, { log: second }] });
    expect(verify(two, { thresholds, root: both })).toEqual(accepted);
    expect(refusedWith(sigstore.signStatement({ sct: null }), { thresholds, root: both })).toBe(
      'sct.missing',
    );
  });

  it('SCT-02 verifies no endless list', () => {
    expect(refusedWith(sigstore.signStatement({ scts: Array.from({ length: 17 }, () => ({})) }))).toBe(
      'limit.bundle',
    );
  });
});

describe('SCT-03 two intermediates of one name', () => {
  const name: Name = [['CN', 'twin']];
  const root = createRoot([['CN', 'root']]);
  const twins = [createIntermediate(root, name), createIntermediate(root, name)] as const;
  const [first, last] = twins.map((twin) => authorityOf([twin, root], 'https://twin.local'));
  if (first === undefined || last === undefined) throw new Error('no twins');
  const own = createSigstore({ ca: first });
  const trusted = [
    mergeTrustedRoots({ certificateAuthorities: [last.toTrust()] }, own.trustedRoot()),
    mergeTrustedRoots(own.trustedRoot(), { certificateAuthorities: [last.toTrust()] }),
  ];

  it.each([0, 1] as const)('SCT-03 verifies with the real issuer of the chain, twin %i', (index) => {
    for (const authorityKeyIdentifier of [undefined, null]) {
      const certificate = { issuerAuthority: twins[index], authorityKeyIdentifier };
      const wrong = { issuerKeyHash: sha256(twins[1 - index]?.keys.spki ?? Buffer.alloc(0)) };
      for (const each of trusted) {
        expect(verify(own.signStatement({ certificate }), { root: each })).toEqual(accepted);
        expect(refusedWith(own.signStatement({ certificate, sct: wrong }), { root: each })).toBe(
          'sct.invalid',
        );
      }
    }
  });
});

describe('SCT-04 an SCT outside the window of its log', () => {
  const signed = sigstore.signStatement();
  const window = (start: number, end?: number) =>
    sigstore.trustedRoot({
      ctLog: {
        validFor: {
          start: new Date(SIGNED_AT.getTime() + start),
          end: end === undefined ? null : new Date(SIGNED_AT.getTime() + end),
        },
      },
    });

  it.each([
    ['before it', window(1)],
    ['after it', window(-1000, -1)],
  ])('SCT-04 denies one %s', (_, root) => {
    expect(refusal(() => verify(signed, { root }))).toMatchObject({
      finding: 'sct.key-validity',
      exitCode: 1,
    });
  });

  it('SCT-04 accepts its first and last instant', () => {
    expect(verify(signed, { root: window(0, 0) })).toEqual(accepted);
  });

  it('SCT-04 goes by the time in the SCT, not by that of the signature', () => {
    const late = withSct({ at: new Date(SIGNED_AT.getTime() + 5000) });
    expect(refusedWith(late, { root: window(-1000, 1000) })).toBe('sct.key-validity');
    expect(verify(late, { root: window(2000) })).toEqual(accepted);
  });
});

describe('SCT-05 an SCT with extensions', () => {
  it.each(['00', '0000020001', 'ff'.repeat(300)])('SCT-05 accepts extensions %s', (hex) => {
    expect(verify(withSct({ extensions: Buffer.from(hex, 'hex') }))).toEqual(accepted);
  });

  it('SCT-05 denies extensions that the log did not sign', () => {
    const edit = (sct: Buffer): Buffer => {
      const altered = Buffer.from(sct);
      altered[43] = (altered[43] ?? 0) ^ 1;
      return altered;
    };
    expect(refusedWith(withSct({ extensions: Buffer.from('0000020001', 'hex'), edit }))).toBe('sct.invalid');
  });

  it.each([0, 1, 2, 3, 7])('SCT-05 denies hash algorithm %i, which no log may use', (hash) => {
    const edit = (sct: Buffer): Buffer => Buffer.from(sct.map((byte, i) => (i === 43 ? hash : byte)));
    expect(refusedWith(withSct({ edit }))).toBe('sct.invalid');
  });
});
