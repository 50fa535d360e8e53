import { createKeyPair, type KeyPair, sha256, signWith } from './keys.ts';
import { IN_TOTO, STATEMENT_V1, STATEMENT_V01, type StatementJson } from './statement.ts';

/** A Cloud Build of our own: documents as gcloud prints them, signed by keys that the test owns. */

const KMS = 'projects/verified-builder/locations';
export const CLOUD_BUILD_KEY_IDS = {
  globalV1: `${KMS}/global/keyRings/attestor/cryptoKeys/google-hosted-worker/cryptoKeyVersions/1`,
  globalV01: `${KMS}/global/keyRings/attestor/cryptoKeys/provenanceSigner/cryptoKeyVersions/1`,
} as const;
export const regionalKeyId = (region: string): string =>
  `${KMS}/${region}/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1`;

export const CLOUD_BUILD_WORKER_ID = 'https://cloudbuild.googleapis.com/GoogleHostedWorker';
export const CLOUD_BUILD_COMMIT = 'c750fd73a1669b095df7c74da9f1ff2032f926c9';
export const CLOUD_BUILD_IMAGE = sha256(Buffer.from('image')).toString('hex');
const IMAGE_NAME = 'us-west2-docker.pkg.dev/project/images/app';

/** Which bytes a signature covers: the payload, or its DSSE pre-authentication encoding. */
export type Covers = 'payload' | 'pre-auth-encoding';

export interface SignatureOptions {
  readonly keyid: string;
  readonly key: KeyPair;
  readonly covers: Covers;
  /** Spoils what was signed rightly. */
  readonly edit?: (sig: string) => string;
}

export interface ProvenanceOptions {
  readonly statement?: StatementJson;
  /** The very bytes of the payload; the text stays that of `statement`. */
  readonly payload?: Buffer;
  readonly payloadType?: string;
  readonly signatures: readonly SignatureOptions[];
  readonly encoding?: 'base64' | 'base64url';
  /** The readable statement, before it is printed. */
  readonly editText?: (text: Record<string, unknown>) => void;
  readonly kind?: string;
  readonly resourceUri?: string;
}

/** Padded base64url, as Cloud Build writes it. */
export const toBase64Url = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');

const preAuthEncoding = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);

/** Provenance v0.1 of a build that a tag triggered; `substitutions` are laid over the trigger's. */
export function cloudBuildStatementV01(
  options: {
    readonly builderVersion?: 'v0.2' | 'v0.3';
    readonly material?: { readonly uri: string; readonly digest?: Record<string, string> };
    readonly substitutions?: Record<string, unknown>;
  } = {},
): StatementJson {
  const isV02 = options.builderVersion === 'v0.2';
  const repository = 'https://github.com/owner/app';
  return {
    _type: STATEMENT_V01,
    subject: [{ name: `https://${IMAGE_NAME}:v1.2.3`, digest: { sha256: CLOUD_BUILD_IMAGE } }],
    predicateType: 'https://slsa.dev/provenance/v0.1',
    predicate: {
      builder: { id: `${CLOUD_BUILD_WORKER_ID}@${options.builderVersion ?? 'v0.3'}` },
      recipe: {
        type: isV02
          ? `${CLOUD_BUILD_WORKER_ID}@v0.2`
          : 'https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1',
        entryPoint: 'cloudbuild.yaml',
        arguments: {
          '@type': 'type.googleapis.com/google.devtools.cloudbuild.v1.Build',
          id: '11f6c682-3451-4f72-ac2a-8e386eab66af',
          steps: [{ name: 'gcr.io/cloud-builders/docker', args: ['build', '.'], status: 'SUCCESS' }],
          substitutions: {
            COMMIT_SHA: CLOUD_BUILD_COMMIT,
            REVISION_ID: CLOUD_BUILD_COMMIT,
            REF_NAME: 'v1.2.3',
            TAG_NAME: 'v1.2.3',
            TRIGGER_NAME: 'release',
            ...options.substitutions,
          },
        },
      },
      metadata: {
        buildInvocationId: '11f6c682-3451-4f72-ac2a-8e386eab66af',
        buildStartedOn: '2024-05-06T17:54:10.226833361Z',
        buildFinishedOn: '2024-05-06T17:54:22.169342Z',
      },
      materials: [
        options.material ??
          (isV02
            ? { uri: `${repository}/commit/${CLOUD_BUILD_COMMIT}` }
            : { uri: `git+${repository}`, digest: { sha1: CLOUD_BUILD_COMMIT } }),
      ],
    },
  };
}

