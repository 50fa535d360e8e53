import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { listFolders } from '../../../../src/adapters/disk/list.ts';
import { type PolicyTestDocument, testPolicy } from '../../../../src/app/policy/test-policy.ts';
import { createPorts } from '../../../../src/cli/wire.ts';
import { exists, readSmallFile } from '../../../../src/cli/wire-evidence.ts';
import { ConfigError } from '../../../../src/core/model/faults.ts';
import { ROOT } from '../../../e2e/built.ts';
import { refusal } from '../../cli/command.ts';

const PRESET = join(ROOT, 'policies', 'slsa-level-2-github.yaml');
const FIXTURES = join(ROOT, 'policies', 'fixtures', 'slsa-level-2-github');
const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-policy-test-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const ports = {
  ...(await createPorts()),
  readFile: (path: string) => readSmallFile(path),
  listFolders,
  exists,
};

type Values = Record<string, unknown>;

let counter = 0;
/** A copy of the cases of a preset, to be changed. */
let folder: string;
beforeEach(() => {
  folder = join(FOLDER, String(counter++), 'policies', 'fixtures', 'slsa-level-2-github');
  cpSync(FIXTURES, folder, { recursive: true });
  cpSync(PRESET, join(folder, '..', '..', 'slsa-level-2-github.yaml'));
});

const ask = (policy?: string): Promise<PolicyTestDocument> =>
  testPolicy({ folder, ...(policy === undefined ? {} : { policy }) }, ports);

const editCase = (name: string, edit: (values: Values) => unknown): void => {
  const path = join(folder, name, 'case.yaml');
  const values = parse(readFileSync(path, 'utf8')) as Values;
  writeFileSync(path, stringify(edit(values) ?? values));
};

const onlyCases = (...names: readonly string[]): Promise<void> =>
  listFolders(folder).then((found) => {
    for (const name of found.filter((one) => !names.includes(one)))
      rmSync(join(folder, name), { recursive: true });
  });

