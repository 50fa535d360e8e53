import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../../../src/codes.ts';
import type { Expectations } from '../../../../src/core/model/expectations.ts';
import type { RuleId } from '../../../../src/core/model/finding.ts';
import { exactly } from '../../../../src/core/model/matcher.ts';
import { parseSourceUri } from '../../../../src/core/model/source-uri.ts';
import { INTERPRETED_RULES, STATED_RULES } from '../../../../src/core/rules/index.ts';
import { expecting, NO_FACTS, subjectWith } from './subjects.ts';

/** Each rule, asked what it can be asked, of an attestation of which nothing is known. */
const ASKED: Partial<Record<RuleId, readonly Partial<Expectations>[]>> = {
  'verifier-agreement': [{}],
  'subject-digest': [
    {},
    { subject: { kind: 'exact-digest', digests: [{ algorithm: 'imageId', value: '1' }] } },
  ],
  'subject-name': [{ subjectName: 'widget' }, { fileName: 'widget' }],
  'predicate-type': [{ predicateType: 'provenance' }, { predicateType: ['https://example.com/type'] }],
  'signer-identity': [{}, { signer: { kind: 'key' } }],
  'bundle-version': [{ minBundleVersion: '0.1' }],
  'npm-package': [{ npmPackage: { name: 'widget' } }, { npmPackage: {} }],
  'builder-id': [
    { builder: { uri: 'https://github.com/octo-org/builder', ref: undefined } },
    { signer: { kind: 'builder' } },
    { builder: { uri: 'https://github.com/octo-org/builder', ref: undefined }, allowBuilderRefUnsafe: true },
  ],
  'source-uri': [{}, { sourceOwner: 'https://github.com/octo-org' }],
  'source-repository-id': [{ sourceRepositoryId: '1' }, { sourceOwnerId: '1' }],
  'source-branch': [{ sourceBranch: 'refs/heads/main' }],
  'source-tag': [{ sourceTag: 'refs/tags/v1' }],
  'source-versioned-tag': [{ sourceVersionedTag: 'v1' }],
  'source-commit': [{ sourceCommit: '0'.repeat(40) }],
  'build-trigger': [{ triggers: ['push'] }, {}],
  'runner-environment': [{ runnerEnvironments: ['github-hosted'] }],
  'source-ref': [{ sourceRefs: [exactly('refs/heads/main')] }],
  'build-parameters': [
    { parameters: { expected: new Map(), free: new Set(['release']), refused: new Set() } },
  ],
  'workflow-inputs': [{ workflowInputs: new Map([['release', '1']]) }],
  'min-level': [{ minLevel: 1 }, { minLevel: 2 }, { minLevel: 3 }],
  'pypi-publisher': [
    { pypiPublisher: { repository: parseSourceUri('github.com/octo-org/other') } },
    { pypiPublisher: { workflow: 'release.yml' } },
  ],
  'verification-summary': [
    {
      summary: {
        verifierId: 'https://verifier.local',
        resourceUri: exactly('pkg:generic/widget'),
        verifiedLevels: [],
      },
    },
  ],
  'summary-log': [
    {
      summary: {
        verifierId: 'https://verifier.local',
        resourceUri: exactly('pkg:generic/widget'),
        verifiedLevels: [],
        logKey: 'verifier.local/log+none',
      },
    },
  ],
};

/** About the whole answer, not about one attestation. */
const BESIDE = ['no-downgrade.ts'];

/** Without a log entry it is not asked, and an entry that is there is verified already. */
const NEVER_FAILS: readonly RuleId[] = ['log-inclusion'];

const RULES = [...STATED_RULES, ...INTERPRETED_RULES];
const QUESTIONS = RULES.flatMap((rule) =>
  (ASKED[rule.id] ?? []).map((asked) => ({ id: rule.id, rule, asked })),
);

/** The verified certificate is there; it must name whom nobody expects. */
const { signer } = subjectWith().verified;
const nameless =
  signer.kind === 'certificate'
    ? { ...subjectWith().verified, signer: { ...signer, claims: { issuer: signer.claims.issuer ?? '' } } }
    : subjectWith().verified;
const unread = { ...nameless, bundleVersion: undefined };

describe('what is not known never passes', () => {
  it('is asked of every rule', () => {
    const files = readdirSync(new URL('../../../../src/core/rules/', import.meta.url))
      .filter((name) => !['index.ts', 'rule.ts', 'listed-builder.ts', ...BESIDE].includes(name))
      .map((name) => name.replace('.ts', ''));
    expect(RULES.map(({ id }) => id).sort()).toEqual(files.sort());
    expect([...Object.keys(ASKED), ...NEVER_FAILS].sort()).toEqual(files.sort());
  });

  it.each(QUESTIONS)('$id: $asked', ({ rule, asked }) => {
    for (const facts of [undefined, NO_FACTS]) {
      const check = rule.check(subjectWith({ facts, verified: unread }), expecting(asked));
      expect(check.holds).toBe(false);
      if (check.holds) continue;
      expect(CODES[check.code].answer).toBe('deny');
      expect(check.message).not.toBe('');
      expect(check.actual).not.toBe('');
    }
  });

  it('is asked of each rule that is expected to be asked, and of none without an expectation', () => {
    for (const { rule, asked, id } of QUESTIONS) {
      if (id === 'verifier-agreement' || asked.fileName !== undefined) continue;
      expect([id, typeof rule.expected(expecting(asked), undefined)]).toEqual([id, 'string']);
    }
    const { source: _, ...nothing } = expecting({ predicateType: 'any', subject: { kind: 'unbound' } });
    const asked = RULES.filter(
      (rule) => rule.expected({ ...nothing, signer: { kind: 'anyone-unsafe' } }, undefined) !== undefined,
    );
    expect(asked.map(({ id }) => id)).toEqual([]);
  });
});
