import {
  type BundleJson,
  type BundleMaterial,
  type BundleVersion,
  type EnvelopeOptions,
  type MessageOptions,
  type SignedBundle,
  type SignerMaterial,
  signEnvelope,
  signMessage,
} from './bundle.ts';
import {
  type CertificateAuthority,
  type CertificateAuthorityOptions,
  createCertificateAuthority,
  type LeafOptions,
} from './certificate-authority.ts';
import { type CtLog, createCtLog, type SctOptions } from './ct-log.ts';
import { type GithubRun, generatorRun, githubClaims, ownWorkflowRun, signerUri } from './github-run.ts';
import type { Claims } from './identity.ts';
import { createKeyPair, type KeyAlgorithm, type KeyPair } from './keys.ts';
import { createRekor, createRekor2, type LogOptions, type Rekor, type RekorOptions } from './rekor.ts';
import {
  generatorProvenanceV02,
  githubProvenanceV1,
  type StatementJson,
  type SubjectJson,
  subjectOf,
} from './statement.ts';
import {
  createTimestampAuthority,
  type TimestampAuthority,
  type TimestampAuthorityOptions,
} from './timestamp-authority.ts';
import type { TokenOptions } from './timestamp-token.ts';
import {
  type AuthorityTrustOptions,
  buildTrustedRoot,
  type LogTrustOptions,
  type TrustedRootJson,
} from './trusted-root.ts';

/** When everything is signed unless a test says otherwise. */
export const SIGNED_AT = new Date('2026-03-01T12:00:00Z');

/** The artifact of the default statement and blob signature. */
export const ARTIFACT = Buffer.from('widget 1.2.3\n');

/**
 * Which evidence a bundle carries. `rekor1`: SCT, Rekor v1 entry with promise and proof. `rekor2`: SCT, Rekor v2 entry,
 * RFC 3161 timestamp. `tsa`: a timestamp alone, as GitHub's own instance.
 */
export type Profile = 'rekor1' | 'rekor2' | 'tsa';

export interface SignOptions {
  readonly at?: Date | undefined;
  readonly version?: BundleVersion | undefined;
  readonly profile?: Profile | undefined;
  /** The workflow run that signs; members replace those of the default run. */
  readonly run?: Partial<GithubRun> | undefined;
  readonly keys?: KeyPair | undefined;
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
  /** Signs with a bare key under this hint, without a certificate. */
  readonly publicKeyHint?: string | undefined;
  /** What differs in the signing certificate. `claims` replace single claims of the run. */
  readonly certificate?: Partial<Omit<LeafOptions, 'scts'>> | undefined;
  /** A certificate issued before, instead of a new one; goes with `keys`. */
  readonly issued?: SignerMaterial | undefined;
  /** What differs in the one SCT; `null` for no SCT extension. */
  readonly sct?: (Omit<SctOptions, 'log'> & { readonly log?: CtLog | undefined }) | null | undefined;
  /** The SCTs, instead of the one. */
  readonly scts?: readonly (Omit<SctOptions, 'log'> & { readonly log?: CtLog | undefined })[] | undefined;
  /** What differs in the one log entry; `null` for none. */
  readonly entry?: (LogOptions & { readonly log?: Rekor | undefined }) | null | undefined;
  /** The log entries, instead of the one. */
  readonly entries?: readonly (LogOptions & { readonly log?: Rekor | undefined })[] | undefined;
  /** What differs in the one RFC 3161 timestamp; `null` for none. Given, it adds one to a `rekor1` bundle. */
  readonly timestamp?:
    | (TokenOptions & { readonly authority?: TimestampAuthority | undefined })
    | null
    | undefined;
  /** The timestamps, instead of the one. */
  readonly timestamps?:
    | readonly (TokenOptions & { readonly authority?: TimestampAuthority | undefined })[]
    | undefined;
  /** Changes the finished bundle. */
  readonly edit?: ((bundle: BundleJson) => void) | undefined;
}

export interface SignStatementOptions extends SignOptions, EnvelopeOptions {
  /** Subject of the default statement. */
  readonly artifact?: Buffer | undefined;
  readonly subject?: SubjectJson[] | undefined;
  /** Instead of the default statement; or a function that changes the default one in place, or returns another. */
  readonly statement?: StatementJson | ((statement: StatementJson) => unknown) | undefined;
  /** The payload's very bytes instead of a statement. */
  readonly payload?: Buffer | string | undefined;
}

