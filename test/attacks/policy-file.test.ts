import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { knownKeys } from '../../src/core/config/schema-keys.ts';
import { printPath } from '../../src/core/config/tree.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import { OPTIONAL_RULES } from '../../src/core/policy/rules.ts';
import { PolicySchema } from '../../src/core/policy/schema.ts';
import { FULL_POLICY, SMALL_POLICY } from '../kit/full-policy.ts';
import { holds } from '../property/settings.ts';
import {
  changed,
  faultsOf,
  keyPathsOf,
  refusedPolicy,
  type Tree,
  toBytes,
  toYaml,
  valuePathsOf,
} from './policy-file.ts';

const FULL = parse(FULL_POLICY) as Tree;
const SMALL = parse(SMALL_POLICY) as Tree;

/** Keys of the form, without names that the author of a policy chooses. */
const KEYS = keyPathsOf(FULL).filter((path) =>
  knownKeys(PolicySchema, path.slice(0, -1)).includes(String(path.at(-1))),
);

const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
afterEach(() => expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype));

/** The small policy with other lines in its environment. */
const withEnvironment = (lines: string): string => `${SMALL_POLICY}    # more\n${lines}`;
const environment = (flow: string): string =>
  SMALL_POLICY.replace('{ level: 3, trustedRoots: [public-good] }', flow);

describe('a policy that demands nothing', () => {
  it.each([
    ['{}', 'policy.empty'],
    ['', 'policy.empty'],
    ['# nothing but a comment\n', 'policy.empty'],
    ['---\n', 'policy.empty'],
    ['null', 'policy.empty'],
    ['[]', 'policy.empty'],
  ])('POL-01 is refused as a whole: %j', (text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
    expect(refusedPolicy(text).exitCode).toBe(64);
  });

  it.each([
    ['packages', []],
    ['packages', {}],
    ['environments', {}],
    ['packages', null],
    ['environments', null],
  ])('POL-01 is refused where %s is %j', (key, value) => {
    const text = toYaml(changed(SMALL, [key], (holder) => (holder[key] = value as Tree)));
    expect(faultsOf(text)).toEqual([`policy.empty ${key}`]);
  });

  it.each([
    ['rules: { required: [] }', 'policy.empty environments.production.rules.required'],
    ['rules: {}', 'policy.empty environments.production.rules'],
    ['rules: ~', 'policy.empty environments.production.rules'],
    ['rules:', 'policy.empty environments.production.rules'],
    ['trustedRoots: []', 'policy.empty environments.production.trustedRoots'],
  ])('POL-01 is refused where an environment has %s', (line, fault) => {
    expect(faultsOf(environment(`\n    level: 3\n    ${line}`))[0]).toBe(fault);
  });

  it('POL-01 is refused where all rules are only reported', () => {
    const rules = `rules: { reported: [${OPTIONAL_RULES.join(', ')}] }`;
    const text = environment(`{ level: 3, trustedRoots: [public-good], ${rules} }`);
    expect(faultsOf(text)).toEqual(['policy.empty environments.production.rules.reported']);
  });

  it('POL-01 is refused where rules that always hold are only reported', () => {
    const text = environment(
      '{ level: 3, trustedRoots: [public-good], rules: { reported: [signature, subject-digest] } }',
    );
    expect(faultsOf(text)).toEqual([
      'policy.rule-not-optional environments.production.rules.reported[0]',
      'policy.rule-not-optional environments.production.rules.reported[1]',
    ]);
  });

  it('POL-01 is refused wherever a list or mapping of a full policy is emptied', () => {
    const filled = valuePathsOf(FULL).filter((path) => {
      const value = path.reduce<unknown>((inner, step) => (inner as never)[step], FULL);
      return typeof value === 'object' && value !== null;
    });
    expect(filled.length).toBeGreaterThan(60);
    for (const path of filled) {
      const text = toYaml(
        changed(FULL, path, (holder, last) => (holder[last] = Array.isArray(holder[last]) ? [] : {})),
      );
      expect(faultsOf(text), text).toContain(`policy.empty ${printPath(path)}`);
    }
  });
});

