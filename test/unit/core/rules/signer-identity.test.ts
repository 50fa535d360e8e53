import { describe, expect, it } from 'vitest';
import type { VerifiedAttestation } from '../../../../src/core/attestation/verify.ts';
import { exactly } from '../../../../src/core/model/matcher.ts';
import { signerIdentity } from '../../../../src/core/rules/signer-identity.ts';
import { expecting, subjectWith } from './subjects.ts';

const { verified } = subjectWith();
const subject = verified.signer.kind === 'certificate' ? verified.signer.subject.value : '';
const issuer = verified.signer.kind === 'certificate' ? (verified.signer.claims.issuer ?? '') : '';
const byName = expecting({
  signer: { kind: 'certificate', subject: exactly(subject), issuer: exactly(issuer) },
});

/** Of what Cloud Build verified this rule reads the keys alone. */
const byCloudBuild: VerifiedAttestation = {
  ...verified,
  signer: {
    kind: 'cloud-build',
    verified: { signedBy: ['global'] } as unknown as Extract<
      VerifiedAttestation['signer'],
      { kind: 'cloud-build' }
    >['verified'],
  },
};

describe('who signed', () => {
  it('is never the registry, even where its name would match', () => {
    expect(signerIdentity.check(subjectWith(), byName)).toEqual({
      holds: true,
      actual: `${subject}, issuer ${issuer}`,
    });
    const byRegistry = subjectWith({ verified: { ...verified, isRegistrySigned: true } });
    expect(signerIdentity.check(byRegistry, byName)).toMatchObject({
      holds: false,
      code: 'npm.publish-not-provenance',
      actual: `${subject}, issuer ${issuer}`,
    });
  });

  it.each([
    ['https://github.com/octo-org/builder', false],
    ['https://cloudbuild.googleapis.com.evil.io/GoogleHostedWorker', false],
    ['https://cloudbuild.googleapis.com/GoogleHostedWorker', true],
  ])('is Cloud Build for no builder but its own: %s', (uri, holds) => {
    const expectations = expecting({ signer: { kind: 'builder' }, builder: { uri, ref: undefined } });
    expect(signerIdentity.check(subjectWith({ verified: byCloudBuild }), expectations)).toMatchObject(
      holds ? { holds } : { holds, code: 'identity.mismatch', actual: 'Google Cloud Build, key global' },
    );
  });

  it('is Cloud Build for no identity and no key', () => {
    const asked = subjectWith({ verified: byCloudBuild });
    expect(signerIdentity.check(asked, byName)).toMatchObject({ holds: false, code: 'cert.required' });
    expect(signerIdentity.check(asked, expecting({ signer: { kind: 'key' } }))).toMatchObject({
      holds: false,
      code: 'identity.mismatch',
    });
  });
});
