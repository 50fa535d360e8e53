import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, ROOT, run } from '../e2e/built.ts';
import { blocksOf, commandsOf } from './command-lines.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const BLOCKS = blocksOf(README);
const [install, tests, ...others] = BLOCKS.filter(({ language }) => language === 'sh');

beforeAll(() => ensureBuilt(), 150_000);

/** What a person sees after the commands of a block, npm's own words left out. */
const printedBy = async (block: (typeof BLOCKS)[number]): Promise<string> => {
  let printed = '';
  for (const { id, argv, guarded } of commandsOf(block)) {
    const { exit, stdout, stderr } = await run([...(id === '' ? [] : id.split(' ')), ...argv]);
    expect(stderr).toBe('');
    printed += stdout;
    if (exit !== 0) printed += guarded ? `exit ${exit}\n` : `the block stops: ${exit}\n`;
  }
  return printed;
};

/** The first block as it stands there, but for installing and building, on what the tests have built. */
const tryIt = async (text: string): Promise<string> => {
  const block = text
    .replace('npm ci\nnpm run build\n', '')
    .replace('npm run --silent slsa-gate --', `'${process.execPath}' bin/slsa-gate.js`);
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-readme-'));
  try {
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['--norc', '-euo', 'pipefail', '-c', block],
      {
        cwd: ROOT,
        env: { PATH: process.env.PATH ?? '', TMPDIR: folder },
      },
    );
    expect(stderr).toBe('');
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Ids of records are new each time. */
const withoutIds = (text: string | undefined): string | undefined =>
  text?.replaceAll(/rec_[0-9A-Z]{26}/g, 'rec_…');

describe('the README', () => {
  it('has two blocks for a shell: one that tries it, one that tests it', () => {
    expect(install?.text.startsWith('npm ci\nnpm run build\n')).toBe(true);
    expect(tests?.text).toBe('npm ci && npm test\n');
    expect(others).toEqual([]);
  });

  it('shows exactly what the first block prints: an allow, a deny with exit 1, and a log that holds', async () => {
    if (install === undefined) throw new Error('no block marked sh');
    const shown = BLOCKS.find(({ language, text }) => language === 'text' && text.startsWith('allow  '));
    expect(withoutIds(await tryIt(install.text))).toBe(withoutIds(shown?.text));
    expect(shown?.text).toMatch(/^allow {2}[\s\S]*^deny {2}[\s\S]*^exit 1\nintact /m);
  });

  it('shows the page of a code and the version as the command prints them', async () => {
    const shown = BLOCKS.filter(({ text }) => /^\$ slsa-gate (?:explain \S+|--version)\n\S/m.test(text));
    expect(shown.length).toBe(2);
    for (const block of shown) {
      const output = block.text.replace(/(?:^\$ .*\n)+/m, '');
      expect(await printedBy(block)).toBe(output);
    }
  });
});
