import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import { type Certificate, isSignedBy, namesIssuer, PURPOSE, parseCertificate } from './certificate.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** A certificate of a trusted chain that issued the leaf: `index` 0 is the one the root lists first. */
export interface Issuer {
  readonly authority: CertificateAuthority;
  readonly index: number;
}

const issuerCertificate = ({ authority, index }: Issuer): Certificate =>
  authority.chain[index] as Certificate;

/**
 * Who issued the leaf, by the first root that knows it. A renewed authority can be there several times under one key,
 * with other windows: all are given.
 */
export function findIssuers(
  leaf: Certificate,
  bundle: ParsedBundle,
  roots: readonly TrustedRoot[],
): { root: TrustedRoot; issuers: readonly [Issuer, ...Issuer[]] } {
  let tried = 0;
  let brokenLink: string | undefined;
  for (const root of roots) {
    const issuers: Issuer[] = [];
    for (const candidate of chainCandidates(root)) {
      const certificate = issuerCertificate(candidate);
      if (!namesIssuer(leaf, certificate)) continue;
      const sameKey = issuers.some((issuer) => issuerCertificate(issuer).spki.equals(certificate.spki));
      if (!sameKey && ++tried > LIMITS.chainCandidates) {
        refuse('limit.bundle', 'too many authorities could have issued the certificate');
      }
      const broken = candidate.authority.brokenLink(PURPOSE.codeSigning);
      if (broken !== undefined) brokenLink = broken;
      else if (sameKey || isSignedBy(leaf, candidate.authority.key(candidate.index))) issuers.push(candidate);
    }
    const [first, ...rest] = issuers;
    if (first !== undefined) return { root, issuers: [first, ...rest] };
  }
  const knowsLog = bundle.logEntries.some(({ logId }) => roots.some((root) => root.logs.has(logId)));
  if (bundle.logEntries.length > 0 && !knowsLog) {
    refuse('trust.wrong-instance', 'certificate and log entry are of another Sigstore instance');
  }
  refuse('cert.untrusted', brokenLink ?? 'certificate was not issued by a trusted authority');
}

/** Every certificate of every trusted chain of the root, written down once for each root. */
function chainCandidates(root: TrustedRoot): readonly Issuer[] {
  let candidates = CANDIDATES.get(root);
  if (candidates === undefined) {
    candidates = root.authorities.flatMap((authority) =>
      authority.chain.map((_, index) => ({ authority, index })),
    );
    CANDIDATES.set(root, candidates);
  }
  return candidates;
}

const CANDIDATES = new WeakMap<TrustedRoot, readonly Issuer[]>();

/** What one instance signed is vouched for by the logs of that instance, not by those of any trusted one. */
export function checkInstance(bundle: ParsedBundle, root: TrustedRoot, roots: readonly TrustedRoot[]): void {
  for (const { logId } of bundle.logEntries) {
    if (!root.logs.has(logId) && roots.some(({ logs }) => logs.has(logId))) {
      refuse('trust.wrong-instance', 'certificate and log entry are of two Sigstore instances', {
        expected: `a log of ${root.name}`,
        actual: logId,
      });
    }
  }
}

/**
 * Further certificates of a bundle must be the trusted chain itself, in its order. A root among them is refused, but
 * for v0.1, whose clients wrote the whole chain.
 */
export function checkOtherCertificates(
  bundle: ParsedBundle,
  others: readonly Buffer[],
  issuers: readonly Issuer[],
): void {
  const known = issuers.some(({ authority, index }) =>
    others.every((raw, offset) => authority.chain[index + offset]?.raw.equals(raw) === true),
  );
  for (const raw of others) {
    const certificate = parseCertificate(raw);
    if (certificate.issuer.equals(certificate.subject) && (bundle.version !== '0.1' || !known)) {
      refuse('cert.untrusted', 'bundle brings a root certificate');
    }
  }
  if (!known) refuse('cert.untrusted', 'bundle brings certificates that are not the trusted chain');
}
