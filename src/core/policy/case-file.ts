import * as z from 'zod/mini';
import { CODES } from '../../codes.ts';
import type { Draft } from '../config/draft.ts';
import { parseConfig, type Report } from '../config/parse.ts';
import { nearest } from '../model/did-you-mean.ts';
import { lazy } from '../model/lazy.ts';
import { checkInstant } from './check-values.ts';
import { CommitHex, fault, Instant, listOf, PrefixedDigest, Text, Word } from './schema-values.ts';

const Sha256Digest = PrefixedDigest.check(
  z.regex(/^sha256:/, fault('policy.invalid', 'sha256: and 64 lower-case hex digits')),
);

const Artifact = z.strictObject({
  /** Purl by which the policy knows it. */
  package: Text,
  /** One of the two. */
  file: z.exactOptional(Text),
  digest: z.exactOptional(Sha256Digest),
});

const Source = z.strictObject({
  name: Word,
  answer: z.enum(['complete', 'partial', 'absent', 'failed']),
  attestations: z.exactOptional(listOf(Text)),
});

/** A root instead of the one that the policy names; known to be current at this instant, or when the case is decided. */
const Root = z.union([Text, z.strictObject({ file: Text, currentAt: Instant })]);

/** Where the decision would be put on record. */
const Evidence = z.strictObject({
  store: z.enum(['sqlite', 'postgres']),
  signer: z.enum(['key', 'pkcs11']),
  /** Names of the required ones. */
  sinks: z.exactOptional(listOf(Word)),
  disk: z.enum(['durable', 'overlay', 'volatile', 'remote']),
});

const Expected = z.strictObject({
  /** `refused`: the policy, its roots or the evidence file cannot be used, so that nothing is decided. */
  verdict: z.enum(['allow', 'deny', 'indeterminate', 'refused']),
  /** Exactly the codes of what stands in the way; left out where nothing does. */
  codes: z.exactOptional(listOf(Text)),
  level: z.exactOptional(z.literal([0, 1, 2, 3])),
});

/** What all cases say. */
const COMMON = {
  schemaVersion: z.literal(1),
  description: z.exactOptional(Text),
  evidence: z.exactOptional(Evidence),
  expect: Expected,
};

const GivenCaseSchema = lazy(() =>
  z.strictObject({
    ...COMMON,
    artifact: Artifact,
    /** Name or alias. */
    environment: Text,
    resourceUri: z.exactOptional(Text),
    /** Files; left out where there are none. */
    attestations: z.exactOptional(listOf(Text)),
    /** Instead of `attestations`: what each source told. */
    sources: z.exactOptional(listOf(Source)),
    trustedRoots: z.exactOptional(z.record(Word, Root)),
    catalogue: z.exactOptional(Text),
    /** Anchors of the catalogue for roots of the case, which it does not know: name to digest of the certificate. */
    anchors: z.exactOptional(z.record(Word, Sha256Digest)),
    /** Keys instead of those of the package: `npm`, or `cloud-build:REGION`, to a file. */
    keys: z.exactOptional(z.record(Text, Text)),
    /** Commit that is checked out where the policy lies. */
    checkout: z.exactOptional(CommitHex),
    now: Instant,
  }),
);

const RecordedCaseSchema = lazy(() =>
  z.strictObject({
    ...COMMON,
    /** The record of a decision in an export of the log; all else is what was decided on. */
    record: Text,
    /** Another environment than the recorded one. */
    environment: z.exactOptional(Text),
  }),
);

const CaseSchema = lazy(() => z.union([GivenCaseSchema(), RecordedCaseSchema()]));

export type GivenCase = z.infer<ReturnType<typeof GivenCaseSchema>>;
export type RecordedCase = z.infer<ReturnType<typeof RecordedCaseSchema>>;
/** One question to a policy, with the answer that its authors expect. Paths are relative to the folder of the file. */
export type PolicyCase = GivenCase | RecordedCase;

/** @throws ConfigError with every fault of the file */
export const parseCase = (bytes: Uint8Array, fileName: string): PolicyCase =>
  parseConfig(bytes, fileName, CaseSchema(), checkCase);

function checkCase(file: Draft<PolicyCase>, report: Report): void {
  checkExpected(file.expect, report);
  if (!('record' in file)) checkGiven(file as Draft<GivenCase>, report);
}

function checkGiven(file: Draft<GivenCase>, report: Report): void {
  const { artifact, now } = file;
  checkInstant(now, ['now'], report);
  for (const [name, root] of Object.entries(file.trustedRoots ?? {}))
    if (typeof root === 'object') checkInstant(root.currentAt, ['trustedRoots', name, 'currentAt'], report);
  if (
    artifact !== undefined &&
    (artifact.file === undefined) === (artifact.digest === undefined) &&
    !report.touches(['artifact'])
  )
    report.fault(
      'policy.invalid',
      ['artifact'],
      'an artifact is one file or one digest',
      'Give file or digest.',
    );
  if (file.attestations !== undefined && file.sources !== undefined)
    report.fault('policy.invalid', ['sources'], 'attestations are given already', 'Leave one of them out.');
  for (const name of Object.keys(file.keys ?? {}))
    if (!/^(?:npm|cloud-build:[A-Za-z0-9_-]+)$/.test(name))
      report.fault(
        'policy.invalid',
        ['keys', name],
        'no such keys',
        'Write npm or cloud-build:REGION.',
        'key',
      );
}

function checkExpected(expect: Draft<PolicyCase['expect']> | undefined, report: Report): void {
  expect?.codes?.forEach((code, index) => {
    if (code === undefined || Object.hasOwn(CODES, code)) return;
    const near = nearest(code, Object.keys(CODES));
    report.fault(
      'policy.invalid',
      ['expect', 'codes', index],
      `no such code: ${code}`,
      near && `Did you mean ${near}?`,
    );
  });
  if (expect?.verdict === 'allow' && expect.codes !== undefined)
    report.fault(
      'policy.invalid',
      ['expect', 'codes'],
      'nothing stands in the way of an allow',
      'Leave codes out.',
    );
  if (expect?.verdict !== undefined && expect.verdict !== 'allow' && expect.codes === undefined)
    report.fault(
      'policy.invalid',
      ['expect'],
      'a denial is expected for a reason',
      'Name the codes: a case that is denied for another reason shows nothing.',
    );
}
