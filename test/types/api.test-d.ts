/**
 * What the types of the built library allow and refuse. Compiled, never run; each refusal names the compiler's code, and
 * types.test.ts compares them with what the compiler says.
 */
import {
  type ArtifactReference,
  type ArtifactResult,
  CODES,
  type Code,
  type ErrorCode,
  type Expectations,
  type exitCodeOfResult,
  type Finding,
  isCode,
  type ParsedBundle,
  type parseArtifactReference,
  type parseBundle,
  type parseDigest,
  type parseSourceUri,
  type parseStatement,
  type parseTrustedRoot,
  type Signer,
  SlsaGateError,
  type Verdict,
  type VerifyArtifactRequest,
  type VerifyBundleRequest,
  verifyArtifact,
  verifyBundle,
} from 'slsa-gate';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T => true as T;

const bytes = new Uint8Array();
const IDENTITY = { certificateIdentity: 'a', certificateOidcIssuer: 'b' } as const;
const base = { artifact: 'sha256:…', attestations: [bytes] };

// What the functions give.
isTrue<Equal<ReturnType<typeof verifyArtifact>, Promise<ArtifactResult>>>();
isTrue<Equal<ReturnType<typeof verifyBundle>, Promise<ArtifactResult>>>();
isTrue<Equal<ReturnType<typeof exitCodeOfResult>, 0 | 1 | 2 | 3 | 70>>();
isTrue<Equal<Verdict, 'allow' | 'deny' | 'indeterminate'>>();
isTrue<Equal<ArtifactResult['slsaBuildLevel'], 0 | 1 | 2 | 3>>();
isTrue<Equal<Finding['code'], Code>>();
isTrue<Equal<Finding['outcome'], 'pass' | 'fail' | 'error' | 'not-evaluated'>>();
isTrue<Equal<ReturnType<typeof parseBundle>, ParsedBundle>>();
isTrue<Equal<ReturnType<typeof parseArtifactReference>, ArtifactReference>>();
isTrue<Equal<ReturnType<typeof parseDigest>['algorithm'], 'sha256' | 'sha384' | 'sha512'>>();
isTrue<Equal<ReturnType<typeof parseSourceUri>['uri'], string>>();
isTrue<Equal<ReturnType<typeof parseStatement>['predicateType'], string>>();
isTrue<Equal<ReturnType<typeof parseTrustedRoot>['thresholds']['log'], number>>();
export const title: string = CODES['source.mismatch'].title;
export const narrowed = (text: string): Code | undefined => (isCode(text) ? text : undefined);
export const groupOf = (error: unknown): ErrorCode | undefined =>
  error instanceof SlsaGateError ? error.code : undefined;

// Whom to trust, in every form.
const key = { pem: '-----BEGIN PUBLIC KEY-----', notAfter: new Date(0) };
export const trusted: readonly Expectations[] = [
  IDENTITY,
  { ...IDENTITY, sourceUri: 'github.com/o/r', minLevel: 3, buildWorkflowInputs: { name: 'value' } },
  { certificateIdentityRegexp: '^a$', certificateOidcIssuerRegexp: '^b$' },
  { certificateIdentity: 'a', certificateOidcIssuerRegexp: '^b$' },
  { key },
  { key, sourceUri: 'github.com/o/r' },
  { builderId: 'https://builder.example/b@v1.2.3' },
  { sourceUri: 'github.com/o/r', sourceTag: undefined },
  { ...IDENTITY, summary: { verifierId: 'v', resourceUri: 'r', verifiedLevels: ['SLSA_BUILD_LEVEL_3'] } },
];
export const signers: readonly Signer[] = [IDENTITY, { key }];

