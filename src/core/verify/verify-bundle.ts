import { refuse } from '../../errors.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import { type Certificate, certificateKey, isValidAt, parseCertificate } from './certificate.ts';
import { refuseDuplicates } from './duplicates.ts';
import { type FulcioClaims, readFulcioClaims } from './fulcio-claims.ts';
import { checkInstance, checkOtherCertificates, findIssuers, type Issuer } from './issuers.ts';
import { checkLeafProfile, type SubjectName } from './leaf-profile.ts';
import type { VerifiedLogEntry } from './log-entry.ts';
import type { HashAlgorithm, PublicKey } from './public-key.ts';
import { verifyScts } from './sct.ts';
import {
  type ArtifactInput,
  type PrehashVerifier,
  verifyEnvelopeSignature,
  verifyMessageSignature,
} from './signature.ts';
import { DEFAULT_THRESHOLDS, resolveThresholds, type ThresholdOptions } from './thresholds.ts';
import { isWithin, type TrustedRoot, type Window } from './trusted-root.ts';
import {
  checkNotInFuture,
  checkThresholds,
  earliest,
  NO_WITNESSES,
  type VerifiedTime,
  verifyWitnesses,
} from './witnesses.ts';

/** A key that the caller trusts, by its id where it has one, within a window where it has one. */
export interface TrustedKey {
  /** The hint of a bundle and the key id of an envelope must be this, when it is given. */
  readonly id: string | undefined;
  readonly key: PublicKey;
  readonly window: Window | undefined;
  /** Hash that it signs envelopes with, where that is not the one of its kind. */
  readonly hash?: HashAlgorithm;
}

/** Everything that is trusted from the start. */
export interface TrustMaterial {
  readonly roots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
}

export interface BundleVerification {
  readonly bundle: ParsedBundle;
  readonly trust: TrustMaterial;
  /** Only message signatures need it. */
  readonly artifact: ArtifactInput | undefined;
  readonly thresholds: ThresholdOptions;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly verifyPrehash: PrehashVerifier;
}

export interface CertificateSigner {
  readonly kind: 'certificate';
  readonly certificate: Certificate;
  /** The key of the certificate. */
  readonly key: PublicKey;
  /** The one subject alternative name. */
  readonly subject: SubjectName;
  readonly claims: FulcioClaims;
}

export interface KeySigner {
  readonly kind: 'public-key';
  readonly key: TrustedKey;
}

/** A bundle whose signature, signer, log entries and times verify. Says nothing yet about whom to trust for what. */
export interface VerifiedBundle {
  readonly bundle: ParsedBundle;
  readonly signer: CertificateSigner | KeySigner;
  /** The root that vouches; undefined for a bare key that needed no witness. */
  readonly root: TrustedRoot | undefined;
  /** Hex SHA-256 of the anchor certificate under which the signing certificate was issued; undefined for a bare key. */
  readonly anchorDigest: string | undefined;
  readonly logEntries: readonly VerifiedLogEntry[];
  readonly times: readonly VerifiedTime[];
  /** Nothing was signed before: start of the certificate; undefined for long-lived keys. */
  readonly notBeforeMs: number | undefined;
  /** Earliest verified time; undefined when none was demanded and none is there. */
  readonly seenByMs: number | undefined;
  /**
   * What the second verifier said, when it was asked (second-opinion.ts). `exempt` names the forms that it cannot read,
   * comma separated: what those concern was checked by the strict verifier alone, everything else by both.
   */
  readonly secondOpinion?: 'agrees' | { readonly exempt: string };
}

/**
 * Our strict verifier. Whatever is present must verify: one bad log entry, timestamp or SCT refuses the bundle, and so
 * does one that stands there twice.
 * Thresholds count distinct authorities.
 *
 * @throws SlsaGateError with the code of the first part that does not hold
 */
