import {
  type CloudBuildKeys,
  type CloudBuildProvenance,
  type CloudBuildStatement,
  checkCloudBuildBuilder,
  checkCloudBuildMetadata,
  checkCloudBuildSource,
  checkCloudBuildSummary,
  checkCloudBuildTag,
  checkCloudBuildText,
  checkCloudBuildVersionedTag,
  decodePayload,
  parseCloudBuild,
  readCloudBuildStatement,
  verifyCloudBuild,
} from '../src/core/gcb/index.ts';
import type { ArtifactDigests } from '../src/core/model/digest.ts';
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

/** An expectation that the check cannot do without. */
const wanted = (options: Readonly<Record<string, unknown>>, name: string): string =>
  textOption(options, name) ?? refuse('usage.unsupported', `the case names no ${name}`);

const CHECKS: Readonly<Record<string, Check>> = {
  'gcb-builder': (_, signed, options) => {
    checkCloudBuildBuilder(signed, textOption(options, 'builderId'));
  },
  'gcb-source': (_, signed, options) => {
    checkCloudBuildSource(signed, wanted(options, 'sourceUri'), textOption(options, 'builderId'));
  },
  'gcb-tag': (_, signed, options) => {
    checkCloudBuildTag(signed, wanted(options, 'tag'));
  },
  'gcb-versioned-tag': (_, signed, options) => {
    checkCloudBuildVersionedTag(signed, wanted(options, 'versionedTag'));
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
