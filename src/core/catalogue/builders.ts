import {
  BUILDERS,
  GENERATOR_BUILDERS,
  GITHUB_ISSUER,
  GITLAB_ISSUER,
  RUNNER_BUILDERS,
} from '../model/known-builders.ts';
import type { Catalogue, CatalogueRow } from './catalogue.ts';

const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator';
const GENERATOR_DOCS = `${GENERATOR}/blob/main/README.md`;
const WORKFLOW_V1 = 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1';
const READ_ON = '2026-11-25';

/**
 * Runners of the hosting platform itself. Fulcio names the runner since the spring of 2023, when version 1.5 of the
 * generator was the newest; a later version in a certificate without it would be a contradiction.
 */
const GITHUB_HOSTED = { is: ['github-hosted'], mayBeAbsent: false } as const;
const GITHUB_HOSTED_OR_OLD = { is: ['github-hosted'], mayBeAbsent: { upTo: [1, 5] } } as const;

const generator = (
  id: string,
  builders: readonly string[],
  buildTypes: readonly string[],
  delegators: readonly string[] = [],
): CatalogueRow => ({
  id,
  trust: 'public-good',
  issuers: [GITHUB_ISSUER],
  builders,
  delegators,
  builderRef: 'version-tag',
  buildTypes,
  // The workflows fix a hosted runner themselves.
  runner: GITHUB_HOSTED_OR_OLD,
  level: 3,
  source: GENERATOR_DOCS,
  readOn: READ_ON,
});

const githubAttestation = (
  id: string,
  trust: 'public-good' | 'github',
  earlier: readonly string[] = [],
): CatalogueRow => ({
  id,
  trust,
  issuers: [GITHUB_ISSUER],
  builders: [],
  delegators: [],
  builderRef: 'any',
  buildTypes: ['https://actions.github.io/buildtypes/workflow/v1', ...earlier],
  runner: GITHUB_HOSTED,
  level: 2,
  listedLevel: 3,
  source:
    'https://docs.github.com/en/enterprise-cloud@latest/actions/security-guides/using-artifact-attestations-and-reusable-workflows-to-achieve-slsa-v1-build-level-3',
  readOn: READ_ON,
});

/** The built-in catalogue. */
export const CATALOGUE: Catalogue = {
  anchors: {
    'public-good': [
      '03a38ffb1f450100c2596d1d10b900ac4d504058006dda58199576bbeb9c73d0',
      '3ba7b6cc4e95469d4d334b49cb257ad8537076fa84b0ca87ff4ecfe6a54680c1',
    ],
    github: ['dc64d3af9fd46dd840486935c903986d06edd35788769696d2f145d38b7f7887'],
  },
  rows: [
    generator('slsa-github-generator-generic', [BUILDERS.generic], [`${GENERATOR}/generic@v1`]),
    generator('slsa-github-generator-container', [BUILDERS.container], [`${GENERATOR}/container@v1`]),
    generator(
      'slsa-github-generator-go',
      [BUILDERS.go],
      [
        `${GENERATOR}/go@v1`,
        `${GENERATOR}@v1`,
        'https://github.com/slsa-framework/slsa-github-generator-go@v1',
      ],
    ),
    generator(
      'slsa-github-generator-container-based',
      [BUILDERS.containerBased],
      ['https://slsa.dev/container-based-build/v0.1?draft'],
    ),
    generator(
      'slsa-github-generator-delegated',
      GENERATOR_BUILDERS,
      [`${GENERATOR}/delegator-generic@v0`],
      [BUILDERS.delegator, BUILDERS.lowPermissionsDelegator],
    ),
    githubAttestation('github-attestation-public', 'public-good'),
    // Of the first months; in the public instance the npm CLI writes the same, for the same level.
    githubAttestation('github-attestation-private', 'github', [WORKFLOW_V1]),
    {
      id: 'npm-cli',
      trust: 'public-good',
      issuers: [GITHUB_ISSUER],
      builders: [RUNNER_BUILDERS.hosted],
      delegators: [],
      builderRef: 'any',
      buildTypes: ['https://github.com/npm/cli/gha/v2', WORKFLOW_V1],
      runner: GITHUB_HOSTED,
      level: 2,
      source: 'https://slsa.dev/blog/2023/05/bringing-improved-supply-chain-security-to-the-nodejs-ecosystem',
      readOn: READ_ON,
    },
    {
      id: 'gitlab-com',
      trust: 'public-good',
      issuers: [GITLAB_ISSUER],
      builders: [],
      delegators: [],
      builderRef: 'any',
      buildTypes: [],
      runner: { is: ['gitlab-hosted'], mayBeAbsent: false },
      level: 2,
      // A hosted platform signs it; what level 3 would need is a plan there.
      source: 'https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/slsa_level_3',
      readOn: READ_ON,
    },
    {
      id: 'google-cloud-build',
      trust: 'cloud-build',
      issuers: [],
      builders: ['https://cloudbuild.googleapis.com/GoogleHostedWorker'],
      delegators: [],
      builderRef: 'any',
      buildTypes: [],
      runner: { is: [], mayBeAbsent: true },
      level: 3,
      source: 'https://cloud.google.com/build/docs/securing-builds/view-build-provenance',
      readOn: READ_ON,
    },
  ],
};
