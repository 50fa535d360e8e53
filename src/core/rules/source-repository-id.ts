import { compareFact, holds, type Interpreted, type Rule } from './rule.ts';

/** Repository and owner have the expected numeric ids, which stay when names are given to somebody else. */
export const sourceRepositoryId: Rule<Interpreted> = {
  id: 'source-repository-id',
  spec: 'Fulcio OIDs 1.3.6.1.4.1.57264.1.15 and .17',
  expected({ sourceRepositoryId: repository, sourceOwnerId: owner }) {
    if (repository === undefined && owner === undefined) return undefined;
    const parts = [repository && `repository ${repository}`, owner && `owner ${owner}`];
    return parts.filter((part) => part !== undefined).join(', ');
  },
  check({ facts }, { sourceRepositoryId: repository, sourceOwnerId: owner }) {
    const checks = [
      repository === undefined
        ? undefined
        : compareFact('id of the repository', [repository], facts?.repositoryId, 'source.repo-id'),
      owner === undefined
        ? undefined
        : compareFact('id of the owner', [owner], facts?.ownerId, 'source.repo-id'),
    ].filter((check) => check !== undefined);
    return checks.find((check) => !check.holds) ?? checks[0] ?? holds('not asked');
  },
};