describe('a key that nobody defined', () => {
  it('POL-02 is refused whichever key of a full policy is renamed, and however', () => {
    expect(KEYS.length).toBeGreaterThan(120);
    const ending = fc.string({
      unit: fc.constantFrom('s', 'x', '_', '-', 'A', '0'),
      minLength: 1,
      maxLength: 3,
    });
    const rename = fc.constantFrom<(key: string, end: string) => string>(
      (key, end) => key + end,
      (key, end) => end + key,
      (key) => key.slice(1),
      (key) => key.slice(0, -1),
      (key) => key.toUpperCase(),
      (key) => `${key} `,
    );
    holds(
      fc.property(fc.constantFrom(...KEYS), rename, ending, (path, how, end) => {
        const key = String(path.at(-1));
        const other = how(key, end);
        fc.pre(other.trim() !== '' && !knownKeys(PolicySchema, path.slice(0, -1)).includes(other));
        const text = toYaml(
          changed(FULL, path, (holder) => {
            holder[other] = holder[key] as Tree;
            delete holder[key];
          }),
        );
        expect(faultsOf(text)).toContain(`policy.unknown-key ${printPath([...path.slice(0, -1), other])}`);
      }),
      600,
    );
  });

  it('POL-02 is refused with the key that was probably meant, at its line and column', () => {
    const [fault] = refusedPolicy(SMALL_POLICY.replace('source:', 'sorce:')).faults;
    expect(fault).toEqual({
      code: 'policy.unknown-key',
      message: 'unknown key',
      path: 'packages[0].sorce',
      line: 6,
      column: 5,
      hint: 'Did you mean source?',
    });
  });

  it('POL-02 is refused beside every other fault of the file, all at once', () => {
    const text = SMALL_POLICY.replace('name: small', 'nam: small').replace('level: 3', 'level: 4, levl: 3');
    const error = refusedPolicy(text);
    expect(error.faults.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'policy.unknown-key nam',
      'policy.invalid environments.production.level',
      'policy.unknown-key environments.production.levl',
    ]);
    expect(error.details).toEqual({ faults: 3 });
    expect(error.message.split('\n')).toEqual([
      'policy.yaml:3:1: nam: unknown key',
      'policy.yaml:9:24: environments.production.level: expected 1, 2 or 3, found 4',
      'policy.yaml:9:27: environments.production.levl: unknown key',
    ]);
  });
});

describe('an empty name or pattern', () => {
  const TEXTS = valuePathsOf(FULL).filter(
    (path) => typeof path.reduce<unknown>((inner, step) => (inner as never)[step], FULL) === 'string',
  );

  it('POL-03 is refused wherever a policy has a text', () => {
    expect(TEXTS.length).toBeGreaterThan(80);
    for (const path of TEXTS) {
      for (const empty of ['', ' ', '\t', '\n', ' \n\t ']) {
        const text = toYaml(changed(FULL, path, (holder, last) => (holder[last] = empty)));
        expect(faultsOf(text), text).toContain(`policy.empty-pattern ${printPath(path)}`);
      }
    }
  });

  it.each([
    '""',
    '" "',
    '"*"',
    '"**"',
    '"?"',
    '{ glob: "" }',
    '{ glob: " " }',
    '{ glob: "*" }',
    '{ glob: "**" }',
    '{ glob: "**/*" }',
    '{ glob: "?*" }',
    '{ re2: "" }',
    '{ re2: "^.*$" }',
    '{ re2: "^(?s:.*)$" }',
    '{ re2: "^(?:)?.*$" }',
  ])('POL-03 is refused as the pattern of a package: %s', (pattern) => {
    const [fault] = faultsOf(SMALL_POLICY.replace('pkg:npm/widget', pattern));
    expect(fault).toMatch(/^policy\.empty-pattern packages\[0\]\.package/);
  });

  it('POL-03 is refused as a key', () => {
    expect(faultsOf(`${SMALL_POLICY}  "": { level: 3, trustedRoots: [public-good] }\n`)).toEqual([
      'policy.empty-pattern environments[""]',
    ]);
  });
});

