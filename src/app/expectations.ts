import { parseCheckpointKey } from '../core/log/checkpoint.ts';
import { type BuilderId, parseExpectedBuilderId } from '../core/model/builder-id.ts';
import { parseDigest } from '../core/model/digest.ts';
import type {
  Expectations,
  SignerExpectation,
  SubjectExpectation,
  SummaryExpectation,
} from '../core/model/expectations.ts';
import { isRunner } from '../core/model/known-builders.ts';
import { exactly, type Matcher } from '../core/model/matcher.ts';
import { parseSourceUri } from '../core/model/source-uri.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../core/model/verification-summary.ts';
import { parseVersion } from '../core/model/version.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import type { ExpectationInput, SignerInput, SummaryInput, VerificationInput } from './requests.ts';

const BRANCH = 'refs/heads/';
const TAG = 'refs/tags/';
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NUMERIC_ID = /^[1-9][0-9]{0,18}$/;

const refuseFlag = (message: string, actual: string, hint: string): never =>
  refuse('usage.flag', message, { actual, hint });

/** What is typed on a command line is usage, whatever code a malformed attestation would get. */
function asUsage<T>(flag: string, actual: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    return refuse('usage.flag', `${flag}: ${error.message}: ${actual}`, {
      actual,
      ...(error.expected === undefined ? {} : { expected: error.expected }),
      hint: error.expected === undefined ? error.hint : `Write it as ${error.expected}.`,
      cause: error,
    });
  }
}

/** Compiles an anchored pattern; see pattern.ts, whose engine is slow to load. */
export type PatternCompiler = (pattern: string) => Matcher;

/** Whether {@link toSignerExpectation} will need a {@link PatternCompiler}. */
export const namesPattern = (input: SignerInput): boolean =>
  (input.certificateIdentityRegexp ?? input.certificateOidcIssuerRegexp) !== undefined;

function toMatcher(
  exact: string | undefined,
  pattern: string | undefined,
  compile: PatternCompiler | undefined,
): Matcher | undefined {
  if (exact !== undefined && pattern !== undefined)
    refuse('usage.flag', 'exact text and pattern for one identity', { actual: pattern });
  const text = exact ?? pattern;
  if (exact === undefined && pattern === undefined) return undefined;
  // Callers in JavaScript may hand over null, which is no name either.
  if (typeof text !== 'string' || text === '')
    refuse('policy.identity-missing', 'an identity is the empty string');
  if (pattern === undefined) return exactly(text);
  return compile === undefined ? refuse('internal.bug', 'no compiler of patterns') : compile(text);
}

/**
 * Whom to trust. Half an identity is none, and nothing that is said of the signer is left uncompared.
 *
 * @throws SlsaGateError `policy.identity-missing`, `policy.unanchored`, `policy.pattern`, `usage.flag`
 */
export function toSignerExpectation(
  input: SignerInput,
  compile?: PatternCompiler,
): SignerExpectation | undefined {
  const subject = toMatcher(input.certificateIdentity, input.certificateIdentityRegexp, compile);
  const issuer = toMatcher(input.certificateOidcIssuer, input.certificateOidcIssuerRegexp, compile);
  if (input.key !== undefined) {
    const identity = subject ?? issuer;
    return identity === undefined
      ? { kind: 'key' }
      : refuse('usage.flag', 'a key has no certificate identity: give one of them', {
          actual: identity.describe,
        });
  }
  if (subject !== undefined && issuer !== undefined) return { kind: 'certificate', subject, issuer };
  if (subject !== undefined) refuse('policy.identity-missing', 'an identity without its issuer');
  // It would be taken and never compared.
  if (issuer !== undefined) {
    refuse('policy.identity-missing', 'an issuer without an identity', {
      actual: issuer.describe,
      hint: 'An issuer vouches for everybody with an account: add --certificate-identity, or leave the issuer out.',
    });
  }
  return undefined;
}

const toBranch = (branch: string): string => {
  if (branch.startsWith(BRANCH)) return branch;
  if (branch === '' || branch.startsWith('refs/')) {
    refuseFlag(`--source-branch is no branch: ${branch}`, branch, 'Write it as main or refs/heads/main.');
  }
  return `${BRANCH}${branch}`;
};

