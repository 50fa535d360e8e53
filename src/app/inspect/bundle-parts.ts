import type { CloudBuildKeys } from '../../core/gcb/index.ts';
import type { DsseContent, MessageContent, ParsedBundle } from '../../core/model/bundle.ts';
import type { ArtifactDigests } from '../../core/model/digest.ts';
import { certificateKey } from '../../core/verify/certificate.ts';
import { verifyPrehash } from '../../core/verify/prehash.ts';
import type { PublicKey } from '../../core/verify/public-key.ts';
import { verifyEnvelopeSignature, verifyMessageSignature } from '../../core/verify/signature.ts';
import { verifyTimestamp } from '../../core/verify/timestamp.ts';
import { readTimestamp } from '../../core/verify/timestamp-token.ts';
import type { TrustedRoot } from '../../core/verify/trusted-root.ts';
import { type TrustedKey, type VerifiedBundle, verifyBundle } from '../../core/verify/verify-bundle.ts';
import { type Attempt, attempt, refuse, type SlsaGateError } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { type InspectedCertificate, inspectCertificate } from './certificate-parts.ts';
import { inspectLogEntry } from './log-entry-parts.ts';
import { checked, covered, instant, shown } from './part.ts';
import { inspectStatement } from './statement-parts.ts';

/** What a bundle is inspected against. */
export interface Surroundings {
  readonly roots: readonly TrustedRoot[];
  /** Keys of npm's registry, by the ids that its attestations name. */
  readonly npmKeys: readonly TrustedKey[];
  /** Pinned keys of Google Cloud Build. */
  readonly cloudBuildKeys: CloudBuildKeys;
  /** Digests to compare with what the bundle is about. */
  readonly artifact: ArtifactDigests | undefined;
  readonly nowMs: number;
}

/** Who signed, as far as that can be read. */
interface Signer {
  readonly key: PublicKey;
  /** Absent for a bare key. */
  readonly certificate: Buffer | undefined;
  /** Why nobody vouches for the key; undefined when somebody does. */
  readonly untrusted: SlsaGateError | undefined;
  readonly name: string;
}

const certificateSigner = ({ leaf, issuer }: InspectedCertificate): Signer | undefined => {
  if (leaf === undefined) return undefined;
  const key = attempt(() => certificateKey(leaf));
  if ('error' in key) return undefined;
  const untrusted = 'error' in issuer ? issuer.error : undefined;
  return { key: key.value, certificate: leaf.raw, untrusted, name: 'the key of the certificate' };
};

/** A signature proves its signer only when somebody vouches for the key; alone it says that nothing was altered. */
const signaturePart = (content: DsseContent | MessageContent, signer: Signer | undefined): InspectPart => {
  if (signer === undefined) return shown('signature', 'of a key that is not known');
  const tried = attempt(() => {
    if (content.kind === 'dsse') return verifyEnvelopeSignature(content, signer.key);
    const digests = { [content.digestAlgorithm]: content.digest.toString('hex') };
    return verifyMessageSignature(content, signer.key, { digests }, verifyPrehash);
  });
  if ('error' in tried) return checked('signature', undefined, tried);
  const value = `by ${signer.name}`;
  return signer.untrusted === undefined
    ? checked('signature', value, tried)
    : { ...shown('signature', value), code: signer.untrusted.finding, message: signer.untrusted.message };
};

const messagePart = (
  content: MessageContent,
  isProven: boolean,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] => {
  const digest = `${content.digestAlgorithm}:${content.digest.toString('hex')}`;
  const part = covered('message digest', digest, isProven);
  const known = artifact?.[content.digestAlgorithm];
  if (artifact === undefined) return [part];
  if (known === undefined) return [part, shown('artifact', `its ${content.digestAlgorithm} is not known`)];
  const tried = attempt(() => {
    if (known === content.digest.toString('hex')) return;
    refuse('subject.mismatch', 'the message is another artifact', {
      expected: `${content.digestAlgorithm}:${known}`,
    });
  });
  return [
    part,
    'error' in tried
      ? checked('artifact', undefined, tried)
      : covered('artifact', 'what was signed', isProven),
  ];
};

