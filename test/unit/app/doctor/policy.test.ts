import { describe, expect, it } from 'vitest';
import type { CheckLine } from '../../../../src/app/doctor/check.ts';
import { type PolicyTarget, policyChecks } from '../../../../src/app/doctor/policy.ts';
import { runChecks } from '../../../../src/app/doctor/run.ts';
import type { LoadedPolicy } from '../../../../src/app/gate/material.ts';
import { parsePolicy } from '../../../../src/core/policy/parse.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { policyText } from '../../../kit/gate-folder.ts';

const load = (
  changes: Parameters<typeof policyText>[0] = [],
  members: Partial<LoadedPolicy> = {},
): LoadedPolicy => {
  const bytes = Buffer.from(policyText(changes));
  const policy = parsePolicy(bytes, 'policy.yaml');
  return {
    policy,
    bytes,
    fileName: 'policy.yaml',
    pinnedBy: null,
    checkout: null,
    inPipeline: false,
    ...members,
  };
};

const TARGET: PolicyTarget = {
  path: 'policy.yaml',
  environment: 'production',
  package: 'pkg:npm/widget@1.0.0',
  sourceKinds: new Set(['npm']),
  hasArtifact: true,
  offline: false,
};

const linesOf = async (
  loaded: LoadedPolicy,
  target: Partial<PolicyTarget> = {},
): Promise<readonly CheckLine[]> =>
  (await runChecks([policyChecks({ value: loaded }, { ...TARGET, ...target })], { timeoutMs: 1000 })).checks;

const of = (lines: readonly CheckLine[], id: CheckLine['id']) =>
  lines.filter((line) => line.id === id).map(({ status, code }) => [status, code]);

const IN_PRODUCTION = '    level: 2\n';
const DOWNGRADE = [['    triggers: [push]\n', '    triggers: [push]\n    noDowngrade: true\n']] as const;
const packageIs = (pattern: string) => [['{ glob: "pkg:*/**" }', pattern], ...DOWNGRADE] as const;

describe('a policy', () => {
  it('that is fine is told in every part', async () => {
    const lines = await linesOf(load());
    expect(lines.map(({ id, status }) => [id, status])).toEqual([
      ['policy', 'ok'],
      ['policy-source', 'ok'],
      ['policy-environment', 'ok'],
      ['policy-package', 'ok'],
      ['policy-sources', 'ok'],
      ['policy-rules', 'ok'],
    ]);
  });

  it('that cannot be read leaves the rest unchecked', async () => {
    const broken = { error: new SlsaGateError('policy.draft', 'a draft') };
    const { checks } = await runChecks([policyChecks(broken, TARGET)], { timeoutMs: 1000 });
    expect(checks[0]).toMatchObject({ id: 'policy', status: 'problem', code: 'policy.draft' });
    expect(checks.slice(1).every(({ status }) => status === 'not-checked')).toBe(true);
    expect(checks).toHaveLength(6);
  });

  it.each([
    ['pinned by its digest', { pinnedBy: 'digest' }, 'ok', undefined],
    ['pinned, in a checkout', { pinnedBy: 'key', checkout: 'abc', inPipeline: true }, 'ok', undefined],
    ['a file of nobody', {}, 'ok', undefined],
    ['a file of nobody in a pipeline', { inPipeline: true }, 'ok', undefined],
    ['in a checkout', { checkout: 'abc' }, 'warning', 'policy.untrusted-source'],
    [
      'in a checkout of a pipeline',
      { checkout: 'abc', inPipeline: true },
      'problem',
      'policy.untrusted-source',
    ],
  ] as const)('%s', async (_, members, status, code) => {
    expect(of(await linesOf(load([], members)), 'policy-source')).toEqual([[status, code]]);
  });

  it('is looked at for all its environments where none is named', async () => {
    const changes = [[IN_PRODUCTION, `${IN_PRODUCTION}    aliases: [prod]\n`]] as const;
    const text = load([
      ...changes,
      ['environments:\n', 'environments:\n  staging:\n    level: 1\n    trustedRoots: [public-good]\n'],
    ]);
    const names = (await linesOf(text, { environment: undefined }))
      .filter(({ id }) => id === 'policy-environment')
      .map(({ name }) => name);
    expect(names).toEqual(['environment staging', 'environment production']);
    expect(of(await linesOf(text, { environment: 'prod' }), 'policy-environment')).toEqual([
      ['ok', undefined],
    ]);
  });

  it('that is about another package is a problem, and not checked where no package is known', async () => {
    expect(of(await linesOf(load(packageIs('pkg:npm/other'))), 'policy-package')).toEqual([
      ['problem', 'policy.no-match'],
    ]);
    expect(of(await linesOf(load(), { package: undefined }), 'policy-package')).toEqual([
      ['not-checked', undefined],
    ]);
    expect(of(await linesOf(load(), { package: 'no purl' }), 'policy-package')).toEqual([
      ['not-checked', undefined],
    ]);
  });
});

describe('sources that a policy requires', () => {
  const requires = (kinds: string) =>
    load([[IN_PRODUCTION, `${IN_PRODUCTION}    sources: { required: [${kinds}] }\n`]]);

  it.each([
    ['npm', {}, 'ok', undefined],
    ['github', {}, 'problem', 'source.unavailable'],
    ['npm, github', {}, 'problem', 'source.unavailable'],
    ['github', { hasArtifact: false }, 'not-checked', undefined],
    ['file, oci-layout', {}, 'ok', undefined],
  ] as const)('%s, %j: %s', async (kinds, target, status, code) => {
    expect(of(await linesOf(requires(kinds), target), 'policy-sources')).toEqual([[status, code]]);
  });
});

describe('rules of a policy', () => {
  it('that need a clock of servers cannot be answered offline', async () => {
    const corroborated = load([[IN_PRODUCTION, `${IN_PRODUCTION}    clock: corroborated\n`]]);
    expect(of(await linesOf(corroborated), 'policy-rules')).toEqual([['ok', undefined]]);
    expect(of(await linesOf(corroborated, { offline: true }), 'policy-rules')).toEqual([
      ['warning', 'rule.not-evaluated'],
    ]);
  });

  it('that nobody answers yet are told one by one', async () => {
    const asks = `${IN_PRODUCTION}    freshness: { branch: refs/heads/main, rules: [no-newer-change, source-on-branch] }\n`;
    const lines = (await linesOf(load([[IN_PRODUCTION, asks]]))).filter(({ id }) => id === 'policy-rules');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatchObject({ status: 'problem', code: 'rule.not-evaluated' });
  });

  it.each([
    ['pkg:npm/widget', undefined, 'ok'],
    ['pkg:pypi/widget', undefined, 'problem'],
    ['{ glob: "pkg:oci/**" }', undefined, 'problem'],
    ['{ re2: "^pkg:npm/.*$" }', undefined, 'ok'],
    ['{ re2: "^pkg:generic/.*$" }', undefined, 'problem'],
    ['{ glob: "pkg:*/**" }', undefined, 'ok'],
    ['{ glob: "pkg:*/**" }', 'pkg:npm/widget@1', 'ok'],
    ['{ glob: "pkg:*/**" }', 'pkg:pypi/widget@1', 'problem'],
    ['pkg:pypi/widget', 'pkg:npm/widget@1', 'ok'],
  ])('about versions of %s, for %s', async (pattern, purl, status) => {
    const lines = await linesOf(load(packageIs(pattern)), { package: purl });
    expect(of(lines, 'policy-rules').some(([found]) => found === 'problem')).toBe(status === 'problem');
  });
});