export interface SignBlobOptions extends SignOptions, MessageOptions {
  readonly artifact?: Buffer | undefined;
}

/** What differs in the trusted root; `null` leaves an authority out, `{}` puts it in. */
export interface TrustedRootOptions {
  readonly ca?: AuthorityTrustOptions | null | undefined;
  readonly ctLog?: LogTrustOptions | null | undefined;
  readonly rekor?: LogTrustOptions | null | undefined;
  readonly rekor2?: LogTrustOptions | null | undefined;
  readonly tsa?: AuthorityTrustOptions | null | undefined;
  /** Changes the finished root. */
  readonly edit?: ((root: TrustedRootJson) => void) | undefined;
}

export interface Sigstore {
  readonly ca: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly rekor: Rekor;
  readonly rekor2: Rekor;
  readonly tsa: TimestampAuthority;
  /** The run that signs by default. */
  readonly run: GithubRun;
  trustedRoot(options?: TrustedRootOptions): TrustedRootJson;
  /** A good bundle with a SLSA provenance statement, but for what the options say. */
  signStatement(options?: SignStatementOptions): SignedBundle;
  /** A good bundle with a message signature, but for what the options say. */
  signBlob(options?: SignBlobOptions): SignedBundle;
  /** A signing certificate (and key) alone. */
  issue(options?: SignOptions): { readonly keys: KeyPair; readonly certificate: LeafCertificate };
}

type LeafCertificate = ReturnType<CertificateAuthority['issue']>;

export interface SigstoreOptions {
  readonly ca?: CertificateAuthorityOptions | CertificateAuthority | undefined;
  readonly rekor?: RekorOptions | undefined;
  readonly rekor2?: RekorOptions | undefined;
  readonly tsa?: TimestampAuthorityOptions | undefined;
  readonly run?: Partial<GithubRun> | undefined;
}

/**
 * A private Sigstore like the public-good one: CA with SCTs, CT log, Rekor v1 and v2, timestamp authority. Signs as
 * slsa-github-generator's generic workflow v2.0.0 for octo-org/widget. Two instances share nothing.
 */
export function createSigstore(options: SigstoreOptions = {}): Sigstore {
  return assemble(options, {
    profile: 'rekor1',
    scts: true,
    run: generatorRun(options.run),
    rerun: (changes, run) => ({ ...run, ...changes }),
    statement: generatorProvenanceV02,
    trusted: { ca: {}, ctLog: {}, rekor: {}, rekor2: {}, tsa: {} },
  });
}

/**
 * A private Sigstore like GitHub's for private repositories: CA (two intermediates) and timestamp authority; no SCT, no
 * log. Signs as actions/attest-build-provenance in octo-org/widget's own workflow.
 */
export function createGithubSigstore(options: SigstoreOptions = {}): Sigstore {
  const organization = 'GitHub, Inc.';
  const defaults: SigstoreOptions = {
    ca: { uri: 'fulcio.githubapp.local', organization, intermediates: [{}, {}] },
    tsa: { uri: 'timestamp.githubapp.local', organization, intermediate: {} },
  };
  return assemble(
    { ...defaults, ...options },
    {
      profile: 'tsa',
      scts: false,
      run: ownWorkflowRun({ visibility: 'private', ...options.run }),
      // The signer is the own workflow, so it follows the repository, ref and commit of the run.
      rerun: (changes) => ownWorkflowRun({ visibility: 'private', ...options.run, ...changes }),
      statement: githubProvenanceV1,
      trusted: { ca: {}, ctLog: null, rekor: null, rekor2: null, tsa: {} },
    },
  );
}

interface Flavour {
  readonly profile: Profile;
  readonly scts: boolean;
  readonly run: GithubRun;
  readonly rerun: (changes: Partial<GithubRun>, run: GithubRun) => GithubRun;
  readonly statement: (run: GithubRun, subject: SubjectJson[]) => StatementJson;
  readonly trusted: Required<Omit<TrustedRootOptions, 'edit'>>;
}

