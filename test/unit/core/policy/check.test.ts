import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy } from '../../../../src/core/policy/parse.ts';
import { pendingOf } from '../../../../src/core/policy/pending.ts';
import { ALWAYS_REQUIRED } from '../../../../src/core/policy/rules.ts';
import { changed, refusedPolicy, type Tree, toBytes, toYaml } from '../../../attacks/policy-file.ts';
import { FULL_POLICY, SMALL_POLICY } from '../../../kit/full-policy.ts';

const read = (text: string) => parsePolicy(toBytes(text), 'policy.yaml');
const FULL = parse(FULL_POLICY) as Tree;

/** The full policy with one value replaced. */
const fullWith = (path: readonly (string | number)[], value: Tree): string =>
  toYaml(changed(FULL, path, (holder, last) => (holder[last] = value)));

/** The small policy with these environments. */
const environments = (lines: string): string =>
  SMALL_POLICY.replace('  production: { level: 3, trustedRoots: [public-good] }\n', lines);

const told = (text: string): readonly string[] =>
  refusedPolicy(text).faults.map(({ code, path, message, hint }) => `${code} ${path}: ${message} (${hint})`);

const ROOTS = 'trustedRoots: [public-good]';

describe('a policy', () => {
  it('is read as it stands', () => {
    expect(read(FULL_POLICY)).toEqual(FULL);
    expect(read(SMALL_POLICY)).toEqual(parse(SMALL_POLICY));
  });

  it.each<[(string | number)[], Tree, string]>([
    [
      ['packages', 0, 'source', 'repository'],
      'https://github.com/acme/widget.git',
      'policy.invalid packages[0].source.repository: not a repository in canonical form: "https://github.com/acme/widget.git" (Write https://host/owner/name, without .git, ref, query and trailing slash.)',
    ],
    [
      ['packages', 0, 'source', 'refs', 0],
      'main',
      'policy.invalid packages[0].source.refs[0]: nothing that is asked here begins so: "main" (Begin it with refs/.)',
    ],
    [
      ['packages', 0, 'source', 'refs', 1, 'glob'],
      'v*',
      'policy.invalid packages[0].source.refs[1]: nothing that is asked here begins so: "v*" (Begin it with refs/.)',
    ],
    [
      ['packages', 0, 'source', 'refs', 2, 're2'],
      'refs/heads/main',
      'policy.unanchored packages[0].source.refs[2]: pattern is not anchored at both ends (Write it as ^(?:refs/heads/main)$, or as ^(?:refs/heads/main).*$ for whatever begins so.)',
    ],
    [
      ['packages', 0, 'package'],
      'pkg:npm/widget@1.2.3',
      'policy.invalid packages[0].package: not a package without version in canonical form: "pkg:npm/widget@1.2.3" (Write "pkg:npm/widget".)',
    ],
    [
      ['packages', 0, 'package'],
      'pkg:npm/widget?a=b',
      'policy.unanchored packages[0].package: a text is meant exactly, and this one looks like a glob (Write it as { glob: "pkg:npm/widget?a=b" }.)',
    ],
    [
      ['packages', 0, 'package'],
      'pkg:pypi/My_Widget',
      'policy.invalid packages[0].package: not a package without version in canonical form: "pkg:pypi/My_Widget" (Write "pkg:pypi/my-widget".)',
    ],
    [
      ['packages', 0, 'package'],
      'npm/widget',
      'policy.invalid packages[0].package: nothing that is asked here begins so: "npm/widget" (Begin it with pkg:.)',
    ],
    [
      ['packages', 0, 'builders', 0, 'id'],
      'https://ci.example/b@v1',
      'policy.invalid packages[0].builders[0].id: a builder is named without its ref (Write what follows @ as ref.)',
    ],
    [
      ['packages', 0, 'builders', 0, 'id'],
      'https://ci.example/',
      'policy.unanchored packages[0].builders[0].id: a text is meant exactly, and this one looks like a prefix (Write it as { glob: "https://ci.example/*" }, or with ** for everything below.)',
    ],
    [
      ['packages', 0, 'builders', 0, 'ref'],
      'v1.2.3',
      'policy.invalid packages[0].builders[0].ref: nothing that is asked here begins so: "v1.2.3" (Begin it with refs/.)',
    ],
    [
      ['packages', 0, 'builders', 0, 'signer', 'issuer'],
      { glob: '**' },
      'policy.empty-pattern packages[0].builders[0].signer.issuer: glob matches everything (Write out what is expected.)',
    ],
    [
      ['packages', 0, 'builders', 1, 'signer', 'key', 'pem'],
      'abc',
      'key.malformed packages[0].builders[1].signer.key.pem: not one PEM public key (Give a PEM file with one public key.)',
    ],
    [
      ['packages', 0, 'builders', 1, 'signer', 'key', 'notAfter'],
      '2025-01-01T00:00:00Z',
      'policy.invalid packages[0].builders[1].signer.key.notAfter: it ends before it begins: 2026-01-01T00:00:00Z to 2025-01-01T00:00:00Z (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['packages', 0, 'builders', 1, 'signer', 'key', 'notBefore'],
      '2026-02-30T00:00:00Z',
      'policy.invalid packages[0].builders[1].signer.key.notBefore: there is no such day: "2026-02-30T00:00:00Z" (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['packages', 0, 'parameters', 'refused'],
      ['debug'],
      'policy.invalid packages[0].parameters.refused[0]: it stands in free already: "debug" (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['packages', 0, 'triggers'],
      ['push', 'push'],
      'policy.invalid packages[0].triggers[1]: it stands twice: "push" (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['packages', 0, 'summaries', 0, 'levels', 0],
      'SLSA_BUILD_LEVEL_0',
      'policy.invalid packages[0].summaries[0].levels[0]: expected a level that says something, such as SLSA_BUILD_LEVEL_3, found "SLSA_BUILD_LEVEL_0" (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['environments', 'production', 'trustedRoots', 0],
      'acmee',
      'policy.invalid environments.production.trustedRoots[0]: no such trusted root: "acmee" (Known are public-good, staging, github, acme; others stand in trust.roots.)',
    ],
    [
      ['environments', 'production', 'rules', 'required', 0],
      'source-reff',
      'policy.invalid environments.production.rules.required[0]: expected one of 29 names, found "source-reff" (Did you mean source-ref?)',
    ],
    [
      ['environments', 'production', 'rules', 'reported', 0],
      'source-ref',
      'policy.invalid environments.production.rules.reported[0]: source-ref is required as well (Leave it out of one of the two lists.)',
    ],
    [
      ['environments', 'production', 'freshness', 'branch'],
      'refs/heads/*',
      'policy.unanchored environments.production.freshness.branch: a text is meant exactly, and this one looks like a glob (Write it as { glob: "refs/heads/*" }.)',
    ],
    [
      ['exceptions', 1, 'id'],
      'EX-1',
      'policy.invalid exceptions[1].id: it stands twice: "EX-1" (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['exceptions', 0, 'rule'],
      'subject-digest',
      'policy.rule-not-optional exceptions[0].rule: subject-digest always holds (Leave it out of rules.reported and of exceptions.)',
    ],
    [
      ['exceptions', 0, 'environment'],
      'prodution',
      'policy.environment exceptions[0].environment: no such environment: "prodution" (Did you mean production?)',
    ],
    [
      ['exceptions', 0, 'approver'],
      '  ANN@acme.example ',
      'policy.invalid exceptions[0].approver: the owner cannot approve it (Name somebody else as approver.)',
    ],
    [
      ['exceptions', 0, 'change'],
      '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d',
      'policy.invalid exceptions[0]: an exception is about one artifact or about one change (Give digest, or change, and not both.)',
    ],
    [
      ['exceptions', 0, 'reviewBy'],
      '2027-01-01T00:00:00Z',
      'policy.invalid exceptions[0].reviewBy: it ends before it begins: 2027-01-01T00:00:00Z to 2026-12-31T00:00:00Z (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['exceptions', 0, 'expires'],
      '2026-12-31',
      'policy.invalid exceptions[0].expires: expected an instant in UTC, such as 2026-12-31T00:00:00Z, found "2026-12-31" (Mend the place that is named and run slsa-gate policy check.)',
    ],
    [
      ['overrides', 'keys', 0, 'pem'],
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n',
      'key.malformed overrides.keys[0].pem: not one PEM public key (Give a PEM file with one public key.)',
    ],
  ])('is refused where %j is %j', (path, value, fault) => {
    expect(told(fullWith(path, value))).toEqual([fault]);
  });

  it.each(ALWAYS_REQUIRED)('has no exception for %s, and never only reports it', (rule) => {
    expect(told(fullWith(['exceptions', 0, 'rule'], rule))[0]).toMatch(/^policy\.rule-not-optional /);
    expect(told(fullWith(['environments', 'production', 'rules', 'reported'], [rule]))[0]).toMatch(
      /^policy\.rule-not-optional /,
    );
  });

  it('names one key for overrides once, however its lines are broken', () => {
    const [key] = (FULL as { overrides: { keys: { pem: string }[] } }).overrides.keys;
    const pem = key?.pem ?? '';
    const other = pem.replace(/(?<=\n.{20})/, '\n');
    expect(told(fullWith(['overrides', 'keys'], [{ pem }, { pem: other }]))[0]).toMatch(
      /^policy\.invalid overrides\.keys\[1\]\.pem: it stands twice/,
    );
  });

  it('keeps names of the package for its own roots', () => {
    const roots = (FULL as { trust: { roots: { acme: Tree } } }).trust.roots;
    expect(told(fullWith(['trust', 'roots'], { ...roots, github: roots.acme }))).toEqual([
      'policy.invalid trust.roots.github: this name is taken by a root of the package (Give your root another name.)',
    ]);
  });
});

