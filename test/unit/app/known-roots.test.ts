import { describe, expect, it } from 'vitest';
import { toTrustedRoot } from '../../../src/app/known-roots.ts';
import { createSigstore } from '../../kit/sigstore.ts';
import { refusal } from '../cli/command.ts';

const bytesOf = (): Buffer => Buffer.from(JSON.stringify(createSigstore().trustedRoot()));

describe('a trusted root that is known', () => {
  it('is one object for one content and name, however often it is read', () => {
    const bytes = bytesOf();
    const root = toTrustedRoot(bytes, 'ours');
    expect(toTrustedRoot(Buffer.from(bytes), 'ours')).toBe(root);
    expect(toTrustedRoot(bytes, 'theirs')).not.toBe(root);
    expect(toTrustedRoot(bytes, 'theirs').name).toBe('theirs');
  });

  it('is another one as soon as its bytes are, be they in the same buffer', () => {
    const bytes = bytesOf();
    const root = toTrustedRoot(bytes, 'ours');
    bytes.write('!', 0);
    expect(() => toTrustedRoot(bytes, 'ours')).toThrow(refusal('trust.malformed'));
    bytes.write('{', 0);
    expect(toTrustedRoot(bytes, 'ours')).toBe(root);
  });

  it('is forgotten after eight others, so that memory stays bounded', () => {
    const [first, ...others] = Array.from({ length: 9 }, bytesOf);
    const root = toTrustedRoot(first ?? Buffer.of(), 'r');
    for (const bytes of others.slice(0, 7)) toTrustedRoot(bytes, 'r');
    expect(toTrustedRoot(first ?? Buffer.of(), 'r')).toBe(root);
    for (const bytes of [...others, bytesOf()]) toTrustedRoot(bytes, 'r');
    expect(toTrustedRoot(first ?? Buffer.of(), 'r')).not.toBe(root);
  });
});