function assemble(options: SigstoreOptions, flavour: Flavour): Sigstore {
  const ca =
    options.ca !== undefined && 'issue' in options.ca ? options.ca : createCertificateAuthority(options.ca);
  const ctLog = createCtLog();
  const rekor = createRekor(options.rekor);
  const rekor2 = createRekor2(options.rekor2);
  const tsa = createTimestampAuthority(options.tsa);
  const runOf = (sign: SignOptions): GithubRun => flavour.rerun(sign.run ?? {}, flavour.run);

  const issue = (sign: SignOptions = {}): { keys: KeyPair; certificate: LeafCertificate } => {
    const run = runOf(sign);
    const keys = sign.keys ?? createKeyPair(sign.keyAlgorithm);
    const scts =
      sign.scts ?? (sign.sct === null || (sign.sct === undefined && !flavour.scts) ? null : [sign.sct ?? {}]);
    const claims: Claims = { ...githubClaims(run), ...sign.certificate?.claims };
    const certificate = ca.issue(keys, {
      at: sign.at ?? SIGNED_AT,
      subjectAltName: [{ uri: signerUri(run) }],
      ...sign.certificate,
      claims,
      scts: scts?.map((sct) => ({ ...sct, log: sct.log ?? ctLog })) ?? null,
    });
    return { keys, certificate };
  };

  const materialOf = (sign: SignOptions): BundleMaterial => {
    const profile = sign.profile ?? flavour.profile;
    const entries =
      sign.entries ??
      (sign.entry === null || (sign.entry === undefined && profile === 'tsa') ? [] : [sign.entry ?? {}]);
    const stamped = sign.timestamp !== null && (sign.timestamp !== undefined || profile !== 'rekor1');
    const timestamps = sign.timestamps ?? (stamped ? [sign.timestamp ?? {}] : []);
    return {
      version: sign.version ?? '0.3',
      signer: signerOf(sign),
      at: sign.at ?? SIGNED_AT,
      entries: entries.map((entry) => ({
        ...entry,
        log: entry.log ?? (profile === 'rekor2' ? rekor2 : rekor),
      })),
      timestamps: timestamps.map((timestamp) => ({ ...timestamp, authority: timestamp.authority ?? tsa })),
    };
  };

  const signerOf = (sign: SignOptions): SignerMaterial => {
    if (sign.issued !== undefined) return sign.issued;
    if (sign.publicKeyHint === undefined) return issue(sign);
    return { keys: sign.keys ?? createKeyPair(sign.keyAlgorithm), publicKeyHint: sign.publicKeyHint };
  };

  return {
    ca,
    ctLog,
    rekor,
    rekor2,
    tsa,
    run: flavour.run,
    issue,
    trustedRoot: (wanted = {}) =>
      trustedRootOf({ ca, ctLog, rekor, rekor2, tsa }, { ...flavour.trusted, ...wanted }),
    signStatement: (sign = {}) => {
      const payload = sign.payload ?? JSON.stringify(statementOf(sign, flavour.statement, runOf(sign)));
      return edited(signEnvelope(Buffer.from(payload), materialOf(sign), sign), sign);
    },
    signBlob: (sign = {}) => edited(signMessage(sign.artifact ?? ARTIFACT, materialOf(sign), sign), sign),
  };
}

function statementOf(sign: SignStatementOptions, build: Flavour['statement'], run: GithubRun): unknown {
  const { statement } = sign;
  if (statement !== undefined && typeof statement !== 'function') return statement;
  const right = build(run, sign.subject ?? [subjectOf('widget', sign.artifact ?? ARTIFACT)]);
  const result = statement?.(right);
  // A change in place may return anything by the way, as `delete` does.
  return typeof result === 'object' && result !== null ? result : right;
}

function edited(signed: SignedBundle, { edit }: SignOptions): SignedBundle {
  edit?.(signed.bundle);
  return signed;
}

function trustedRootOf(
  { ca, ctLog, rekor, rekor2, tsa }: Pick<Sigstore, 'ca' | 'ctLog' | 'rekor' | 'rekor2' | 'tsa'>,
  wanted: TrustedRootOptions,
): TrustedRootJson {
  const list = <T, O>(authority: { toTrust(options: O): T }, options: O | null | undefined): T[] =>
    options === null || options === undefined ? [] : [authority.toTrust(options)];
  const tlogs = [...list(rekor, wanted.rekor), ...list(rekor2, wanted.rekor2)];
  const ctlogs = list(ctLog, wanted.ctLog);
  const root = buildTrustedRoot({
    ...(tlogs.length > 0 && { tlogs }),
    certificateAuthorities: list(ca, wanted.ca),
    ...(ctlogs.length > 0 && { ctlogs }),
    timestampAuthorities: list(tsa, wanted.tsa),
  });
  wanted.edit?.(root);
  return root;
}
