import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODES, isCode } from '../../../src/index.ts';

/** The surface as the files say it: names, where each is declared, and what is written about it. */

const SRC = new URL('../../../src/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, SRC), 'utf8');
const INDEX = read('index.ts');

interface Export {
  readonly name: string;
  readonly file: string;
}

const STATEMENT = /^export (?:type )?\{([^}]*)\} from '\.\/([^']+)';\n/gm;
const EXPORTS: readonly Export[] = [...INDEX.matchAll(STATEMENT)].flatMap(([, names = '', file = '']) =>
  names
    .split(',')
    .map((name) => name.replace(/\btype\b/, '').trim())
    .filter((name) => name !== '')
    .map((name) => ({ name, file })),
);

/** The doc comment of a declaration, without its frame; a re-export is followed to where it is declared. */
function docOf({ name, file }: Export): string {
  const source = read(file);
  const again = [...source.matchAll(STATEMENT)].find(([, names = '']) =>
    names.split(',').some((one) => one.replace(/\btype\b/, '').trim() === name),
  );
  if (again !== undefined) {
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    return docOf({ name, file: `${folder}${again[2]}` });
  }
  const declared = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:declare |async )*(?:const|function|class|interface|type) ${name}\\b`,
  ).exec(source);
  return (declared?.[1] ?? '').replace(/^\s*\* ?/gm, '').trim();
}

describe('src/index.ts', () => {
  it('is a list of named exports and nothing else', () => {
    expect(INDEX.replace(STATEMENT, '')).toBe('');
    expect(EXPORTS.length).toBeGreaterThan(40);
    expect(new Set(EXPORTS.map(({ name }) => name)).size).toBe(EXPORTS.length);
  });

  it.each(EXPORTS)('documents $name', (one) => {
    expect(docOf(one).length).toBeGreaterThan(10);
  });

  it.each(EXPORTS.filter(({ name }) => /^(?:verify|parse|exitCode)/.test(name)))(
    'shows an example, the errors and the specification of $name',
    (one) => {
      const doc = docOf(one);
      expect(doc).toContain('```ts');
      expect(doc).toMatch(/@throws SlsaGateError (?:\([^)]*\) )?.*`/);
      expect(doc).toContain('@see ');
      const named = [...doc.slice(doc.indexOf('@throws')).matchAll(/`([a-z]+\.[a-z*-]+)`/g)];
      for (const [, code = ''] of named) {
        const family = code.endsWith('.*') ? code.slice(0, -1) : undefined;
        const isKnown =
          family === undefined ? isCode(code) : Object.keys(CODES).some((one) => one.startsWith(family));
        expect(isKnown, code).toBe(true);
      }
    },
  );

  it('is listed in docs/library.md, equal both ways', () => {
    const guide = read('../docs/library.md');
    const section = guide.slice(guide.indexOf('## Everything that is exported'));
    const listed = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) +\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(listed.sort()).toEqual(EXPORTS.map(({ name }) => name).sort());
  });
});
