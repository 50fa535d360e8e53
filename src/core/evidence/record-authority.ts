import { refuse } from '../../errors.ts';
import { parseCertificate } from '../verify/certificate.ts';
import { readFulcioClaims } from '../verify/fulcio-claims.ts';
import { fingerprintOf } from '../verify/key-fingerprint.ts';
import { checkLeafProfile } from '../verify/leaf-profile.ts';
import type { PublicKey } from '../verify/public-key.ts';
import type { TrustedRoot } from '../verify/trusted-root.ts';

/** Somebody who signs with keys that nobody keeps, under a trusted root that vouches for the name. */
export interface RecordIdentity {
  readonly kind: 'identity';
  /** The one subject alternative name of the certificate; exact. */
  readonly subject: string;
  /** OIDC issuer of the certificate; exact. */
  readonly issuer: string;
  readonly root: TrustedRoot;
  /** Of the root, as it was read. */
  readonly rootBytes: Uint8Array;
  /** Read at each verification: a process may run for days. */
  readonly now: () => Date;
}

/** Whoever may have signed records, as configuration names them: a key that is kept, or an identity. */
export type RecordAuthority = PublicKey | RecordIdentity;

export const isIdentity = (authority: RecordAuthority): authority is RecordIdentity =>
  authority.kind === 'identity';

export const isKey = (authority: RecordAuthority): authority is PublicKey => !isIdentity(authority);

export const printIdentity = ({ subject, issuer }: Pick<RecordIdentity, 'subject' | 'issuer'>): string =>
  `${subject}, issuer ${issuer}`;

/** Fingerprint of a key; name, issuer and root of an identity. */
export const printAuthority = (authority: RecordAuthority): string =>
  isIdentity(authority)
    ? `${printIdentity(authority)}, trusted root ${authority.root.digest}`
    : fingerprintOf(authority);

/**
 * Holds a signing certificate against the identities, before anything is signed with its key. Whether an authority that
 * is trusted issued it shows when what it signed is verified.
 *
 * @throws SlsaGateError `signer.failed`
 */
export function assertExpectedIdentity(certificate: Buffer, identities: readonly RecordIdentity[]): void {
  const leaf = parseCertificate(certificate, 'signer.failed');
  const subject = checkLeafProfile(leaf).value;
  const issuer = readFulcioClaims(leaf).issuer ?? 'none';
  if (identities.some((identity) => identity.subject === subject && identity.issuer === issuer)) return;
  refuse('signer.failed', 'the identity token is that of another identity than the configured one', {
    hint: 'Run it where the identity of recordIdentities is that of the job, or name this one there.',
    expected: identities.map(printIdentity).join('; ') || 'no identity is configured',
    actual: printIdentity({ subject, issuer }),
  });
}
