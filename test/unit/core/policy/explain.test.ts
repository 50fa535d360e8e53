import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/core/model/faults.ts';
import { type ExplainOptions, explainPolicy } from '../../../../src/core/policy/explain/index.ts';
import { policyJsonSchema } from '../../../../src/core/policy/json-schema.ts';
import { parsePolicy } from '../../../../src/core/policy/parse.ts';
import { createKeyPair } from '../../../kit/keys.ts';

const KEYS = [createKeyPair(), createKeyPair(), createKeyPair(), createKeyPair()].map(({ pem }) => pem);
const OTHER_KEY = createKeyPair().pem;
const NOW_MS = Date.parse('2026-06-01T00:00:00Z');
const SHA = 'a'.repeat(64);

/** A policy that has every key of the schema. */
const EVERYTHING = {
  schemaVersion: 1,
  name: 'everything',
  description: 'All that can be said.',
  draft: true,
  trust: { roots: { acme: { file: 'acme.json', sha256: SHA } } },
  packages: [
    {
      package: 'pkg:npm/widget',
      source: {
        repository: 'https://github.com/acme/widget',
        repositoryId: '1',
        ownerId: '2',
        refs: ['refs/heads/main', { glob: 'refs/tags/v*' }, { re2: '^refs/tags/w[0-9]+$' }],
      },
      builders: [
        {
          id: 'https://github.com/acme/builders/.github/workflows/a.yml',
          ref: { glob: 'refs/tags/v2.*' },
          workflowDigest: 'b'.repeat(40),
          signer: { identity: { glob: 'https://github.com/acme/**' }, issuer: 'https://issuer.example.com' },
          maxLevel: 2,
          grantedLevel: 3,
          runners: ['self-hosted', 'big'],
        },
        {
          id: 'https://tekton.example.com/chains',
          ref: 'any',
          signer: {
            key: {
              pem: KEYS[0],
              id: 'tekton',
              notBefore: '2026-01-01T00:00:00Z',
              notAfter: '2027-01-01T00:00:00Z',
            },
          },
        },
      ],
      predicateTypes: ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'],
      parameters: {
        expected: { channel: ['stable', 'lts'], release: 'true' },
        free: ['notes', 'debug'],
        refused: ['skip-tests', 'skip-lint'],
      },
      triggers: ['push', 'release'],
      runners: ['github-hosted', 'gitlab-hosted'],
      minBundleVersion: '0.2',
      viaIndex: true,
      noDowngrade: true,
      summaries: [
        {
          verifierId: 'https://verifier.example.com',
          signer: { key: { pem: KEYS[1] } },
          resourceUri: { glob: 'pkg:npm/widget@*' },
          levels: ['SLSA_BUILD_LEVEL_2', 'SLSA_SOURCE_LEVEL_1'],
          policyDigest: `sha256:${SHA}`,
          maxAge: '1d',
          log: 'verifier.local/log+c240fe04+AURGLvlxzz1Y+DRg5bwpE2eg3/0p5n7PY0E3THf/7RI9',
        },
      ],
    },
    {
      package: { glob: 'pkg:npm/w*' },
      source: { repository: 'https://github.com/acme/widget' },
      builders: [{ id: 'https://github.com/acme/builders/.github/workflows/a.yml' }],
    },
  ],
  environments: {
    production: {
      aliases: ['prod', 'live'],
      tier: 'production',
      extends: ['staging', 'base'],
      mode: 'required',
      level: 2,
      trustedRoots: ['public-good', 'acme'],
      maxTrustAge: '30d',
      minBundleVersion: '0.2',
      thresholds: { log: 1, sct: 2, tsa: 3, time: 4 },
      clock: 'corroborated',
      verifier: 'strict',
      rules: { required: ['source-ref', 'build-parameters'], reported: ['bundle-version', 'build-trigger'] },
      provenance: { quantifier: 'all' },
      sources: { required: ['oci-layout', 'file'] },
      vetoes: [
        {
          verifierId: 'https://scanner.example.com',
          signer: { identity: 'https://github.com/acme/scan', issuer: { glob: 'https://*.example.com' } },
        },
        { verifierId: 'https://second.example.com', signer: { key: { pem: KEYS[2] } } },
      ],
      freshness: {
        branch: 'refs/heads/main',
        rules: ['source-on-branch', 'no-newer-change'],
        mode: 'contains',
        maxAge: '7d',
        paths: ['src/a', 'src/b'],
        sharedPaths: ['lib/a', 'lib/b'],
        maxEntries: 5,
        maxBehind: '2d',
      },
      approvals: {
        change: { minimum: 2, since: 'c'.repeat(40) },
        release: { minimum: 1, maxAge: '24h' },
      },
      evidence: {
        store: ['postgres', 'sqlite'],
        signer: ['pkcs11', 'key'],
        sinks: ['archive', 'vault'],
        durable: 'strict',
      },
    },
    staging: { level: 1, trustedRoots: ['public-good', 'acme', 'github'] },
    base: { level: 1, trustedRoots: ['public-good', 'acme', 'staging'] },
  },
  exceptions: [
    {
      id: 'EX-1',
      rule: 'source-ref',
      environment: 'production',
      digest: `sha256:${SHA}`,
      reason: 'hotfix',
      owner: 'Ada',
      approver: 'Grace',
      expires: '2026-12-31T00:00:00Z',
      reviewBy: '2026-07-01T00:00:00Z',
    },
    {
      id: 'EX-2',
      rule: 'build-trigger',
      environment: 'production',
      change: 'd'.repeat(40),
      reason: 'release by hand',
      owner: 'Ada',
      approver: 'Grace',
      expires: '2026-05-31T00:00:00Z',
    },
  ],
  overrides: { keys: [{ pem: KEYS[3], id: 'release-managers' }, { pem: KEYS[0] }] },
};

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;

