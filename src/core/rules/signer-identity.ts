import type { VerifiedAttestation } from '../attestation/verify.ts';
import type { BuilderId } from '../model/builder-id.ts';
import type { ListedBuilder } from '../model/expectations.ts';
import { GITHUB_ISSUER, GITLAB_ISSUER } from '../model/known-builders.ts';
import type { Matcher } from '../model/matcher.ts';
import { fingerprintOf, spkiDigestOf } from '../verify/key-fingerprint.ts';
import { type Check, fails, holds, type Rule, type Stated } from './rule.ts';

type Signer = VerifiedAttestation['signer'];

/** Who signs in a builder's name, by the host of the builder's URI. */
const ISSUERS: Readonly<Record<string, string>> = {
  'https://github.com/': GITHUB_ISSUER,
  'https://gitlab.com/': GITLAB_ISSUER,
};

const CLOUD_BUILD = 'https://cloudbuild.googleapis.com/';

/** Printable; the subject of a certificate is hostile text. */
export function printSigner(signer: Signer): string {
  switch (signer.kind) {
    case 'certificate':
      return `${signer.subject.value}, issuer ${signer.claims.issuer ?? 'none'}`;
    case 'public-key':
      return `key ${signer.key.id ?? 'without id'}`;
    case 'cloud-build':
      return `Google Cloud Build, key ${signer.verified.signedBy.join(', ')}`;
  }
}

/** The signer is whom the caller trusts: subject and issuer together, or a key. */
export const signerIdentity: Rule<Stated> = {
  id: 'signer-identity',
  spec: 'Sigstore client specification, identity verification',
  expected({ signer, builder }) {
    switch (signer.kind) {
      case 'certificate':
        return `${signer.subject.describe}, issuer ${signer.issuer.describe}`;
      case 'key':
        return 'the given key';
      case 'builder':
        return builder === undefined ? 'a builder of the catalogue' : `the platform of ${builder.uri}`;
      case 'listed':
        return signer.builders.map(describeListedSigner).join(' or ');
      case 'anyone-unsafe':
        return undefined;
    }
  },
  check({ verified }, expectations) {
    const { signer } = verified;
    if (verified.isRegistrySigned) {
      return fails(
        'npm.publish-not-provenance',
        'signed by the registry, which does not know who built it',
        printSigner(signer),
      );
    }
    switch (expectations.signer.kind) {
      case 'certificate':
        return checkCertificate(signer, expectations.signer);
      case 'key':
        return checkKey(verified, expectations.signer.spkiDigest);
      case 'builder':
        return checkPlatform(signer, expectations.builder);
      case 'listed':
        return checkListed(verified, expectations.signer.builders);
      case 'anyone-unsafe':
        return holds(printSigner(signer));
    }
  },
};

/** A key that was given without an id goes by its fingerprint; an envelope that names another one is refused. */
function checkKey({ signer, keyid }: VerifiedAttestation, spkiDigest: string | undefined): Check {
  const actual = printSigner(signer);
  if (signer.kind !== 'public-key')
    return fails('identity.mismatch', 'not signed with the given key', actual);
  if (spkiDigest !== undefined && spkiDigestOf(signer.key.key) !== spkiDigest)
    return fails('identity.mismatch', 'signed with another key', actual);
  const id = signer.key.id ?? fingerprintOf(signer.key.key);
  if (keyid === '' || keyid === id) return holds(actual);
  return fails(
    'dsse.keyid',
    `the envelope names another key than ${id}`,
    keyid,
    'Give the id with --key-id, if it is meant.',
  );
}

export function checkCertificate(
  signer: Signer,
  { subject, issuer }: { readonly subject: Matcher; readonly issuer: Matcher },
): Check {
  const actual = printSigner(signer);
  if (signer.kind !== 'certificate') {
    return fails('cert.required', 'signed with a bare key, which proves no identity', actual);
  }
  if (signer.claims.issuer === undefined) {
    return fails('cert.claim-missing', 'the certificate names no issuer', actual);
  }
  if (!issuer.matches(signer.claims.issuer)) {
    return fails('identity.issuer', 'another issuer vouches for the signer', actual);
  }
  if (subject.matches(signer.subject.value)) return holds(actual);
  return fails(mismatchCode(subject.describe, signer.subject.value), 'signed by somebody else', actual);
}

