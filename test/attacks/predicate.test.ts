import { describe, expect, it } from 'vitest';
import type { ExpectationInput } from '../../src/app/requests.ts';
import { onlyClaims } from '../kit/identity.ts';
import { createKeyPair } from '../kit/keys.ts';
import { ARTIFACT, type SignStatementOptions } from '../kit/sigstore.ts';
import {
  githubProvenanceV1,
  PREDICATE,
  type StatementJson,
  statement,
  subjectOf,
  verificationSummary,
} from '../kit/statement.ts';
import { ALLOWED, answer, BUILT, denied, faultsOf, judged } from './app.ts';
import { sigstore } from './verify.ts';

const PROVENANCE = 'SLSA provenance v0.1, v0.2 or v1';
const AGREES = 'what is stated agrees with what the certificate proves';
const SUBJECT = [subjectOf('widget', ARTIFACT)];
const SBOM = 'https://spdx.dev/Document';

const sign = (made?: SignStatementOptions['statement']) => sigstore.signStatement({ statement: made });
const good = sign();
const sbom = sign(statement(SBOM, { SPDXID: 'SPDXRef-DOCUMENT' }, SUBJECT));
/** Signed by the same workflow, built from another repository. */
const foreign = sigstore.signStatement({ run: { repository: 'octo-org/other' } });

/** Who signs in these tests, named as a signer: then nothing of the build is asked. */
const SIGNER: Partial<ExpectationInput> = {
  certificateIdentity: `${BUILT.builderId}@refs/tags/v2.0.0`,
  certificateOidcIssuer: 'https://token.actions.githubusercontent.com',
};