describe('a threshold', () => {
  const threshold = (value: string): string =>
    environment(`{ level: 3, trustedRoots: [public-good], thresholds: { log: ${value} } }`);

  it.each([
    '0',
    '-1',
    '"2"',
    '.nan',
    '.NaN',
    '.inf',
    '-.inf',
    '1e9',
    '1000000000',
    '100',
    '1.5',
    '0.9',
    'two',
    'true',
    '[1]',
    '0x0',
    '-0',
    '0.0',
  ])('POL-16 of %s is refused', (value) => {
    expect(faultsOf(threshold(value))).toEqual(['config.threshold environments.production.thresholds.log']);
  });

  it.each(['0x1', '1.0', '1e0', '+1', '0o1', '01'])('POL-16 is refused in another spelling: %s', (value) => {
    expect(faultsOf(threshold(value))).toEqual(['policy.invalid environments.production.thresholds.log']);
  });

  it.each(['1', '2', '99'])('POL-16 of %s is accepted', (value) => {
    const policy = parsePolicy(toBytes(threshold(value)), 'policy.yaml');
    expect(policy.environments.production?.thresholds).toEqual({ log: Number(value) });
  });

  it.each([
    'approvals: { change: { minimum: 0, since: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d } }',
    'approvals: { release: { minimum: -1 } }',
    'freshness: { branch: refs/heads/main, rules: [attestation-age], maxEntries: 0 }',
  ])('POL-16 holds for every number that is a demand: %s', (lines) => {
    expect(faultsOf(environment(`{ level: 3, trustedRoots: [public-good], ${lines} }`))).toEqual([
      expect.stringMatching(/^config\.threshold /),
    ]);
  });
});

describe('YAML that grows', () => {
  const LEVELS = 9;
  const bomb = (wrap: (names: string) => string): string =>
    Array.from({ length: LEVELS }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x, x, x]'
        : `a${level}: &a${level} ${wrap(
            Array(9)
              .fill(`*a${level - 1}`)
              .join(', '),
          )}`,
    ).join('\n');

  it('YML-01 is refused: aliases of aliases', () => {
    const faults = faultsOf(bomb((names) => `[${names}]`));
    expect(faults).toContainEqual(expect.stringMatching(/^config\.limit /));
  });

  it('YML-01 is refused where few aliases stand for much', () => {
    const list = `[${Array(8_000).fill('x').join(', ')}]`;
    const text = `a: &a ${list}\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n`;
    expect(faultsOf(text)).toContainEqual(expect.stringMatching(/^config\.limit c/));
  });

  it('YML-01 is refused: an alias within what it names', () => {
    expect(faultsOf('a: &a [*a]')).toContain('config.limit a[0]');
    expect(faultsOf('a: &a { b: { c: *a } }')).toContain('config.limit a.b.c');
  });

  it('YML-01 is refused: merge keys, one or fifty thousand', () => {
    expect(faultsOf('a: &a { b: c }\nd: { <<: *a }\n')).toContain('config.forbidden-key d["<<"]');
    const many = `a: &a { b: c }\nd:\n  <<: [${Array(50_000).fill('*a').join(',')}]\n`;
    expect(faultsOf(many)).toEqual(['config.limit']);
  });

  it.each([
    ['[', 100_000],
    ['{a: ', 60_000],
    ['- ', 100_000],
    ['? ', 100_000],
    ['"', 100_000],
    ['!a ', 80_000],
    ['&a ', 80_000],
    ['*a ', 80_000],
    ['a: b\n', 50_000],
    [',', 200_000],
    ['%x\n', 80_000],
    ['---\n', 60_000],
  ])('YML-01 is refused however often it is written: %j', (piece, times) => {
    const error = refusedPolicy(piece.repeat(times));
    expect(error.exitCode).toBe(64);
    expect(error.faults.length).toBeGreaterThan(0);
    expect(error.message.split('\n').length).toBeLessThanOrEqual(LIMITS.configFaults + 1);
  });

  it('YML-01 is refused one byte above the size, and read at it', () => {
    const size = (bytes: number): string => SMALL_POLICY + '#'.repeat(bytes - SMALL_POLICY.length);
    expect(faultsOf(size(LIMITS.configBytes + 1))).toEqual(['config.limit']);
    expect(parsePolicy(toBytes(size(LIMITS.configBytes)), 'policy.yaml').name).toBe('small');
  });

  it('YML-01 is refused one level above the depth, in a file and through aliases', () => {
    const nested = (levels: number): string => `a: ${'['.repeat(levels)}x${']'.repeat(levels)}`;
    expect(faultsOf(nested(LIMITS.configDepth))).toEqual(['config.limit']);
    expect(faultsOf(nested(LIMITS.configDepth - 2))).not.toContain('config.limit');
    const half = '['.repeat(20);
    const text = `a: &a ${half}x${']'.repeat(20)}\nb: ${half}*a${']'.repeat(20)}\n`;
    expect(faultsOf(text)).toContainEqual(expect.stringMatching(/^config\.limit b/));
  });

  it('YML-01 leaves room for a few aliases', () => {
    const text = SMALL_POLICY.replace('{ level: 3,', '&base { level: 3,').concat('  staging: *base\n');
    const { environments } = parsePolicy(toBytes(text), 'policy.yaml');
    expect(environments.staging).toEqual(environments.production);
    const uses = Array.from({ length: LIMITS.configAliases + 1 }, (_, index) => `  e${index}: *base\n`).join(
      '',
    );
    expect(faultsOf(SMALL_POLICY.replace('{ level: 3,', '&base { level: 3,') + uses)).toContainEqual(
      expect.stringMatching(/^config\.limit environments\.e20/),
    );
  });
});

