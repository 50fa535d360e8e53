import { parseExpectedBuilderId } from '../src/core/model/builder-id.ts';
import type { Expectations, SignerExpectation, SubjectExpectation } from '../src/core/model/expectations.ts';
import { GITHUB_ISSUER } from '../src/core/model/known-builders.ts';
import { exactly, type Matcher } from '../src/core/model/matcher.ts';
import { anchoredPattern } from '../src/core/model/pattern.ts';
import { parsePurl } from '../src/core/model/purl.ts';
import { parseSourceUri } from '../src/core/model/source-uri.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../src/core/model/verification-summary.ts';
import type { ThresholdOptions, Thresholds } from '../src/core/verify/thresholds.ts';
import { refuse } from '../src/errors.ts';
import type { Case, CaseOptions } from './case.ts';

/** Kinds whose question is SLSA provenance; of the others any statement will do. */
const PROVENANCE_KINDS = new Set(['file', 'npm', 'gcb']);

/** Kinds whose `sourceUri` is the repository in the certificate. */
const CERTIFICATE_KINDS = new Set(['github-attestation', 'sigstore-bundle', 'pypi']);

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A search pattern of other tools may match anywhere unless it is anchored itself. */
function toPattern(search: string): Matcher {
  // Flags stand before the anchor: `(?i)^...`.
  const [, flags = '', rest = search] = /^(\(\?[a-z]+\))?([\s\S]*)$/.exec(search) ?? [];
  const body = rest.startsWith('^') ? rest.slice(1) : `.*${rest}`;
  return anchoredPattern(
    body.endsWith('$') ? `^${flags}(?:${body.slice(0, -1)})$` : `^${flags}(?:${body}.*)$`,
  );
}

const anyIssuer: Matcher = { describe: 'any issuer', matches: () => true };

/** `[HOST/]OWNER/NAME[/PATH]` as a pattern of the workflows in it. */
const toWorkflowPattern = (path: string, end: string): Matcher =>
  anchoredPattern(`^https://${quote(path.startsWith('github.com/') ? path : `github.com/${path}`)}${end}.*$`);

