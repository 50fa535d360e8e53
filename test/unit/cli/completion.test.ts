import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { completionScript, SHELLS } from '../../../src/cli/completion.ts';
import { COMMAND_SPECS } from '../../../src/cli/spec/index.ts';
import { CODES } from '../../../src/codes.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-completion-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const script = (shell: (typeof SHELLS)[number]): string => {
  const path = join(FOLDER, shell);
  writeFileSync(path, completionScript(shell));
  return path;
};

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

const BASH = isInstalled('bash');
if (!BASH) console.warn('bash is not installed: its completion is not tried');

/** What bash would offer after these words; the last one is being typed. */
const offered = (...words: readonly string[]): readonly string[] => {
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slsa_gate; printf "%s\\n" "\${COMPREPLY[@]}"`;
  const run = spawnSync('bash', ['-c', program, 'bash', script('bash'), 'slsa-gate', ...words], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  return run.stdout.split('\n').filter((word) => word !== '');
};

describe.skipIf(!BASH)('completion in bash', () => {
  it('offers the commands', () => {
    const first = (id: string): string => id.split(' ')[0] ?? '';
    expect(offered('')).toEqual([...new Set(COMMAND_SPECS.map(({ id }) => first(id))), 'help']);
    expect(offered('ver')).toEqual(['verify']);
    expect(offered('trust', '')).toEqual(['show', 'update', 'export']);
    expect(offered('bundle', 'in')).toEqual(['inspect']);
    expect(offered('--v')).toEqual(['--version']);
  });

  it.each(COMMAND_SPECS.map((spec) => [spec.id, spec]))('offers every flag of %s', (id, spec) => {
    expect([...offered(...id.split(' '), '--')].sort()).toEqual(
      [...Object.keys(spec.flags).map((name) => `--${name}`), '--help'].sort(),
    );
  });

  it('offers values, after a space and after the equals sign', () => {
    const formats = ['text', 'json', 'sarif', 'junit', 'markdown'];
    expect(offered('verify', 'a', '--format', '')).toEqual(formats);
    expect(offered('verify', 'a', '--format', '=')).toEqual(formats);
    expect(offered('verify', 'a', '--format', '=', 'j')).toEqual(['json', 'junit']);
    expect(offered('verify', '--min-level', '')).toEqual(['1', '2', '3']);
  });

  it('offers the names of trusted roots, codes and shells', () => {
    expect(offered('verify', '--trusted-root', '')).toEqual(['public-good', 'staging', 'github']);
    expect(offered('trust', 'show', '--trusted-root', 'g')).toEqual(['github']);
    expect(offered('explain', '')).toEqual(Object.keys(CODES));
    expect(offered('explain', 'subject.mis')).toContain('subject.mismatch');
    expect(offered('completion', 'f')).toEqual(['fish']);
  });

  it('offers nothing where a file belongs, so that bash completes files', () => {
    expect(offered('verify', '')).toEqual([]);
    expect(offered('verify', '--bundle', '')).toEqual([]);
    expect(offered('nonsense', '')).toEqual([]);
  });
});

describe('the scripts', () => {
  it.each(SHELLS)('of %s name every command, flag, closed value and code', (shell) => {
    const text = completionScript(shell);
    for (const spec of COMMAND_SPECS) {
      for (const word of spec.id.split(' ')) expect(text).toContain(word);
      for (const [name, flag] of Object.entries(spec.flags)) {
        expect(text).toContain(name);
        if (flag.type === 'option') for (const value of flag.options ?? []) expect(text).toContain(value);
      }
    }
    for (const code of Object.keys(CODES)) expect(text).toContain(code);
  });

  it.each(SHELLS.filter(isInstalled))('of %s is a program that the shell reads', (shell) => {
    const checked = spawnSync(shell, ['-n', script(shell)], { encoding: 'utf8' });
    expect([checked.status, checked.stderr]).toEqual([0, '']);
  });
});