describe('YAML of which two readers make two things', () => {
  it.each([
    ['name: other\n', 'config.duplicate-key name'],
    ['"name": other\n', 'config.duplicate-key name'],
    ['? name\n: other\n', 'config.duplicate-key name'],
    ['---\nname: other\n', 'config.duplicate-key'],
    ['---\n', 'config.duplicate-key'],
    ['...\n---\nname: other\n', 'config.duplicate-key'],
    ['description: !!js/function "function () {}"\n', 'config.forbidden-key'],
    ['description: !!str text\n', 'config.forbidden-key'],
    ['description: !!binary aGk=\n', 'config.forbidden-key'],
    ['description: !own text\n', 'config.forbidden-key'],
    ['description: ! text\n', 'config.forbidden-key'],
    ['description: !<tag:yaml.org,2002:str> text\n', 'config.forbidden-key'],
    ['!!str description: text\n', 'config.forbidden-key'],
    ['__proto__: { draft: true }\n', 'config.forbidden-key __proto__'],
    ['"__proto__": { draft: true }\n', 'config.forbidden-key __proto__'],
    ['constructor: { prototype: { draft: true } }\n', 'config.forbidden-key constructor'],
    ['prototype: x\n', 'config.forbidden-key prototype'],
    ['<<: { draft: true }\n', 'config.forbidden-key ["<<"]'],
    ['description: *none\n', 'policy.syntax description'],
    ['1: x\n', 'policy.invalid'],
    ['~: x\n', 'policy.invalid'],
    ['true: x\n', 'policy.invalid'],
    ['[a, b]: x\n', 'policy.invalid'],
    ['? { a: b }\n: x\n', 'policy.invalid'],
  ])('YML-03 is refused: %j', (lines, fault) => {
    expect(faultsOf(SMALL_POLICY + lines)).toContain(fault);
  });

  it('YML-03 is refused: an anchor of another document', () => {
    expect(faultsOf(`x: &x ${'{}'}\n---${SMALL_POLICY}description: *x\n`)).toContain('config.duplicate-key');
  });

  it('YML-03 is refused: an anchor that stands twice', () => {
    const text = SMALL_POLICY.replace('name: small', 'name: &a small\ndescription: &a text');
    expect(faultsOf(text)).toEqual(['config.duplicate-key description']);
  });

  it.each(['%YAML 1.1\n---\n', '%TAG ! tag:example.com,2000:\n---\n', '%OWN x\n---\n'])(
    'YML-03 is refused: the directive %j',
    (directive) => {
      expect(faultsOf(directive + SMALL_POLICY.trimStart())).toContain('policy.syntax');
    },
  );

  it.each([
    ['a: b: c\n'],
    ['a: [\n'],
    ['a: "x\n'],
    ['a: "\\q"\n'],
    ['\ta: b\n'],
    ['a: @b\n'],
    ['a: `b`\n'],
    ['a: b\n c: d\n  e: f\n'],
    ['a: }\n'],
    ['- a\nb: c\n'],
  ])('YML-03 is refused where it is not well formed: %j', (text) => {
    const { faults } = refusedPolicy(text);
    expect(faults.map(({ code }) => code)).toContain('policy.syntax');
    expect(faults.every(({ message }) => !message.includes('\n'))).toBe(true);
  });

  it('YML-03 is refused in JSON too', () => {
    const json = (text: string): readonly string[] => faultsOf(text, 'policy.json');
    const good = JSON.stringify(SMALL);
    expect(parsePolicy(toBytes(good), 'policy.json')).toEqual(parsePolicy(toBytes(SMALL_POLICY), 'p.yaml'));
    expect(parsePolicy(toBytes(JSON.stringify(SMALL, null, '\t')), 'policy.json').name).toBe('small');
    expect(json(good.replace('"name":', '"name":"other","name":'))).toEqual(['config.duplicate-key name']);
    expect(json(good.replace('"name":', '"__proto__":{},"name":'))).toContain(
      'config.forbidden-key __proto__',
    );
    expect(json(good + good)).toEqual(['policy.syntax']);
    expect(json(SMALL_POLICY)).toEqual(['policy.syntax']);
    expect(json(good.replace('"name"', "'name'"))).toEqual(['policy.syntax']);
    expect(json(`${good.slice(0, -1)},}`)).toEqual(['policy.syntax']);
    expect(json(`\ufeff${good}`)).toEqual(['policy.syntax']);
    expect(json('['.repeat(50_000) + ']'.repeat(50_000))).toEqual(['config.limit']);
  });

  it.each([
    ['latin1', Buffer.concat([Buffer.from(SMALL_POLICY), Buffer.from([0x23, 0xe9])])],
    ['a lone surrogate', Buffer.concat([Buffer.from(SMALL_POLICY), Buffer.from([0x23, 0xed, 0xa0, 0x80])])],
    ['an overlong form', Buffer.concat([Buffer.from(SMALL_POLICY), Buffer.from([0x23, 0xc0, 0xaf])])],
    ['UTF-16', Buffer.from(`\ufeff${SMALL_POLICY}`, 'utf16le')],
    ['a byte order mark in the middle', Buffer.from(`${SMALL_POLICY}#\ufeff\n`)],
    ['NUL', Buffer.from(`${SMALL_POLICY}#\0\n`)],
    ['a carriage return alone', Buffer.from(`${SMALL_POLICY}#\rdraft: true\n`)],
    ['NEL', Buffer.from(`${SMALL_POLICY}#\u0085draft: true\n`)],
    ['a line separator', Buffer.from(`${SMALL_POLICY}#\u2028draft: true\n`)],
    ['text from right to left', Buffer.from(`${SMALL_POLICY}#\u202e eurt :tfard\n`)],
    ['nothing of a width', Buffer.from(`${SMALL_POLICY}#\u200b\n`)],
  ])('YML-03 is refused with %s', (_name, bytes) => {
    expect(faultsOf(bytes)).toEqual(['policy.syntax']);
  });

  it.each(['\\0', '\\e', '\\u202E', '\\uFEFF', '\\u200B', '\\x7f', '\\ud800'])(
    'YML-03 is refused with a text that holds %s',
    (escaped) => {
      const [fault] = faultsOf(`${SMALL_POLICY}description: "a${escaped}b"\n`);
      expect(fault).toBe('policy.invalid description');
    },
  );

  it('YML-03 is read with a byte order mark and line ends of Windows', () => {
    const bytes = toBytes(`\ufeff${SMALL_POLICY.replaceAll('\n', '\r\n')}`);
    expect(parsePolicy(bytes, 'policy.yaml')).toEqual(parsePolicy(toBytes(SMALL_POLICY), 'policy.yaml'));
  });
});

