import type { VerifiedAttestation } from '../attestation/verify.ts';
import { type BuildLevel, buildLevel } from '../catalogue/level.ts';
import { type BuilderId, isAtVersionTag, printBuilderId } from '../model/builder-id.ts';
import type { Expectations, ListedBuilder } from '../model/expectations.ts';
import type { BuildFacts } from '../model/provenance.ts';
import type { VerificationSummary } from '../model/verification-summary.ts';
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
 * The listed builders that all of it fits: name, signer, ref and revision of one entry, never of two. Where none does, the
 * reason of the one that came nearest.
 */
export function findListed(
  verified: VerifiedAttestation,
  facts: BuildFacts,
  builders: readonly ListedBuilder[],
): { readonly fitting: readonly ListedBuilder[]; readonly check: Check } {
  const { builder } = facts;
  if (builder === undefined)
    return {
      fitting: [],
      check: fails('cert.claim-missing', 'nothing proven names the builder', undefined),
    };
  const fits = builders.map((listed) => ({ listed, fit: fitOf(verified, facts, builder, listed) }));
  const [first, ...others] = fits;
  if (first === undefined) throw new TypeError('a policy without builders');
  const nearest = others.reduce((best, next) => (next.fit.steps > best.fit.steps ? next : best), first);
  return {
    fitting: fits.flatMap(({ listed, fit }) => (fit.steps === 3 ? [listed] : [])),
    check: nearest.fit.check,
  };
}

/**
 * Level of an attestation under these expectations: a builder that a policy lists may be capped, held or granted one. Of
 * several entries that fit, the one that gives most counts, as if it stood alone: so no entry can be made stricter and let
 * more pass.
 */
export function levelUnder(subject: Interpreted, { signer, summary }: Expectations): BuildLevel {
  if (summary !== undefined && subject.summary !== undefined) return statedLevel(subject.summary);
  const { catalogue, facts, verified } = subject;
  const fitting =
    signer.kind === 'listed' && facts !== undefined
      ? findListed(verified, facts, signer.builders).fitting
      : [];
  const [first, ...others] = fitting.map((listed) => buildLevel(subject, catalogue, listed));
  if (first === undefined) return buildLevel(subject, catalogue);
  return others.reduce((most, level) => (level.level > most.level ? level : most), first);
}

/** What the verifier of a summary found; whether it may say so, the rules about the summary ask. */
function statedLevel({ verifierId, verifiedLevels }: VerificationSummary): BuildLevel {
  const stated = ([3, 2, 1] as const).find((level) => verifiedLevels.includes(`SLSA_BUILD_LEVEL_${level}`));
  return { level: stated ?? 0, row: undefined, reason: `stated by ${verifierId}` };
}
