import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import {
  type Certificate,
  certificateKey,
  isSignedBy,
  isValidAt,
  namesIssuer,
  PURPOSE,
  parseCertificate,
} from './certificate.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { refuseDuplicates } from './duplicates.ts';
import { type FulcioClaims, readFulcioClaims } from './fulcio-claims.ts';
import { checkLeafProfile, type SubjectName } from './leaf-profile.ts';
import { type VerifiedLogEntry, verifyLogEntry } from './log-entry.ts';
import type { HashAlgorithm, PublicKey } from './public-key.ts';
import { verifyScts } from './sct.ts';
import {
  type ArtifactInput,
  type PrehashVerifier,
  verifyEnvelopeSignature,
  verifyMessageSignature,
} from './signature.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts';
import { type VerifiedTimestamp, verifyTimestamp } from './timestamp.ts';
import { isWithin, type TrustedRoot, type Window } from './trusted-root.ts';

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

/** How the caller changes the thresholds of the root's profile; see {@link resolveThresholds}. */
export interface ThresholdOptions {
  /** Raising is free: the higher number wins. */
  readonly atLeast?: Partial<Thresholds>;
  /** What the caller gave up by an `--unsafe` flag: these thresholds become 0. */
  readonly unsafeDrop?: readonly (keyof Thresholds)[];
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

export interface VerifiedTime {
  readonly kind: 'log' | 'tsa';
  /** Identifies the authority among those of the root: two times of one authority are one witness. */
  readonly authority: string;
  readonly timeMs: number;
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

/** A certificate of a trusted chain that issued the leaf: `index` 0 is the one the root lists first. */
interface Issuer {
  readonly authority: CertificateAuthority;
  readonly index: number;
}

const issuerCertificate = ({ authority, index }: Issuer): Certificate =>
  authority.chain[index] as Certificate;

/**
 * Who issued the leaf, by the first root that knows it. A renewed authority can be there several times under one key,
 * with other windows: all are given.
 */
function findIssuers(
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
function checkInstance(bundle: ParsedBundle, root: TrustedRoot, roots: readonly TrustedRoot[]): void {
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
function checkOtherCertificates(
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

type WitnessRoot = Pick<TrustedRoot, 'logs' | 'timestampAuthorities'>;

/** With a bare key and no root, entries and timestamps have nobody who vouches for them. */
const NO_WITNESSES: WitnessRoot = { logs: new Map(), timestampAuthorities: [] };

interface Witnesses {
  readonly logEntries: readonly VerifiedLogEntry[];
  readonly timestamps: readonly VerifiedTimestamp[];
  readonly times: readonly VerifiedTime[];
}

function verifyWitnesses(
  bundle: ParsedBundle,
  root: WitnessRoot,
  key: PublicKey,
  certificate: Buffer | undefined,
): Witnesses {
  const logged = { certificate, key, content: bundle.content };
  const logEntries = bundle.logEntries.map((entry) => verifyLogEntry(entry, logged, root.logs));
  const { signature } = bundle.content;
  const timestamps = bundle.timestamps.map((token) =>
    verifyTimestamp(token, signature, root.timestampAuthorities),
  );
  const times: VerifiedTime[] = timestamps.map(({ authority, timeMs }) => ({
    kind: 'tsa',
    authority: authority.anchorDigest,
    timeMs,
  }));
  for (const { log, timeMs } of logEntries) {
    // A root may list one key under several ids: they are one witness.
    if (timeMs !== undefined)
      times.push({ kind: 'log', authority: hash('sha256', log.key.spki, 'hex'), timeMs });
  }
  for (const { log, timeMs } of logEntries) {
    // Rekor v2 signs no time: its key must have been valid at every other verified time.
    const moments = timeMs === undefined ? times.map((time) => time.timeMs) : [timeMs];
    if (!moments.every((moment) => isWithin(log.window, moment))) {
      refuse('log.key-window', 'log entry lies outside the window of the log key');
    }
  }
  return { logEntries, timestamps, times };
}

/**
 * Raises or drops the thresholds of the root's profile.
 *
 * @throws SlsaGateError `config.threshold` when a number that was asked for is not a whole one of at least 1
 */
export function resolveThresholds(
  profile: Thresholds,
  { atLeast = {}, unsafeDrop = [] }: ThresholdOptions,
): Thresholds {
  const resolve = (name: keyof Thresholds): number => {
    const wanted = atLeast[name];
    // 0 or NaN would be met by nothing at all.
    if (wanted !== undefined && !(Number.isSafeInteger(wanted) && wanted >= 1)) {
      refuse('config.threshold', `threshold ${name} is not a whole number of at least 1`, {
        actual: String(wanted),
      });
    }
    return unsafeDrop.includes(name) ? 0 : Math.max(profile[name], wanted ?? 0);
  };
  return {
    log: resolve('log'),
    sct: resolve('sct'),
    tsa: resolve('tsa'),
    time: resolve('time'),
    logTime: resolve('logTime'),
  };
}

/** An authority under two names, and two names for one key, are one witness. */
function checkThresholds({ logEntries, timestamps }: Witnesses, thresholds: Thresholds): void {
  const logs = countKeys(logEntries.map(({ log }) => log.key));
  const anchors = new Set(timestamps.map(({ authority }) => authority.anchorDigest)).size;
  const tsas = Math.min(anchors, countKeys(timestamps.map(({ key }) => key)));
  const logTimes = countKeys(
    logEntries.filter(({ timeMs }) => timeMs !== undefined).map(({ log }) => log.key),
  );
  const all = tsas + logTimes;
  const below = (found: number, wanted: number): { expected: string; actual: string } | undefined =>
    found < wanted ? { expected: String(wanted), actual: String(found) } : undefined;
  const log = below(logs, thresholds.log);
  if (log)
    refuse(
      logs === 0 ? 'tlog.missing' : 'tlog.threshold',
      'too few transparency logs hold the signature',
      log,
    );
  const tsa = below(tsas, thresholds.tsa);
  if (tsa)
    refuse(
      all === 0 ? 'time.none' : 'tsa.threshold',
      'too few timestamp authorities vouch for the signature',
      tsa,
    );
  const logTime = below(logTimes, thresholds.logTime);
  if (logTime) {
    refuse(all === 0 ? 'time.none' : 'time.threshold', 'too few logs sign the time', logTime);
  }
  const time = below(all, thresholds.time);
  if (time) refuse(all === 0 ? 'time.none' : 'time.threshold', 'too few verified times', time);
}

const countKeys = (keys: readonly PublicKey[]): number =>
  new Set(keys.map(({ spki }) => spki.toString('latin1'))).size;

function checkNotInFuture({ timeMs }: VerifiedTime, nowMs: number): void {
  if (timeMs <= nowMs) return;
  const details = {
    expected: `not after ${new Date(nowMs).toISOString()}`,
    actual: new Date(timeMs).toISOString(),
  };
  if (timeMs > nowMs + LIMITS.clockSkewMs)
    refuse('time.future', 'a verified time lies in the future', details);
  refuse('clock.skew', 'a verified time lies slightly ahead of the clock', details);
}

const earliest = (times: readonly VerifiedTime[]): number | undefined =>
  times.length === 0 ? undefined : Math.min(...times.map(({ timeMs }) => timeMs));