describe('asking a policy its cases', () => {
  it('is ok when all are answered as expected and every rule that the policy asks was seen denying', async () => {
    const document = await ask();
    expect(document.outcome).toBe('ok');
    expect(document.cases.map(({ outcome }) => outcome)).toEqual(Array(14).fill('ok'));
    expect(document.policy).toMatchObject({
      name: 'slsa-level-2-github',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    const asked = document.rules.filter(({ state }) => state === 'tested').map(({ rule }) => rule);
    expect(asked).toEqual([
      'build-trigger',
      'builder-id',
      'bundle-version',
      'min-level',
      'policy-match',
      'predicate-type',
      'source-ref',
      'source-repository-id',
      'source-uri',
    ]);
    for (const { rule, passed, denied, state } of document.rules) {
      expect(passed + denied, rule).toBeGreaterThan(0);
      if (state === 'tested') expect(denied, rule).toBeGreaterThan(0);
    }
  });

  it.each([
    [
      'verdict',
      { verdict: 'deny', codes: ['source.ref'] },
      { verdict: 'deny', codes: ['source.ref'], level: null },
    ],
    ['level', { verdict: 'allow', level: 3 }, { verdict: 'allow', codes: [], level: 3 }],
  ])('fails when another %s is expected', async (_, wanted, expected) => {
    editCase('allows-a-release', (values) => Object.assign(values, { expect: wanted }));
    const document = await ask();
    expect(document.outcome).toBe('failed');
    expect(document.cases.filter(({ outcome }) => outcome === 'not-ok')).toEqual([
      {
        name: 'allows-a-release',
        outcome: 'not-ok',
        expected,
        actual: { verdict: 'allow', codes: [], level: 2 },
      },
    ]);
  });

  it.each([[['source.mismatch']], [['source.ref', 'source.mismatch']]])(
    'fails when the right denial has other codes than %j',
    async (codes) => {
      editCase('denies-another-branch', (values) =>
        Object.assign(values, { expect: { verdict: 'deny', codes } }),
      );
      const { outcome, cases } = await ask();
      expect(outcome).toBe('failed');
      expect(cases.find(({ name }) => name === 'denies-another-branch')).toMatchObject({
        outcome: 'not-ok',
        actual: { verdict: 'deny', codes: ['source.ref'] },
      });
    },
  );

  it('is untested when no case sees a rule deny that the policy asks', async () => {
    rmSync(join(folder, 'denies-another-branch'), { recursive: true });
    const document = await ask();
    expect(document.outcome).toBe('untested');
    expect(document.rules.filter(({ state }) => state === 'untested')).toEqual([
      { rule: 'source-ref', passed: 11, denied: 0, state: 'untested' },
    ]);
  });

  it('is untested when the policy requires a rule that nothing of it asks and no case sees deny', async () => {
    const policy = join(folder, '..', 'requires.yaml');
    const values = parse(readFileSync(PRESET, 'utf8'));
    values.environments.production.rules = { required: ['log-inclusion'] };
    writeFileSync(policy, stringify(values));
    const document = await ask(policy);
    expect(document.rules.find(({ rule }) => rule === 'log-inclusion')).toMatchObject({
      denied: 0,
      state: 'untested',
    });
    expect(document.outcome).toBe('untested');
  });

  it('asks of no rule that it was seen denying where it is only reported, or cannot be evaluated yet', async () => {
    const policy = join(folder, '..', 'reports.yaml');
    const values = parse(readFileSync(PRESET, 'utf8'));
    values.environments.production.rules = { reported: ['source-ref'] };
    values.environments.later = {
      level: 2,
      trustedRoots: ['public-good'],
      approvals: { release: { minimum: 1 } },
      rules: { reported: ['source-ref'] },
    };
    writeFileSync(policy, stringify(values));
    editCase('denies-another-branch', (one) => Object.assign(one, { expect: { verdict: 'allow' } }));
    const document = await ask(policy);
    expect(document.outcome).toBe('ok');
    expect(document.rules.map(({ rule }) => rule)).not.toContain('source-ref');
    expect(document.rules.find(({ rule }) => rule === 'release-approvals')?.state).toBe('not-evaluated');
  });

  it('counts what blocks everything as blocked, not as denied', async () => {
    const policy = join(folder, '..', 'approvals.yaml');
    const values = parse(readFileSync(PRESET, 'utf8'));
    values.environments.production.approvals = { release: { minimum: 1 } };
    writeFileSync(policy, stringify(values));
    await onlyCases('allows-a-release');
    editCase('allows-a-release', (one) =>
      Object.assign(one, { expect: { verdict: 'indeterminate', codes: ['rule.not-evaluated'] } }),
    );
    const document = await ask(policy);
    expect(document.cases).toMatchObject([{ outcome: 'ok' }]);
    expect(document.rules.find(({ rule }) => rule === 'release-approvals')).toEqual({
      rule: 'release-approvals',
      passed: 0,
      denied: 0,
      state: 'not-evaluated',
    });
  });

  it('asks a draft too, and knows environments by their aliases', async () => {
    const policy = join(folder, '..', 'draft.yaml');
    const values = parse(readFileSync(PRESET, 'utf8'));
    values.environments.production.aliases = ['prod'];
    writeFileSync(policy, stringify({ ...values, draft: true }));
    await onlyCases('allows-a-release');
    editCase('allows-a-release', (one) => Object.assign(one, { environment: 'prod' }));
    expect((await ask(policy)).cases).toMatchObject([{ outcome: 'ok', actual: { verdict: 'allow' } }]);
  });

  it('sees a policy that lies in the checkout of the commit that is promoted', async () => {
    await onlyCases('allows-a-release');
    editCase('allows-a-release', (one) =>
      Object.assign(one, {
        checkout: '4d329c75e7ec1725f7c9ce917a8799d408d06be3',
        expect: { verdict: 'deny', codes: ['policy.untrusted-source'] },
      }),
    );
    expect((await ask()).cases).toMatchObject([{ outcome: 'ok' }]);
  });
});

describe('finding the policy', () => {
  it('takes policy.yaml of the folder before the preset of its name, and --policy before both', async () => {
    await onlyCases('allows-a-release');
    expect((await ask()).policy.file).toBe(join(folder, '..', '..', 'slsa-level-2-github.yaml'));
    cpSync(PRESET, join(folder, 'policy.yaml'));
    expect((await ask()).policy.file).toBe(join(folder, 'policy.yaml'));
    expect((await ask(PRESET)).policy.file).toBe(PRESET);
  });

  it('refuses a folder that has none', async () => {
    rmSync(join(folder, '..', '..', 'slsa-level-2-github.yaml'));
    await expect(ask()).rejects.toThrow(refusal('usage.flag', { exitCode: 64 }));
  });
});

describe('cases that cannot be read', () => {
  it('are refused: a folder without any', async () => {
    await onlyCases();
    await expect(ask()).rejects.toThrow(refusal('usage.flag', { exitCode: 64 }));
  });

  it('are refused: a folder among them without a case', async () => {
    mkdirSync(join(folder, 'nothing'));
    await expect(ask()).rejects.toThrow(refusal('path.not-found', { exitCode: 64 }));
  });

  it('are refused: an attestation that is not there, whatever is expected', async () => {
    editCase('denies-another-branch', (one) =>
      Object.assign(one, {
        attestations: ['missing.json'],
        expect: { verdict: 'refused', codes: ['path.not-found'] },
      }),
    );
    await expect(ask()).rejects.toThrow(refusal('path.not-found', { exitCode: 64 }));
  });

  const faults: readonly (readonly [what: string, change: Values, code: string, path: string])[] = [
    ['a key that nobody knows', { expects: 'allow' }, 'policy.unknown-key', 'expects'],
    ['no instant', { now: 'today' }, 'policy.invalid', 'now'],
    ['a day that does not exist', { now: '2026-02-30T00:00:00Z' }, 'policy.invalid', 'now'],
    ['a denial without a reason', { expect: { verdict: 'deny' } }, 'policy.invalid', 'expect'],
    [
      'an allow with a reason',
      { expect: { verdict: 'allow', codes: ['source.ref'] } },
      'policy.invalid',
      'expect.codes',
    ],
    [
      'a code that does not exist',
      { expect: { verdict: 'deny', codes: ['source.reff'] } },
      'policy.invalid',
      'expect.codes[0]',
    ],
    ['no artifact', { artifact: { package: 'pkg:generic/a' } }, 'policy.invalid', 'artifact'],
    [
      'two artifacts',
      { artifact: { package: 'pkg:generic/a', file: 'a', digest: `sha256:${'a'.repeat(64)}` } },
      'policy.invalid',
      'artifact',
    ],
    [
      'attestations given twice',
      { sources: [{ name: 'file', answer: 'absent' }] },
      'policy.invalid',
      'sources',
    ],
    ['keys of nobody', { keys: { mine: 'a.pem' } }, 'policy.invalid', 'keys.mine'],
    ['a verdict that does not exist', { expect: { verdict: 'pass' } }, 'policy.invalid', 'expect.verdict'],
  ];

  it.each(faults)('are refused: %s', async (_, change, code, path) => {
    editCase('allows-a-release', (one) => Object.assign(one, change));
    const error = await ask().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).exitCode).toBe(64);
    expect((error as ConfigError).faults.map((fault) => [fault.code, fault.path])).toContainEqual([
      code,
      path,
    ]);
  });
});