// Requests as they are meant.
export const requests: readonly VerifyArtifactRequest[] = [
  { ...base, expectations: IDENTITY },
  { artifact: { bytes, name: 'widget' }, files: ['a.jsonl'], expectations: { key }, verifier: 'strict' },
  { artifact: { subjectDigest: 'gce_image_id:1' }, attestations: [bytes], expectations: IDENTITY },
  {
    ...base,
    expectations: IDENTITY,
    trustedRoots: ['public-good', { name: 'ours', bytes }],
    now: new Date(0),
  },
  {
    ...base,
    expectations: IDENTITY,
    thresholds: { tlog: 2 },
    unsafeNoSct: true,
    unsafeAllowBuilderRef: true,
  },
];
export const bundles: readonly VerifyBundleRequest[] = [
  { ...base, signer: IDENTITY },
  { attestations: [bytes], signer: { key }, unboundUnsafe: true },
];

// Nobody is trusted by saying nothing.
// @ts-expect-error TS2741: no expectations
verifyArtifact({ ...base });
// @ts-expect-error TS2322: nobody is named
verifyArtifact({ ...base, expectations: {} });
// @ts-expect-error TS2322: a branch alone
verifyArtifact({ ...base, expectations: { sourceBranch: 'main' } });
// @ts-expect-error TS2322: half an identity
verifyArtifact({ ...base, expectations: { certificateIdentity: 'a' } });
// @ts-expect-error TS2322: the other half
verifyArtifact({ ...base, expectations: { certificateOidcIssuer: 'b' } });
// @ts-expect-error TS2322: half an identity beside a source
verifyArtifact({ ...base, expectations: { certificateOidcIssuer: 'b', sourceUri: 'github.com/o/r' } });
// @ts-expect-error TS2322: exact and pattern
verifyArtifact({ ...base, expectations: { ...IDENTITY, certificateIdentityRegexp: '^a$' } });
// @ts-expect-error TS2322: key and identity
verifyArtifact({ ...base, expectations: { ...IDENTITY, key } });
// @ts-expect-error TS2322: a path is no key
verifyArtifact({ ...base, expectations: { key: 'key.pem' } });
// @ts-expect-error TS2741: no artifact
verifyArtifact({ attestations: [bytes], expectations: IDENTITY });

// Unknown and mistyped fields.
// @ts-expect-error TS2561: an expectation that nobody checks
verifyArtifact({ ...base, expectations: { sourceUri: 'github.com/o/r', sourceTags: 'v1' } });
// @ts-expect-error TS2353: an option that nobody reads
verifyArtifact({ ...base, expectations: IDENTITY, offline: false });
// @ts-expect-error TS2322: a level that is none
verifyArtifact({ ...base, expectations: { ...IDENTITY, minLevel: 4 } });
// @ts-expect-error TS2322: text is no attestation
verifyArtifact({ ...base, attestations: ['{}'], expectations: IDENTITY });
// @ts-expect-error TS2322: a file is no shipped root
verifyArtifact({ ...base, expectations: IDENTITY, trustedRoots: ['/etc/trusted_root.json'] });
// @ts-expect-error TS2322: a timestamp is no date
verifyArtifact({ ...base, expectations: IDENTITY, now: 1764000000 });
// @ts-expect-error TS2322: there is no verifier "none"
verifyArtifact({ ...base, expectations: IDENTITY, verifier: 'none' });

// What lowers assurance is called by its name.
// @ts-expect-error TS2353: lowering without saying unsafe
verifyArtifact({ ...base, expectations: IDENTITY, withoutTlog: true });
// @ts-expect-error TS2322: only true is a decision
verifyArtifact({ ...base, expectations: IDENTITY, unsafeNoTlog: false });
// @ts-expect-error TS2345: nothing is bound, and nobody said so
verifyBundle({ attestations: [bytes], signer: IDENTITY });
// @ts-expect-error TS2345: bound and unbound
verifyBundle({ ...base, signer: IDENTITY, unboundUnsafe: true });
// @ts-expect-error TS2353: a plain bundle has no builder
verifyBundle({ ...base, signer: { builderId: 'https://builder.example/b' } });

// Results are read, not written.
export const rewrite = (result: ArtifactResult): void => {
  // @ts-expect-error TS2540: a verdict does not change
  result.verdict = 'allow';
};
