import type { VerifiedAttestation } from '../attestation/verify.ts';
import { isVersionTag } from '../model/builder-id.ts';
import type { ListedBuilder } from '../model/expectations.ts';
import type { Provenance } from '../model/provenance.ts';
import { type Catalogue, type CatalogueRow, CLOUD_BUILD_TRUST } from './catalogue.ts';

/** What the level is looked up by. */
export interface LevelSubject {
  readonly verified: Pick<VerifiedAttestation, 'signer' | 'bundle'>;
  readonly provenance: Provenance | undefined;
}

export interface BuildLevel {
  readonly level: 0 | 1 | 2 | 3;
  /** Row that it rests on. */
  readonly row: string | undefined;
  /** Why it is not higher, or what it rests on; printable. */
  readonly reason: string;
}

/**
 * SLSA build level of a verified attestation: what its row allows, capped by the runner and by the policy, which may list
 * the builder. Nothing that is no provenance: 0. No row: 1, or what the policy grants. The shape of a provenance never
 * raises a level (SLSA v1.0, build track).
 */
export function buildLevel(subject: LevelSubject, catalogue: Catalogue, listed?: ListedBuilder): BuildLevel {
  const { provenance } = subject;
  if (provenance === undefined) return { level: 0, row: undefined, reason: 'not SLSA provenance' };
  return capped(levelOfRow(subject, provenance, catalogue, listed), listed?.maxLevel);
}

function capped(found: BuildLevel, maxLevel: ListedBuilder['maxLevel']): BuildLevel {
  if (maxLevel === undefined || found.level <= maxLevel) return found;
  return { ...found, level: maxLevel, reason: `${found.reason}, capped by the policy` };
}

function levelOfRow(
  subject: LevelSubject,
  provenance: Provenance,
  catalogue: Catalogue,
  listed: ListedBuilder | undefined,
): BuildLevel {
  const row = catalogue.rows.find((candidate) => isOfRow(subject, provenance, candidate, catalogue));
  const { runnerEnvironment: runner } = provenance;
  const isNamedRunner = runner !== undefined && listed?.runners.includes(runner) === true;
  if (row === undefined) {
    if (listed?.grantedLevel === undefined)
      return { level: 1, row: undefined, reason: 'the builder is in no row of the catalogue' };
    // A grant is for the builder, not for whatever machine its caller lets it run on. Keys say nothing of machines.
    if (runner !== undefined && !isNamedRunner && !HOSTED_RUNNERS.has(runner))
      return { level: 1, row: undefined, reason: `runner is not hosted: ${runner}` };
    return { level: listed.grantedLevel, row: undefined, reason: 'granted by the policy' };
  }
  if (!isNamedRunner && !isRunnerOfRow(provenance, row)) {
    return { level: 1, row: row.id, reason: `runner is not hosted: ${runner ?? 'not named'}` };
  }
  return row.listedLevel !== undefined && listed !== undefined && isListedWorkflow(provenance, listed)
    ? { level: row.listedLevel, row: row.id, reason: `${row.id}, workflow listed by the policy` }
    : { level: row.level, row: row.id, reason: row.id };
}

/** Machines of the platforms, as their certificates call them. */
const HOSTED_RUNNERS: ReadonlySet<string> = new Set(['github-hosted', 'gitlab-hosted']);

/**
 * A reusable workflow of another repository, which the policy holds to a revision or to tags. Repositories are compared
 * without case: certificates keep that of the owner, and what only looks like another repository must not count as one.
 */
function isListedWorkflow(
  { builder, sourceUri }: Provenance,
  { uri, ref, workflowDigest }: ListedBuilder,
): boolean {
  const isElsewhere =
    sourceUri !== undefined && !builder.uri.toLowerCase().startsWith(`${sourceUri.toLowerCase()}/`);
  const isHeld =
    workflowDigest !== undefined || (ref !== 'any' && builder.ref?.startsWith('refs/tags/') === true);
  return builder.uri === uri && isElsewhere && isHeld;
}

/** Whether the certificate names a runner on which the row counts, or may say nothing of it. */
export function isRunnerOfRow(
  { runnerEnvironment, builder }: Pick<Provenance, 'runnerEnvironment' | 'builder'>,
  { runner: { is, mayBeAbsent } }: CatalogueRow,
): boolean {
  if (runnerEnvironment !== undefined) return is?.includes(runnerEnvironment) === true;
  if (mayBeAbsent === undefined) return false;
  if (mayBeAbsent === true) return true;
  const [, major, minor] = /^refs\/tags\/v([0-9]{1,9})\.([0-9]{1,9})\./.exec(builder.ref ?? '') ?? [];
  if (major === undefined || minor === undefined) return false;
  const [lastMajor = 0, lastMinor = 0] = mayBeAbsent.upTo.split('.').map(Number);
  return Number(major) < lastMajor || (Number(major) === lastMajor && Number(minor) <= lastMinor);
}

/** The row of a builder that needs no further naming: a workflow of others at a version tag, or a pinned key. */
export function trustedBuilderRow(
  subject: LevelSubject & { readonly provenance: Provenance },
  catalogue: Catalogue,
): CatalogueRow | undefined {
  return catalogue.rows.find(
    (row) =>
      row.builders !== 'any' &&
      (row.builderRef === 'version-tag' || row.trust === CLOUD_BUILD_TRUST) &&
      isOfRow(subject, subject.provenance, row, catalogue),
  );
}

function isOfRow(
  { verified }: LevelSubject,
  provenance: Provenance,
  row: CatalogueRow,
  catalogue: Catalogue,
): boolean {
  return (
    isTrusted(verified, row, catalogue) &&
    isBuilderOfRow(provenance, row) &&
    (row.buildTypes === 'any' || row.buildTypes.includes(provenance.buildType))
  );
}

function isTrusted(
  { signer, bundle }: LevelSubject['verified'],
  row: CatalogueRow,
  catalogue: Catalogue,
): boolean {
  if (row.trust === CLOUD_BUILD_TRUST) return signer.kind === 'cloud-build';
  const anchor = bundle?.anchorDigest;
  return (
    signer.kind === 'certificate' &&
    anchor !== undefined &&
    catalogue.anchors[row.trust]?.includes(`sha256:${anchor}`) === true &&
    signer.claims.issuer !== undefined &&
    row.issuers?.includes(signer.claims.issuer) === true
  );
}

/** Whether builder and delegator are those of the row, at the refs that it wants. */
export function isBuilderOfRow(
  { builder, builderAliases, delegator }: Provenance,
  row: CatalogueRow,
): boolean {
  const { delegators, builders, builderRef } = row;
  if ((delegators === undefined) !== (delegator === undefined)) return false;
  if (delegator !== undefined && delegators?.includes(delegator.uri) !== true) return false;
  if (builderRef === 'version-tag' && ![builder, delegator ?? builder].every(({ ref }) => isVersionTag(ref)))
    return false;
  if (builders === 'any') return true;
  return builders.includes(builder.uri) || builderAliases.some((alias) => builders.includes(alias));
}
