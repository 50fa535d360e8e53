import type { VerifiedAttestation } from '../src/core/attestation/verify.ts';
import { CATALOGUE } from '../src/core/catalogue/builders.ts';
import {
  type CloudBuildKeys,
  type CloudBuildProvenance,
  type CloudBuildStatement,
  checkCloudBuildMetadata,
  checkCloudBuildSummary,
  checkCloudBuildText,
  decodePayload,
  parseCloudBuild,
  readBuilder,
  readCloudBuildStatement,
  readSource,
  readSubstitutions,
  verifyCloudBuild,
} from '../src/core/gcb/index.ts';
import { parseBuilderId, parseExpectedBuilderId } from '../src/core/model/builder-id.ts';
import type { ArtifactDigests } from '../src/core/model/digest.ts';
import type { Expectations } from '../src/core/model/expectations.ts';
import type { BuildFacts } from '../src/core/model/provenance.ts';
import { parseSourceUri } from '../src/core/model/source-uri.ts';
import { builderId } from '../src/core/rules/builder-id.ts';
import type { Interpreted, Rule } from '../src/core/rules/rule.ts';
import { sourceTag } from '../src/core/rules/source-tag.ts';
import { sourceUri } from '../src/core/rules/source-uri.ts';
import { sourceVersionedTag } from '../src/core/rules/source-versioned-tag.ts';
import { refuse, SlsaGateError } from '../src/errors.ts';

/** What a caller of a verifier knows of a case about one check of Cloud Build provenance. */
export interface GcbOnlyCase {
  readonly only: string;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly artifactDigest?: Readonly<Record<string, string>> | null | undefined;
}

/** One check over the first provenance of a document, taken as verified. */
type Check = (
  provenance: CloudBuildProvenance,
  signed: CloudBuildStatement,
  options: Readonly<Record<string, unknown>>,
  artifact: ArtifactDigests,
) => void;

const textOption = (options: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

const UNKNOWN: BuildFacts = {
  builder: undefined,
  delegator: undefined,
  builderAliases: [],
  baseBranch: undefined,
  sourceUri: undefined,
  sourceRef: undefined,
  sourceCommit: undefined,
  repositoryId: undefined,
  ownerId: undefined,
  workflowInputs: undefined,
  parameters: undefined,
  trigger: undefined,
  runnerEnvironment: undefined,
};

/** Asks one rule of the command about facts that are taken as proven. */
function ask(rule: Rule<Interpreted>, expected: Partial<Expectations>, facts: Partial<BuildFacts>): void {
  const check = rule.check(
    {
      // No rule that is asked here looks at what was verified.
      verified: undefined as unknown as VerifiedAttestation,
      statement: undefined,
      nowMs: 0,
      digest: '',
      logged: [],
      facts: { ...UNKNOWN, ...facts },
      provenance: undefined,
      summary: undefined,
      catalogue: CATALOGUE,
    },
    {
      signer: { kind: 'builder' },
      subject: { kind: 'unbound' },
      predicateType: 'provenance',
      meaning: 'predicate',
      allowBuilderRefUnsafe: false,
      ...expected,
    },
  );
  if (!check.holds) refuse(check.code, check.message, { actual: check.actual });
}

/**
 * The tag by itself: such cases alter it in a payload whose other members still tell of a branch, which a whole
 * verification refuses.
 */
function tagOf(signed: CloudBuildStatement): Partial<BuildFacts> {
  const tag = readSubstitutions(signed).TAG_NAME;
  if (typeof tag !== 'string' || tag === '')
    return refuse('source.tag', 'provenance names no tag', { path: 'TAG_NAME' });
  const sourceRef = `refs/tags/${tag}`;
  if (signed.version === 'v1.0' && readSource(signed, undefined)?.ref !== sourceRef)
    return refuse('source.tag', 'trigger and source name different tags', { expected: sourceRef });
  return { sourceRef };
}

const CHECKS: Readonly<Record<string, Check>> = {
  'gcb-builder': (_, signed, options) => {
    const builder = readBuilder(signed);
    const named = textOption(options, 'builderId');
    if (named === undefined) return;
    const expected = parseExpectedBuilderId(named);
    if (expected === undefined) refuse('builder.mismatch', 'not the id of a builder', { actual: named });
    ask(builderId, { builder: expected }, { builder });
  },
  'gcb-source': (_, signed, options) => {
    const named = textOption(options, 'builderId');
    const version = named === undefined ? readBuilder(signed).ref : parseBuilderId(named)?.ref;
    const source = parseSourceUri(textOption(options, 'sourceUri') ?? '');
    ask(sourceUri, { source }, { sourceUri: readSource(signed, version)?.uri });
  },
  'gcb-tag': (_, signed, options) => {
    ask(sourceTag, { sourceTag: `refs/tags/${textOption(options, 'tag') ?? ''}` }, tagOf(signed));
  },
  'gcb-versioned-tag': (_, signed, options) => {
    const wanted = textOption(options, 'versionedTag') ?? '';
    ask(sourceVersionedTag, { sourceVersionedTag: wanted }, tagOf(signed));
  },
  'gcb-metadata': (provenance, _, __, artifact) => {
    checkCloudBuildMetadata(provenance, artifact);
  },
  'gcb-summary': (provenance, _, __, artifact) => {
    checkCloudBuildSummary(provenance.imageSummary, artifact);
  },
  'gcb-text': (provenance, signed) => {
    checkCloudBuildText(provenance, signed);
  },
};

/**
 * Decides a case about one check. `gcb-parse` reads the document, `gcb-signature` wants one provenance that verifies; the
 * others take the first provenance as verified and run the named check on it.
 */
export function decideGcbOnly(
  { only, options = {}, artifactDigest }: GcbOnlyCase,
  bytes: Uint8Array,
  keys: CloudBuildKeys,
): { readonly accepted: boolean; readonly code: string | null } {
  try {
    const document = parseCloudBuild(bytes);
    if (only === 'gcb-signature') verifyOne(document.provenances, keys);
    else if (only !== 'gcb-parse') {
      const check = Object.hasOwn(CHECKS, only) ? CHECKS[only] : undefined;
      if (check === undefined) refuse('usage.unsupported', 'no such check', { actual: only });
      const [provenance] = document.provenances;
      const signed = readCloudBuildStatement(decodePayload(provenance));
      const version = textOption(options, 'provenanceVersion') ?? signed.version;
      if (signed.version !== version) {
        refuse('predicate.type', 'provenance is of another version', {
          expected: version,
          actual: signed.version,
        });
      }
      check(provenance, signed, options, artifactDigest ?? {});
    }
    return { accepted: true, code: null };
  } catch (error) {
    if (error instanceof SlsaGateError) return { accepted: false, code: error.finding };
    throw error;
  }
}

/** The refusal of the first one speaks for all when none verifies. */
function verifyOne(
  provenances: readonly [CloudBuildProvenance, ...CloudBuildProvenance[]],
  keys: CloudBuildKeys,
): void {
  const refusals: unknown[] = [];
  for (const provenance of provenances) {
    try {
      verifyCloudBuild(provenance, keys);
      return;
    } catch (error) {
      refusals.push(error);
    }
  }
  throw refusals[0];
}
