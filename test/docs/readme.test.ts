import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

describe('the README', () => {
  it('has two blocks for a shell: one that tries it, one that tests it', () => {
    expect(install?.text.startsWith('npm ci\nnpm run build\n')).toBe(true);
    expect(install && commandsOf(install).map(({ id }) => id)).toEqual(['verify', 'verify']);
    expect(tests?.text).toBe('npm ci && npm test\n');
    expect(others).toEqual([]);
  });

  it('tries it without a network, and lets no answer but the first stop the block', () => {
    const commands = install === undefined ? [] : commandsOf(install);
    expect(commands.map(({ argv }) => argv.includes('--offline'))).toEqual([true, true]);
    expect(commands.map(({ guarded }) => guarded)).toEqual([false, true]);
  });

  it('shows exactly what the first block prints: an allow, then a deny with exit 1', async () => {
    if (install === undefined) throw new Error('no block marked sh');
    const shown = BLOCKS.find(({ language, text }) => language === 'text' && text.startsWith('allow  '));
    expect(await printedBy(install)).toBe(shown?.text);
    expect(shown?.text).toMatch(/^allow {2}[\s\S]*^deny {2}[\s\S]*^exit 1\n$/m);
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
