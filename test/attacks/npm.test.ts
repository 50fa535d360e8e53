import { describe, expect, it } from 'vitest';
import type { SignedBundle } from '../kit/bundle.ts';
import { createKeyPair, hash } from '../kit/keys.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { type NpmPackage, npmPublish, npmSubject, PREDICATE, type SubjectJson } from '../kit/statement.ts';
import { ALLOWED, answer, denied, type Evidence, faultsOf, judged, type Question } from './app.ts';
import { FLAGS, labelled, npmSigner, PACKAGE, PURL, REGISTRY, VERIFIES, WANTED } from './npm-signed.ts';
import { sigstore } from './verify.ts';

const { subject: SUBJECT, provenance, publish } = npmSigner(ARTIFACT);

/** The answer of npm's attestations endpoint. */
const listed = (...attestations: unknown[]): Evidence => ({ json: { attestations } });
const pair = (own: SignedBundle, beside: SignedBundle): Evidence =>
  listed(labelled(PREDICATE.npmPublish, beside), labelled(PREDICATE.slsaV1, own));

const about = (evidence: Evidence, more: Partial<Question> = {}): Question => ({
  evidence: [evidence],
  flags: FLAGS,
  npmKeys: [REGISTRY],
  ...more,
});

/** What was found wrong with the provenance of a list; its publish attestation is listed after it. */
const ofProvenance = async (question: Question): Promise<unknown> => {
  const result = await answer(question);
  const [first] = result.attestations;
  return { verdict: result.verdict, faults: first === undefined ? [] : faultsOf(first) };
};