describe('the predicate type that is wanted', () => {
  it('is allowed when one attestation has it', async () => {
    expect(await judged({ evidence: [good] })).toEqual(ALLOWED);
  });

  it('PRD-01 is denied when nothing was found', async () => {
    expect(await judged({ evidence: [] })).toEqual(
      denied('attestation', 'attestation.missing', 'at least one attestation', 'none found'),
    );
  });

  it.each([
    ['an SBOM', sbom, SBOM],
    ['a verification summary', sign(verificationSummary(SUBJECT)), PREDICATE.vsaV1],
    ['a message signature', sigstore.signBlob(), 'none'],
  ])('PRD-01 is denied when all that is valid is %s', async (_, evidence, actual) => {
    const { verdict, faults } = await judged({ evidence: [evidence] });
    expect({ verdict, first: faults[0] }).toEqual({
      verdict: 'deny',
      first: { rule: 'predicate-type', code: 'predicate.type', expected: PROVENANCE, actual },
    });
  });

  it('PRD-01 is denied when it was named and only provenance is there', async () => {
    expect(await judged({ evidence: [good], flags: { ...SIGNER, predicateType: SBOM } })).toEqual(
      denied('predicate-type', 'predicate.type', SBOM, PREDICATE.slsaV02),
    );
  });

  it('PRD-02 is denied when the label promises provenance and another type is signed', async () => {
    const bytes = Buffer.from(sbom.text());
    const labelled = { bytes, source: 'oci-layout:x', claimedPredicateType: PREDICATE.slsaV1 };
    const { verdict, faults } = await judged({ evidence: [labelled] });
    expect({ verdict, first: faults[0] }).toEqual({
      verdict: 'deny',
      first: {
        rule: 'predicate-type',
        code: 'predicate.type-mismatch',
        expected: PROVENANCE,
        actual: SBOM,
      },
    });
  });

  it('PRD-02 is denied when the label hides provenance as another type or another version', async () => {
    for (const claimedPredicateType of [SBOM, PREDICATE.slsaV1, '', `${PREDICATE.slsaV02}/`]) {
      const labelled = { bytes: Buffer.from(good.text()), source: 'oci-layout:x', claimedPredicateType };
      expect(await judged({ evidence: [labelled] })).toEqual(
        denied('predicate-type', 'predicate.type-mismatch', PROVENANCE, PREDICATE.slsaV02),
      );
    }
  });

  it('PRD-02 is denied when the label of a bare envelope hides it', async () => {
    const keys = createKeyPair();
    const { bundle } = sigstore.signStatement({ keys, publicKeyHint: 'key' });
    const bytes = Buffer.from(JSON.stringify(bundle.dsseEnvelope));
    const asked = (claimedPredicateType: string) =>
      judged({
        evidence: [{ bytes, source: 'oci-layout:x', claimedPredicateType }],
        flags: { key: { path: 'signer.pub' } },
        key: keys,
      });
    expect(await asked(PREDICATE.slsaV02)).toEqual(ALLOWED);
    expect(await asked(SBOM)).toEqual(
      denied('predicate-type', 'predicate.type-mismatch', PROVENANCE, PREDICATE.slsaV02),
    );
  });

  it.each([
    'https://slsa.dev/provenance/v1/',
    'https://slsa.dev/provenance/v1.0',
    'https://slsa.dev/provenance/V1',
    'https://slsa.dev/provenance/v1-evil',
    'https://slsa.dev/provenance/v0.2 ',
    'https://slsa.dev/provenance/v0.20',
    'https://slsa.dev/provenance',
    'http://slsa.dev/provenance/v1',
    'https://slsa.dev//provenance/v1',
    'https://SLSA.dev/provenance/v1',
    'https://slsa.dev/provenance/v1?',
    'https://slsa.dev.evil.example/provenance/v1',
    'slsa.dev/provenance/v1',
  ])('PRD-03 is denied as %j', async (predicateType) => {
    const near = sign((right) => ({ ...right, predicateType }));
    expect(await judged({ evidence: [near] })).toEqual(
      denied('predicate-type', 'predicate.type', PROVENANCE, predicateType),
    );
  });

  it('PRD-03 is denied with the body of another version', async () => {
    const v02AsV1 = sign((right) => ({ ...right, predicateType: PREDICATE.slsaV1 }));
    const v1AsV02 = sign({
      ...githubProvenanceV1(sigstore.run, SUBJECT),
      predicateType: PREDICATE.slsaV02,
    });
    const actual = (version: string, path: string) =>
      `predicate does not have the form of SLSA provenance ${version} at predicate.${path}`;
    expect(await judged({ evidence: [v02AsV1] })).toEqual(
      denied('provenance', 'predicate.schema', AGREES, actual('v1', 'buildDefinition')),
    );
    expect(await judged({ evidence: [v1AsV02] })).toEqual(
      denied('provenance', 'predicate.schema', AGREES, actual('v0.2', 'builder')),
    );
  });

  const GENERIC = 'https://github.com/slsa-framework/slsa-github-generator/generic@v1';
  it.each([`${GENERIC}.1`, `${GENERIC}/`, GENERIC.toUpperCase(), 'https://evil.example/build@v1'])(
    'PRD-03 is denied with the build type %j, which is not the builder’s',
    async (buildType) => {
      const other = sign((right) => ({ ...right, predicate: { ...right.predicate, buildType } }));
      expect(await judged({ evidence: [other] })).toEqual(
        denied('provenance', 'builder.build-type', GENERIC, buildType),
      );
    },
  );
});

