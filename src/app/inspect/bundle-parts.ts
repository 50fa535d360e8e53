import type { CloudBuildKeys } from '../../core/gcb/index.ts';
import type { DsseContent, MessageContent, ParsedBundle } from '../../core/model/bundle.ts';
import type { ArtifactDigests } from '../../core/model/digest.ts';
import { certificateKey } from '../../core/verify/certificate.ts';
import { verifyPrehash } from '../../core/verify/prehash.ts';
import type { PublicKey } from '../../core/verify/public-key.ts';
import { verifyEnvelopeSignature, verifyMessageSignature } from '../../core/verify/signature.ts';
import { readTimestamp, verifyTimestamp } from '../../core/verify/timestamp.ts';
import type { TrustedRoot } from '../../core/verify/trusted-root.ts';
import { type VerifiedBundle, verifyBundle } from '../../core/verify/verify-bundle.ts';
import { refuse } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { type InspectedCertificate, inspectCertificate } from './certificate-parts.ts';
import { inspectLogEntry } from './log-entry-parts.ts';
import { type Attempt, attempt, checked, covered, instant, shown } from './part.ts';
import { inspectStatement } from './statement-parts.ts';

/** What a bundle is inspected against. */
export interface Surroundings {
  readonly roots: readonly TrustedRoot[];
  /** Pinned keys of Google Cloud Build. */
  readonly cloudBuildKeys: CloudBuildKeys;
  /** Digests to compare with what the bundle is about. */
  readonly artifact: ArtifactDigests | undefined;
  readonly nowMs: number;
}

/** A signature proves its signer only under a certificate that is trusted; alone it says that nothing was altered. */
const signaturePart = (
  content: DsseContent | MessageContent,
  key: PublicKey | undefined,
  certificate: InspectedCertificate | undefined,
): InspectPart => {
  if (key === undefined) return shown('signature', 'of a key that is not given');
  const tried = attempt(() => {
    if (content.kind === 'dsse') return verifyEnvelopeSignature(content, key);
    const digests = { [content.digestAlgorithm]: content.digest.toString('hex') };
    return verifyMessageSignature(content, key, { digests }, verifyPrehash);
  });
  if ('error' in tried) return checked('signature', undefined, tried);
  const issuer = certificate?.issuer;
  if (issuer !== undefined && 'value' in issuer)
    return checked('signature', 'by the key of the certificate', tried);
  return {
    name: 'signature',
    value: 'by the key of a certificate that is not trusted',
    proven: 'not-checked',
    code: 'cert.untrusted',
  };
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

/** A bundle signed by a bare key is not refused here: nobody named the key. */
const wholePart = (bundle: ParsedBundle, tried: Attempt<VerifiedBundle>): InspectPart => {
  if (bundle.verificationKey.kind === 'public-key')
    return shown('verification', 'needs the key of the signer');
  const root = 'value' in tried ? `under ${tried.value.root?.name ?? 'no root'}` : undefined;
  return checked('verification', root, tried);
};

/** Everything in a Sigstore bundle: first whether all of it together verifies, then each part by itself. */
export function inspectParsedBundle(
  bundle: ParsedBundle,
  { roots, artifact, nowMs }: Surroundings,
): readonly InspectPart[] {
  const whole = attempt(() =>
    verifyBundle({
      bundle,
      trust: { roots, keys: [] },
      artifact: undefined,
      thresholds: {},
      nowMs,
      verifyPrehash,
    }),
  );
  const { verificationKey, content } = bundle;
  const certificate =
    verificationKey.kind === 'certificate' ? inspectCertificate(verificationKey.leaf, roots) : undefined;
  const leaf = certificate?.leaf;
  const key = leaf === undefined ? undefined : attempt(() => certificateKey(leaf));
  const publicKey = key !== undefined && 'value' in key ? key.value : undefined;
  const logged =
    leaf === undefined || publicKey === undefined
      ? undefined
      : { certificate: leaf.raw, key: publicKey, content };
  const witnesses = witnessRoot(certificate, roots);
  return [
    wholePart(bundle, whole),
    shown('media type', bundle.mediaType),
    ...contentParts(bundle, 'value' in whole, artifact),
    signaturePart(content, publicKey, certificate),
    certificate?.part ??
      shown('public key', verificationKey.kind === 'public-key' ? `hint ${verificationKey.hint}` : 'none'),
    ...bundle.logEntries.map((entry) => inspectLogEntry(entry, logged, witnesses.logs)),
    ...bundle.timestamps.map((token) =>
      timestampPart(token, content.signature, witnesses.timestampAuthorities),
    ),
  ];
}
