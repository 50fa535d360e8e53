import type { VerifiedAttestation } from '../attestation/verify.ts';
import { type BuildLevel, buildLevel } from '../catalogue/level.ts';
import { type BuilderId, isAtVersionTag, printBuilderId } from '../model/builder-id.ts';
import type { Expectations, ListedBuilder } from '../model/expectations.ts';
import type { BuildFacts } from '../model/provenance.ts';
import { type Check, fails, holds, type Interpreted } from './rule.ts';
import { checkListedSigner } from './signer-identity.ts';

/** Printable. */
export function describeListed({ uri, ref, workflowDigest }: ListedBuilder): string {
  const at = ref === 'version-tag' ? ' at a version tag' : ref === 'any' ? '' : ` at ${ref.describe}`;
  return `${uri}${at}${workflowDigest === undefined ? '' : `, revision ${workflowDigest}`}`;
}

/** How far one listed builder fits: 3 is all of it. */
interface Fit {
  readonly check: Check;
  readonly steps: 0 | 1 | 2 | 3;
}

function fitOf(
  verified: VerifiedAttestation,
  facts: BuildFacts,
  builder: BuilderId,
  listed: ListedBuilder,
): Fit {
  const actual = printBuilderId(builder);
  const isNamed = builder.uri === listed.uri || facts.builderAliases.includes(listed.uri);
  if (!isNamed) {
    const names = [...facts.builderAliases, actual].join(', ');
    return {
      check: fails('builder.not-listed', 'built by a builder that the policy does not list', names),
      steps: 0,
    };
  }
  const signer = checkListedSigner(verified, listed);
  if (!signer.holds) return { check: signer, steps: 1 };
  if (!isAtListedRef(facts, builder, listed)) {
    return { check: fails('builder.ref', 'the builder was called at another ref', actual), steps: 2 };
  }
  const { workflowDigest } = listed;
  if (workflowDigest !== undefined) {
    const digest =
      verified.signer.kind === 'certificate' ? verified.signer.claims.buildSignerDigest : undefined;
    if (digest === undefined) {
      return {
        check: fails('cert.claim-missing', 'nothing proven names the revision of the builder', undefined),
        steps: 2,
      };
    }
    if (digest !== workflowDigest) {
      return { check: fails('builder.digest', 'the builder is another revision', digest), steps: 2 };
    }
  }
  return { check: holds(actual), steps: 3 };
}

/** An alias names a platform or machine, and the workflow on it is the one that has a ref. */
function isAtListedRef(facts: BuildFacts, builder: BuilderId, { uri, ref }: ListedBuilder): boolean {
  if (ref === 'any') return true;
  const named = facts.delegator === undefined ? [builder] : [builder, facts.delegator];
  if (ref === 'version-tag') return builder.uri === uri && named.every(isAtVersionTag);
  return (
    builder.ref !== undefined &&
    ref.matches(builder.ref) &&
    (facts.delegator === undefined || isAtVersionTag(facts.delegator))
  );
}

/**
 * The listed builder that all of it fits: name, signer, ref and revision of one entry, never of two. Otherwise the reason
 * of the one that came nearest.
 */
export function findListed(
  verified: VerifiedAttestation,
  facts: BuildFacts,
  builders: readonly ListedBuilder[],
):
  | { readonly listed: ListedBuilder; readonly check: Check }
  | { readonly listed: undefined; readonly check: Check } {
  const { builder } = facts;
  let nearest: Fit = {
    check: fails('cert.claim-missing', 'nothing proven names the builder', undefined),
    steps: 0,
  };
  if (builder === undefined) return { listed: undefined, check: nearest.check };
  let isFirst = true;
  for (const listed of builders) {
    const found = fitOf(verified, facts, builder, listed);
    if (found.steps === 3) return { listed, check: found.check };
    if (isFirst || found.steps > nearest.steps) nearest = found;
    isFirst = false;
  }
  return { listed: undefined, check: nearest.check };
}

/** Level of an attestation under these expectations: a builder that a policy lists may be capped, held or granted one. */
export function levelUnder(subject: Interpreted, { signer }: Expectations): BuildLevel {
  const listed =
    signer.kind === 'listed' && subject.facts !== undefined
      ? findListed(subject.verified, subject.facts, signer.builders).listed
      : undefined;
  return buildLevel(subject, subject.catalogue, listed);
}