describe('several attestations', () => {
  const orders = <T>(a: T, b: T): readonly (readonly T[])[] => [
    [a, b],
    [b, a],
  ];

  it('PRD-04 are allowed by one that passes everything, in any order and number', async () => {
    for (const evidence of [...orders(foreign, good), [foreign, good, foreign], [sbom, good, foreign]]) {
      const result = await answer({ evidence });
      expect([result.verdict, faultsOf(result)]).toEqual(['allow', []]);
      expect(result.attestations.map(({ findings }) => faultsOf({ findings }).length === 0)).toEqual(
        evidence.map((one) => one === good),
      );
    }
  });

  it('PRD-04 are denied when each lacks what the other has: their facts never mix', async () => {
    const flags = { ...BUILT, sourceTag: 'v1.2.3' };
    const otherTag = sigstore.signStatement({ run: { ref: 'refs/tags/v9.9.9' } });
    for (const evidence of orders(foreign, otherTag)) {
      const result = await answer({ evidence, flags });
      expect(result.verdict).toBe('deny');
      expect(faultsOf(result)).toHaveLength(1);
      const all = result.attestations.flatMap(faultsOf).sort((a, b) => a.rule.localeCompare(b.rule));
      expect(all).toEqual([
        {
          rule: 'source-tag',
          code: 'source.tag',
          expected: 'refs/tags/v1.2.3',
          actual: 'refs/tags/v9.9.9',
        },
        {
          rule: 'source-uri',
          code: 'source.mismatch',
          expected: 'https://github.com/octo-org/widget',
          actual: 'https://github.com/octo-org/other',
        },
      ]);
    }
    expect((await answer({ evidence: [foreign, otherTag, good], flags })).verdict).toBe('allow');
  });

  it('PRD-04 give the same answer in both orders, to the last finding', async () => {
    const [one, two] = await Promise.all(orders(foreign, sbom).map((evidence) => answer({ evidence })));
    expect(one?.findings).toEqual(two?.findings);
    expect(one?.verdict).toBe('deny');
  });

  it('PRD-05 are one, however often it is given and however it is written', async () => {
    const copies = [good, good, JSON.stringify(good.bundle, null, 2), `${good.text()}\n${good.text()}\n`];
    expect(await judged({ evidence: [good], request: { thresholds: { tlog: 1 } } })).toEqual(ALLOWED);
    for (const request of [{ thresholds: { tlog: 2 } }, { thresholds: { time: 2 } }]) {
      const { verdict, faults } = await judged({ evidence: copies, request });
      expect({
        verdict,
        faults: faults.map(({ rule, expected, actual }) => [rule, expected, actual]),
      }).toEqual({ verdict: 'deny', faults: [['signature', '2', '1']] });
    }
  });

  it('PRD-05 do not become good by number, nor by a second signature', async () => {
    const once = await judged({ evidence: [foreign] });
    expect(once.faults).toHaveLength(1);
    expect(await judged({ evidence: Array(20).fill(foreign) })).toEqual(once);
    const doubled = sigstore.signStatement({
      edit: ({ dsseEnvelope }) => {
        const [signature] = dsseEnvelope?.signatures ?? [];
        if (signature !== undefined) dsseEnvelope?.signatures?.push({ ...signature, keyid: 'junk' });
      },
    });
    const { verdict, faults } = await judged({ evidence: [doubled] });
    expect([verdict, faults[0]?.rule, faults[0]?.code, faults[0]?.expected, faults[0]?.actual]).toEqual([
      'deny',
      'signature',
      'dsse.signature-count',
      '1',
      '2',
    ]);
  });

  it('PRD-06 are not poisoned by unverifiable ones, which are listed and never shown as proven', async () => {
    const junk = [
      ...Array.from({ length: 40 }, (_, index) => ({ json: { mediaType: `junk-${index}` } })),
      ...Array.from({ length: 40 }, (_, index) => Buffer.from(`not json ${index}`)),
      ...Array.from({ length: 19 }, (_, index) =>
        JSON.stringify({ ...good.bundle, dsseEnvelope: forged(`mallory-${index}`) }),
      ),
    ];
    const result = await answer({ evidence: [...junk.slice(0, 50), good, ...junk.slice(50)] });
    expect(result.verdict).toBe('allow');
    expect(result.attestations).toHaveLength(100);
    const unverified = result.attestations.filter(({ verified }) => !verified);
    expect(unverified).toHaveLength(99);
    for (const report of unverified) {
      expect(report).not.toHaveProperty('predicateType');
      expect(report).not.toHaveProperty('signer');
      expect(report).not.toHaveProperty('notBefore');
      expect(report.concernsArtifact).toBe(false);
    }
    expect(JSON.stringify(result)).not.toContain('mallory');
    expect((await answer({ evidence: junk })).verdict).toBe('deny');
  });

  const forged = (name: string) => ({
    ...good.bundle.dsseEnvelope,
    payload: Buffer.from(JSON.stringify({ ...JSON.parse(String(good.payload)), name })).toString('base64'),
  });
});