describe('a value that YAML could take for another kind', () => {
  it.each([
    'no',
    'yes',
    'on',
    'off',
    'y',
    'n',
    'No',
    'OFF',
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    '1.2.3',
    '1_000',
    '0b1',
    '12:30:45',
    '0xg',
    '1e',
    'nan',
    'inf',
    '=',
  ])('YML-04 stays the text that it is: %s', (value) => {
    const policy = parsePolicy(toBytes(`${SMALL_POLICY}description: ${value}\n`), 'policy.yaml');
    expect(policy.description).toBe(value);
  });

  it.each(['1.10', '0x10', '1e3', '0o17', '017', '12', '-1', '.5', '.inf', '.nan', 'true', 'False', 'TRUE'])(
    'YML-04 is refused where a text is meant, with the text as a hint: %s',
    (value) => {
      const { faults } = refusedPolicy(`${SMALL_POLICY}description: ${value}\n`);
      expect(faults).toEqual([
        expect.objectContaining({
          code: 'policy.invalid',
          path: 'description',
          hint: `Write it in quotes: "${value}".`,
        }),
      ]);
    },
  );

  it.each(['~', 'null', 'Null', 'NULL', ''])('YML-04 is refused as nothing: %j', (value) => {
    expect(faultsOf(`${SMALL_POLICY}description: ${value}\n`)).toEqual(['policy.empty description']);
  });

  it.each([
    ['level: 3', 'level: "3"', 'Write it without quotes: 3.'],
    ['level: 3', 'level: 3.0', 'Write the number in plain digits, or the text in quotes.'],
    ['level: 3', 'level: 0x3', 'Write the number in plain digits, or the text in quotes.'],
    ['level: 3', 'level: three', undefined],
    ['level: 3', 'level: 3, minBundleVersion: 0.3', 'Write it in quotes: "0.3".'],
    ['schemaVersion: 1', 'schemaVersion: "1"', 'Write it without quotes: 1.'],
    ['schemaVersion: 1', 'schemaVersion: 1.0', 'Write the number in plain digits, or the text in quotes.'],
    ['name: small', 'name: small\ndraft: "true"', 'Write it without quotes: true.'],
    ['name: small', 'name: small\ndraft: false', undefined],
    ['name: small', 'name: small\ndraft: yes', undefined],
  ])('YML-04 is refused: %s as %s', (good, bad, hint) => {
    const { faults } = refusedPolicy(SMALL_POLICY.replace(good, bad));
    expect(faults).toHaveLength(1);
    expect(faults[0]?.code).toBe('policy.invalid');
    if (hint !== undefined) expect(faults[0]?.hint).toBe(hint);
  });

  it('YML-04 is refused where a number is larger than can be told apart', () => {
    const text = environment(
      `{ level: 3, trustedRoots: [public-good], thresholds: { log: 9007199254740993 } }`,
    );
    expect(faultsOf(text)).toEqual(['config.threshold environments.production.thresholds.log']);
  });
});

