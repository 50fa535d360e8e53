import { hash } from 'node:crypto';
import {
  type Certificate,
  certificateKey,
  isSignedBy,
  namesIssuer,
  PURPOSE,
  parseCertificate,
} from '../../core/verify/certificate.ts';
import type { CertificateAuthority } from '../../core/verify/certificate-authority.ts';
import { toPrintableName } from '../../core/verify/distinguished-name.ts';
import { claimExtensions, readFulcioClaims } from '../../core/verify/fulcio-claims.ts';
import { checkLeafProfile } from '../../core/verify/leaf-profile.ts';
import {
  precertificateEntry,
  readScts,
  type SignedCertificateTimestamp,
  verifySct,
} from '../../core/verify/sct.ts';
import type { TrustedRoot } from '../../core/verify/trusted-root.ts';
import { type Attempt, attempt, refuse } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { checked, covered, instant, shown, standing } from './part.ts';

/** The certificate of a trusted chain that issued a leaf. */
export interface FoundIssuer {
  readonly root: TrustedRoot;
  readonly certificate: Certificate;
}

const chainLinks = (
  root: TrustedRoot,
): { authority: CertificateAuthority; index: number; certificate: Certificate }[] =>
  root.authorities.flatMap((authority) =>
    authority.chain.map((certificate, index) => ({ authority, index, certificate })),
  );

/** @throws SlsaGateError `cert.untrusted` */
export function findIssuer(leaf: Certificate, roots: readonly TrustedRoot[]): FoundIssuer {
  for (const root of roots) {
    for (const { authority, index, certificate } of chainLinks(root)) {
      if (!namesIssuer(leaf, certificate) || authority.brokenLink(PURPOSE.codeSigning) !== undefined)
        continue;
      if (isSignedBy(leaf, authority.key(index))) return { root, certificate };
    }
  }
  return refuse('cert.untrusted', 'certificate was not issued by a trusted authority');
}

const sctPart = (
  sct: SignedCertificateTimestamp,
  leaf: Certificate,
  issuer: Attempt<FoundIssuer>,
): InspectPart => {
  const log = 'value' in issuer ? issuer.value.root.certificateLogs.get(sct.logId) : undefined;
  const name = `${log?.name ?? sct.logId} at ${instant(sct.timeMs)}`;
  const tried = attempt(() => {
    // What the log signed names the issuer's key, so that without an issuer there is nothing to check.
    if ('error' in issuer) throw issuer.error;
    if (log === undefined)
      refuse('sct.invalid', 'SCT is of a log that is not trusted', { actual: sct.logId });
    verifySct(sct, log, precertificateEntry(leaf, hash('sha256', issuer.value.certificate.spki, 'buffer')));
  });
  return checked('certificate log', name, tried);
};

const sctParts = (leaf: Certificate, issuer: Attempt<FoundIssuer>): InspectPart => {
  const scts = attempt(() => readScts(leaf));
  if ('error' in scts) return checked('certificate log', undefined, scts);
  if (scts.value.length === 0) return shown('signed certificate timestamps', 'none');
  return {
    name: 'signed certificate timestamps',
    value: String(scts.value.length),
    proven: 'not-checked',
    parts: scts.value.map((sct) => sctPart(sct, leaf, issuer)),
  };
};

const claimParts = (leaf: Certificate, isTrusted: boolean): readonly InspectPart[] =>
  claimExtensions(leaf).map(({ name, oid, read }) => {
    const label = `${name} (${oid})`;
    const value = attempt(read);
    return 'error' in value ? checked(label, undefined, value) : covered(label, value.value, isTrusted);
  });

export interface InspectedCertificate {
  readonly part: InspectPart;
  /** Absent when the bytes are no certificate. */
  readonly leaf?: Certificate;
  readonly issuer: Attempt<FoundIssuer>;
}

/**
 * Everything in a signing certificate. `proven` means that an authority of a trusted root issued it and that it has the
 * form of a signing certificate; whether it was valid when it signed, only the verified times of the bundle tell.
 */
export function inspectCertificate(raw: Buffer, roots: readonly TrustedRoot[]): InspectedCertificate {
  const parsed = attempt(() => parseCertificate(raw));
  if ('error' in parsed) return { part: checked('certificate', undefined, parsed), issuer: parsed };
  const leaf = parsed.value;
  const issuer = attempt(() => findIssuer(leaf, roots));
  const isTrusted = 'value' in issuer;
  const subject = attempt(() => checkLeafProfile(leaf));
  const claims = attempt(() => readFulcioClaims(leaf));
  const key = attempt(() => certificateKey(leaf));
  const name = attempt(() => toPrintableName(leaf.issuer, 'cert.malformed'));
  const whole = [issuer, subject, claims, key].find((tried) => 'error' in tried) ?? issuer;
  const part: InspectPart = {
    name: 'certificate',
    ...('value' in issuer ? { value: `issued under ${issuer.value.root.name}` } : {}),
    ...standing(whole),
    parts: [
      'error' in subject
        ? checked('subject', undefined, subject)
        : covered('subject', `${subject.value.value} (${subject.value.kind})`, isTrusted),
      'error' in name
        ? checked('certificate issuer', undefined, name)
        : covered('certificate issuer', name.value, isTrusted),
      covered('serial', leaf.serial.toString('hex'), isTrusted),
      covered('valid from', instant(leaf.notBefore), isTrusted),
      covered('valid to', instant(leaf.notAfter), isTrusted),
      'error' in key ? checked('key', undefined, key) : covered('key', key.value.kind, isTrusted),
      ...claimParts(leaf, isTrusted),
      sctParts(leaf, issuer),
    ],
  };
  return { part, leaf, issuer };
}
