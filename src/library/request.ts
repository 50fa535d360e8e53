import type * as z from 'zod/mini';
import { isInstanceName } from '../adapters/trust/instances.ts';
import type { ArtifactBytes } from '../app/artifact-bytes.ts';
import { defined } from '../app/defined.ts';
import type {
  BundleVerifyRequest,
  ExpectationInput,
  KeyInput,
  SignerInput,
  VerificationInput,
  VerifyRequest,
} from '../app/requests.ts';
import { refuse } from '../errors.ts';
import { findOddObject } from './plain-object.ts';
import {
  ArtifactRequestSchema,
  BundleRequestSchema,
  type ParsedOptions,
  type ParsedSigner,
} from './schema.ts';

/** What the ports of one call hold: copies, which no caller changes any more. */
export interface Held {
  readonly attestations: readonly Uint8Array[];
  readonly roots: ReadonlyMap<string, Uint8Array>;
  readonly keyPem: string | undefined;
  readonly now: Date | undefined;
}

export interface Call<R> {
  readonly request: R;
  readonly held: Held;
}

const isGiven = (value: unknown, field: string): boolean =>
  typeof value === 'object' && value !== null && (value as Record<string, unknown>)[field] !== undefined;

/** @throws SlsaGateError `policy.identity-missing`, `usage.no-artifact`, `usage.no-bundle`, `config.*` */
export function toArtifactCall(options: unknown): Call<VerifyRequest> {
  if (isGiven(options, 'artifact') && !isGiven(options, 'expectations')) refuseNobody();
  const parsed = parse(ArtifactRequestSchema, options);
  const { artifact, expectations } = parsed;
  const signer = toSigner(expectations);
  if (parsed.unsafeAllowBuilderRef === true && (expectations.minLevel ?? 1) > 1) {
    refuse('config.invalid', 'unsafeAllowBuilderRef and expectations.minLevel contradict each other', {
      hint: 'A builder at a branch is in no row of the catalogue and reaches level 1 at most.',
    });
  }
  const { buildWorkflowInputs = {}, summary, key: _, ...rest } = expectations;
  const { verifiedLevels = [], ...summarized } = summary ?? {};
  const expected: ExpectationInput = {
    ...defined(rest),
    ...signer,
    ...(typeof artifact === 'object' && 'subjectDigest' in artifact && artifact),
    buildWorkflowInputs: Object.entries(buildWorkflowInputs).map(toPair),
    summary: { ...defined(summarized), verifiedLevels },
  };
  const artifacts = typeof artifact === 'object' && 'subjectDigest' in artifact ? [] : [toArtifact(artifact)];
  assertEvidence(parsed, artifacts[0]);
  return {
    request: { ...toInput(parsed), artifacts, expectations: expected },
    held: hold(parsed, expectations.key?.pem),
  };
}

/** @throws SlsaGateError as {@link toArtifactCall} */
export function toBundleCall(options: unknown): Call<BundleVerifyRequest> {
  if (!isGiven(options, 'signer') && (isGiven(options, 'artifact') || isGiven(options, 'unboundUnsafe')))
    refuseNobody();
  const parsed = parse(BundleRequestSchema, options);
  const signer = toSigner(parsed.signer);
  if (parsed.unboundUnsafe !== undefined && parsed.artifact !== undefined) {
    refuse('config.invalid', 'unboundUnsafe and artifact contradict each other', {
      hint: 'Leave out unboundUnsafe to bind the bundle to the artifact.',
    });
  }
  if (parsed.unboundUnsafe === undefined && parsed.artifact === undefined) {
    refuse('usage.no-artifact', 'no artifact given', {
      hint: 'Give artifact; unboundUnsafe: true verifies the bundle alone.',
    });
  }
  const artifact = parsed.artifact === undefined ? undefined : toArtifact(parsed.artifact);
  assertEvidence(parsed, undefined);
  return {
    request: { ...toInput(parsed), signer, ...(artifact === undefined ? {} : { artifact }) },
    held: hold(parsed, parsed.signer.key?.pem),
  };
}

const refuseNobody = (): never => refuse('policy.identity-missing', 'nobody says whom to trust');

function parse<T extends z.ZodMiniType>(schema: T, options: unknown): z.infer<T> {
  if (!isGiven(options, 'artifact') && !isGiven(options, 'unboundUnsafe'))
    refuse('usage.no-artifact', 'no artifact given');
  const odd = findOddObject(options);
  if (odd !== undefined) {
    refuse('config.invalid', 'a field of the request cannot be used', {
      path: odd.join('.'),
      expected: 'a plain object: no Map, no instance of a class, no inherited, hidden or symbol members',
    });
  }
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const field = issue.keys[0] ?? '';
    refuse('config.invalid', `unknown field: ${field}`, {
      path: path === '' ? field : `${path}.${field}`,
      actual: field,
      hint: 'A field that is not read would look like a check; take it out or write it as in docs/library.md.',
    });
  }
  const isBelowOne = issue?.code === 'too_small' && issue.path[0] === 'thresholds';
  refuse(isBelowOne ? 'config.threshold' : 'config.invalid', 'a field of the request cannot be used', {
    path,
    expected: issue?.message ?? '',
  });
}

