import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogKit } from '../kit/evidence.ts';
import { placesIn, withByteChanged } from './change.ts';
import { newest, type ShownLog, showBuilt, showLong } from './shown-log.ts';
import { runTool, withoutGo } from './tools.ts';

/** Our log, read by golang.org/x/mod/sumdb: go/log-check. */

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-log-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(FOLDER, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};

type Content = string | Uint8Array;
type Asked = readonly ['checkpoint' | 'inclusion' | 'consistency', string, ...Content[]];

/** What it says of files with these contents; undefined where it refuses them. */
function said([check, vkey, ...contents]: Asked): string | undefined {
  const files = contents.map((content, index) => write(`asked-${index}`, content));
  const { exit, stdout, stderr } = runTool('log-check', [check, vkey, ...files]);
  if (exit !== 0 && !stderr.startsWith('refused: ')) throw new Error(`log-check exits ${exit}: ${stderr}`);
  return exit === 0 ? stdout.trim() : undefined;
}

/** Changes each of the contents at so many places, one byte at a time; which changes were accepted. */
function acceptedChanges(asked: Asked, count = Number.POSITIVE_INFINITY): readonly string[] {
  const [check, vkey, ...contents] = asked;
  return contents.flatMap((content, which) => {
    const bytes = Buffer.from(content);
    const places = count < bytes.length ? placesIn(bytes, count) : [...bytes.keys()];
    const changed = (at: number): Asked => [
      check,
      vkey,
      ...contents.map((other, index) => (index === which ? withByteChanged(bytes, at) : other)),
    ];
    return places.filter((at) => said(changed(at)) !== undefined).map((at) => `byte ${at} of file ${which}`);
  });
}

const rootOf = (note: string): string => note.split('\n')[2] ?? '';

describe.skipIf(withoutGo)('golang.org/x/mod/sumdb', () => {
  const kit = createLogKit();
  const logs = new Map<string, ShownLog>();
  let fork: ShownLog;
  beforeAll(async () => {
    logs.set('the built command wrote', await showBuilt());
    logs.set('is long', await showLong(kit));
    // Another history, signed with the same key.
    fork = await showLong(createLogKit({ checkpointKeys: kit.checkpointKeys }));
  });

  describe.each(['the built command wrote', 'is long'])('on a log that %s', (name) => {
    const log = (): ShownLog => logs.get(name) as ShownLog;

    it('reads every checkpoint', () => {
      const { vkey, checkpoints } = log();
      expect(checkpoints.size).toBeGreaterThanOrEqual(5);
      for (const [size, note] of checkpoints)
        expect(said(['checkpoint', vkey, note])).toBe(`${size} ${rootOf(note)}`);
    });

    it('refuses a checkpoint after any one changed byte, and under another key', () => {
      const { vkey } = log();
      expect(acceptedChanges(['checkpoint', vkey, newest(log())])).toEqual([]);
      const other = createLogKit().key.vkey;
      expect(said(['checkpoint', other, newest(log())])).toBeUndefined();
    });

    it('checks every proof that a leaf stands in the log', () => {
      const { vkey, leaves, proofs } = log();
      expect(proofs.size).toBeGreaterThanOrEqual(5);
      for (const [seq, proof] of proofs)
        expect(said(['inclusion', vkey, proof, leaves[seq] ?? ''])).toBe(`${seq} of ${leaves.length}`);
    });

    it('refuses a proof for another leaf or another position', () => {
      const { vkey, leaves, proofs } = log();
      for (const [seq, proof] of proofs) {
        expect(said(['inclusion', vkey, proof, leaves[seq === 0 ? 1 : seq - 1] ?? ''])).toBeUndefined();
        const moved = proof.replace(/^index \d+$/m, `index ${seq + 1}`);
        expect(said(['inclusion', vkey, moved, leaves[seq] ?? ''])).toBeUndefined();
      }
    });

    it('refuses a proof after one changed byte of it or of the leaf', () => {
      const { vkey, leaves, proofs } = log();
      const [seq, proof] = [...proofs].at(-2) ?? [0, ''];
      expect(acceptedChanges(['inclusion', vkey, proof, leaves[seq] ?? ''], 150)).toEqual([]);
    });

    it('checks that each head continues those before it', () => {
      const { vkey, checkpoints, consistency } = log();
      const note = (size: number): string => checkpoints.get(size) ?? '';
      expect(consistency.length).toBeGreaterThanOrEqual(15);
      for (const { from, to, hashes } of consistency)
        expect(said(['consistency', vkey, note(from), note(to), hashes])).toBe(`${from} to ${to}`);
    });

    it('refuses to see a head continued after one changed byte', () => {
      const { vkey, checkpoints, consistency } = log();
      const longest = consistency.reduce((a, b) => (b.hashes.length > a.hashes.length ? b : a));
      const { from, to, hashes } = longest;
      expect(hashes.length).toBeGreaterThan(100);
      const [older, newer] = [checkpoints.get(from) ?? '', checkpoints.get(to) ?? ''];
      expect(acceptedChanges(['consistency', vkey, older, newer, hashes], 80)).toEqual([]);
      expect(said(['consistency', vkey, newer, older, hashes])).toBeUndefined();
    });

    it('finds every leaf in the tiles, and refuses them after one changed byte', () => {
      const { vkey, leaves, files } = log();
      const folder = `tiles-${leaves.length}`;
      for (const [path, bytes] of files) write(join(folder, path), bytes);
      const head = write('head', newest(log()));
      const check = () => runTool('log-check', ['tiles', vkey, head, join(FOLDER, folder)]);
      expect(check()).toMatchObject({ exit: 0, stdout: `${leaves.length} leaves\n` });
      for (const [path, bytes] of files) {
        for (const at of placesIn(bytes, 5)) {
          write(join(folder, path), withByteChanged(bytes, at));
          expect([path, at, check().exit]).toEqual([path, at, 1]);
        }
        write(join(folder, path), bytes);
      }
      expect(check().exit).toBe(0);
    });
  });

  it('refuses a head of another history, although the same key signed it', () => {
    const log = logs.get('is long') as ShownLog;
    const { from, to, hashes } = log.consistency.find((each) => each.from === 200 && each.to > 200) ?? {
      from: 0,
      to: 0,
      hashes: '',
    };
    const [older, newer] = [log.checkpoints.get(from) ?? '', log.checkpoints.get(to) ?? ''];
    expect(said(['checkpoint', log.vkey, fork.checkpoints.get(from) ?? ''])).toBeDefined();
    expect(said(['consistency', log.vkey, older, newer, hashes])).toBeDefined();
    expect(said(['consistency', log.vkey, fork.checkpoints.get(from) ?? '', newer, hashes])).toBeUndefined();
    expect(said(['consistency', log.vkey, older, fork.checkpoints.get(to) ?? '', hashes])).toBeUndefined();
  });
});
