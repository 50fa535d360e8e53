import { X509Certificate } from '@sigstore/core';
import { describe, expect, it, vi } from 'vitest';
import {
  rememberTrusted,
  rememberWork,
} from '../../../../../src/core/verify/second-opinion/remembered-work.ts';
import { createSigstore } from '../../../../kit/sigstore.ts';

const sigstore = createSigstore();
const stranger = createSigstore();
const parse = (der: Buffer): X509Certificate => X509Certificate.parse(Buffer.from(der));
const authorities = sigstore.ca.chain.map(({ certificate }) => parse(certificate.der));
const strangers = stranger.ca.chain.map(({ certificate }) => parse(certificate.der));
const leafDer = sigstore.issue().certificate.der;
const issuerDer = sigstore.ca.issuer.certificate.der;
const issuer = parse(issuerDer);

describe('a certificate that remembers its work', () => {
  it('answers as the library does, for every issuer by itself and in any order', () => {
    const leaf = parse(leafDer);
    rememberWork(leaf);
    for (const candidate of [...strangers, ...authorities, ...authorities, ...strangers]) {
      expect(leaf.verify(candidate)).toBe(parse(leafDer).verify(candidate));
    }
    expect(leaf.verify(issuer)).toBe(true);
    expect(leaf.verify()).toBe(false);
  });

  it('does not take the answer of one leaf for another with a broken signature', () => {
    const broken = Buffer.from(leafDer);
    broken.writeUInt8(broken.readUInt8(broken.length - 1) ^ 1, broken.length - 1);
    const [good, bad] = [parse(leafDer), parse(broken)];
    for (const leaf of [good, bad]) rememberWork(leaf);
    expect(good.verify(issuer)).toBe(true);
    expect(bad.verify(issuer)).toBe(false);
  });

  it('asks once for an issuer, and keeps encodings and key as they are', () => {
    const trusted = parse(issuerDer);
    const { publicKey } = trusted;
    const verify = vi.spyOn(trusted, 'verify');
    rememberTrusted(trusted);
    for (let i = 0; i < 3; i++) trusted.verify(authorities.at(-1));
    expect(verify).toHaveBeenCalledTimes(1);
    expect(trusted.root.toDER()).toEqual(issuerDer);
    expect(trusted.root.toDER()).toBe(trusted.root.toDER());
    expect(trusted.publicKey).toEqual(publicKey);
    expect(trusted.clone().root.toDER()).toEqual(issuerDer);
  });
});