export function verifyBundle(request: BundleVerification): VerifiedBundle {
  const { bundle, trust, nowMs } = request;
  refuseDuplicates(bundle);
  if (bundle.verificationKey.kind === 'public-key')
    return verifyWithKey(request, bundle.verificationKey.hint);
  const leaf = parseCertificate(bundle.verificationKey.leaf);
  const subject = checkLeafProfile(leaf);
  const claims = readFulcioClaims(leaf);
  const key = certificateKey(leaf);
  const { root, issuers } = findIssuers(leaf, bundle, trust.roots);
  checkInstance(bundle, root, trust.roots);
  checkOtherCertificates(bundle, bundle.verificationKey.others, issuers);
  const thresholds = resolveThresholds(root.thresholds, request.thresholds);
  const witnesses = verifyScts(
    leaf,
    issuers[0].authority.keyHash(issuers[0].index),
    root.certificateLogs,
    thresholds.sct === 0,
  );
  if (witnesses.size < thresholds.sct) {
    refuse(
      witnesses.size === 0 ? 'sct.missing' : 'sct.threshold',
      'too few certificate logs vouch for the certificate',
      {
        expected: String(thresholds.sct),
        actual: String(witnesses.size),
      },
    );
  }
  verifyContent(request, key);
  const witnessed = verifyWitnesses(bundle, root, key, leaf.raw);
  const { times } = witnessed;
  checkThresholds(witnessed, thresholds);
  // Without a verified time nobody knows whether the certificate was valid, whatever the caller gave up.
  if (times.length === 0) refuse('time.none', 'no verified time for the certificate');
  for (const time of times) {
    checkNotInFuture(time, nowMs);
    if (!isValidAt(leaf, time.timeMs))
      refuse('time.cert-window', 'signed outside the validity of the certificate', {
        expected: `${new Date(leaf.notBefore).toISOString()} to ${new Date(leaf.notAfter).toISOString()}`,
        actual: new Date(time.timeMs).toISOString(),
      });
  }
  const isChainValid = ({ authority, index }: Issuer): boolean =>
    times.every(({ timeMs }) => isWithin(authority.window, timeMs) && authority.isValidAt(timeMs, index));
  const issuer = issuers.find(isChainValid);
  if (issuer === undefined) {
    refuse('cert.chain-validity', 'an authority of the chain was not valid at every verified time');
  }
  return {
    bundle,
    signer: { kind: 'certificate', certificate: leaf, key, subject, claims },
    root,
    anchorDigest: issuer.authority.anchorDigest,
    logEntries: witnessed.logEntries,
    times,
    notBeforeMs: leaf.notBefore,
    seenByMs: earliest(times),
  };
}

function verifyWithKey(request: BundleVerification, hint: string): VerifiedBundle {
  const { bundle, trust, nowMs } = request;
  const trusted = findKey(trust.keys, hint, bundle);
  const root = rootOfKeyBundle(bundle, trust.roots);
  verifyContent(request, trusted.key);
  const thresholds = resolveThresholds(root?.thresholds ?? DEFAULT_THRESHOLDS, request.thresholds);
  const witnessed = verifyWitnesses(bundle, root ?? NO_WITNESSES, trusted.key, undefined);
  checkThresholds(witnessed, { ...thresholds, sct: 0 });
  for (const time of witnessed.times) {
    checkNotInFuture(time, nowMs);
    if (trusted.window !== undefined && !isWithin(trusted.window, time.timeMs)) {
      refuse('key.window', 'signed outside the window of the key', {
        actual: new Date(time.timeMs).toISOString(),
      });
    }
  }
  if (trusted.window !== undefined && witnessed.times.length === 0) {
    refuse('time.none', 'no verified time for a key with a window');
  }
  return {
    bundle,
    signer: { kind: 'public-key', key: trusted },
    root,
    anchorDigest: undefined,
    logEntries: witnessed.logEntries,
    times: witnessed.times,
    notBeforeMs: undefined,
    seenByMs: earliest(witnessed.times),
  };
}

function findKey(keys: readonly TrustedKey[], hint: string, bundle: ParsedBundle): TrustedKey {
  if (keys.length === 0) {
    refuse('cert.required', 'bundle is signed by a bare key and none was given', { actual: hint });
  }
  const found = keys.filter(({ id }) => id === undefined || id === hint);
  const [key, second] = found;
  if (key === undefined || (second !== undefined && key.id === undefined)) {
    refuse('key.unknown', 'bundle is signed by a key that was not given', { actual: hint });
  }
  const keyid = bundle.content.kind === 'dsse' ? bundle.content.keyid : '';
  if (key.id !== undefined && keyid !== '' && keyid !== key.id) {
    refuse('dsse.keyid', 'envelope names another key than the bundle', { expected: key.id, actual: keyid });
  }
  return key;
}

/**
 * For a bare key the root matters for its logs and timestamp authorities only: the one that knows the entry's log. What
 * names no log is held to a root that demands one, wherever it stands in the list: leaving the entry out must not choose
 * the profile that needs none.
 */
function rootOfKeyBundle(bundle: ParsedBundle, roots: readonly TrustedRoot[]): TrustedRoot | undefined {
  const [entry] = bundle.logEntries;
  return (
    (entry && roots.find((candidate) => candidate.logs.has(entry.logId))) ??
    roots.find(({ thresholds }) => thresholds.log > 0) ??
    roots[0]
  );
}

function verifyContent({ bundle, artifact, verifyPrehash }: BundleVerification, key: PublicKey): void {
  const { content } = bundle;
  if (content.kind === 'dsse') verifyEnvelopeSignature(content, key);
  else if (artifact !== undefined) verifyMessageSignature(content, key, artifact, verifyPrehash);
  else
    verifyMessageSignature(
      content,
      key,
      { digests: { [content.digestAlgorithm]: content.digest.toString('hex') } },
      verifyPrehash,
    );
}