describe('environments', () => {
  it.each([
    [
      '  a: { extends: b }\n  b: { level: 3, trustedRoots: [public-good], extends: c }\n  c: { maxTrustAge: 9d, extends: b }\n',
      ['policy.invalid environments.b.extends', 'policy.invalid environments.c.extends'],
    ],
    [
      '  a: { extends: a, level: 3, trustedRoots: [public-good] }\n',
      ['policy.invalid environments.a.extends'],
    ],
    [
      '  a: { extends: [b, stagin], level: 3, trustedRoots: [public-good] }\n  staging: { level: 3, trustedRoots: [public-good] }\n',
      ['policy.environment environments.a.extends[0]', 'policy.environment environments.a.extends[1]'],
    ],
    [
      '  a: { extends: b, level: 3, trustedRoots: [public-good] }\n',
      ['policy.environment environments.a.extends'],
    ],
  ])('extend others that exist, and not themselves: %j', (lines, faults) => {
    expect(told(environments(lines)).map((line) => line.slice(0, line.indexOf(': ')))).toEqual(faults);
  });

  it('say level and trusted roots, or extend one that does, at any distance', () => {
    const chain = `  a: { extends: b }\n  b: { extends: [c] }\n  c: { level: 3, ${ROOTS} }\n`;
    expect(Object.keys(read(environments(chain)).environments)).toEqual(['a', 'b', 'c']);
    expect(
      told(environments(`  a: { extends: b }\n  b: { level: 3 }\n`)).map((line) => line.split(' (')[0]),
    ).toEqual([
      'policy.invalid environments.a.trustedRoots: "a" has none, and neither has what it extends',
      'policy.invalid environments.b.trustedRoots: "b" has none, and neither has what it extends',
    ]);
    expect(told(environments('  a: { mode: pipeline }\n')).map((line) => line.split(':')[0])).toEqual([
      'policy.invalid environments.a.level',
      'policy.invalid environments.a.trustedRoots',
    ]);
  });

  it('have a trusted root in common with what they extend', () => {
    expect(
      told(environments(`  a: { extends: b, trustedRoots: [github] }\n  b: { level: 3, ${ROOTS} }\n`)),
    ).toEqual([
      'policy.empty environments.a.trustedRoots: it has no trusted root in common with what it extends (A root counts where all of them name it.)',
    ]);
  });

  it.each([
    [
      `  a: { level: 3, ${ROOTS}, aliases: [b] }\n  b: { level: 3, ${ROOTS} }\n`,
      'policy.invalid environments.a.aliases[0]: "b" is a name of "b" already',
    ],
    [
      `  a: { level: 3, ${ROOTS}, aliases: [A] }\n`,
      'policy.invalid environments.a.aliases[0]: "A" is a name of "a" already',
    ],
    [
      `  a: { level: 3, ${ROOTS}, aliases: [x, X] }\n`,
      'policy.invalid environments.a.aliases[1]: "X" is a name of "a" already',
    ],
    [
      `  a: { level: 3, ${ROOTS}, aliases: [x] }\n  b: { level: 3, ${ROOTS}, aliases: [x] }\n`,
      'policy.invalid environments.b.aliases[0]: "x" is a name of "a" already',
    ],
    [
      `  a: { level: 3, ${ROOTS} }\n  A: { level: 3, ${ROOTS} }\n`,
      'policy.invalid environments.A: differs from another environment in case alone',
    ],
  ])('have names of their own: %j', (lines, fault) => {
    expect(told(environments(lines)).map((line) => line.slice(0, line.indexOf(' (')))).toEqual([fault]);
  });

  it('need not be told again where what they extend is at fault', () => {
    expect(told(environments(`  a: { extends: b }\n  b: { level: 4, ${ROOTS} }\n`))).toHaveLength(1);
  });
});

describe('what blocks for now', () => {
  it('is nothing in a policy that can be evaluated', () => {
    expect(pendingOf(read(SMALL_POLICY))).toEqual([]);
  });

  it('is told of drafts, freshness, approvals, the clock and rules that are only required', () => {
    expect(pendingOf(read(FULL_POLICY))).toEqual([
      'draft: true: gate refuses a draft',
      'environments.production.freshness is not evaluated yet, so everything to production is blocked',
      'environments.production.approvals is not evaluated yet, so everything to production is blocked',
      'environments.production.clock is not evaluated yet, so everything to production is blocked',
    ]);
    const rules = `  a: { level: 3, ${ROOTS}, rules: { required: [attestation-age] } }\n`;
    expect(pendingOf(read(environments(rules)))).toEqual([
      'environments.a.rules.required is not evaluated yet, so everything to a is blocked',
    ]);
  });
});