const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (isHolder(inner) ? inner[step] : undefined), value);

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (!isHolder(value)) return [];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => [[...path, step], ...pathsOf(value[step], [...path, step])]);
}

function edited(path: Path, edit: (holder: Holder, step: string | number) => void): unknown {
  const copy: unknown = structuredClone(EVERYTHING);
  const holder = at(copy, path.slice(0, -1));
  const step = path.at(-1);
  if (!isHolder(holder) || step === undefined) throw new Error('no such path');
  edit(holder, step);
  return copy;
}

const removed = (path: Path): unknown =>
  edited(path, (holder, step) => {
    if (Array.isArray(holder)) holder.splice(Number(step), 1);
    else delete holder[step];
  });

/** Another value of the same form. */
const OTHERS: Readonly<Record<string, unknown>> = {
  name: 'something-else',
  file: 'other.json',
  sha256: 'e'.repeat(64),
  package: 'pkg:npm/gadget',
  repository: 'https://github.com/acme/gadget',
  id: 'other-id',
  verifierId: 'https://other.example.com',
  identity: 'https://github.com/acme/other',
  issuer: 'https://other-issuer.example.com',
  pem: OTHER_KEY,
  glob: 'refs/tags/x*',
  re2: '^refs/tags/x[0-9]+$',
  maxAge: '9d',
  branch: 'refs/heads/next',
  minimum: 9,
  since: 'f'.repeat(40),
  quantifier: 'any',
  digest: `sha256:${'9'.repeat(64)}`,
  change: '9'.repeat(40),
  rule: 'runner-environment',
  environment: 'staging',
  reason: 'another one',
  owner: 'Edsger',
  approver: 'Edsger',
  expires: '2026-11-30T00:00:00Z',
  level: 3,
};

