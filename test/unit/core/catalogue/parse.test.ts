import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../../src/core/catalogue/builders.ts';
import { parseCatalogue } from '../../../../src/core/catalogue/parse.ts';
import { CatalogueSchema } from '../../../../src/core/catalogue/schema.ts';
import { ConfigError, type Fault } from '../../../../src/core/model/faults.ts';

const ROOT = new URL('../../../../', import.meta.url);
const FILE = readFileSync(new URL('catalogue/builders.json', ROOT));

// biome-ignore lint/suspicious/noExplicitAny: the tests write what no type would let through
type Loose = any;

const ANCHOR = `sha256:${'0'.repeat(64)}`;
const ROW = {
  id: 'acme',
  trust: 'acme',
  issuers: ['https://token.actions.githubusercontent.com'],
  builders: ['https://github.com/acme/builders/.github/workflows/build.yml'],
  builderRef: 'version-tag',
  buildTypes: ['https://actions.github.io/buildtypes/workflow/v1'],
  runner: { is: ['github-hosted'] },
  level: 3,
  source: 'https://example.com/builders',
  readOn: '2026-11-25',
};

/** The text of a small catalogue after a change. */
function text(change: (file: Loose, row: Loose) => void = () => undefined): string {
  const file = { schemaVersion: 1, anchors: { acme: [ANCHOR] }, rows: [structuredClone(ROW)] };
  change(file, file.rows[0]);
  return JSON.stringify(file, null, 2);
}

const parse = (source: string, name = 'builders.json') => parseCatalogue(Buffer.from(source), name);

