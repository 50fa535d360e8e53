import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Texts = Readonly<Record<string, string>>;

/** What a caller asks for; the options of the tools that the cases come from. */
export interface CaseOptions {
  readonly sourceUri?: string;
  readonly branch?: string;
  readonly tag?: string;
  readonly versionedTag?: string;
  readonly workflowInputs?: Texts | readonly string[];
  readonly builderId?: string;
  readonly allowBuilderBranchRef?: boolean;
  readonly packageName?: string;
  readonly packageVersion?: string;
  readonly purl?: string;
  readonly image?: string;
  readonly certIdentity?: string;
  readonly certIdentityRegex?: string;
  readonly certIssuer?: string;
  readonly ownerUri?: string;
  readonly signerRepo?: string;
  readonly signerWorkflow?: string;
  readonly publisher?: { readonly kind: string; readonly repository: string; readonly workflow?: string };
  readonly publisherWorkflow?: string;
  readonly predicateType?: string;
  readonly publicKey?: string;
  readonly publicKeyValidFor?: { readonly start?: string; readonly end?: string };
  readonly publicKeyId?: string;
  readonly publicKeyHashAlgo?: string;
  readonly subjectDigests?: readonly string[];
  readonly verifierId?: string;
  readonly resourceUri?: string;
  readonly verifiedLevels?: readonly string[];
  readonly requireTlog?: boolean;
  readonly requireSct?: boolean;
  readonly requireTimestamp?: boolean;
  readonly tlogThreshold?: number;
  readonly tsaThreshold?: number;
  readonly timestampThreshold?: number;
  readonly integratedTimestampThreshold?: number;
  readonly sctThreshold?: number;
  readonly minBundleVersion?: string;
  readonly artifactInput?: 'path' | 'digest';
  readonly attestationCount?: number;
  readonly certBuilderId?: string;
  readonly byob?: boolean;
  readonly provenanceVersion?: string;
  readonly initialRoot?: string;
  readonly target?: string;
  readonly refTime?: string;
  readonly targetSha256?: string | null;
}

/** A case as far as a caller of a verifier knows it: nothing of what is expected, or of where it comes from. */
export interface Case {
  readonly id: string;
  readonly kind: string;
  readonly bundle?: string | undefined;
  readonly artifact?: string | undefined;
  readonly artifactDigest?: Texts | undefined;
  readonly artifactName?: string | undefined;
  readonly artifacts?: readonly (Texts & { readonly name?: string })[] | undefined;
  readonly trustedRoot?: string | undefined;
  readonly options: CaseOptions;
  readonly only?: string | undefined;
  readonly predicateType?: string | undefined;
}

const FIELDS = [
  'bundle',
  'artifact',
  'artifactDigest',
  'artifactName',
  'artifacts',
  'trustedRoot',
  'only',
  'predicateType',
] as const;

/** Reads the manifest; whatever else stands in it is dropped here, so that no code can look at it. */
export function readCases(directory: string): readonly Case[] {
  const lines = readFileSync(join(directory, 'manifest.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line): Case => {
    const json = JSON.parse(line) as Record<string, unknown>;
    const known = FIELDS.flatMap((field) =>
      json[field] === undefined || json[field] === null ? [] : [[field, json[field]]],
    );
    return {
      id: String(json.id),
      kind: String(json.kind),
      options: (json.options ?? {}) as CaseOptions,
      ...(Object.fromEntries(known) as Partial<Case>),
    };
  });
}