describe("the attestations of npm's list", () => {
  it('are allowed when both verify and name the same package', async () => {
    expect(await judged(about(pair(provenance(), publish())))).toEqual(ALLOWED);
    expect(await judged(about(listed(labelled(PREDICATE.slsaV1, provenance()))))).toEqual(ALLOWED);
  });

  it.each([
    ['in the list', listed(labelled(PREDICATE.npmPublish, publish()))],
    ['out of it', publish()],
  ])('NPM-01 are denied when only the publish attestation is there, %s', async (_, evidence) => {
    const { verdict, faults } = await judged(about(evidence));
    expect(verdict).toBe('deny');
    expect(faults.slice(0, 2)).toEqual([
      {
        rule: 'predicate-type',
        code: 'npm.publish-not-provenance',
        expected: 'SLSA provenance v0.1, v0.2 or v1',
        actual: PREDICATE.npmPublish,
      },
      {
        rule: 'signer-identity',
        code: 'npm.publish-not-provenance',
        expected: 'the platform of https://github.com/actions/runner/github-hosted',
        actual: 'key SHA256:registry',
      },
    ]);
  });

  it('NPM-01 are denied when the publish attestation is labelled as provenance, or asked for by its type', async () => {
    const posing = await judged(about(listed(labelled(PREDICATE.slsaV1, publish()))));
    expect([
      posing.verdict,
      posing.faults[0]?.rule,
      posing.faults[0]?.code,
      posing.faults[0]?.actual,
    ]).toEqual(['deny', 'predicate-type', 'predicate.type-mismatch', PREDICATE.npmPublish]);
    const flags = { ...FLAGS, predicateType: PREDICATE.npmPublish };
    const asked = await judged(about(listed(labelled(PREDICATE.npmPublish, publish())), { flags }));
    expect([asked.verdict, asked.faults[0]?.rule, asked.faults[0]?.code]).toEqual([
      'deny',
      'signer-identity',
      'npm.publish-not-provenance',
    ]);
  });

  it('NPM-02 are denied when they are of another repository, which the registry also accepted', async () => {
    const own = provenance(SUBJECT, { repository: 'evil-org/widget', repositoryId: '1' });
    expect(await judged(about(pair(own, publish())))).toEqual(
      denied(
        'source-uri',
        'source.mismatch',
        'https://github.com/octo-org/widget',
        'https://github.com/evil-org/widget',
      ),
    );
  });

  it('NPM-03 are denied when the list is empty', async () => {
    expect(await judged(about(listed()))).toEqual(
      denied('signature', 'attestation.missing', VERIFIES, 'npm lists no attestation'),
    );
  });

  it.each([
    [{ attestations: null }, 'bundle.malformed'],
    [{ attestations: {} }, 'bundle.malformed'],
    [{ attestations: 'none' }, 'bundle.malformed'],
    [{ attestations: [null] }, 'bundle.malformed'],
    [{ attestations: [{}] }, 'bundle.malformed'],
  ])('NPM-03 are denied as %j', async (json, code) => {
    const { verdict, faults } = await judged(about({ json }));
    expect([verdict, faults.map(({ rule, code }) => [rule, code])]).toEqual(['deny', [['signature', code]]]);
  });

  const other = (changes: Partial<NpmPackage>): SubjectJson[] => [
    npmSubject({ ...PACKAGE, ...changes }, ARTIFACT),
  ];
  const named = (name: string): SubjectJson[] => [{ ...SUBJECT[0], name }];
  const NAMES: readonly (readonly [string, SubjectJson[], string])[] = [
    ['another version', other({ version: '1.2.4' }), 'pkg:npm/%40octo/widget@1.2.4'],
    ['a version that is longer', other({ version: '1.2.30' }), 'pkg:npm/%40octo/widget@1.2.30'],
    ['another scope', other({ name: '@evil/widget' }), 'pkg:npm/%40evil/widget@1.2.3'],
    ['no scope', other({ name: 'widget' }), 'pkg:npm/widget@1.2.3'],
    ['another name', other({ name: '@octo/widget-evil' }), 'pkg:npm/%40octo/widget-evil@1.2.3'],
    ['another case', other({ name: '@Octo/Widget' }), 'pkg:npm/%40Octo/Widget@1.2.3'],
    ['the scope not encoded', named('pkg:npm/@octo/widget@1.2.3'), 'pkg:npm/@octo/widget@1.2.3'],
    ['the scope encoded twice', named('pkg:npm/%2540octo/widget@1.2.3'), 'pkg:npm/%2540octo/widget@1.2.3'],
    ['the slash encoded', named('pkg:npm/%40octo%2Fwidget@1.2.3'), 'pkg:npm/%40octo%2Fwidget@1.2.3'],
    ['another type of package', named('pkg:pypi/widget@1.2.3'), 'pkg:pypi/widget@1.2.3'],
    ['a qualifier', named(`${PURL}?x=y`), `${PURL}?x=y`],
    ['no purl', named('@octo/widget@1.2.3'), '@octo/widget@1.2.3'],
    ['no version', named('pkg:npm/%40octo/widget'), 'pkg:npm/%40octo/widget'],
  ];

  it.each(NAMES)('NPM-04 are denied when provenance names %s', async (_, subject, actual) => {
    expect(await ofProvenance(about(pair(provenance(subject), publish())))).toEqual(
      denied('npm-package', 'npm.package', WANTED, actual),
    );
  });

  it.each(NAMES)('NPM-04 are denied when the registry signed for %s', async (_, subject, actual) => {
    expect(await ofProvenance(about(pair(provenance(), publish(subject))))).toEqual(
      denied('npm-package', 'npm.package', WANTED, actual),
    );
  });

  it('NPM-04 are denied when a second subject stands beside the right one', async () => {
    const second = npmSubject({ name: 'other', version: '9.9.9' }, Buffer.from('other'));
    for (const subject of [
      [...SUBJECT, second],
      [...SUBJECT, ...SUBJECT],
    ]) {
      for (const evidence of [pair(provenance(subject), publish()), pair(provenance(), publish(subject))])
        expect(await ofProvenance(about(evidence))).toEqual(
          denied('npm-package', 'npm.package', WANTED, PURL),
        );
    }
  });

  it('NPM-04 are denied when the registry signed for other bytes, or says another version inside', async () => {
    const bytes = [npmSubject(PACKAGE, Buffer.from('other bytes'))];
    expect(await ofProvenance(about(pair(provenance(), publish(bytes))))).toEqual(
      denied('npm-package', 'subject.mismatch', WANTED, PURL),
    );
    const subjectDigest = `sha512:${SUBJECT[0]?.digest?.sha512}`;
    const byDigest = { flags: { ...FLAGS, subjectDigest }, artifacts: [] };
    expect(await ofProvenance(about(pair(provenance(), publish()), byDigest))).toEqual(ALLOWED);
    expect(await ofProvenance(about(pair(provenance(), publish(bytes)), byDigest))).toEqual(
      denied('npm-package', 'subject.mismatch', WANTED, PURL),
    );
    for (const stated of [
      { ...PACKAGE, version: '9.9.9' },
      { ...PACKAGE, name: '@octo/other' },
    ]) {
      const beside = publish(SUBJECT, { statement: npmPublish(stated, SUBJECT) });
      expect(await ofProvenance(about(pair(provenance(), beside)))).toEqual(
        denied(
          'npm-package',
          'npm.attestations',
          WANTED,
          `${stated.name}, version ${stated.version}, for ${PURL}`,
        ),
      );
    }
  });

  it('NPM-05 are denied when the registry key was out of use at the time', async () => {
    for (const window of [{ end: '2026-03-01T11:59:59Z' }, { start: '2026-03-01T12:00:01Z' }]) {
      const npmKeys = [{ ...REGISTRY, ...window }];
      expect(await ofProvenance(about(pair(provenance(), publish()), { npmKeys }))).toEqual(
        denied('signature', 'key.window', VERIFIES, '2026-03-01T12:00:00.000Z'),
      );
    }
    const npmKeys = [{ ...REGISTRY, start: '2026-03-01T12:00:00Z', end: '2026-03-01T12:00:00Z' }];
    expect(await judged(about(pair(provenance(), publish()), { npmKeys }))).toEqual(ALLOWED);
  });

  it.each([
    ['an unknown key', { publicKeyHint: 'SHA256:other' }, 'SHA256:other'],
    ['the key in another case', { publicKeyHint: 'sha256:registry' }, 'sha256:registry'],
    ['no key', { publicKeyHint: '' }, 'none'],
  ])('NPM-05 are denied when the publish attestation names %s', async (_, options, actual) => {
    expect(await ofProvenance(about(pair(provenance(), publish(SUBJECT, options))))).toEqual(
      denied('signature', 'key.unknown', 'SHA256:registry', actual),
    );
  });

  it('NPM-05 are denied when the key id was removed to look keyless', async () => {
    const removed = publish(SUBJECT, {
      edit: ({ verificationMaterial }) => {
        if (verificationMaterial !== undefined) verificationMaterial.publicKey = {};
      },
    });
    expect(await ofProvenance(about(pair(provenance(), removed)))).toEqual(
      denied('signature', 'key.unknown', 'SHA256:registry', 'none'),
    );
    const keyless = publish(SUBJECT, {
      edit: ({ verificationMaterial }) => delete verificationMaterial?.publicKey,
    });
    const { verdict, faults } = await judged(about(pair(provenance(), keyless)));
    expect([verdict, faults[0]?.rule, faults[0]?.code]).toEqual(['deny', 'signature', 'bundle.oneof']);
  });

  it("NPM-05 are denied when the publish attestation is signed by another key, or by somebody's certificate", async () => {
    const byAnother = publish(SUBJECT, { keys: createKeyPair() });
    expect(await ofProvenance(about(pair(provenance(), byAnother)))).toEqual(
      denied('signature', 'dsse.signature', VERIFIES, 'signature of the envelope does not verify'),
    );
    const byWorkflow = sigstore.signStatement({ statement: npmPublish(PACKAGE, SUBJECT) });
    expect(await ofProvenance(about(pair(provenance(), byWorkflow)))).toEqual(
      denied('npm-package', 'npm.attestations', WANTED, PURL),
    );
  });

  it('NPM-05 are denied when npm publishes no key at all', async () => {
    expect(await ofProvenance(about(pair(provenance(), publish()), { npmKeys: [] }))).toEqual(
      denied('signature', 'key.unknown', 'none', 'SHA256:registry'),
    );
  });

  it('NPM-07 are denied by a weak digest of the tarball alone', async () => {
    const sha1 = hash('sha1', ARTIFACT).toString('hex');
    const weak = [{ name: PURL, digest: { sha1 } }];
    expect(await judged(about(listed(labelled(PREDICATE.slsaV1, provenance(weak)))))).toEqual(
      denied('subject-digest', 'subject.weak-digest', expect.stringMatching(/^sha256:/), `sha1:${sha1}`),
    );
    expect(await ofProvenance(about(pair(provenance(), publish(weak))))).toEqual(
      denied('npm-package', 'subject.mismatch', WANTED, PURL),
    );
  });

  it('NPM-07 are denied when one of several digests is of other bytes', async () => {
    const { digest = {} } = npmSubject(PACKAGE, Buffer.from('other bytes'));
    const mixed = { sha1: hash('sha1', ARTIFACT).toString('hex'), ...digest };
    const subject = [{ name: PURL, digest: mixed }];
    const { verdict, faults } = await judged(about(listed(labelled(PREDICATE.slsaV1, provenance(subject)))));
    expect([verdict, faults[0]?.rule, faults[0]?.code, faults[0]?.actual]).toEqual([
      'deny',
      'subject-digest',
      'subject.digest-conflict',
      `sha1:${mixed.sha1}, sha512:${digest.sha512}`,
    ]);
  });
});