function toSubjectMatcher(options: CaseOptions): Matcher | undefined {
  const {
    certIdentity,
    certIdentityRegex,
    signerRepo,
    signerWorkflow,
    publisherWorkflow,
    publisher,
    sourceUri,
  } = options;
  if (certIdentity !== undefined) return exactly(certIdentity);
  if (certIdentityRegex !== undefined) return toPattern(certIdentityRegex);
  if (signerWorkflow !== undefined) return toWorkflowPattern(signerWorkflow, '@');
  if (signerRepo !== undefined) return toWorkflowPattern(signerRepo, '/');
  const repository = publisher?.repository ?? sourceUri?.replace(/^https:\/\//, '');
  const workflow = publisher?.workflow ?? publisherWorkflow;
  return repository === undefined || workflow === undefined
    ? undefined
    : toWorkflowPattern(`${repository}/.github/workflows/${workflow}`, '@');
}

function toSigner({ only, kind, options, trustedRoot }: Case): SignerExpectation {
  if (only !== undefined) return { kind: 'anyone-unsafe' };
  const subject = toSubjectMatcher(options);
  if (subject !== undefined) {
    const issuer = options.certIssuer ?? (options.publisher?.kind === 'GitHub' ? GITHUB_ISSUER : undefined);
    return { kind: 'certificate', subject, issuer: issuer === undefined ? anyIssuer : exactly(issuer) };
  }
  if (options.publicKey !== undefined || trustedRoot?.startsWith('key:') === true) return { kind: 'key' };
  if (options.builderId !== undefined || options.sourceUri !== undefined) return { kind: 'builder' };
  return refuse('policy.identity-missing', `nobody says whom to trust: ${kind}`);
}

function toPredicateType({ kind, options, only }: Case): Expectations['predicateType'] {
  if (kind === 'vsa') return [VERIFICATION_SUMMARY_TYPE];
  if (only !== undefined) return 'any';
  if (options.predicateType !== undefined) return [options.predicateType];
  const isSlsa =
    PROVENANCE_KINDS.has(kind) ||
    (options.certIdentity === undefined && options.sourceUri !== undefined && kind === 'oci-layout');
  return isSlsa ? 'provenance' : 'any';
}

function toInputs(inputs: CaseOptions['workflowInputs']): ReadonlyMap<string, string> | undefined {
  if (inputs === undefined) return undefined;
  if (!Array.isArray(inputs)) return new Map(Object.entries(inputs as Readonly<Record<string, string>>));
  return new Map(
    inputs.map(
      (pair: string) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const,
    ),
  );
}

function toNpmPackage({ kind, options, only }: Case): Expectations['npmPackage'] {
  const { packageName: name, packageVersion: version, purl } = options;
  if (kind !== 'npm') return undefined;
  const parsed = purl === undefined ? undefined : parsePurl(purl);
  if (parsed !== undefined) {
    return { name: parsed.name, ...(parsed.version === undefined ? {} : { version: parsed.version }) };
  }
  if (only !== undefined && name === undefined && version === undefined) return {};
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
}

const short = (ref: string | undefined, prefix: string): string | undefined =>
  ref === undefined ? undefined : `${prefix}${ref}`;

/** Leaves out what was not asked. */
const present = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/**
 * The options of other tools in our terms; the only place that knows them.
 *
 * @throws SlsaGateError as the command, for what cannot be asked
 */
export function toExpectations(test: Case, subject: SubjectExpectation): Expectations {
  const { options, only, kind, artifactName } = test;
  const { verifierId, resourceUri, verifiedLevels = [] } = options;
  const builder = options.builderId === undefined ? undefined : parseExpectedBuilderId(options.builderId);
  if (options.builderId !== undefined && builder === undefined)
    refuse('usage.flag', 'no builder id', { actual: options.builderId });
  return present({
    signer: toSigner(test),
    subject,
    predicateType: toPredicateType(test),
    meaning: CERTIFICATE_KINDS.has(kind) && options.builderId === undefined ? 'certificate' : 'predicate',
    allowBuilderRefUnsafe: options.allowBuilderBranchRef === true,
    builder: only === undefined ? builder : undefined,
    source:
      only === undefined && options.sourceUri !== undefined ? parseSourceUri(options.sourceUri) : undefined,
    sourceOwner: options.ownerUri?.toLowerCase(),
    sourceBranch: short(options.branch, 'refs/heads/'),
    sourceTag: short(options.tag, 'refs/tags/'),
    sourceVersionedTag: options.versionedTag,
    workflowInputs: toInputs(options.workflowInputs),
    npmPackage: toNpmPackage(test),
    fileName: artifactName,
    summary:
      verifierId === undefined || resourceUri === undefined
        ? undefined
        : { verifierId, resourceUri: exactly(resourceUri), verifiedLevels },
    minBundleVersion: options.minBundleVersion,
  }) as Expectations;
}

const DROPPED = { requireTlog: ['log'], requireSct: ['sct'], requireTimestamp: ['tsa', 'time'] } as const;
const RAISED = {
  tlogThreshold: 'log',
  sctThreshold: 'sct',
  tsaThreshold: 'tsa',
  timestampThreshold: 'time',
  integratedTimestampThreshold: 'logTime',
} as const;

/** Thresholds that the caller names raise the profile of the root, and a requirement that is dropped drops them. */
export function toThresholds(options: CaseOptions): ThresholdOptions {
  const atLeast: { -readonly [K in keyof Thresholds]?: number } = {};
  const unsafeDrop: (keyof Thresholds)[] = [];
  for (const [option, names] of Object.entries(DROPPED) as [
    keyof typeof DROPPED,
    readonly (keyof Thresholds)[],
  ][]) {
    if (options[option] === false) unsafeDrop.push(...names);
    const [name] = names.slice(-1);
    if (options[option] === true && name !== undefined) atLeast[name] = 1;
  }
  for (const [option, name] of Object.entries(RAISED) as [keyof typeof RAISED, keyof Thresholds][]) {
    const wanted = options[option];
    if (wanted !== undefined && wanted > 0) atLeast[name] = wanted;
  }
  return { atLeast, unsafeDrop };
}
