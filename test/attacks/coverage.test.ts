import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../e2e/built.ts';
import DUE from './due.json' with { type: 'json' };

/** The catalogue of attacks lies beside the project; a copy of the project alone does not have it. */
const CATALOGUE = join(ROOT, '..', 'shared', 'attacks.md');
const hasCatalogue = existsSync(CATALOGUE);
if (!hasCatalogue) console.warn(`skipped: no catalogue of attacks at ${CATALOGUE}`);

/** Rows that the verifier itself must meet: whole sections, and single rows of others. */
const OF_THE_VERIFIER = new RegExp(
  [
    '^(?:CRT|SCT|TSA|TLG|CKP|BND|DSS|SUB|IDN|RWF|RUN|PRD|NPM|VSA|TUF)-',
    '^SRC-0[1-9]$',
    '^INP-0[1-3]$',
    '^RES-0[13456]$',
    '^INJ-0[1246]$',
    '^YML-02$',
    '^PTH-0[1-4]$',
  ].join('|'),
);

const ID = '[A-Z]{2,5}-[0-9]{2}';
/** Ids at the start of a title, behind those of an invariant: `I18 PTH-04 ...`, `SUB-02 RAC-07 ...`. */
const TITLE = new RegExp(`['"\`](?:I[0-9]{1,2} )?(${ID}(?:(?:,| and)? ${ID})*)(?![0-9A-Za-z-])`, 'g');

const rowsOf = (catalogue: string): readonly string[] =>
  [...catalogue.matchAll(new RegExp(`^\\| (${ID}) \\|`, 'gm'))].map(([, id]) => id ?? '');

/** Ids in the titles of all tests, with the files that they stand in. */
function titled(prefixes: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
    for (const [, ids = ''] of readFileSync(join(ROOT, 'test', file), 'utf8').matchAll(TITLE)) {
      for (const id of ids.match(new RegExp(ID, 'g')) ?? [])
        if (prefixes.has(prefixOf(id))) found.set(id, [...(found.get(id) ?? []), file]);
    }
  }
  return found;
}

const prefixOf = (id: string): string => id.slice(0, id.indexOf('-'));

describe.skipIf(!hasCatalogue)('the catalogue of attacks', () => {
  const rows = hasCatalogue ? rowsOf(readFileSync(CATALOGUE, 'utf8')) : [];
  const tested = titled(new Set(rows.map(prefixOf)));
  const due = DUE.flatMap(({ ids }) => ids);

  it('is read whole: its rows are many, and none stands twice', () => {
    expect(rows.length).toBeGreaterThanOrEqual(250);
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.filter((id) => OF_THE_VERIFIER.test(id)).length).toBeGreaterThan(120);
  });

  it('has a test for every row, or the reason why there is none yet', () => {
    console.info(
      [
        `${rows.length} attacks: ${tested.size} with tests, ${due.length} due later`,
        ...DUE.map(({ due: area, needs, ids }) => `  ${area}, needs ${needs}: ${ids.join(' ')}`),
        `  of the verifier's own rows: ${due.filter((id) => OF_THE_VERIFIER.test(id)).join(' ')}`,
      ].join('\n'),
    );
    expect(rows.filter((id) => !tested.has(id) && !due.includes(id))).toEqual([]);
  });

  it('puts off only those rows of the verifier that need a source', () => {
    expect(due.filter((id) => OF_THE_VERIFIER.test(id))).toEqual(
      (DUE.find(({ due: area }) => area === 'sources')?.ids ?? []).filter((id) => OF_THE_VERIFIER.test(id)),
    );
  });

  it('puts off no row that has a test, none twice, and none that is not there', () => {
    expect(due.filter((id) => tested.has(id))).toEqual([]);
    expect(due.filter((id, index) => due.indexOf(id) !== index)).toEqual([]);
    expect(due.filter((id) => !rows.includes(id))).toEqual([]);
  });

  it('knows every id that a title names', () => {
    const unknown = [...tested].filter(([id]) => !rows.includes(id));
    expect(unknown).toEqual([]);
  });
});
