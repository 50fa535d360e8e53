import { describe, expect, it } from 'vitest';
import type { Expectations } from '../../../../src/core/model/expectations.ts';
import { parseSourceUri } from '../../../../src/core/model/source-uri.ts';
import { pypiPublisher } from '../../../../src/core/rules/pypi-publisher.ts';
import type { Check } from '../../../../src/core/rules/rule.ts';
import { sigstore, trustedKey } from '../../../attacks/verify.ts';
import type { Claims } from '../../../kit/identity.ts';
import { emailSigner } from '../../../kit/identity.ts';
import { createKeyPair } from '../../../kit/keys.ts';
import { expecting, NO_FACTS, subjectWith, verifiedOf } from './subjects.ts';

const WIDGET = parseSourceUri('github.com/octo-org/widget');
const WORKFLOW = 'https://github.com/octo-org/widget/.github/workflows/release.yml';

function check(publisher: NonNullable<Expectations['pypiPublisher']>, claims: Claims = {}): Check {
  const verified = verifiedOf(sigstore.signStatement({ certificate: { claims } }));
  return pypiPublisher.check(subjectWith({ verified }), expecting({ pypiPublisher: publisher }));
}

describe('the trusted publisher of PyPI', () => {
  it('is the repository and the workflow that the certificate names', () => {
    expect(check({ repository: WIDGET })).toEqual({ holds: true, actual: WIDGET.uri });
    expect(check({ repository: WIDGET, workflow: 'release.yml' })).toEqual({ holds: true, actual: WORKFLOW });
    expect(
      pypiPublisher.expected(
        expecting({ pypiPublisher: { repository: WIDGET, workflow: 'a.yml' } }),
        undefined,
      ),
    ).toBe(`${WIDGET.uri}, workflow a.yml`);
  });

  it.each([
    'release.yaml',
    'Release.yml',
    'elease.yml',
    'workflows/release.yml',
    '.github/workflows/release.yml',
    '',
  ])('is not the workflow %j', (workflow) => {
    expect(check({ repository: WIDGET, workflow })).toMatchObject({
      holds: false,
      code: 'pypi.publisher',
      actual: WORKFLOW,
    });
  });

  it.each(['octo-org/widgets', 'octo/widget', 'evil/widget'])('is not the repository %s', (path) => {
    expect(check({ repository: parseSourceUri(`github.com/${path}`) })).toMatchObject({
      holds: false,
      code: 'pypi.publisher',
      message: 'another repository published it',
      actual: WIDGET.uri,
    });
  });

  it('is not one that the certificate leaves out, whatever else is known of the build', () => {
    const claims = { sourceRepositoryUri: null };
    const verified = verifiedOf(sigstore.signStatement({ certificate: { claims } }));
    const facts = { ...NO_FACTS, sourceUri: WIDGET.uri };
    const expectations = expecting({ pypiPublisher: { repository: WIDGET } });
    expect(pypiPublisher.check(subjectWith({ verified, facts }), expectations)).toMatchObject({
      holds: false,
      code: 'cert.claim-missing',
      actual: 'none',
    });
  });

  it('is neither a person nor a key', () => {
    const person = verifiedOf(sigstore.signStatement({ certificate: emailSigner() }));
    const expectations = expecting({ pypiPublisher: { workflow: 'release.yml' } });
    expect(pypiPublisher.check(subjectWith({ verified: person }), expectations)).toMatchObject({
      holds: false,
      code: 'pypi.publisher',
    });
    const key = { ...person, signer: { kind: 'public-key' as const, key: trustedKey(createKeyPair()) } };
    expect(pypiPublisher.check(subjectWith({ verified: key }), expectations)).toMatchObject({
      holds: false,
      code: 'cert.required',
    });
  });
});
