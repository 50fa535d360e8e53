import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { save } from '../../../src/cli/streams.ts';
import { refusal } from './command.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-streams-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writing a file', () => {
  it('replaces a file as a whole and leaves nothing beside it', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old and longer');
    save(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('writes through a link, as the user set it up', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'old');
    symlinkSync(target, join(folder, 'link'));
    save(join(folder, 'link'), 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['link', 'target']);
  });

  it('refuses a folder that is not there, and a folder in place of a file', () => {
    expect(() => save(join(folder, 'no', 'a'), 'x')).toThrow(refusal('output.unwritable', { exitCode: 2 }));
    expect(() => save(folder, 'x')).toThrow(refusal('output.unwritable'));
  });
});
