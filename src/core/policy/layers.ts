import type { Layer } from '../attestation/check.ts';
import type { Expectations, ListedBuilder, ParameterExpectation } from '../model/expectations.ts';
import { exactly } from '../model/matcher.ts';
import { parseSourceUri } from '../model/source-uri.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../model/verification-summary.ts';
import { toSeconds } from './duration.ts';
import { compilePattern } from './pattern.ts';
import type { PolicyBuilder, PolicyPackage, PolicyParameters, PolicySummary } from './schema.ts';
import { toListedSigner } from './signers.ts';

/** What an entry of the policy is asked for: artifact, target and environment of one decision. */
export interface LayerContext {
  /** What the artifact says of itself: subject, file name, npm package. */
  readonly artifact: Pick<Expectations, 'subject' | 'fileName' | 'npmPackage'>;
  /** Where it is promoted to. */
  readonly resourceUri: string;
  readonly level: 1 | 2 | 3;
  readonly minBundleVersion: '0.1' | '0.2' | '0.3' | undefined;
  /** Verifier id of this gate. */
  readonly ownVerifierId: string | undefined;
}

type NonEmpty<T> = readonly [T, ...T[]];

/** Lists of the schema are never empty; one that is would demand nothing. */
function nonEmpty<T>(items: readonly T[]): NonEmpty<T> {
  const [first, ...others] = items;
  if (first === undefined) throw new TypeError('an empty list of a policy');
  return [first, ...others];
}

const defined = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };

/** One entry of the policy as expectations. */
export function toLayer(entry: PolicyPackage, context: LayerContext): Layer {
  const { source, builders, predicateTypes, parameters, triggers, runners } = entry;
  const { artifact, level } = context;
  const minBundleVersion = highest([entry.minBundleVersion, context.minBundleVersion]);
  return {
    expectations: {
      ...artifact,
      signer: { kind: 'listed', builders: nonEmpty(builders.map(toListedBuilder)) },
      predicateType: predicateTypes === undefined ? 'provenance' : nonEmpty(predicateTypes),
      meaning: 'predicate',
      allowBuilderRefUnsafe: false,
      source: parseSourceUri(source.repository),
      minLevel: level,
      ...defined('sourceRepositoryId', source.repositoryId),
      ...defined('sourceOwnerId', source.ownerId),
      ...defined('sourceRefs', source.refs && nonEmpty(source.refs.map(compilePattern))),
      ...defined('parameters', parameters && toParameters(parameters)),
      ...defined('triggers', triggers && nonEmpty(triggers)),
      ...defined('runnerEnvironments', runners && nonEmpty(runners)),
      ...defined('minBundleVersion', minBundleVersion),
    },
    summaries: new Map(
      (entry.summaries ?? []).map((summary) => [
        summary.verifierId,
        toSummaryExpectations(summary, context, minBundleVersion),
      ]),
    ),
  };
}

function toListedBuilder(builder: PolicyBuilder): ListedBuilder {
  const { id, ref = 'version-tag', workflowDigest, signer, maxLevel, grantedLevel, runners = [] } = builder;
  return {
    uri: id,
    ref: ref === 'version-tag' || ref === 'any' ? ref : compilePattern(ref),
    signer: toListedSigner(signer),
    runners,
    ...defined('workflowDigest', workflowDigest),
    ...defined('maxLevel', maxLevel),
    ...defined('grantedLevel', grantedLevel),
  };
}

const toParameters = ({
  expected = {},
  free = [],
  refused = [],
}: PolicyParameters): ParameterExpectation => ({
  expected: new Map(Object.entries(expected).map(([name, value]) => [name, [value].flat()])),
  free: new Set(free),
  refused: new Set(refused),
});

/** A summary counts for one verifier, its signer, this target, and a time. */
function toSummaryExpectations(
  { verifierId, signer, resourceUri, levels, policyDigest, maxAge, log }: PolicySummary,
  { artifact, resourceUri: target, level, ownVerifierId }: LayerContext,
  minBundleVersion: Expectations['minBundleVersion'],
): Expectations {
  const listed = toListedSigner(signer);
  const [algorithm = '', value = ''] = policyDigest?.split(':') ?? [];
  return {
    subject: artifact.subject,
    signer:
      listed.kind === 'certificate'
        ? listed
        : { kind: 'key', spkiDigest: listed.kind === 'key' ? listed.spkiDigest : '' },
    predicateType: [VERIFICATION_SUMMARY_TYPE],
    meaning: 'predicate',
    allowBuilderRefUnsafe: false,
    summary: {
      verifierId,
      resourceUri: resourceUri === undefined ? exactly(target) : compilePattern(resourceUri),
      verifiedLevels: withBuildLevel(levels, level),
      maxAgeMs: (toSeconds(maxAge) ?? 0) * 1000,
      ...defined('policyDigest', policyDigest === undefined ? undefined : { algorithm, value }),
      ...defined('logKey', log),
      ...defined('ownVerifierId', ownVerifierId),
    },
    ...defined('minBundleVersion', minBundleVersion),
  };
}

/** The level of the environment holds for summaries too: they count instead of provenance, not for less. */
const withBuildLevel = (levels: readonly string[], level: 1 | 2 | 3): readonly string[] => {
  const reaching = [1, 2, 3].filter((each) => each >= level).map((each) => `SLSA_BUILD_LEVEL_${each}`);
  return levels.some((each) => reaching.includes(each)) ? levels : [...levels, `SLSA_BUILD_LEVEL_${level}`];
};

/** The highest of versions such as `0.3`; texts of one form, so that their order is that of their characters. */
export const highest = <T extends string>(versions: readonly (T | undefined)[]): T | undefined =>
  versions
    .filter((version) => version !== undefined)
    .sort()
    .at(-1);
