import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../../src/core/verify/certificate.ts';
import { precertificateEntry, readScts, verifyScts } from '../../../../src/core/verify/sct.ts';
import { parseRoot, refusal, sigstore } from '../../../attacks/verify.ts';
import { createCtLog } from '../../../kit/ct-log.ts';
import { unknownExtension } from '../../../kit/extensions.ts';
import { sha256 } from '../../../kit/keys.ts';
import { SIGNED_AT, type SignOptions } from '../../../kit/sigstore.ts';

const issuerKeyHash = sha256(sigstore.ca.issuer.keys.spki);
const logs = parseRoot(sigstore.trustedRoot()).certificateLogs;
const leafOf = (options: SignOptions = {}) => parseCertificate(sigstore.issue(options).certificate.der);

describe('readScts', () => {
  it('reads log, time and extensions in order, and nothing without the extension', () => {
    const other = createCtLog();
    const scts = readScts(leafOf({ scts: [{ extensions: Buffer.of(7) }, { log: other, at: new Date(5) }] }));
    expect(scts.map(({ logId, timeMs }) => [logId, timeMs])).toEqual([
      [sigstore.ctLog.logId.toString('hex'), SIGNED_AT.getTime()],
      [other.logId.toString('hex'), 5],
    ]);
    expect(scts[0]?.extensions).toEqual(Buffer.from('000107', 'hex'));
    expect(readScts(leafOf({ sct: null }))).toEqual([]);
  });
});

describe('precertificateEntry', () => {
  it.each([
    ['the list last', {}],
    ['the list first', { sctListAt: 0 }],
    ['the list between others', { sctListAt: 3 }],
    ['an extension of 200 bytes', { extraExtensions: [{ oid: '1.2.3', value: Buffer.alloc(200, 4) }] }],
    ['an extension of 70000 bits', { extraExtensions: [{ oid: '1.2.3', value: Buffer.alloc(8750, 4) }] }],
    ['a critical extension', { extraExtensions: [unknownExtension()] }],
  ])('is the certificate that the log saw: %s', (_, certificate) => {
    const leaf = leafOf({ certificate });
    expect([...verifyScts(leaf, issuerKeyHash, logs, false)]).toHaveLength(1);
    const entry = precertificateEntry(leaf, issuerKeyHash);
    expect(entry.subarray(0, 32)).toEqual(issuerKeyHash);
    expect(entry.readUIntBE(32, 3)).toBe(entry.length - 35);
  });
});

describe('verifyScts', () => {
  it.each<[string, (sct: Buffer) => Buffer]>([
    ['is cut within its signature', (sct) => sct.subarray(0, -1)],
    ['has a byte behind its signature', (sct) => Buffer.concat([sct, Buffer.of(0)])],
    ['ends before its signature', (sct) => sct.subarray(0, 45)],
    ['has extensions that reach beyond it', (sct) => Buffer.from(sct).fill(0xff, 41, 43)],
  ])('denies an SCT that %s', (_, edit) => {
    const leaf = leafOf({ sct: { edit } });
    expect(refusal(() => verifyScts(leaf, issuerKeyHash, logs, false)).finding).toBe('sct.invalid');
    expect(refusal(() => verifyScts(leaf, issuerKeyHash, logs, true)).finding).toBe('sct.invalid');
  });

  it('skips logs that nobody trusts where no SCT is demanded, but no bad SCT', () => {
    const unknown = leafOf({ sct: { log: createCtLog() } });
    expect([...verifyScts(unknown, issuerKeyHash, logs, true)]).toEqual([]);
    expect(refusal(() => verifyScts(unknown, issuerKeyHash, logs, false)).finding).toBe('sct.invalid');
    const bad = leafOf({ sct: { signature: (right) => Buffer.from(right).reverse() } });
    expect(refusal(() => verifyScts(bad, issuerKeyHash, logs, true)).finding).toBe('sct.invalid');
  });
});
