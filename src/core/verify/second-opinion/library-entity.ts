import { hash, type KeyObject } from 'node:crypto';
import type { Bundle } from '@sigstore/bundle';
import { type SignedEntity, toSignedEntity } from '@sigstore/verify';
import type { MessageContent, ParsedBundle } from '../../model/bundle.ts';
import type { LogEntry } from '../../model/log-entry.ts';
import { preAuthEncoding } from '../envelope.ts';
import { HASH_OF_KEY, type PublicKey, parsePublicKey, verifySignature } from '../public-key.ts';
import type { BundleVerification, VerifiedBundle } from '../verify-bundle.ts';
import { rememberWork } from './remembered-work.ts';

export type SignatureContent = SignedEntity['signature'];
export type TransparencyLogEntry = SignedEntity['tlogEntries'][number];

/** HashAlgorithm of the Sigstore protobuf definitions. */
const PROTOBUF_HASHES: Readonly<Record<MessageContent['digestAlgorithm'], number>> = {
  sha256: 1,
  sha384: 2,
  sha512: 3,
};

/**
 * The bundle as the library wants it, over the bytes that were decoded already: decoding base64 a second time would
 * prove nothing. Certificate and timestamps are parsed by the library itself.
 *
 * @param ownSignature the library cannot read this signature; ours stands in for that one check
 */
export function toLibraryEntity(
  verified: VerifiedBundle,
  request: BundleVerification,
  ownSignature: boolean,
): SignedEntity {
  const { bundle } = verified;
  const artifact = request.artifact?.bytes;
  const entity = toSignedEntity(
    toLibraryBundle(bundle, verified),
    artifact && Buffer.from(artifact.buffer, artifact.byteOffset, artifact.byteLength),
  );
  if (entity.key.$case === 'certificate') rememberWork(entity.key.certificate);
  if (bundle.content.kind === 'dsse') {
    return ownSignature ? { ...entity, signature: envelopeContent(bundle.content) } : entity;
  }
  // Without the bytes the library has nothing to hash.
  return ownSignature || artifact === undefined
    ? { ...entity, signature: messageContent(bundle.content, request) }
    : entity;
}

function toLibraryBundle(bundle: ParsedBundle, { logEntries }: VerifiedBundle): Bundle {
  return {
    mediaType: bundle.mediaType,
    verificationMaterial: {
      content: toLibraryKey(bundle.verificationKey),
      // A label that is left out is the kind that the body states.
      tlogEntries: bundle.logEntries.map((entry, index) => toLibraryEntry(entry, logEntries[index]?.kind)),
      timestampVerificationData: {
        rfc3161Timestamps: bundle.timestamps.map((signedTimestamp) => ({ signedTimestamp })),
      },
    },
    content: toLibraryContent(bundle.content),
  };
}

function toLibraryKey(key: ParsedBundle['verificationKey']): Bundle['verificationMaterial']['content'] {
  if (key.kind === 'public-key') return { $case: 'publicKey', publicKey: { hint: key.hint } };
  return { $case: 'certificate', certificate: { rawBytes: key.leaf } };
}

function toLibraryContent(content: ParsedBundle['content']): Bundle['content'] {
  if (content.kind === 'dsse') {
    const { payload, payloadType, signature: sig, keyid } = content;
    return { $case: 'dsseEnvelope', dsseEnvelope: { payload, payloadType, signatures: [{ sig, keyid }] } };
  }
  const { digestAlgorithm, digest, signature } = content;
  const messageDigest = { algorithm: PROTOBUF_HASHES[digestAlgorithm], digest };
  return { $case: 'messageSignature', messageSignature: { messageDigest, signature } };
}

function toLibraryEntry(entry: LogEntry, statedKind: string | undefined): TransparencyLogEntry {
  const { inclusionProof: proof, signedEntryTimestamp } = entry;
  const [kind = '', version = ''] = (statedKind ?? '').split(' ');
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logId, 'hex') },
    kindVersion: { kind: entry.kind ?? kind, version: entry.version ?? version },
    integratedTime: String(entry.integratedTimeSeconds ?? 0),
    inclusionPromise: signedEntryTimestamp && { signedEntryTimestamp },
    inclusionProof: proof && {
      logIndex: String(proof.logIndex),
      rootHash: proof.rootHash ?? Buffer.alloc(0),
      treeSize: String(proof.treeSize ?? 0),
      hashes: [...proof.hashes],
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: entry.body,
  };
}

/** The library hands over the key that it read out of the certificate by itself. */
const readKey = (key: KeyObject): PublicKey =>
  parsePublicKey(key.export({ type: 'spki', format: 'der' }), 'cert.malformed');

function envelopeContent(content: Extract<ParsedBundle['content'], { kind: 'dsse' }>): SignatureContent {
  const { payload, payloadType, signature } = content;
  const signed = preAuthEncoding(payloadType, payload);
  return {
    signature,
    compareSignature: (other) => other.equals(signature),
    compareDigest: (digest) => digest.equals(digestAs(digest, payload)),
    compareSignedDigest: (digest) => digest.equals(digestAs(digest, signed)),
    verifySignature: (keyObject) => {
      const key = readKey(keyObject);
      return verifySignature(key, HASH_OF_KEY[key.kind], signed, signature);
    },
  };
}

/** Digest of the data with the hash that has the length of the given digest. */
function digestAs(digest: Buffer, data: Buffer): Buffer {
  const algorithm = new Map([
    [32, 'sha256'],
    [48, 'sha384'],
    [64, 'sha512'],
  ]).get(digest.length);
  return algorithm === undefined ? Buffer.alloc(0) : hash(algorithm, data, 'buffer');
}

function messageContent(
  content: MessageContent,
  { artifact, verifyPrehash }: BundleVerification,
): SignatureContent {
  const { digest, digestAlgorithm, signature } = content;
  return {
    signature,
    compareSignature: (other) => other.equals(signature),
    compareDigest: (other) => other.equals(digest),
    compareSignedDigest: (other) => other.equals(digest),
    verifySignature: (keyObject) => {
      const key = readKey(keyObject);
      return artifact?.bytes === undefined
        ? verifyPrehash(key, digestAlgorithm, digest, signature)
        : verifySignature(key, digestAlgorithm, artifact.bytes, signature);
    },
  };
}
