import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../../src/core/catalogue/builders.ts';
import type { CatalogueRow } from '../../../../src/core/catalogue/catalogue.ts';
import { isRunnerOfRow } from '../../../../src/core/catalogue/level.ts';

function rowOf(id: string): CatalogueRow {
  const row = CATALOGUE.rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw new TypeError(`no such row: ${id}`);
  return row;
}

const at = (ref: string | undefined, runnerEnvironment?: string): Parameters<typeof isRunnerOfRow>[0] => ({
  builder: { uri: 'https://example.com/builder', ref },
  runnerEnvironment,
});

describe('a certificate that does not name the runner', () => {
  it.each(['slsa-github-generator-generic', 'slsa-github-generator-go', 'slsa-github-generator-delegated'])(
    'counts for versions of %s from before certificates named it, and for no later one',
    (id) => {
      const row = rowOf(id);
      const covered = ['v0.0.1', 'v1.0.0', 'v1.4.0', 'v1.5.0', 'v1.5.99'];
      expect(covered.filter((tag) => !isRunnerOfRow(at(`refs/tags/${tag}`), row))).toEqual([]);
      const later = ['v1.6.0', 'v1.10.0', 'v2.0.0', 'v2.1.0', 'v10.0.0'];
      expect(later.filter((tag) => isRunnerOfRow(at(`refs/tags/${tag}`), row))).toEqual([]);
      expect(later.filter((tag) => isRunnerOfRow(at(`refs/tags/${tag}`, 'github-hosted'), row))).toEqual(
        later,
      );
    },
  );

  it('counts for no builder whose version is not known', () => {
    const row = rowOf('slsa-github-generator-generic');
    for (const ref of [undefined, 'refs/heads/main', 'refs/heads/v1.4.0', 'refs/tags/v1', 'a'.repeat(40)])
      expect(isRunnerOfRow(at(ref), row)).toBe(false);
  });

  it('counts for no workflow and no npm CLI, whatever its ref', () => {
    for (const id of ['github-attestation-public', 'github-attestation-private', 'npm-cli', 'gitlab-com'])
      expect(isRunnerOfRow(at('refs/tags/v1.0.0'), rowOf(id))).toBe(false);
  });
});

describe('a certificate that names another runner', () => {
  it('counts in no row', () => {
    const counting = CATALOGUE.rows.filter((row) =>
      isRunnerOfRow(at('refs/tags/v1.0.0', 'self-hosted'), row),
    );
    expect(counting).toEqual([]);
  });
});

describe('GitHub attestations of the private instance', () => {
  it('count with both build types that GitHub has written', () => {
    expect(rowOf('github-attestation-private').buildTypes).toEqual([
      'https://actions.github.io/buildtypes/workflow/v1',
      'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
    ]);
  });
});