describe('a variable', () => {
  it.each(['{REF}', '{}', '{REF:-main}', '{', '{{REF}}'])(
    'YML-05 is refused in a text, whether it is set or not: $%s',
    (value) => {
      expect(faultsOf(`${SMALL_POLICY}description: "refs/heads/$${value}"\n`)).toEqual([
        'config.unset-variable description',
      ]);
    },
  );

  it('YML-05 is refused wherever a policy has a text', () => {
    const texts = valuePathsOf(FULL).filter(
      (path) => typeof path.reduce<unknown>((inner, step) => (inner as never)[step], FULL) === 'string',
    );
    for (const path of texts) {
      const text = toYaml(changed(FULL, path, (holder, last) => (holder[last] = `${holder[last]}\${X}`)));
      expect(faultsOf(text), text).toContain(`config.unset-variable ${printPath(path)}`);
    }
  });

  it('YML-05 is refused in a key', () => {
    const text = withEnvironment(`  "\${ENV}": { level: 3, trustedRoots: [public-good] }\n`);
    expect(faultsOf(text)).toContain(`config.unset-variable environments["\${ENV}"]`);
  });

  it('YML-05 leaves a dollar alone', () => {
    const text = `${SMALL_POLICY}description: costs $5, $REF and {REF}\n`;
    expect(parsePolicy(toBytes(text), 'policy.yaml').description).toBe('costs $5, $REF and {REF}');
  });
});
