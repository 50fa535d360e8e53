import { refuse } from '../../errors.ts';
import { type CloudBuildKeys, type VerifiedCloudBuild, verifyCloudBuild } from '../gcb/index.ts';
import type { BundleVersion, MessageContent, ParsedBundle } from '../model/bundle.ts';
import { verifyBareEnvelope } from '../verify/envelope-key.ts';
import type { ArtifactInput, PrehashVerifier } from '../verify/signature.ts';
import { resolveThresholds, type ThresholdOptions, type Thresholds } from '../verify/thresholds.ts';
import type {
  BundleVerification,
  CertificateSigner,
  KeySigner,
  TrustedKey,
  TrustMaterial,
  VerifiedBundle,
} from '../verify/verify-bundle.ts';
import type { ParsedAttestation } from './parse.ts';

/** Checks one bundle, or throws; the strict verifier, or that and the second opinion. */
export type BundleVerifier = (request: BundleVerification) => VerifiedBundle;

/** What all attestations of one decision are verified with. */
export interface VerificationContext {
  readonly verifyBundle: BundleVerifier;
  readonly trust: TrustMaterial;
  /** Keys of npm's registry, by the ids that its publish attestations name. */
  readonly npmKeys: readonly TrustedKey[];
  readonly cloudBuildKeys: CloudBuildKeys;
  readonly thresholds: ThresholdOptions;
  /** Checks message signatures of which only the digest is known. */
  readonly verifyPrehash: PrehashVerifier;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** What was signed. The payload of an envelope is not parsed yet. */
export type SignedContent =
  | {
      readonly kind: 'dsse';
      readonly payload: Buffer;
      readonly payloadType: string;
    }
  | MessageContent;

/** Google Cloud Build, known by a pinned key. */
export interface CloudBuildSigner {
  readonly kind: 'cloud-build';
  readonly verified: VerifiedCloudBuild;
}

/** An attestation whose signature, signer, log entries and times verify. Says nothing yet about whom to trust. */
export interface VerifiedAttestation {
  readonly signer: CertificateSigner | KeySigner | CloudBuildSigner;
  /** Key id of a bare envelope: an unauthenticated hint, empty where there is none. */
  readonly keyid: string;
  readonly content: SignedContent;
  /** Undefined for a bare envelope and for Cloud Build. */
  readonly bundle: VerifiedBundle | undefined;
  readonly bundleVersion: BundleVersion | undefined;
  readonly notBeforeMs: number | undefined;
  readonly seenByMs: number | undefined;
  /** A key of npm's registry signed it: it says what was published, not who built it. */
  readonly isRegistrySigned: boolean;
  readonly isPypi: boolean;
  readonly claimedPredicateType: string | undefined;
  /** The publish attestation beside it in npm's list, verified too. */
  readonly npmPublish: VerifiedAttestation | undefined;
}

/**
 * Verifies one attestation of any form. The artifact is needed by message signatures alone.
 *
 * @throws SlsaGateError with the code of the first part that does not hold
 */
export function verifyAttestation(
  attestation: ParsedAttestation,
  artifact: ArtifactInput | undefined,
  context: VerificationContext,
): VerifiedAttestation {
  if (attestation.kind === 'envelope') {
    const key = verifyBareEnvelope(attestation.envelope, context.trust.keys);
    checkNoWitnessWanted(context);
    const { envelope, claimedPredicateType } = attestation;
    const signer = { kind: 'public-key', key } as const;
    return { ...withoutBundle(signer, envelope, envelope.keyid), claimedPredicateType };
  }
  if (attestation.kind === 'cloud-build') {
    const verified = verifyCloudBuild(attestation.provenance, context.cloudBuildKeys);
    checkNoWitnessWanted(context);
    const { payloadType } = attestation.provenance.envelope;
    return withoutBundle({ kind: 'cloud-build', verified }, { payload: verified.payload, payloadType });
  }
  const { bundle, claimedPredicateType, npmPublish, isPypi } = attestation;
  return {
    ...verifyOne(bundle, artifact, context),
    isPypi: isPypi === true,
    claimedPredicateType,
    npmPublish: npmPublish && verifyPublish(npmPublish, artifact, context),
  };
}

/** The registry's own signature, by a key that npm publishes: one that nobody names is none of its keys. */
function verifyPublish(
  bundle: ParsedBundle,
  artifact: ArtifactInput | undefined,
  context: VerificationContext,
): VerifiedAttestation {
  const { verificationKey } = bundle;
  if (verificationKey.kind === 'public-key') {
    const ids = context.npmKeys.map(({ id }) => id ?? 'none');
    if (!ids.includes(verificationKey.hint)) {
      refuse('key.unknown', "the publish attestation names no key of npm's registry", {
        expected: ids.join(' or ') || 'none',
        actual: verificationKey.hint || 'none',
      });
    }
  }
  return verifyAttestation({ kind: 'bundle', bundle }, artifact, context);
}

/** Of a form that has no profile: only what the caller asks for. */
const NO_THRESHOLDS: Thresholds = { log: 0, sct: 0, tsa: 0, time: 0, logTime: 0 };

/**
 * Without a certificate there is nothing that a certificate log could hold.
 *
 * @throws SlsaGateError `sct.missing`
 */
function checkNoSctWanted({ thresholds }: VerificationContext): void {
  const { sct } = resolveThresholds(NO_THRESHOLDS, thresholds);
  if (sct > 0) refuse('sct.missing', 'signed without a certificate', { expected: String(sct), actual: '0' });
}

/**
 * An envelope alone carries no witness. Whoever asked for one must not be answered by a bundle whose witnesses were taken
 * off.
 *
 * @throws SlsaGateError `tlog.missing`, `time.none`, `sct.missing`
 */
function checkNoWitnessWanted(context: VerificationContext): void {
  const { log, tsa, time, logTime } = resolveThresholds(NO_THRESHOLDS, context.thresholds);
  const details = (wanted: number) => ({ expected: String(wanted), actual: '0' });
  checkNoSctWanted(context);
  if (log > 0) refuse('tlog.missing', 'an envelope alone is in no transparency log', details(log));
  const times = Math.max(tsa, time, logTime);
  if (times > 0) refuse('time.none', 'an envelope alone has no verified time', details(times));
}

/** Forms that carry neither certificate nor log entry nor time. */
const withoutBundle = (
  signer: VerifiedAttestation['signer'],
  envelope: { readonly payload: Buffer; readonly payloadType: string },
  keyid = '',
): VerifiedAttestation => ({
  signer,
  keyid,
  content: toDsse(envelope),
  bundle: undefined,
  bundleVersion: undefined,
  notBeforeMs: undefined,
  seenByMs: undefined,
  isRegistrySigned: false,
  isPypi: false,
  claimedPredicateType: undefined,
  npmPublish: undefined,
});

type VerifiedOne = Omit<VerifiedAttestation, 'isPypi' | 'claimedPredicateType' | 'npmPublish'>;

function verifyOne(
  bundle: ParsedBundle,
  artifact: ArtifactInput | undefined,
  context: VerificationContext,
): VerifiedOne {
  const { verifyBundle, trust, npmKeys, thresholds, nowMs } = context;
  const { verificationKey } = bundle;
  const registryKeys =
    verificationKey.kind === 'public-key' ? npmKeys.filter(({ id }) => id === verificationKey.hint) : [];
  const isRegistrySigned = registryKeys.length > 0;
  const verified = verifyBundle({
    bundle,
    trust: isRegistrySigned ? { ...trust, keys: registryKeys } : trust,
    artifact,
    thresholds,
    nowMs,
    verifyPrehash: context.verifyPrehash,
  });
  // What npm's registry signs stands beside provenance, whose certificate is the one that is asked about.
  if (verified.signer.kind === 'public-key' && !isRegistrySigned) checkNoSctWanted(context);
  const { content } = bundle;
  return {
    signer: verified.signer,
    keyid: '',
    content: content.kind === 'dsse' ? toDsse(content) : content,
    bundle: verified,
    bundleVersion: bundle.version,
    notBeforeMs: verified.notBeforeMs,
    seenByMs: verified.seenByMs,
    isRegistrySigned,
  };
}

const toDsse = (envelope: { readonly payload: Buffer; readonly payloadType: string }): SignedContent => ({
  kind: 'dsse',
  payload: envelope.payload,
  payloadType: envelope.payloadType,
});
