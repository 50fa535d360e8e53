import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generated } from '../../../scripts/docs-pages.ts';
import { allPages } from '../../../src/cli/render/code-page.ts';
import { COMMAND_SPECS } from '../../../src/cli/spec/index.ts';
import { CODES, type Code, isCode } from '../../../src/codes.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/**
 * Codes that no source file answers with yet, each with the reason. A code that is in use must not stand here, so that
 * the list stays as short as it can be.
 */
const NOT_USED_YET: Readonly<Partial<Record<Code, string>>> = {
  'attestation.other-artifact': 'for sources that are asked by digest; files answer subject.mismatch',
  'usage.unsupported': 'for sources that a place does not have, such as attestations on an own GitHub server',
};

const sources = (): string =>
  readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'codes.ts')
    .map((file) => read(`src/${file}`))
    .join('\n');

describe('what is made from the source', async () => {
  const files = await generated();

  it.each(Object.keys(files))('%s is what `npm run docs` writes', (path) => {
    // Compared as text: a flag, a code or a field of an answer is a contract, and each change of it is to be seen.
    expect(read(path)).toBe(files[path]);
  });
});

describe('the command surface', () => {
  it('is the committed snapshot, flag by flag', () => {
    const snapshot: { commands: { command: string; flags: { name: string }[] }[] } = JSON.parse(
      read('test/unit/cli/snapshots/commands.json'),
    );
    expect(snapshot.commands.map(({ command, flags }) => [command, flags.map(({ name }) => name)])).toEqual(
      COMMAND_SPECS.map((spec) => [spec.id, Object.keys(spec.flags).sort()]),
    );
  });

  it('has no environment variable and no flag that relaxes a check without saying unsafe', () => {
    for (const spec of COMMAND_SPECS) {
      for (const name of Object.keys(spec.flags))
        expect(name).not.toMatch(/skip|insecure|ignore|disable|force|^no-/);
    }
  });
});

describe('the catalogue of codes', () => {
  const codes = Object.keys(CODES).filter(isCode);

  it('has a section in docs/codes.md for every code, and a code for every section', () => {
    const sections = [...read('docs/codes.md').matchAll(/^### (.+)$/gm)].map(([, code]) => code);
    expect([...sections].sort()).toEqual([...codes].sort());
  });

  it('has a title, a reason and one hint for each, which end as sentences do', () => {
    for (const page of allPages()) {
      expect(page.title, page.code).toMatch(/^[^.]+[^.\s]$/);
      expect(page.why, page.code).toMatch(/^(?:[A-Z]|npm ).*\.$/);
      expect(page.hint, page.code).toMatch(/^(?:[A-Z]|npm ).*\.$/);
    }
  });

  it('never exits 0 with a code that is no pass', () => {
    for (const page of allPages()) {
      expect(page.exitCode === 0, page.code).toBe(page.answer === 'pass');
      expect([0, 1, 2, 3, 64, 70], page.code).toContain(page.exitCode);
    }
  });

  it('is used: every code stands somewhere in the source, the others are listed with the reason', () => {
    const text = sources();
    const unused = codes.filter((code) => !text.includes(`'${code}'`));
    expect(unused.sort()).toEqual(Object.keys(NOT_USED_YET).sort());
  });

  it('holds every code that the source refuses with', () => {
    const named = [...sources().matchAll(/refuse\(\s*'([a-z0-9.-]+)'/g)].map(([, code]) => code ?? '');
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((code) => !isCode(code))).toEqual([]);
  });
});
