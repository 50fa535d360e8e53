import { utf8String } from './der.ts';
import type { Extension, GeneralName } from './extensions.ts';

/**
 * Fulcio's certificate extensions by name (sigstore/fulcio docs/oid-info.md): the last arc under 1.3.6.1.4.1.57264.1.
 * Up to .6 the value is the bare string, from .8 on a DER UTF8String.
 */
export const CLAIM = {
  deprecatedIssuer: 1,
  deprecatedWorkflowTrigger: 2,
  deprecatedWorkflowSha: 3,
  deprecatedWorkflowName: 4,
  deprecatedWorkflowRepository: 5,
  deprecatedWorkflowRef: 6,
  issuer: 8,
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryIdentifier: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerIdentifier: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibility: 22,
  deploymentEnvironment: 23,
  tokenSubject: 24,
} as const;
export type ClaimName = keyof typeof CLAIM;

/** Claims of one certificate. `null` leaves the extension out; a Buffer is the whole extension value, right or wrong. */
export type Claims = Readonly<Partial<Record<ClaimName, string | Buffer | null>>>;

export const claimOid = (name: ClaimName): string => `1.3.6.1.4.1.57264.1.${CLAIM[name]}`;

/** One claim as the extension Fulcio would write. */
export function claimExtension(name: ClaimName, value: string | Buffer): Extension {
  if (Buffer.isBuffer(value)) return { oid: claimOid(name), value };
  return { oid: claimOid(name), value: CLAIM[name] <= 6 ? Buffer.from(value) : utf8String(value) };
}

/** In the order of the OIDs. */
export function claimExtensions(claims: Claims): Extension[] {
  const names = Object.keys(CLAIM) as ClaimName[];
  return names.flatMap((name) => {
    const value = claims[name];
    return value === undefined || value === null ? [] : [claimExtension(name, value)];
  });
}

/** These claims and none of a run's, for signers that are no workflow. */
export function onlyClaims(claims: Claims): Claims {
  const none = Object.fromEntries((Object.keys(CLAIM) as ClaimName[]).map((name) => [name, null]));
  return { ...none, ...claims };
}

/** A person, as Fulcio certifies an email address: use as `certificate` of the sign options. */
export function emailSigner(
  email = 'dev@example.org',
  issuer = 'https://accounts.google.com',
): SignerIdentity {
  return { subjectAltName: [{ email }], claims: onlyClaims({ deprecatedIssuer: issuer, issuer }) };
}

/** Who a certificate names: the part of the certificate options that says so. */
export interface SignerIdentity {
  readonly subjectAltName: readonly GeneralName[];
  readonly claims: Claims;
}
