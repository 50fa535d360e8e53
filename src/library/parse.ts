import { describeTrustedRoot, type TrustedRootDescription } from '../app/trust.ts';
import { parseBundle as parseBundleBytes } from '../core/model/bundle.ts';
import { parseStatement as parseStatementBytes, type Statement } from '../core/model/statement.ts';
import { refuse } from '../errors.ts';

/** Text is taken as UTF-8; half a surrogate pair has no bytes. */
function toBytes(input: Uint8Array | string): Uint8Array {
  if (typeof input !== 'string') return input;
  if (!input.isWellFormed()) refuse('json.malformed', 'text is not well-formed Unicode');
  return Buffer.from(input);
}

/** A log's promise or proof that it holds the signature, as the bundle carries it. */
export interface ParsedLogEntry {
  /** Hex of the log id. */
  readonly logId: string;
  readonly logIndex: bigint;
  /** `hashedrekord`, `dsse` or `intoto`, as the bundle says; the body is what is signed. */
  readonly kind: string | undefined;
  readonly version: string | undefined;
  /** Seconds since 1970; undefined in entries of Rekor v2. */
  readonly integratedTimeSeconds: number | undefined;
  readonly signedEntryTimestamp: Uint8Array | undefined;
  readonly inclusionProof:
    | {
        readonly logIndex: bigint;
        readonly treeSize: bigint | undefined;
        readonly rootHash: Uint8Array | undefined;
        readonly hashes: readonly Uint8Array[];
        /** Signed note over the tree head. */
        readonly checkpoint: string;
      }
    | undefined;
  /** Canonical JSON of the entry. */
  readonly body: Uint8Array;
}

/** A Sigstore bundle, decoded. Nothing about it is verified. */
export interface ParsedBundle {
  readonly version: '0.1' | '0.2' | '0.3';
  readonly mediaType: string;
  readonly verificationKey:
    | {
        readonly kind: 'certificate';
        /** DER. */
        readonly leaf: Uint8Array;
        readonly others: readonly Uint8Array[];
      }
    /** The hint is no key: the caller names it. */
    | { readonly kind: 'public-key'; readonly hint: string };
  readonly content:
    | {
        readonly kind: 'dsse';
        readonly payload: Uint8Array;
        readonly payloadType: string;
        readonly signature: Uint8Array;
        readonly keyid: string;
      }
    | {
        readonly kind: 'message-signature';
        readonly digestAlgorithm: 'sha256' | 'sha384' | 'sha512';
        readonly digest: Uint8Array;
        readonly signature: Uint8Array;
      };
  readonly logEntries: readonly ParsedLogEntry[];
  /** RFC 3161 TimeStampResp, DER. */
  readonly timestamps: readonly Uint8Array[];
}

/**
 * Reads a Sigstore bundle v0.1, v0.2 or v0.3, strictly: no unknown field, no duplicate key, canonical base64, bounded
 * sizes. **Nothing is verified**: whoever wrote the file chose every value.
 *
 * ```ts
 * const bundle = parseBundle(await readFile('widget.sigstore.json'));
 * if (bundle.content.kind === 'dsse') parseStatement(bundle.content.payload).predicateType;
 * ```
 *
 * @param input bytes of the file, or its text
 * @throws SlsaGateError `json.*`, `bundle.*`, `dsse.*`, `log.inclusion-missing`, `limit.*`
 * @see Sigstore protobuf specifications, sigstore_bundle.proto
 */
export function parseBundle(input: Uint8Array | string): ParsedBundle {
  const { json: _, ...bundle } = parseBundleBytes(toBytes(input));
  return bundle;
}

/**
 * Reads an in-toto Statement v0.1 or v1: exact type, at least one subject, each with a digest set. **Nothing is
 * verified**: take the payload of an attestation that was.
 *
 * ```ts
 * parseStatement(payload).subjects[0];
 * // { name: 'widget', uri: undefined, digest: { sha256: '9f86…' } }
 * ```
 *
 * @param input bytes of the payload, or its text
 * @throws SlsaGateError `statement.malformed`, `statement.type`, `subject.empty`, `limit.*`
 * @see in-toto Attestation Framework, Statement v1
 */
export const parseStatement = (input: Uint8Array | string): Statement => parseStatementBytes(toBytes(input));

/**
 * Reads a Sigstore `trusted_root.json` and tells what it trusts, and how much it demands. Every window must have a start.
 * Where the file came from is **not verified**.
 *
 * ```ts
 * parseTrustedRoot(bytes, 'ours').entries[0];
 * // { kind: 'certificate-authority', name: 'CN=sigstore,O=sigstore.dev', id: 'sha256:…', from: '2022-…', to: null }
 * ```
 *
 * @param input bytes of the file, or its text
 * @param name as reports call it
 * @throws SlsaGateError `trust.malformed`, `trust.validity-malformed`, `config.forbidden-key`
 * @see Sigstore protobuf specifications, sigstore_trustroot.proto
 */
export const parseTrustedRoot = (input: Uint8Array | string, name: string): TrustedRootDescription =>
  describeTrustedRoot(toBytes(input), name);
