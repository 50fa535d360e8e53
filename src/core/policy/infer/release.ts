import type { AttestationCheck } from '../../attestation/check.ts';
import { kleeneOf } from '../../decide.ts';
import { isAtVersionTag } from '../../model/builder-id.ts';
import type { ProvenanceType } from '../../model/provenance.ts';
import { isProvenanceType } from '../../model/provenance.ts';
import { checkPlatform } from '../../rules/signer-identity.ts';

/** A builder as one release shows it. */
export interface SeenBuilder {
  readonly id: string;
  /** `version-tag`, `any` where it has no ref of its own, or the ref. */
  readonly ref: string;
  /** Its commit, where a commit is its ref. */
  readonly workflowDigest: string | undefined;
  /** Undefined where the platform that hosts it signs. */
  readonly signer: { readonly identity: string; readonly issuer: string } | undefined;
}

/** What one attestation proves of one past release. */
export interface SeenBuild {
  /** Number of the release, from 1. */
  readonly release: number;
  readonly builder: SeenBuilder;
  readonly repository: string;
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  readonly ref: string | undefined;
  readonly predicateType: ProvenanceType;
  /** Undefined where nobody who can be believed tells them. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
  readonly trigger: string | undefined;
  readonly runner: string | undefined;
  readonly level: 1 | 2 | 3;
  readonly bundleVersion: '0.1' | '0.2' | '0.3' | undefined;
  /** Undefined for Google's keys. */
  readonly root: { readonly name: string; readonly digest: string } | undefined;
}

/** Why nothing is inferred from an attestation. */
export interface Unusable {
  readonly code: string;
  readonly message: string;
}

const unusable = (code: string, message: string): Unusable => ({ code, message });

const REPOSITORY = /^https:\/\/[^/]+\/[^/]+\/.+$/;

/**
 * What a policy could ask of the next release, out of an attestation that is verified, about the artifact, and provenance.
 * Everything else is unusable, with the first reason.
 */
export function toSeenBuild(check: AttestationCheck, release: number): SeenBuild | Unusable {
  const { findings, verified, facts, statement, level } = check;
  if (kleeneOf(findings) !== 'allow') {
    const failed = findings.find(({ outcome }) => outcome === 'fail' || outcome === 'error') ?? findings[0];
    return unusable(failed?.code ?? 'attestation.unverified', failed?.message ?? 'nothing was verified');
  }
  if (verified === undefined || facts?.builder === undefined || statement === undefined)
    return unusable('cert.claim-missing', 'nothing proven names the builder');
  if (!isProvenanceType(statement.predicateType) || level.level === 0)
    return unusable('predicate.type', 'it is no SLSA provenance');
  const { sourceUri, sourceRef } = facts;
  if (sourceUri === undefined) return unusable('cert.claim-missing', 'nothing proven names the source');
  if (!REPOSITORY.test(sourceUri)) return unusable('source.malformed', 'its source is no repository');
  if (sourceRef?.startsWith('refs/pull/') === true)
    return unusable('source.fork', 'it was built from a pull request, which anybody may propose');
  const root = verified.bundle?.root;
  return {
    release,
    builder: toSeenBuilder(verified, facts.builder),
    repository: sourceUri,
    repositoryId: facts.repositoryId,
    ownerId: facts.ownerId,
    ref: sourceRef,
    predicateType: statement.predicateType,
    parameters: facts.parameters,
    trigger: facts.trigger,
    runner: facts.runnerEnvironment,
    level: level.level,
    bundleVersion: verified.bundleVersion,
    root: root === undefined ? undefined : { name: root.name, digest: root.digest },
  };
}

function toSeenBuilder(
  { signer }: NonNullable<AttestationCheck['verified']>,
  builder: NonNullable<NonNullable<AttestationCheck['facts']>['builder']>,
): SeenBuilder {
  const { uri, ref } = builder;
  const isQualified = ref?.startsWith('refs/') === true;
  return {
    id: uri,
    ref: isAtVersionTag(builder) ? 'version-tag' : isQualified && ref !== undefined ? ref : 'any',
    workflowDigest:
      ref !== undefined && !isQualified && signer.kind === 'certificate'
        ? signer.claims.buildSignerDigest
        : undefined,
    signer:
      signer.kind === 'certificate' && !checkPlatform(signer, builder).holds
        ? { identity: signer.subject.value, issuer: signer.claims.issuer ?? '' }
        : undefined,
  };
}
