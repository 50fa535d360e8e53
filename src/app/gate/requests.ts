import type { RecordAuthority } from '../../core/evidence/record-authority.ts';
import type { EvidenceSink, RecordSigner } from '../../core/evidence-ports.ts';
import type { Requester } from '../../core/model/evidence.ts';
import type { TagPromotion } from '../../core/model/promotion.ts';
import type { PackFiles } from '../../core/ports.ts';
import type { EvidenceLog } from '../evidence/log.ts';
import type { VerificationPorts } from '../requests.ts';

/** `slsa-gate gate`: strings as the caller wrote them. */
export interface GateRequest {
  /** At least one. */
  readonly artifacts: readonly string[];
  /** Files, directories, or `-` (at most once) for standard input. */
  readonly bundles: readonly string[];
  readonly policy: PolicyInput;
  /** Exports of evidence logs of others: their summaries, each with its proof. */
  readonly evidenceLogs: readonly string[];
  /** Name or alias of an environment of the policy. */
  readonly environment: string;
  /** Purl of the one artifact; without it the artifact's own name is its package. */
  readonly package?: string;
  /** What is promoted, as consumers name it; without it the purl with the digest. */
  readonly resourceUri?: string;
  /** File of a catalogue that takes the place of the one of the package. */
  readonly catalogue?: string;
  /** File of a signed override. */
  readonly override?: string;
  readonly requester: Requester;
  /** Sources that are asked over the network, beside the server at which the artifact lies. */
  readonly sources?: readonly string[];
  /** `sha256:<hex>` of the index through which an image is reached; counts where the policy lets it. */
  readonly viaIndex?: string;
  /** Whether the log entries must still be in their logs. */
  readonly checkLog?: boolean;
  readonly dryRun: boolean;
  /** Tag of the one image's own repository that names it after an allow. */
  readonly promote?: string;
}

export interface PolicyInput {
  readonly path: string;
  /** PEM file of a key that must have signed it. */
  readonly keyPath?: string;
  /** `sha256:<hex>` that it must have. */
  readonly digest?: string;
}

/** The evidence log as a gate uses it; opened and held against its pins. */
export interface GateEvidence {
  readonly log: EvidenceLog;
  readonly verifierId: string;
  /** Signs records; undefined where the log can only be read. */
  readonly recordSigner: RecordSigner | undefined;
  /** Keys and identities of configuration that may have signed records. */
  readonly recordKeys: readonly RecordAuthority[];
  readonly sinks: readonly { readonly sink: EvidenceSink; readonly isRequired: boolean }[];
  readonly store: StoreTraits;
}

/** Where records go, as policies and the rules of durability ask. */
export interface StoreTraits {
  readonly kind: 'sqlite' | 'postgres';
  /** What the disk of the store is; `remote` is another machine's business. */
  readonly disk: 'durable' | 'overlay' | 'volatile' | 'remote';
  /** The machine itself is thrown away after the job. */
  readonly onHostedRunner: boolean;
  /** The caller accepts that records die with the job. */
  readonly ephemeralAccepted: boolean;
}

export interface GatePorts extends VerificationPorts {
  /** One small file, whole. @throws SlsaGateError `path.*`, `limit.bytes` */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Commit that is checked out where the file lies; null outside of a checkout of git. */
  readonly checkoutOf: (path: string) => Promise<string | null>;
  /** Whether a job of a CI asks. */
  readonly inPipeline: boolean;
  readonly openPack: (path: string) => Promise<PackFiles>;
  /** Undefined where nothing can be promoted. */
  readonly openPromotion?: () => Promise<TagPromotion>;
  /** Undefined where no evidence file is named, which only a dry run allows. */
  readonly evidence: GateEvidence | undefined;
  readonly random: (bytes: number) => Uint8Array;
  /** Of slsa-gate, for the record. */
  readonly version: string;
  /** What people should know and what decides nothing; goes to standard error. */
  readonly warn: (message: string) => void;
}