describe('a predicate that lacks the form of its type', () => {
  const under = (predicateType: string, predicate: unknown): StatementJson =>
    ({ ...statement(predicateType, {}, SUBJECT), predicate }) as StatementJson;
  /** A person vouches: then no builder's own form is read, only that of the type. */
  const byPerson = (made: StatementJson) =>
    sigstore.signStatement({
      statement: made,
      certificate: {
        subjectAltName: [{ email: 'dev@example.org' }],
        claims: onlyClaims({ deprecatedIssuer: 'https://accounts.local', issuer: 'https://accounts.local' }),
      },
    });
  const PERSON = { certificateIdentity: 'dev@example.org', certificateOidcIssuer: 'https://accounts.local' };
  const V01 = 'https://slsa.dev/provenance/v0.1';

  it.each([
    [V01, 'SLSA provenance v0.1', 'builder'],
    [PREDICATE.slsaV02, 'SLSA provenance v0.2', 'builder'],
    [PREDICATE.slsaV1, 'SLSA provenance v1', 'buildDefinition'],
    [PREDICATE.npmPublish, "npm's publish attestation v0.1", 'name'],
  ])('PRD-07 is denied although its type alone was asked for: %s', async (predicateType, what, path) => {
    for (const predicate of [{ foo: 1 }, {}]) {
      expect(
        await judged({
          evidence: [byPerson(under(predicateType, predicate))],
          flags: { ...PERSON, predicateType },
        }),
      ).toEqual(
        denied(
          'provenance',
          'predicate.schema',
          AGREES,
          `predicate does not have the form of ${what} at predicate.${path}`,
        ),
      );
    }
  });

  it('PRD-07 is denied for a verification summary', async () => {
    const summary = { verifierId: 'https://verifier.local/gate', resourceUri: 'x', verifiedLevels: [] };
    const { verdict, faults } = await judged({
      evidence: [byPerson(under(PREDICATE.vsaV1, { foo: 1 }))],
      flags: { ...PERSON, summary },
    });
    expect([verdict, faults[0]?.code, faults[0]?.actual]).toEqual([
      'deny',
      'predicate.schema',
      'predicate does not have the form of a verification summary v1 at predicate.verifier',
    ]);
  });

  it.each([
    ['a further field', { builder: { id: 'x' }, buildType: 'x', vulnerabilities: 0 }, 'vulnerabilities'],
    ['a further field of the builder', { builder: { id: 'x', trusted: true }, buildType: 'x' }, 'trusted'],
  ])('PRD-07 is denied with %s', async (_, predicate, actual) => {
    expect(
      await judged({
        evidence: [byPerson(under(PREDICATE.slsaV02, predicate))],
        flags: { ...PERSON, predicateType: PREDICATE.slsaV02 },
      }),
    ).toEqual(denied('provenance', 'predicate.schema', AGREES, actual));
  });

  it.each([['text'], [1], [true], [[]]])('PRD-07 is denied when it is %j', async (predicate) => {
    expect(
      await judged({
        evidence: [byPerson(under(PREDICATE.slsaV1, predicate))],
        flags: { ...PERSON, predicateType: PREDICATE.slsaV1 },
      }),
    ).toEqual(
      denied(
        'statement',
        'statement.malformed',
        'a statement about an artifact',
        'statement has no object as predicate at predicate',
      ),
    );
  });
});
