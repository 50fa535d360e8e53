import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createArtifactFiles } from '../../../../../src/adapters/attestations/file/index.ts';
import { LIMITS } from '../../../../../src/core/limits.ts';
import { hash } from '../../../../kit/keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-hash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1024 * 1024;
const bytesOf = (length: number): Buffer => Buffer.alloc(length, 'slsa-gate');
const place = (bytes: Buffer): string => {
  const path = join(folder, `${bytes.length}`);
  writeFileSync(path, bytes);
  return path;
};

describe('hashing a file', () => {
  it.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])(
    'agrees with the whole of %i bytes',
    async (length) => {
      const bytes = bytesOf(length);
      const request = { algorithms: new Set(['sha512', 'sha1'] as const), withBytes: true };
      const { digests, bytes: kept } = await createArtifactFiles().read(place(bytes), request);
      const hex = (name: 'sha1' | 'sha256' | 'sha512'): string => hash(name, bytes).toString('hex');
      expect(digests).toEqual({ sha256: hex('sha256'), sha512: hex('sha512'), sha1: hex('sha1') });
      expect(Buffer.compare(Buffer.from(kept ?? []), bytes)).toBe(0);
    },
  );

  it('always has SHA-256, and no other digest and no bytes that nobody asked for', async () => {
    const read = await createArtifactFiles().read(place(bytesOf(10)), {
      algorithms: new Set(),
      withBytes: false,
    });
    expect(read).toEqual({ digests: { sha256: hash('sha256', bytesOf(10)).toString('hex') } });
  });

  it('keeps no bytes of a file beyond the limit', async () => {
    const path = place(bytesOf(LIMITS.artifactInMemoryBytes + 1));
    const read = await createArtifactFiles().read(path, { algorithms: new Set(), withBytes: true });
    expect(read).not.toHaveProperty('bytes');
    expect(read.digests.sha256).toHaveLength(64);
  });
});