/** `https://host/owner/name/.github/workflows/FILE@REF`; in a pattern it is escaped and so no workflow. */
const WORKFLOW = /^(https:\/\/[^/@]+\/[^/@]+\/[^/@]+)\/(\.github\/workflows\/[^@]+)@(.+)$/;
/** `https://host/GROUPS/PROJECT//FILE@REF` of GitLab: a project may lie in a group of another project's name. */
const CI_CONFIG = /^(https:\/\/[^/@]+(?:\/[^/@]+){2,20})\/\/([^@]+)@(.+)$/;

/** A nearer reason where both are workflows: the same one at another ref, or another file of the same repository. */
function mismatchCode(
  expected: string,
  actual: string,
): 'identity.ref' | 'identity.workflow' | 'identity.mismatch' {
  const [, repository, path] = WORKFLOW.exec(expected) ?? CI_CONFIG.exec(expected) ?? [];
  const [, actualRepository, actualPath] = WORKFLOW.exec(actual) ?? CI_CONFIG.exec(actual) ?? [];
  if (repository === undefined || repository !== actualRepository) return 'identity.mismatch';
  return path === actualPath ? 'identity.ref' : 'identity.workflow';
}

/** Which builder it is, is asked by `builder-id`; here only that its own platform vouches for it. */
export function checkPlatform(signer: Signer, builder: BuilderId | undefined): Check {
  const actual = printSigner(signer);
  if (signer.kind === 'cloud-build') {
    return builder === undefined || builder.uri.startsWith(CLOUD_BUILD)
      ? holds(actual)
      : fails(
          'identity.mismatch',
          'signed by Cloud Build, which is not the platform of this builder',
          actual,
        );
  }
  if (signer.kind !== 'certificate') {
    return fails('cert.required', 'signed with a bare key, which proves no builder', actual);
  }
  const { issuer } = signer.claims;
  if (builder === undefined) return holds(actual);
  const platform = Object.keys(ISSUERS).find((prefix) => builder.uri.startsWith(prefix));
  if (platform === undefined) {
    return fails(
      'identity.issuer',
      'nobody is known to vouch for builders of this host',
      actual,
      'Name the signer too: --certificate-identity and --certificate-oidc-issuer, or --key.',
    );
  }
  return issuer === ISSUERS[platform]
    ? holds(actual)
    : fails('identity.issuer', 'another issuer vouches for the signer', actual);
}

const describeListedSigner = ({ uri, signer }: ListedBuilder): string => {
  switch (signer.kind) {
    case 'platform':
      return `the platform of ${uri}`;
    case 'certificate':
      return `${signer.subject.describe}, issuer ${signer.issuer.describe}`;
    case 'key':
      return `key sha256:${signer.spkiDigest}`;
  }
};

/** Whether the attestation is signed by whom the policy names for this builder. */
export function checkListedSigner(
  { signer }: VerifiedAttestation,
  { uri, signer: wanted }: Pick<ListedBuilder, 'uri' | 'signer'>,
): Check {
  switch (wanted.kind) {
    case 'platform':
      return checkPlatform(signer, { uri, ref: undefined });
    case 'certificate':
      return checkCertificate(signer, wanted);
    case 'key': {
      const actual = printSigner(signer);
      return signer.kind === 'public-key' && spkiDigestOf(signer.key.key) === wanted.spkiDigest
        ? holds(actual)
        : fails('identity.mismatch', 'not signed with the key that the policy names', actual);
    }
  }
}

/** Somebody whom the policy names signed it; that it is whom it names for this very builder, is asked by `builder-id`. */
function checkListed(verified: VerifiedAttestation, builders: readonly ListedBuilder[]): Check {
  let first: Check | undefined;
  for (const listed of builders) {
    const check = checkListedSigner(verified, listed);
    if (check.holds) return check;
    first ??= check;
  }
  return first ?? fails('identity.mismatch', 'the policy names no signer', printSigner(verified.signer));
}
