import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseArtifactReference } from '../../src/core/model/artifact-reference.ts';
import { ALLOWED, ask, denied, type Evidence, judged } from '../attacks/app.ts';
import { refusal, sigstore } from '../attacks/verify.ts';
import { ownWorkflowRun } from '../kit/github-run.ts';
import { createKeyPair } from '../kit/keys.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { npmProvenanceV1, npmPublish, npmSubject, PREDICATE } from '../kit/statement.ts';

/** NPM, SUB: the name in the answer is the name that was proven. */

const PACKAGE = { name: 'widget', version: '1.2.3' };
const SUBJECT = [npmSubject(PACKAGE, ARTIFACT)];
const CHECKSUM = `sha512:${createHash('sha512').update(ARTIFACT).digest('hex')}`;
const REGISTRY = { id: 'SHA256:registry', keys: createKeyPair() };
const FLAGS = {
  builderId: 'https://github.com/actions/runner/github-hosted',
  sourceUri: 'github.com/octo-org/widget',
};

const run = ownWorkflowRun();
const provenance = sigstore.signStatement({ run, statement: npmProvenanceV1(run, SUBJECT) });
const purl = (name: string, version?: string): string =>
  `pkg:npm/${name}${version === undefined ? '' : `@${version}`}?checksum=${CHECKSUM}`;
const question = (reference: string, flags: object = {}) => ({
  evidence: [provenance],
  artifacts: [reference],
  flags: { ...FLAGS, ...flags },
});
const usage = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'answered',
    (error: { finding: string; message: string }) => [error.finding, error.message],
  );

describe('a package that is named by purl and by flags', () => {
  it('is the package of the purl', async () => {
    expect(await judged(question(purl('widget', '1.2.3')))).toEqual(ALLOWED);
    expect(await judged(question(purl('gadget', '1.2.3')))).toEqual(
      denied('npm-package', 'npm.package', 'gadget, version 1.2.3', 'pkg:npm/widget@1.2.3'),
    );
  });

  it('NPM-04 keeps the version of the purl beside a flag that names the package alone', async () => {
    expect(await judged(question(purl('widget', '1.2.4'), { npmPackage: 'widget' }))).toEqual(
      denied('npm-package', 'npm.package', 'widget, version 1.2.4', 'pkg:npm/widget@1.2.3'),
    );
  });

  it('adds the version of the flags to a purl without one', async () => {
    const flags = { npmPackage: 'widget', npmVersion: '1.2.4' };
    expect(await judged(question(purl('widget'), flags))).toEqual(
      denied('npm-package', 'npm.package', 'widget, version 1.2.4', 'pkg:npm/widget@1.2.3'),
    );
  });

  it('NPM-04 is never allowed in the name of the purl for the sake of the flags', async () => {
    expect(await usage(ask(question(purl('gadget', '1.2.3'), { npmPackage: 'widget' })))).toEqual([
      'usage.flag',
      '--npm-package is another one than that of the purl: widget',
    ]);
    const version = { npmPackage: 'widget', npmVersion: '1.2.3' };
    expect(await usage(ask(question(purl('widget', '9.9.9'), version)))).toEqual([
      'usage.flag',
      '--npm-version is another one than that of the purl: 1.2.3',
    ]);
  });
});

describe('a purl with two digests', () => {
  const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const image = (version: string, checksum: string): string =>
    `pkg:oci/widget@${encodeURIComponent(version)}?checksum=${checksum}`;

  it('is refused, since one of them would never be looked at', () => {
    const { finding, message } = refusal(() => parseArtifactReference(image(digest('good'), digest('evil'))));
    expect(finding).toBe('usage.artifact');
    expect(message).toContain('purl names two digests');
  });

  it('is one where both are the same', () => {
    expect(parseArtifactReference(image(digest('good'), digest('good')))).toMatchObject({
      digests: { sha256: digest('good').slice('sha256:'.length) },
    });
  });
});

describe('what the registry signed beside the provenance', () => {
  const listed = (payloadType?: string): Evidence => {
    const publish = sigstore.signStatement({
      publicKeyHint: REGISTRY.id,
      keys: REGISTRY.keys,
      statement: npmPublish(PACKAGE, SUBJECT),
      ...(payloadType === undefined ? {} : { payloadType }),
    });
    const labelled = (predicateType: string, bundle: unknown): unknown => ({ predicateType, bundle });
    const attestations = [
      labelled(PREDICATE.npmPublish, publish.bundle),
      labelled(PREDICATE.slsaV1, provenance.bundle),
    ];
    return { json: { attestations } };
  };
  const asked = (evidence: Evidence) => judged({ evidence: [evidence], flags: FLAGS, npmKeys: [REGISTRY] });

  it('is a statement', async () => {
    expect(await asked(listed())).toEqual(ALLOWED);
  });

  it('DSS-02 is no statement under another payload type', async () => {
    expect(await asked(listed('application/json'))).toEqual(
      denied('npm-package', 'dsse.payload-type', 'application/vnd.in-toto+json', 'application/json'),
    );
  });
});