/** The same policy with something else at the path, where that is a policy at all. */
function variants(path: Path): readonly unknown[] {
  const last = String(path.at(-1));
  const builderId = 'https://github.com/acme/builders/.github/workflows/other.yml';
  const other =
    last === 'id' && path.includes('builders')
      ? builderId
      : last === 'glob' && path.includes('package')
        ? 'pkg:npm/v*'
        : OTHERS[last];
  const altered =
    other === undefined ? [] : [edited(path, (holder, step) => Object.assign(holder, { [step]: other }))];
  return [removed(path), ...altered].filter((value) => isPolicy(value));
}

const read = (value: unknown) => parsePolicy(Buffer.from(JSON.stringify(value)), 'policy.json');

function isPolicy(value: unknown): boolean {
  try {
    read(value);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

const explained = (value: unknown, options: Partial<ExplainOptions> = {}) =>
  explainPolicy(read(value), { nowMs: NOW_MS, ...options });

/** Single values; mappings and lists are changed by what is in them. There is one version of the form. */
const PATHS = pathsOf(EVERYTHING).filter(
  (path) => path[0] !== 'schemaVersion' && !isHolder(at(EVERYTHING, path)),
);

/** Keys of the schema with `*` for names and positions: `packages.*.source.refs`. */
function keysOfSchema(schema: unknown, path: string): readonly string[] {
  if (!isHolder(schema)) return [];
  const { properties, items, additionalProperties, anyOf } = schema;
  return [
    ...(isHolder(properties)
      ? Object.entries(properties).flatMap(([name, inner]) => {
          const below = path === '' ? name : `${path}.${name}`;
          return [below, ...keysOfSchema(inner, below)];
        })
      : []),
    ...(isHolder(items) ? keysOfSchema(items, `${path}.*`) : []),
    ...(isHolder(additionalProperties) ? keysOfSchema(additionalProperties, `${path}.*`) : []),
    ...(Array.isArray(anyOf) ? anyOf.flatMap((inner) => keysOfSchema(inner, path)) : []),
  ];
}

const NAMED = /^(environments|trust\.roots)\.[^.*]+/;
const withoutNames = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? '*' : step))
    .join('.')
    .replace(NAMED, '$1.*');

describe('the explanation of a policy', () => {
  it('is tried with every key that the schema has', () => {
    const tried = new Set(pathsOf(EVERYTHING).map(withoutNames));
    const keys = keysOfSchema(policyJsonSchema(), '');
    expect(keys.length).toBeGreaterThan(80);
    // Where a pattern may stand, it may have any of its forms; each of them is tried somewhere.
    expect(
      keys.filter((key) => !tried.has(key) && !/\.(?:glob|re2|identity|issuer|key(?:\..*)?)$/.test(key)),
    ).toEqual([]);
    for (const form of ['glob', 're2', 'identity', 'issuer', 'key', 'pem', 'notBefore', 'notAfter'])
      expect(
        [...tried].some((path) => path.endsWith(`.${form}`)),
        form,
      ).toBe(true);
  });

  it.each(PATHS.map((path) => path.join('.')))('changes with %s', (text) => {
    const path = PATHS.find((candidate) => candidate.join('.') === text) ?? [];
    const changed = variants(path);
    expect(changed.length, 'nothing else can stand there').toBeGreaterThan(0);
    const before = JSON.stringify(explained(EVERYTHING));
    for (const value of changed) expect(JSON.stringify(explained(value))).not.toBe(before);
  });

  it('names a place in the policy, or where it would stand, in every sentence', () => {
    const { about, packages, environments } = explained(EVERYTHING);
    const sentences = [
      about,
      ...packages.map((one) => one.sentences),
      ...environments.map((one) => one.sentences),
    ].flat();
    expect(sentences.length).toBeGreaterThan(60);
    for (const { text, path } of sentences) {
      expect(path).toMatch(/^(?:name|description|draft|packages|environments|trust|exceptions|overrides)/);
      expect(text).toMatch(/\.$/);
    }
  });
});