/** Provenance v1 of a build that a push to main triggered. */
export function cloudBuildStatementV1(
  options: {
    readonly ref?: string;
    readonly resolvedRef?: string;
    readonly substitutions?: Record<string, unknown>;
  } = {},
): StatementJson {
  const ref = options.ref ?? 'refs/heads/main';
  return {
    _type: STATEMENT_V1,
    subject: [{ name: `https://${IMAGE_NAME}`, digest: { sha256: CLOUD_BUILD_IMAGE } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
        externalParameters: {
          buildConfigSource: { path: 'cloudbuild.yaml', ref, repository: 'git+https://github.com/owner/app' },
          substitutions: {},
        },
        internalParameters: {
          systemSubstitutions: {
            BRANCH_NAME: 'main',
            COMMIT_SHA: CLOUD_BUILD_COMMIT,
            REF_NAME: 'main',
            TRIGGER_NAME: 'push',
            ...options.substitutions,
          },
          triggerUri: 'projects/0/locations//triggers/15e57958-19b3-4a52-a052-6906244088ce',
        },
        resolvedDependencies: [
          {
            uri: `git+https://github.com/owner/app@${options.resolvedRef ?? ref}`,
            digest: { gitCommit: CLOUD_BUILD_COMMIT },
          },
        ],
      },
      runDetails: {
        builder: { id: CLOUD_BUILD_WORKER_ID },
        metadata: { invocationId: 'https://cloudbuild.googleapis.com/v1/projects/project/builds/9c11d255' },
        byproducts: [{}],
      },
    },
  };
}

/** One element of `provenance_summary.provenance`, a plain object. */
export function cloudBuildProvenance(options: ProvenanceOptions): Record<string, unknown> {
  const statement = options.statement ?? cloudBuildStatementV01();
  const isV01 = statement.predicateType === 'https://slsa.dev/provenance/v0.1';
  const signed = isV01 ? { ...statement, slsaProvenance: statement.predicate } : statement;
  const payload = options.payload ?? Buffer.from(JSON.stringify(signed));
  const payloadType = options.payloadType ?? IN_TOTO;
  const { predicate, ...header } = structuredClone(statement);
  const text = isV01 ? { ...header, slsaProvenance: predicate } : { ...header, predicate };
  options.editText?.(text);
  const encode = (bytes: Buffer): string =>
    options.encoding === 'base64url' ? toBase64Url(bytes.toString('base64')) : bytes.toString('base64');
  return {
    build: isV01 ? { intotoStatement: text } : { inTotoSlsaProvenanceV1: text },
    createTime: '2024-05-06T17:54:23.761540Z',
    envelope: {
      payload: encode(payload),
      payloadType,
      signatures: options.signatures.map(({ keyid, key, covers, edit }) => {
        const bytes = covers === 'payload' ? payload : preAuthEncoding(payloadType, payload);
        const sig = encode(signWith(key, bytes));
        return { keyid, sig: edit === undefined ? sig : edit(sig) };
      }),
    },
    kind: options.kind ?? 'BUILD',
    name: 'projects/project/occurrences/768ee56d',
    noteName: 'projects/verified-builder/notes/intoto_11f6c682',
    resourceUri: options.resourceUri ?? `https://${IMAGE_NAME}@sha256:${CLOUD_BUILD_IMAGE}`,
    updateTime: '2024-05-06T17:54:23.761540Z',
  };
}

/** The whole document, a plain object. */
export function cloudBuildDocument(
  provenance: readonly Record<string, unknown>[],
  summary: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    image_summary: {
      digest: `sha256:${CLOUD_BUILD_IMAGE}`,
      fully_qualified_digest: `${IMAGE_NAME}@sha256:${CLOUD_BUILD_IMAGE}`,
      registry: 'us-west2-docker.pkg.dev',
      repository: 'images',
      slsa_build_level: 3,
      ...summary,
    },
    provenance_summary: { provenance },
  };
}

export interface CloudBuildSigners {
  /** As an adapter hands them to the core: PEM by the stem under which a key is pinned. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly regional: SignatureOptions;
  readonly globalV01: SignatureOptions;
  readonly globalV1: SignatureOptions;
}

/** The keys of a Cloud Build of our own; each signs as Google's does. */
export function createCloudBuildSigners(): CloudBuildSigners {
  const [regional, globalV01, globalV1] = [createKeyPair(), createKeyPair(), createKeyPair()];
  const { globalV01: keyidV01, globalV1: keyidV1 } = CLOUD_BUILD_KEY_IDS;
  return {
    files: new Map([
      ['us-west2', Buffer.from(regional.pem)],
      ['global-pae-provenanceSigner_1', Buffer.from(globalV01.pem)],
      ['global-pae-google-hosted-worker_1', Buffer.from(globalV1.pem)],
    ]),
    regional: { keyid: regionalKeyId('us-west2'), key: regional, covers: 'payload' },
    globalV01: { keyid: keyidV01, key: globalV01, covers: 'pre-auth-encoding' },
    globalV1: { keyid: keyidV1, key: globalV1, covers: 'pre-auth-encoding' },
  };
}
