import { describe, expect, it } from 'vitest';
import type { Catalogue, CatalogueRow } from '../../src/core/catalogue/catalogue.ts';
import { parseCatalogue } from '../../src/core/catalogue/parse.ts';
import { type Decided, decideWith, github, KIT_CATALOGUE, KIT_ROOTS } from '../attacks/decide.ts';
import { parseRoot, sigstore, type Verifiable } from '../attacks/verify.ts';
import { sha256 } from '../kit/keys.ts';
import { ARTIFACT, createSigstore } from '../kit/sigstore.ts';
import { githubProvenanceV1, subjectOf } from '../kit/statement.ts';

/** A catalogue of the user says who reaches which level, for this run alone and no further than it says. */

const SOURCE = { sourceUri: 'github.com/octo-org/widget' };
const OWN = 'octo-org/builders/.github/workflows/build.yml';
const own = createSigstore();

const ROW: CatalogueRow = {
  id: 'own-builder',
  trust: 'github',
  issuers: ['https://token.actions.githubusercontent.com'],
  builders: [`https://github.com/${OWN}`],
  builderRef: 'version-tag',
  buildTypes: ['https://actions.github.io/buildtypes/workflow/v1'],
  runner: { is: ['github-hosted'] },
  level: 3,
  source: 'https://example.com/builders',
  readOn: '2026-11-25',
};

/** The catalogue as a user would write it: from the file on. */
const replaced = (rows: readonly CatalogueRow[], anchors: Catalogue['anchors'] = {}): Catalogue => {
  const file = { schemaVersion: 1, anchors: { ...KIT_CATALOGUE.anchors, ...anchors }, rows };
  return parseCatalogue(Buffer.from(JSON.stringify(file)), 'builders.json');
};

const byOwn = (ref = 'refs/tags/v1.0.0', runnerEnvironment = 'github-hosted') =>
  github.signStatement({ run: { signerWorkflow: `${OWN}@${ref}`, runnerEnvironment } });

const decided = (signed: Verifiable, catalogue: Catalogue, flags = {}): Decided =>
  decideWith({ signed, flags: { ...SOURCE, ...flags }, context: { catalogue } });

const levelOf = (signed: Verifiable, catalogue: Catalogue): unknown =>
  decided(signed, catalogue, { builderId: `https://github.com/${OWN}` }).candidate?.level;

describe('a replaced catalogue', () => {
  it('raises the level of a builder of the user, and lets it vouch for a source', () => {
    const raised = replaced([ROW, ...KIT_CATALOGUE.rows]);
    expect(levelOf(byOwn(), KIT_CATALOGUE)).toMatchObject({ level: 2, row: 'github-attestation-private' });
    expect(levelOf(byOwn(), raised)).toEqual({ level: 3, row: 'own-builder', reason: 'own-builder' });
    expect(decided(byOwn(), KIT_CATALOGUE, { minLevel: 3 })).toMatchObject({
      verdict: 'deny',
      faults: [{ rule: 'builder-id', code: 'builder.unknown' }, { rule: 'min-level' }],
    });
    expect(decided(byOwn(), raised, { minLevel: 3 })).toMatchObject({ verdict: 'allow', faults: [] });
  });

  it('raises nobody else: another file, ref, runner or instance is not of the row', () => {
    const raised = replaced([ROW]);
    const signerWorkflow = `${OWN}@refs/tags/v1.0.0`;
    const others = [
      github.signStatement({ run: { signerWorkflow: `${OWN}.evil@refs/tags/v1.0.0` } }),
      byOwn('refs/heads/main'),
      byOwn('refs/tags/v1'),
      sigstore.signStatement({
        run: { signerWorkflow },
        statement: githubProvenanceV1({ ...sigstore.run, signerWorkflow }, [subjectOf('widget', ARTIFACT)]),
      }),
    ];
    for (const signed of others)
      expect(decided(signed, raised).faults).toMatchObject([{ rule: 'builder-id', code: 'builder.unknown' }]);
    expect(decided(byOwn('refs/tags/v1.0.0', 'self-hosted'), raised).faults).toMatchObject([
      { rule: 'builder-id', code: 'runner.self-hosted' },
    ]);
    expect(levelOf(byOwn('refs/tags/v1.0.0', 'self-hosted'), raised)).toMatchObject({ level: 1 });
  });

  it('lowers a builder of the package', () => {
    const rows = KIT_CATALOGUE.rows.map((row) => ({ ...row, level: 1 as const }));
    const signed = sigstore.signStatement();
    expect(decided(signed, KIT_CATALOGUE, { minLevel: 3 }).verdict).toBe('allow');
    expect(decided(signed, replaced(rows), { minLevel: 2 })).toMatchObject({
      verdict: 'deny',
      faults: [
        {
          rule: 'min-level',
          code: 'level.too-low',
          actual: 'level 1 (slsa-github-generator-generic)',
        },
      ],
    });
  });

  it('knows nothing of the package any more', () => {
    expect(decided(sigstore.signStatement(), replaced([ROW]), { minLevel: 2 })).toMatchObject({
      verdict: 'deny',
      faults: [
        { rule: 'builder-id', code: 'builder.unknown' },
        { rule: 'min-level', actual: 'level 1 (the builder is in no row of the catalogue)' },
      ],
    });
  });

  it('lends an own Sigstore a level, and no trust: its root must be given as well', () => {
    const anchor = `sha256:${sha256(own.ca.root.certificate.der).toString('hex')}`;
    const rows = KIT_CATALOGUE.rows.map((row) =>
      row.trust === 'public-good' ? { ...row, id: `own-${row.id}`, trust: 'acme' } : row,
    );
    const catalogue = replaced(rows, { acme: [anchor] });
    const signed = own.signStatement();
    const trust = { roots: [...KIT_ROOTS, parseRoot(own.trustedRoot())], keys: [] };
    const asked = (context: Parameters<typeof decideWith>[0]['context']) =>
      decideWith({ signed, flags: { ...SOURCE, minLevel: 3 }, context: { ...context } });
    expect(asked({ catalogue, trust })).toMatchObject({
      verdict: 'allow',
      candidate: { level: { row: 'own-slsa-github-generator-generic' } },
    });
    expect(asked({ catalogue }).verdict).toBe('deny');
    expect(asked({ trust }).faults).toMatchObject([
      { rule: 'builder-id', code: 'builder.unknown' },
      { rule: 'min-level', actual: 'level 1 (the builder is in no row of the catalogue)' },
    ]);
  });
});