function faultsOf(source: string, name?: string): readonly Fault[] {
  try {
    parse(source, name);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('accepted, where a refusal was expected');
}

describe('the catalogue of the package', () => {
  it('reads as strictly as one of the user, to what is built in', () => {
    expect(parseCatalogue(FILE, 'catalogue/builders.json')).toEqual(CATALOGUE);
  });

  it('has no row twice and says of each where and when it was read', () => {
    const ids = CATALOGUE.rows.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(8);
    expect([...new Set(ids)]).toEqual(ids);
    for (const { source, readOn } of CATALOGUE.rows) {
      expect(source).toMatch(/^https:\/\//);
      expect(new Date(readOn).toISOString().slice(0, 10)).toBe(readOn);
    }
  });
});

describe('docs/catalogue.md', () => {
  const page = readFileSync(new URL('docs/catalogue.md', ROOT), 'utf8');

  it('shows a catalogue that is accepted', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(parse(example, 'builders.yaml').rows.map(({ id }) => id)).toEqual([
      'acme-builder',
      'acme-sigstore',
    ]);
  });

  it('tells every key', () => {
    const told = [...page.matchAll(/^\| `([A-Za-z]+)` /gm)].map(([, key]) => key);
    const { shape } = CatalogueSchema;
    expect(told).toEqual([...Object.keys(shape), ...Object.keys(shape.rows.def.element.shape)]);
  });
});

describe('a catalogue of the user', () => {
  it('may have builders and anchors of other names', () => {
    expect(parse(text())).toEqual({ schemaVersion: 1, anchors: { acme: [ANCHOR] }, rows: [ROW] });
  });

  it('may be YAML', () => {
    const yaml = `
schemaVersion: 1
anchors: { acme: ["${ANCHOR}"] }
rows:
  - ${JSON.stringify(ROW)}
`;
    expect(parse(yaml, 'builders.yaml')).toEqual(parse(text()));
  });

  it('may say any where nothing is restricted, and a runner that needs no name', () => {
    const { rows } = parse(
      text((_, row) => {
        Object.assign(row, { builders: 'any', builderRef: 'any', buildTypes: 'any' });
        Object.assign(row, {
          runner: { mayBeAbsent: { upTo: '1.10' } },
          listedLevel: 3,
          level: 2,
          note: 'why',
        });
      }),
    );
    expect(rows).toMatchObject([{ builders: 'any', runner: { mayBeAbsent: { upTo: '1.10' } }, note: 'why' }]);
  });

  it('is refused with all its faults at once, each with its line', () => {
    const source = text((file, row) => {
      row.level = 4;
      delete row.source;
      file.more = true;
    });
    const faults = faultsOf(source);
    expect(faults.map(({ code, path }) => [code, path])).toEqual([
      ['config.invalid', 'rows[0].source'],
      ['config.invalid', 'rows[0].level'],
      ['config.invalid', 'more'],
    ]);
    const lines = source.split('\n');
    expect(lines[(faults[1]?.line ?? 0) - 1]).toContain('"level"');
    expect(() => parse(source)).toThrowError(/^builders\.json:[0-9]+:[0-9]+: rows\[0\]\.source: /);
  });

  const INVALID: readonly (readonly [
    title: string,
    change: (file: Loose, row: Loose) => void,
    path: string,
  ])[] = [
    ['an unknown key of the file', (file) => (file.builders = []), 'builders'],
    ['an unknown key of a row', (_, row) => (row.builder = ROW.builders), 'rows[0].builder'],
    ['another version', (file) => (file.schemaVersion = 2), 'schemaVersion'],
    ['no version', (file) => delete file.schemaVersion, 'schemaVersion'],
    ['no row', (file) => (file.rows = []), 'rows'],
    ['no anchors', (file) => (file.anchors = {}), 'anchors'],
    ['a name without anchors', (file) => (file.anchors.acme = []), 'anchors.acme'],
    ['an anchor without its algorithm', (file) => (file.anchors.acme = ['0'.repeat(64)]), 'anchors.acme[0]'],
    [
      'an anchor in upper case',
      (file) => (file.anchors.acme = [`sha256:${'A'.repeat(64)}`]),
      'anchors.acme[0]',
    ],
    ['one anchor of two instances', (file) => (file.anchors.other = [ANCHOR]), 'anchors.other[0]'],
    ['one anchor twice', (file) => (file.anchors.acme = [ANCHOR, ANCHOR]), 'anchors.acme[1]'],
    [
      'anchors for the keys of Cloud Build',
      (file) => (file.anchors['cloud-build'] = [`sha256:${'1'.repeat(64)}`]),
      'anchors.cloud-build',
    ],
    ['an id twice', (file) => file.rows.push({ ...ROW, builders: ['https://example.com/b'] }), 'rows[1].id'],
    ['an id of several words', (_, row) => (row.id = 'our builder'), 'rows[0].id'],
    ['trust without anchors', (_, row) => (row.trust = 'public-good'), 'rows[0].trust'],
    ['trust as a property that every object has', (_, row) => (row.trust = 'constructor'), 'rows[0].trust'],
    ['no issuer', (_, row) => delete row.issuers, 'rows[0].issuers'],
    ['an empty list of issuers', (_, row) => (row.issuers = []), 'rows[0].issuers'],
    ['an issuer as a pattern', (_, row) => (row.issuers = ['https://*.example.com']), 'rows[0].issuers[0]'],
    [
      'an issuer of keys that have none',
      (_, row) => Object.assign(row, { trust: 'cloud-build', builderRef: 'any' }),
      'rows[0].issuers',
    ],
    ['no builders', (_, row) => delete row.builders, 'rows[0].builders'],
    ['an empty list of builders', (_, row) => (row.builders = []), 'rows[0].builders'],
    ['any builder at a version tag', (_, row) => (row.builders = 'any'), 'rows[0].builders'],
    [
      'any builder that somebody signs for',
      (_, row) => Object.assign(row, { builders: 'any', builderRef: 'any', delegators: ROW.builders }),
      'rows[0].builders',
    ],
    ['an empty list of delegators', (_, row) => (row.delegators = []), 'rows[0].delegators'],
    ['another word than any', (_, row) => (row.buildTypes = 'all'), 'rows[0].buildTypes'],
    ['an empty list of build types', (_, row) => (row.buildTypes = []), 'rows[0].buildTypes'],
    ['a build type as a pattern', (_, row) => (row.buildTypes = ['^https://x$']), 'rows[0].buildTypes[0]'],
    ['another rule for refs', (_, row) => (row.builderRef = 'refs/tags/v1'), 'rows[0].builderRef'],
    ['a runner without a word', (_, row) => (row.runner = {}), 'rows[0].runner'],
    ['an empty list of runners', (_, row) => (row.runner = { is: [] }), 'rows[0].runner.is'],
    [
      'a version as a number, which 1.10 would not survive',
      (_, row) => (row.runner = { mayBeAbsent: { upTo: 1.5 } }),
      'rows[0].runner.mayBeAbsent.upTo',
    ],
    [
      'a runner that may not be absent, said twice',
      (_, row) => (row.runner.mayBeAbsent = false),
      'rows[0].runner.mayBeAbsent',
    ],
    ['level 0', (_, row) => (row.level = 0), 'rows[0].level'],
    ['level 4', (_, row) => (row.level = 4), 'rows[0].level'],
    ['half a level', (_, row) => (row.level = 2.5), 'rows[0].level'],
    ['a level as a text', (_, row) => (row.level = '3'), 'rows[0].level'],
    ['a listed level that raises nothing', (_, row) => (row.listedLevel = 3), 'rows[0].listedLevel'],
    ['no source', (_, row) => delete row.source, 'rows[0].source'],
    ['a source that is no address', (_, row) => (row.source = 'our wiki'), 'rows[0].source'],
    ['no day', (_, row) => delete row.readOn, 'rows[0].readOn'],
    ['a day in words', (_, row) => (row.readOn = 'last week'), 'rows[0].readOn'],
    ['a row that is never reached', (file) => file.rows.push({ ...ROW, id: 'lower', level: 1 }), 'rows[1]'],
  ];

  it.each(INVALID)('is refused: %s', (_, change, path) => {
    expect(faultsOf(text(change)).map((fault) => [fault.code, fault.path])).toEqual([
      ['config.invalid', path],
    ]);
  });

  it.each([
    'https://github.com/acme/*',
    'https://github.com/acme/builders/',
    'https://github.com/acme/builders/.github/workflows/build.yml@refs/tags/v1.0.0',
    '^https://github\\.com/acme/builders$',
    'https://github.com/acme/builders?',
    'acme/builders',
    '',
  ])('is refused for a builder that is no exact URI: %j', (builder) => {
    const faults = faultsOf(text((_, row) => (row.builders = [builder])));
    expect(faults.map(({ code, path }) => [code, path])).toEqual([['config.invalid', 'rows[0].builders[0]']]);
  });

  it.each<[title: string, source: string, code: string]>([
    ['a key twice', text().replace('"level": 3', '"level": 1, "level": 3'), 'config.duplicate-key'],
    ['a variable', text((_, row) => (row.source = `https://example.com/$\{x}`)), 'config.unset-variable'],
    ['a key of prototypes', text().replace('"acme": [', '"__proto__": ['), 'config.forbidden-key'],
    ['YAML that is called JSON', 'schemaVersion: 1', 'config.invalid'],
    ['more than the limit', `${text()}${' '.repeat(300_000)}`, 'config.limit'],
  ])('is refused for its form: %s', (_, source, code) => {
    expect(faultsOf(source).map((fault) => fault.code)).toContain(code);
  });

  it('never speaks of policies', () => {
    for (const [, change] of INVALID)
      for (const { code, message, hint } of faultsOf(text(change)))
        expect(`${code} ${message} ${hint}`).not.toMatch(/policy|policies/);
  });
});

describe('rows that an earlier one covers', () => {
  const later = (first: Loose, second: Loose): readonly string[] => {
    const source = text((file) => {
      file.anchors.other = [`sha256:${'1'.repeat(64)}`];
      file.rows = [
        { ...ROW, ...first },
        { ...ROW, id: 'later', ...second },
      ];
    });
    try {
      parse(source);
      return [];
    } catch (error) {
      return error instanceof ConfigError ? error.faults.map(({ path }) => path) : ['?'];
    }
  };
  const general = { builders: 'any', builderRef: 'any' };

  it.each<[string, Loose, Loose]>([
    ['the same conditions', {}, {}],
    ['one builder of any', general, {}],
    ['any of any', general, general],
    ['one build type of any', { buildTypes: 'any' }, {}],
    ['one issuer of two', { issuers: [...ROW.issuers, 'https://gitlab.com'] }, {}],
    ['another runner, which chooses no row', {}, { runner: { is: ['self-hosted'] } }],
  ])('are refused: %s', (_, first, second) => {
    expect(later(first, second)).toEqual(['rows[1]']);
  });

  it.each<[string, Loose, Loose]>([
    ['any builder after one', {}, general],
    ['builders at any ref after those at a version tag', {}, { builderRef: 'any' }],
    ['another builder', {}, { builders: ['https://example.com/b'] }],
    ['two builders, one of which is new', {}, { builders: [...ROW.builders, 'https://example.com/b'] }],
    ['another issuer', {}, { issuers: ['https://gitlab.com'] }],
    ['another instance', general, { trust: 'other' }],
    ['any build type after one', {}, { buildTypes: 'any' }],
    ['builders that somebody signs for', {}, { delegators: ['https://example.com/d'] }],
  ])('are other rows: %s', (_, first, second) => {
    expect(later(first, second)).toEqual([]);
  });
});
