import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../src/cli/environment.ts';

const SOURCES = new URL('../../../src/', import.meta.url);
const texts = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(new URL(file, SOURCES), 'utf8') }));

/** Set or removed for libraries that would read them, never read. */
const WRITTEN = ['DEBUG', 'SLSA_GATE_DISABLE_THEME'];

describe('environment variables', () => {
  it('I18 are read in the shell alone, and handed on by name', () => {
    const files = texts.filter(({ text }) => text.includes('process.env')).map(({ file }) => file);
    expect(files.sort()).toEqual([
      'cli/ci-run.ts',
      'cli/command-line.ts',
      'cli/identity-token.ts',
      'cli/network.ts',
      'cli/oclif.ts',
      'cli/output.ts',
      'cli/passphrase.ts',
      'cli/wire-evidence.ts',
      'cli/wire-sources.ts',
      'cli/wire-trust.ts',
    ]);
  });

  it('I18 are those of the documented list', () => {
    const named = texts.flatMap(({ text }) => [
      ...[...text.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name ?? ''),
      ...[...text.matchAll(/\{\s*([A-Za-z_,\s]+?),?\s*\} =\s*process\.env/g)].flatMap(
        ([, names]) => names?.split(/,\s*/) ?? [],
      ),
    ]);
    const read = new Set(named.filter((name) => !WRITTEN.includes(name)));
    // Node reads these two for us.
    if (texts.some(({ text }) => text.includes('homedir()'))) read.add('HOME');
    if (texts.some(({ text }) => text.includes('tmpdir()'))) read.add('TMPDIR');
    expect([...read].sort()).toEqual(Object.keys(ENVIRONMENT).sort());
  });

  it('are never read by a computed name', () => {
    for (const { file, text } of texts) {
      // The one variable that the caller names on the command line.
      const read = file === 'cli/passphrase.ts' ? text.replace('process.env[variable]', '') : text;
      expect(read, file).not.toMatch(/process\.env\[|\.\.\.process\.env/);
    }
  });
});
