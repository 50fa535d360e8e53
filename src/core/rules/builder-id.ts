import { isRunnerOfRow, trustedBuilderRow } from '../catalogue/level.ts';
import { type BuilderId, CLOUD_BUILD_WORKER, isAtVersionTag, printBuilderId } from '../model/builder-id.ts';
import type { Expectations } from '../model/expectations.ts';
import type { BuildFacts } from '../model/provenance.ts';
import { describeListed, findListed } from './listed-builder.ts';
import { type Check, fails, holds, type Interpreted, type Rule } from './rule.ts';

/**
 * The builder is the expected one, called at the expected ref or at a full version tag; with none named, one that the
 * catalogue trusts.
 */
export const builderId: Rule<Interpreted> = {
  id: 'builder-id',
  spec: 'SLSA provenance v1, runDetails.builder.id',
  expected({ builder, signer }) {
    if (signer.kind === 'listed') return signer.builders.map(describeListed).join(' or ');
    if (builder !== undefined) return printBuilderId(builder);
    return signer.kind === 'builder' ? 'a builder of the catalogue' : undefined;
  },
  check(subject, { builder: expected, allowBuilderRefUnsafe, signer }) {
    const { facts, provenance } = subject;
    if (signer.kind === 'listed' && facts !== undefined) {
      return findListed(subject.verified, facts, signer.builders).check;
    }
    if (facts?.builder === undefined) {
      return fails('cert.claim-missing', 'nothing proven names the builder', undefined);
    }
    const actual = printBuilderId(facts.builder);
    if (expected !== undefined) return checkExpected(facts, facts.builder, expected, allowBuilderRefUnsafe);
    if (provenance === undefined) return fails('builder.unknown', 'only provenance names a builder', actual);
    const row = trustedBuilderRow({ verified: subject.verified, provenance }, subject.catalogue);
    if (row !== undefined) {
      // On a machine of its caller a builder is isolated from nothing, so nobody trusts it unnamed.
      return isRunnerOfRow(provenance, row)
        ? holds(actual, `trusted as ${row.id}`)
        : fails(
            'runner.self-hosted',
            'the builder is of the catalogue, its runner is not',
            provenance.runnerEnvironment,
            'Name the builder with --builder-id, if its runner is trusted.',
          );
    }
    const isAtTag = isAtVersionTag(facts.builder);
    return fails(
      'builder.unknown',
      isAtTag
        ? 'the builder is none of the catalogue'
        : 'the builder is none of the catalogue, or not at a version tag',
      actual,
    );
  },
};

function checkExpected(
  facts: BuildFacts,
  builder: BuilderId,
  expected: BuilderId,
  allowBuilderRefUnsafe: Expectations['allowBuilderRefUnsafe'],
): Check {
  const actual = printBuilderId(builder);
  if (expected.ref === undefined && facts.builderAliases.includes(expected.uri)) return holds(expected.uri);
  const isWorkflow = builder.uri !== CLOUD_BUILD_WORKER;
  if (builder.uri !== expected.uri) {
    return isWorkflow && facts.delegator === undefined && facts.builderAliases.length === 0
      ? fails('identity.workflow', 'another workflow built and signed it', actual)
      : fails('builder.mismatch', 'another builder built it', [...facts.builderAliases, actual].join(', '));
  }
  if (expected.ref !== undefined && builder.ref !== expected.ref) {
    return fails('builder.ref', 'the builder was called at another ref', actual);
  }
  // Google's worker has versions, not refs that could move.
  if (!isWorkflow) return holds(actual);
  const named = [expected.ref === undefined ? builder : undefined, facts.delegator];
  const loose = named.filter((id) => id?.ref !== undefined && !isAtVersionTag(id));
  if (loose.length === 0) return holds(actual);
  return allowBuilderRefUnsafe
    ? { holds: true, actual, weakened: '--unsafe-allow-builder-ref' }
    : fails('builder.ref', 'the builder was not called at a full version tag', actual);
}