const toTag = (tag: string): string => {
  if (tag.startsWith(TAG)) return tag;
  if (tag === '' || tag.startsWith('refs/')) {
    refuseFlag(`--source-tag is no tag: ${tag}`, tag, 'Write it as v1.2.3 or refs/tags/v1.2.3.');
  }
  return `${TAG}${tag}`;
};

const toVersionedTag = (tag: string): string =>
  parseVersion(tag) === undefined
    ? refuseFlag(`--source-versioned-tag is no version: ${tag}`, tag, 'Write it as v1, v1.2 or v1.2.3.')
    : tag;

const toCommit = (commit: string): string =>
  COMMIT.test(commit)
    ? commit
    : refuseFlag(`--source-commit is no full commit: ${commit}`, commit, 'Give all 40 or 64 hex digits.');

const toNumericId = (flag: string, id: string): string =>
  NUMERIC_ID.test(id)
    ? id
    : refuseFlag(`${flag} is no numeric id: ${id}`, id, 'Names change hands; give the number.');

function toInputs(pairs: readonly string[]): ReadonlyMap<string, string> | undefined {
  const inputs = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at);
    if (at < 1)
      refuseFlag(`--build-workflow-input is not NAME=VALUE: ${pair}`, pair, 'Write it as NAME=VALUE.');
    if (inputs.has(key))
      refuseFlag(`--build-workflow-input names an input twice: ${key}`, pair, 'Leave one of them out.');
    inputs.set(key, pair.slice(at + 1));
  }
  return inputs.size === 0 ? undefined : inputs;
}

function toPair(flag: string, text: string): { readonly algorithm: string; readonly value: string } {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1)
    refuseFlag(`${flag} is not ALGORITHM:VALUE: ${text}`, text, 'Write it as ALGORITHM:VALUE.');
  return { algorithm: text.slice(0, at), value: text.slice(at + 1) };
}

/** A digest that no artifact of ours has: an exact pair, which for known algorithms must have their form. */
export function toExactDigest(text: string): SubjectExpectation {
  const pair = toPair('--subject-digest', text);
  if (/^sha(?:256|384|512)$/.test(pair.algorithm)) asUsage('--subject-digest', text, () => parseDigest(text));
  return { kind: 'exact-digest', digests: [pair] };
}

const refuseUnboundSummary = (): never =>
  refuse(
    'policy.identity-missing',
    'a verification summary is believed for one verifier and one resource only',
    { hint: 'Give --verifier-id and --resource-uri together.' },
  );

const toLogKey = (vkey: string): string =>
  asUsage('--evidence-log-key', vkey, () => parseCheckpointKey(vkey).vkey);

function toSummary(input: SummaryInput): SummaryExpectation | undefined {
  const { verifierId, resourceUri, verifiedLevels, policyDigest, maxAgeSeconds, logKey } = input;
  const isAsked =
    [verifierId, resourceUri, policyDigest, maxAgeSeconds, logKey].some((value) => value !== undefined) ||
    verifiedLevels.length > 0;
  if (!isAsked) return undefined;
  if (verifierId === undefined || resourceUri === undefined || verifierId === '' || resourceUri === '') {
    return refuseUnboundSummary();
  }
  return {
    verifierId,
    resourceUri: exactly(resourceUri),
    verifiedLevels,
    ...(policyDigest === undefined ? {} : { policyDigest: toPair('--policy-digest', policyDigest) }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeMs: maxAgeSeconds * 1000 }),
    ...given('logKey', mapped(logKey, toLogKey)),
  };
}

const given = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };

const mapped = <T, U>(value: T | undefined, to: (value: T) => U): U | undefined =>
  value === undefined ? undefined : to(value);

/**
 * The expectations of `verify`, without the artifact: SLSA provenance, unless another predicate type or a verification
 * summary is asked for.
 *
 * @throws SlsaGateError `policy.identity-missing`, `policy.unanchored`, `policy.pattern`, `usage.flag`
 */