describe('what is explained', () => {
  const small = {
    schemaVersion: 1,
    name: 'small',
    packages: [
      {
        package: 'pkg:npm/widget',
        source: { repository: 'https://github.com/acme/widget' },
        builders: [{ id: 'https://github.com/acme/widget/.github/workflows/release.yml' }],
      },
      {
        package: 'pkg:npm/gadget',
        source: { repository: 'https://github.com/acme/gadget' },
        builders: [{ id: 'https://github.com/acme/gadget/.github/workflows/release.yml' }],
      },
    ],
    environments: {
      staging: { level: 2, trustedRoots: ['public-good', 'github'], thresholds: { tsa: 1 } },
      production: { aliases: ['prod'], extends: 'staging', level: 3, trustedRoots: ['public-good'] },
    },
  };

  it('is the strictest of what an environment extends, with the place that says it', () => {
    const [production] = explained(small, { environment: 'prod' }).environments;
    expect(production?.environment).toBe('production');
    expect(production?.sentences).toContainEqual({
      kind: 'when',
      text: 'It reaches SLSA build level 3.',
      path: 'environments.production.level',
    });
    expect(production?.sentences).toContainEqual({
      kind: 'when',
      text: 'Its signature verifies under the trusted root public-good.',
      path: 'environments.production.trustedRoots',
    });
    expect(production?.sentences).toContainEqual({
      kind: 'when',
      text: 'At least 1 timestamp authority has seen the signature.',
      path: 'environments.staging.thresholds.tsa',
    });
  });

  it('is only what is about a package, where one is named', () => {
    const { packages, about } = explained(small, { packageName: 'pkg:npm/gadget' });
    expect(packages.map((entry) => entry.package)).toEqual(['pkg:npm/gadget']);
    expect(packages[0]?.sentences[0]).toEqual({
      kind: 'when',
      text: 'It was built from https://github.com/acme/gadget.',
      path: 'packages[1].source.repository',
    });
    expect(about.filter(({ kind }) => kind === 'blocks')).toEqual([]);
  });

  it('is that nothing passes, where no entry is about the package', () => {
    const { packages, about } = explained(small, { packageName: 'pkg:npm/other' });
    expect(packages).toEqual([]);
    expect(about).toContainEqual({
      kind: 'blocks',
      text: 'No entry of the policy is about pkg:npm/other, so it is denied (policy.no-match).',
      path: 'packages',
    });
  });

  it('tells exceptions in force with owner and end, and those that ended as such', () => {
    const [production] = explained(EVERYTHING, { environment: 'production' }).environments;
    const told = production?.sentences.filter(({ path }) => path.startsWith('exceptions'));
    expect(told).toEqual([
      {
        kind: 'exception',
        text: `EX-1: until 2026-12-31T00:00:00Z the artifact sha256:${SHA} may pass without source-ref. Reason: hotfix. Owner Ada, approver Grace, to be looked at by 2026-07-01T00:00:00Z.`,
        path: 'exceptions[0]',
      },
      {
        kind: 'about',
        text: `EX-2 ended on 2026-05-31T00:00:00Z and lifts nothing any more; it let builds of the commit ${'d'.repeat(40)} pass without build-trigger. Reason: release by hand. Owner Ada, approver Grace.`,
        path: 'exceptions[1]',
      },
    ]);
    const [staging] = explained(EVERYTHING, { environment: 'staging' }).environments;
    expect(staging?.sentences.filter(({ path }) => path.startsWith('exceptions'))).toEqual([]);
  });

  it('says which demands block because nothing can answer them yet', () => {
    const [production] = explained(EVERYTHING, { environment: 'production' }).environments;
    const blocks = production?.sentences.filter(({ kind }) => kind === 'blocks').map(({ path }) => path);
    expect(blocks).toEqual([
      'environments.production.freshness',
      'environments.production.approvals.change',
      'environments.production.approvals.release',
      'environments.production.clock',
    ]);
  });
});