const contentParts = (
  { content }: ParsedBundle,
  isProven: boolean,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] => {
  if (content.kind === 'message-signature')
    return [shown('content', 'message signature'), ...messagePart(content, isProven, artifact)];
  return [
    shown('content', 'DSSE envelope'),
    covered('payload type', content.payloadType, isProven),
    ...(content.keyid === '' ? [] : [shown('key id', content.keyid)]),
    ...inspectStatement(content.payload, isProven, artifact),
  ];
};

const timestampPart = (
  token: Buffer,
  signature: Buffer,
  authorities: TrustedRoot['timestampAuthorities'],
): InspectPart => {
  const time = attempt(() => readTimestamp(token));
  const value = 'value' in time ? instant(time.value) : undefined;
  return checked(
    'timestamp',
    value,
    attempt(() => verifyTimestamp(token, signature, authorities)),
  );
};

/** Who may vouch: the root that issued the certificate; without one every root is tried. */
const witnessRoot = (
  certificate: InspectedCertificate | undefined,
  roots: readonly TrustedRoot[],
): Pick<TrustedRoot, 'logs' | 'timestampAuthorities'> => {
  const issuer = certificate?.issuer;
  if (issuer !== undefined && 'value' in issuer) return issuer.value.root;
  return {
    logs: new Map(roots.flatMap(({ logs }) => [...logs])),
    timestampAuthorities: roots.flatMap(({ timestampAuthorities }) => timestampAuthorities),
  };
};

const wholePart = (tried: Attempt<VerifiedBundle>): InspectPart =>
  checked(
    'verification',
    'value' in tried ? `under ${tried.value.root?.name ?? 'the key alone'}` : undefined,
    tried,
  );

const keyPart = (hint: string, key: TrustedKey | undefined): InspectPart =>
  key === undefined
    ? shown('public key', `hint ${hint}`)
    : { name: 'public key', value: `of npm's registry, hint ${hint}`, proven: 'yes' };

/** Everything in a Sigstore bundle: first whether all of it together verifies, then each part by itself. */
export function inspectParsedBundle(
  bundle: ParsedBundle,
  { roots, npmKeys, artifact, nowMs }: Surroundings,
): readonly InspectPart[] {
  const { verificationKey, content } = bundle;
  const hint = verificationKey.kind === 'public-key' ? verificationKey.hint : undefined;
  const registryKey = npmKeys.find(({ id }) => id !== undefined && id === hint);
  const certificate =
    verificationKey.kind === 'certificate' ? inspectCertificate(verificationKey.leaf, roots) : undefined;
  const registry =
    registryKey === undefined
      ? undefined
      : { key: registryKey.key, certificate: undefined, untrusted: undefined, name: "npm's registry" };
  const signer = certificate === undefined ? registry : certificateSigner(certificate);
  const whole = attempt(() =>
    verifyBundle({
      bundle,
      trust: { roots, keys: registryKey === undefined ? [] : [registryKey] },
      artifact: undefined,
      thresholds: {},
      nowMs,
      verifyPrehash,
    }),
  );
  const witnesses = witnessRoot(certificate, roots);
  const logged = signer === undefined ? undefined : { ...signer, content };
  return [
    // A bundle signed by a bare key is not refused here: nobody named the key.
    hint !== undefined && registryKey === undefined
      ? shown('verification', 'needs the key of the signer')
      : wholePart(whole),
    shown('media type', bundle.mediaType),
    ...contentParts(bundle, 'value' in whole, artifact),
    signaturePart(content, signer),
    certificate?.part ?? keyPart(hint ?? '', registryKey),
    ...bundle.logEntries.map((entry) => inspectLogEntry(entry, logged, witnesses.logs)),
    ...bundle.timestamps.map((token) =>
      timestampPart(token, content.signature, witnesses.timestampAuthorities),
    ),
  ];
}