export function toExpectations(
  input: ExpectationInput,
  { weakening, minBundleVersion }: Pick<VerificationInput, 'weakening' | 'minBundleVersion'>,
  compile?: PatternCompiler,
): Omit<Expectations, 'subject'> {
  const summary = toSummary(input.summary);
  const builder = mapped(input.builderId, toBuilder);
  const signer = toSignerExpectation(input, compile) ?? toBuilderSigner(input, builder);
  const { npmPackage, npmVersion, pypiRepository, pypiWorkflow } = input;
  if (npmPackage === undefined && npmVersion !== undefined)
    refuseFlag('--npm-version without its package', npmVersion, 'Add --npm-package.');
  if (pypiRepository === undefined && pypiWorkflow !== undefined)
    refuseFlag('--pypi-workflow without its repository', pypiWorkflow, 'Add --pypi-repository.');
  return {
    signer,
    meaning: 'predicate',
    predicateType: toPredicateType(input, summary),
    allowBuilderRefUnsafe: weakening.allowBuilderRefUnsafe,
    ...given('builder', builder),
    ...given(
      'source',
      mapped(input.sourceUri, (uri) => asUsage('--source-uri', uri, () => parseSourceUri(uri))),
    ),
    ...given(
      'sourceRepositoryId',
      mapped(input.sourceRepositoryId, (id) => toNumericId('--source-repository-id', id)),
    ),
    ...given(
      'sourceOwnerId',
      mapped(input.sourceOwnerId, (id) => toNumericId('--source-owner-id', id)),
    ),
    ...given('sourceBranch', mapped(input.sourceBranch, toBranch)),
    ...given('sourceTag', mapped(input.sourceTag, toTag)),
    ...given('sourceVersionedTag', mapped(input.sourceVersionedTag, toVersionedTag)),
    ...given('sourceCommit', mapped(input.sourceCommit, toCommit)),
    ...given('workflowInputs', toInputs(input.buildWorkflowInputs)),
    ...given(
      'triggers',
      mapped(input.buildTrigger, (event) => [event] as const),
    ),
    ...given(
      'runnerEnvironments',
      mapped(input.runnerEnvironment, (runner) => [runner] as const),
    ),
    ...given('minLevel', input.minLevel),
    ...given(
      'npmPackage',
      npmPackage === undefined ? undefined : { name: npmPackage, ...given('version', npmVersion) },
    ),
    ...given(
      'pypiPublisher',
      mapped(pypiRepository, (uri) => ({
        repository: asUsage('--pypi-repository', uri, () => parseSourceUri(uri)),
        ...given('workflow', pypiWorkflow),
      })),
    ),
    ...given('subjectName', input.subjectName),
    ...given('summary', summary),
    ...given('minBundleVersion', minBundleVersion),
  };
}

function toBuilder(text: string) {
  return (
    parseExpectedBuilderId(text) ??
    refuseFlag(
      `--builder-id is no builder: ${text}`,
      text,
      'Write it as URI, URI@v1.2.3 or URI@refs/tags/v1.2.3.',
    )
  );
}

/** A builder, or a source alone, which a builder of the catalogue must vouch for. */
function toBuilderSigner(
  { builderId, sourceUri, sourceRepositoryId }: ExpectationInput,
  builder: BuilderId | undefined,
): SignerExpectation {
  if (builderId === undefined && sourceUri === undefined)
    refuse('policy.identity-missing', 'nobody says whom to trust');
  const isSourceKnown = sourceUri !== undefined || sourceRepositoryId !== undefined;
  // A machine is no signer: every workflow of everybody runs on it.
  if (builder !== undefined && isRunner(builder.uri) && !isSourceKnown) {
    refuse('policy.identity-missing', `everybody builds on this runner: ${builder.uri}`, {
      actual: builder.uri,
      hint: 'Say whose workflow it was too: add --source-uri.',
    });
  }
  return { kind: 'builder' };
}

function toPredicateType(
  { predicateType }: ExpectationInput,
  summary: SummaryExpectation | undefined,
): Expectations['predicateType'] {
  if (predicateType === '') refuseFlag('--predicate-type is empty', '', 'Leave it out for SLSA provenance.');
  // Its signature alone says nothing: a summary may say FAILED, or be about something else.
  if (predicateType === VERIFICATION_SUMMARY_TYPE && summary === undefined) refuseUnboundSummary();
  if (predicateType !== undefined) return [predicateType];
  return summary === undefined ? 'provenance' : [VERIFICATION_SUMMARY_TYPE];
}