/** Half an identity, two of one kind and none at all are told by the use case, in the words of the command. */
const toSigner = ({
  key,
  certificateIdentity,
  certificateIdentityRegexp,
  certificateOidcIssuer,
  certificateOidcIssuerRegexp,
}: ParsedSigner): SignerInput => ({
  ...defined({
    certificateIdentity,
    certificateIdentityRegexp,
    certificateOidcIssuer,
    certificateOidcIssuerRegexp,
  }),
  ...(key === undefined ? {} : { key: toKey(key) }),
});

/** The port of keys hands out the one key of the call, whatever path it is asked for. */
function toKey({ id, notBefore, notAfter }: NonNullable<ParsedSigner['key']>): KeyInput {
  if (notBefore !== undefined && notAfter !== undefined && notBefore > notAfter)
    refuse('config.invalid', 'the window of the key ends before it starts', { path: 'key.notAfter' });
  return {
    path: 'key',
    ...defined({ id, notBefore: notBefore?.toISOString(), notAfter: notAfter?.toISOString() }),
  };
}

function toPair([name, value]: readonly [string, string]): string {
  if (name === '' || name.includes('='))
    refuse('config.invalid', 'not the name of a workflow input', { actual: name });
  return `${name}=${value}`;
}

const toArtifact = (
  artifact: string | { readonly bytes: Uint8Array; readonly name?: string | undefined },
): string | ArtifactBytes =>
  typeof artifact === 'string'
    ? artifact
    : { kind: 'bytes', bytes: new Uint8Array(artifact.bytes), ...defined({ name: artifact.name }) };

function assertEvidence(
  { attestations = [], files = [] }: ParsedOptions,
  artifact: string | ArtifactBytes | undefined,
): void {
  if (files.includes('-')) {
    refuse('config.invalid', 'the library reads no standard input', {
      path: 'files',
      hint: 'Read it yourself and give its bytes in attestations; a file of that name is ./- .',
    });
  }
  const carriesItsOwn = typeof artifact === 'string' && artifact.startsWith('oci-layout:');
  if (attestations.length === 0 && files.length === 0 && !carriesItsOwn) {
    refuse('usage.no-bundle', 'no attestation given', { hint: 'Give attestations or files.' });
  }
}

function toInput(parsed: ParsedOptions): VerificationInput {
  const { thresholds = {}, unsafeNoTlog, unsafeNoSct, unsafeNoTimestamp } = parsed;
  const contradictions: readonly (readonly [string, boolean])[] = [
    ['unsafeNoTlog and thresholds.tlog', unsafeNoTlog === true && thresholds.tlog !== undefined],
    ['unsafeNoSct and thresholds.sct', unsafeNoSct === true && thresholds.sct !== undefined],
    [
      'unsafeNoTimestamp and thresholds.tsa or time',
      unsafeNoTimestamp === true && (thresholds.tsa ?? thresholds.time) !== undefined,
    ],
  ];
  for (const [what, isSo] of contradictions)
    if (isSo) refuse('config.invalid', `${what} contradict each other`);
  return {
    bundles: parsed.files ?? [],
    trustedRoots: (parsed.trustedRoots ?? []).map((root) => (typeof root === 'string' ? root : root.name)),
    thresholds: defined(thresholds),
    weakening: {
      withoutTlogUnsafe: unsafeNoTlog === true,
      withoutSctUnsafe: unsafeNoSct === true,
      withoutTimestampUnsafe: unsafeNoTimestamp === true,
      allowBuilderRefUnsafe: 'unsafeAllowBuilderRef' in parsed && parsed.unsafeAllowBuilderRef === true,
    },
    verifier: parsed.verifier ?? 'both',
    offline: true,
    ...defined({ minBundleVersion: parsed.minBundleVersion, maxTrustAgeSeconds: parsed.maxTrustAgeSeconds }),
  };
}

function hold(
  { attestations = [], trustedRoots = [], now }: ParsedOptions,
  keyPem: string | undefined,
): Held {
  const roots = new Map<string, Uint8Array>();
  for (const root of trustedRoots) {
    if (typeof root === 'string') continue;
    if (isInstanceName(root.name) || roots.has(root.name)) {
      refuse('config.invalid', `two trusted roots of one name: ${root.name}`, { actual: root.name });
    }
    roots.set(root.name, new Uint8Array(root.bytes));
  }
  return {
    attestations: attestations.map((bytes) => new Uint8Array(bytes)),
    roots,
    keyPem,
    now: now === undefined ? undefined : new Date(now.getTime()),
  };
}
