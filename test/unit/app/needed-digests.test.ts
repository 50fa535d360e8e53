import { describe, expect, it } from 'vitest';
import { hintsOf } from '../../../src/app/needed-digests.ts';
import { parseAttestations } from '../../../src/core/attestation/parse.ts';
import { answer, faultsOf } from '../../attacks/app.ts';
import { sigstore } from '../../attacks/verify.ts';
import { cloudBuildDocument, cloudBuildProvenance, createCloudBuildSigners } from '../../kit/cloud-build.ts';
import { hash } from '../../kit/keys.ts';
import { ARTIFACT } from '../../kit/sigstore.ts';
import { PREDICATE, subjectOf } from '../../kit/statement.ts';

const hints = (...texts: readonly string[]) => {
  const { algorithms, withBytes } = hintsOf(
    parseAttestations(texts.map((text) => ({ bytes: Buffer.from(text), source: 'x' }))),
  );
  return { algorithms: [...algorithms].sort(), withBytes };
};
const by = (...algorithms: ('sha1' | 'sha256' | 'sha384' | 'sha512')[]) =>
  sigstore.signStatement({
    subject: [subjectOf('widget', ARTIFACT, ...algorithms)],
    // The default predicate names commits by SHA-1.
    statement: (right) => ({ ...right, predicateType: 'https://local/test', predicate: {} }),
  });

describe('the digests that an artifact is hashed for', () => {
  it('are those that the statements name, of all attestations together', () => {
    expect(hints()).toEqual({ algorithms: [], withBytes: false });
    expect(hints(by('sha256').text())).toEqual({ algorithms: [], withBytes: false });
    expect(hints(by('sha512').text(), 'not json', by('sha1', 'sha384').text())).toEqual({
      algorithms: ['sha1', 'sha384', 'sha512'],
      withBytes: false,
    });
    expect(hints(JSON.stringify(by('sha384').bundle.dsseEnvelope)).algorithms).toEqual(['sha384']);
  });

  it('count those of the publish attestation in a list of npm', () => {
    const attestations = [
      { predicateType: PREDICATE.slsaV1, bundle: by('sha256').bundle },
      { predicateType: PREDICATE.npmPublish, bundle: by('sha512').bundle },
    ];
    expect(hints(JSON.stringify({ attestations })).algorithms).toEqual(['sha512']);
  });

  it('are all that Cloud Build could name, whose payload is not read yet', () => {
    const provenance = cloudBuildProvenance({ signatures: [createCloudBuildSigners().regional] });
    expect(hints(JSON.stringify(cloudBuildDocument([provenance]))).algorithms).toEqual([
      'sha1',
      'sha384',
      'sha512',
    ]);
  });

  it('are that of a message signature, with the bytes', () => {
    expect(hints(sigstore.signBlob({ keyAlgorithm: 'P-384' }).text())).toEqual({
      algorithms: ['sha384'],
      withBytes: true,
    });
  });

  it('are all where names could be escaped, so that a contradicting digest does not hide', async () => {
    const { digest = {} } = subjectOf('widget', ARTIFACT);
    const wrong = hash('sha512', Buffer.from('other')).toString('hex');
    const payload = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { ...digest, sha512: wrong } }],
      predicateType: 'https://local/test',
      predicate: {},
    }).replace('"sha512"', '"\\u0073ha512"');
    const evidence = sigstore.signStatement({ payload });
    expect(hints(evidence.text()).algorithms).toEqual(['sha1', 'sha384', 'sha512']);
    const flags = {
      certificateIdentity: `https://github.com/${sigstore.run.signerWorkflow}`,
      certificateOidcIssuer: sigstore.run.issuer,
      predicateType: 'https://local/test',
    };
    const faults = faultsOf(await answer({ evidence: [evidence], flags }));
    expect(faults.map(({ rule, code }) => [rule, code])).toEqual([
      ['subject-digest', 'subject.digest-conflict'],
    ]);
  });
});
