import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../src/cli/environment.ts';
import { parseInvocation } from '../../src/cli/parse.ts';
import {
  toBundleVerifyRequest,
  toInspectRequest,
  toTrustRequest,
  toVerifyRequest,
} from '../../src/cli/request.ts';
import type { CommandSpec } from '../../src/cli/spec/command.ts';
import { COMMAND_SPECS } from '../../src/cli/spec/index.ts';
import { CODES } from '../../src/codes.ts';
import { IGNORED_FIELDS } from '../../src/core/model/bundle.ts';
import { anchoredPattern } from '../../src/core/model/pattern.ts';
import { parseSourceUri } from '../../src/core/model/source-uri.ts';
import { INTERPRETED_RULES, STATED_RULES } from '../../src/core/rules/index.ts';
import { UNREADABLE_FORMS } from '../../src/core/verify/second-opinion/unreadable-forms.ts';
import { blocksOf, type CommandLine, commandsOf } from './command-lines.ts';

const ROOT = join(import.meta.dirname, '../..');
const GENERATED = '<!-- Made by';

const PAGES: readonly { readonly name: string; readonly text: string }[] = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
]
  .map((name) => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }))
  // Those are compared with the source by a test of their own.
  .filter(({ text }) => !text.startsWith(GENERATED));

const page = (name: string): string => PAGES.find((candidate) => candidate.name === name)?.text ?? '';

const COMMANDS: readonly (readonly [string, CommandLine])[] = PAGES.flatMap(({ name, text }) =>
  blocksOf(text)
    .flatMap(commandsOf)
    .map((command): [string, CommandLine] => [
      `${name}: ${[command.id, ...command.argv].join(' ').slice(0, 90)}`,
      command,
    ]),
);

const FLAGS = new Set([
  '--help',
  '--version',
  ...COMMAND_SPECS.flatMap(({ flags }) => Object.keys(flags).map((name) => `--${name}`)),
]);

/** Reads a command line as the command does, up to where files would be opened. */
async function accept(spec: CommandSpec, argv: readonly string[]): Promise<void> {
  const words = await parseInvocation(spec, argv);
  if (spec.id === 'verify') toVerifyRequest(words);
  if (spec.id === 'bundle verify') toBundleVerifyRequest(words);
  if (spec.id === 'bundle inspect') toInspectRequest(words);
  if (spec.id.startsWith('trust ')) toTrustRequest(words);
  for (const [index, word] of argv.entries()) {
    const value = argv[index + 1] ?? '';
    if (word.endsWith('-regexp')) anchoredPattern(value);
    if (word === '--source-uri' || word === '--pypi-repository') parseSourceUri(value);
  }
}

describe('command lines in the documentation', () => {
  it('are there', () => expect(COMMANDS.length).toBeGreaterThan(20));

  it.each(COMMANDS)('are accepted: %s', async (_, { id, argv }) => {
    const spec = COMMAND_SPECS.find((command) => command.id === id);
    if (spec === undefined) return expect(argv).toEqual(['--version']);
    await expect(accept(spec, argv)).resolves.toBeUndefined();
  });

  it('name only flags that exist', () => {
    // The first column of the comparison, and all text of pages that speak of this command alone.
    const texts = [
      ...['README.md', 'SECURITY.md', 'docs/verification.md', 'docs/catalogue.md', 'docs/offline.md'].map(
        page,
      ),
      ...[...page('docs/compatibility.md').matchAll(/^\| (`--[^|]*)\|/gm)].map(([, cell = '']) => cell),
    ];
    const named = texts.flatMap((text) =>
      [...text.matchAll(/`(--[a-z][a-z-]*)/g)].map(([, flag = '']) => flag),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(
      named.filter((flag) => !FLAGS.has(flag) && !/-$|^--(?:recursive|to-oci-layout)$/.test(flag)),
    ).toEqual([]);
  });
});

describe('the documentation', () => {
  it('names only codes that exist', () => {
    const families = new Set(Object.keys(CODES).map((code) => code.split('.')[0] ?? ''));
    const named = PAGES.flatMap(({ text }) =>
      [...text.matchAll(/`([a-z]+)\.([a-z-]+)`/g)]
        .filter(([, family = '', rest = '']) => families.has(family) && !/^(?:ts|json|md)$/.test(rest))
        .map(([code]) => code.replaceAll('`', '')),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((code) => !Object.hasOwn(CODES, code))).toEqual([]);
  });

  it('links to files that exist', () => {
    const links = PAGES.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => join(dirname(name), target)),
    );
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });

  it('lists every decision', () => {
    const listed = [...page('docs/adr/0000-use-adr.md').matchAll(/\]\((\d{4}-[^)]+)\)/g)].map(
      ([, file]) => file,
    );
    const files = readdirSync(join(ROOT, 'docs/adr')).filter((file) => !file.startsWith('0000-'));
    expect(listed).toEqual(files.sort());
  });

  it('tells what each rule needs', () => {
    const rules = [...page('docs/verification.md').matchAll(/^\| `([a-z-]+)` /gm)].map(([, rule]) => rule);
    const asked = [...STATED_RULES, ...INTERPRETED_RULES].map(({ id }) => id);
    expect([...rules].sort()).toEqual(
      [...new Set(['attestation', 'signature', 'statement', 'provenance', ...asked])].sort(),
    );
  });

  it('gives a reason for each dependency', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { dependencies, devDependencies } = manifest as Record<string, Record<string, string>>;
    const text = page('docs/adr/0013-dependencies.md');
    const names = Object.keys({ ...dependencies, ...devDependencies });
    const missing = names.filter((name) => !text.includes(`\`${name}\``));
    expect(missing.filter((name) => !text.includes(`\`${relative('@sigstore', name)}\``))).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const text = page('SECURITY.md');
  const cells = [...text.matchAll(/`([^`]+)`/g)].map(([, cell]) => cell);

  it('lists every field that is ignored', () => {
    for (const field of Object.values(IGNORED_FIELDS).flat()) expect(cells).toContain(field);
  });

  it('lists every form that the second verifier cannot read, and no other', () => {
    const section = text.slice(text.indexOf('### Two verifiers'), text.indexOf('### Fields'));
    const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, id]) => id);
    expect(listed).toEqual(UNREADABLE_FORMS.map(({ id }) => id));
  });

  it('lists every environment variable, and no other', () => {
    const section = text.slice(text.indexOf('## Environment'), text.indexOf('## Network'));
    const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
    expect(listed).toEqual(Object.keys(ENVIRONMENT));
  });
});
