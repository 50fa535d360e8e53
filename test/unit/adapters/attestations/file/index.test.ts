import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAttestationFiles, readKeyFile } from '../../../../../src/adapters/attestations/file/index.ts';
import { LIMITS } from '../../../../../src/core/limits.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
const files = (...stdin: readonly string[]) => createAttestationFiles(chunks(...stdin));

describe('attestations in files', () => {
  it('are read in the order in which they are named, a directory in the order of its names', async () => {
    mkdirSync(join(folder, 'all'));
    for (const name of ['b.json', 'a.jsonl', 'c.intoto.jsonl', 'd.sigstore', 'e.sigstore.json', 'README.md'])
      writeFileSync(join(folder, 'all', name), name);
    writeFileSync(join(folder, 'any.txt'), 'named');
    const collected = await files('{"a":', '1}').collect([join(folder, 'any.txt'), join(folder, 'all'), '-']);
    expect(collected).toMatchObject({ name: 'file', answer: 'complete' });
    const names = ['a.jsonl', 'b.json', 'c.intoto.jsonl', 'd.sigstore', 'e.sigstore.json'];
    expect(collected.attestations.map(({ source, bytes }) => [source, String(bytes)])).toEqual([
      [`file:${join(folder, 'any.txt')}`, 'named'],
      ...names.map((name) => [`file:${join(folder, 'all', name)}`, name]),
      ['stdin', '{"a":1}'],
    ]);
  });

  it('are none in an empty directory, which is a complete answer', async () => {
    expect(await files().collect([folder])).toEqual({ name: 'file', answer: 'complete', attestations: [] });
    expect(await files().collect([])).toMatchObject({ attestations: [] });
  });

  it('refuse a name that is not there', async () => {
    await expect(files().collect([join(folder, 'missing.json')])).rejects.toMatchObject({
      finding: 'path.not-found',
      exitCode: 64,
    });
  });

  it('refuse standard input beyond the limit while it still comes', async () => {
    const chunk = Buffer.alloc(64 * 1024 * 1024);
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1;
        yield chunk;
      }
    }
    await expect(createAttestationFiles(endless()).collect(['-'])).rejects.toMatchObject({
      finding: 'limit.bytes',
      message: `standard input is larger than ${LIMITS.attestationFileBytes} bytes`,
    });
    expect(given).toBe(3);
  });
});

describe('a key file', () => {
  it('is read up to its limit', async () => {
    const path = join(folder, 'key.pem');
    writeFileSync(path, 'x'.repeat(LIMITS.publicKeyBytes));
    expect(await readKeyFile(path)).toHaveLength(LIMITS.publicKeyBytes);
    writeFileSync(path, 'x'.repeat(LIMITS.publicKeyBytes + 1));
    await expect(readKeyFile(path)).rejects.toMatchObject({ finding: 'limit.bytes' });
  });
});
