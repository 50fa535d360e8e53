import type { PolicyBuilder, PolicyPackage, PolicyParameters, PolicySummary } from '../schema.ts';
import { allOf, duration, oneOf, pattern, patterns, type Sentence, say, sayIf, signer } from './phrases.ts';

type Path = readonly (string | number)[];

/** What an entry of `packages` demands. */
export function explainPackage(entry: PolicyPackage, path: Path): readonly Sentence[] {
  const { source, builders, predicateTypes, parameters, triggers, runners, summaries = [] } = entry;
  return [
    say('when', [...path, 'source', 'repository'], `It was built from ${source.repository}.`),
    ...sayIf(
      source.repositoryId,
      'when',
      [...path, 'source', 'repositoryId'],
      (id) => `The id of that repository is ${id}, whatever its name.`,
    ),
    ...sayIf(
      source.ownerId,
      'when',
      [...path, 'source', 'ownerId'],
      (id) => `The id of its owner is ${id}, whatever the name.`,
    ),
    ...sayIf(
      source.refs,
      'when',
      [...path, 'source', 'refs'],
      (refs) => `It was built from the branch or tag ${patterns(refs)}.`,
    ),
    ...builders.map((builder, index) =>
      say(
        'when',
        [...path, 'builders', index],
        `${index === 0 ? 'It was built by' : 'Or by'} ${explainBuilder(builder)}.`,
      ),
    ),
    ...sayIf(
      predicateTypes,
      'when',
      [...path, 'predicateTypes'],
      (types) => `Its provenance is of the type ${oneOf(types)}.`,
    ),
    ...(parameters === undefined ? [] : explainParameters(parameters, [...path, 'parameters'])),
    triggers === undefined
      ? say(
          'when',
          path,
          'The build was not started by pull_request_target, workflow_run or issue_comment, which may run code of strangers.',
        )
      : say('when', [...path, 'triggers'], `The build was started by ${oneOf(triggers)}.`),
    ...sayIf(runners, 'when', [...path, 'runners'], (names) => `Its runner is called ${oneOf(names)}.`),
    ...sayIf(
      entry.minBundleVersion,
      'when',
      [...path, 'minBundleVersion'],
      (version) => `Its attestation is a Sigstore bundle of version ${version} or newer.`,
    ),
    ...sayIf(
      entry.viaIndex,
      'when',
      [...path, 'viaIndex'],
      () => 'For an image that is reached through an index, attestations of that index count too.',
    ),
    ...sayIf(
      entry.noDowngrade,
      'when',
      [...path, 'noDowngrade'],
      () => 'It has provenance in its registry if any version before it has.',
    ),
    ...summaries.map((summary, index) => say('when', [...path, 'summaries', index], explainSummary(summary))),
  ];
}

function explainBuilder(builder: PolicyBuilder): string {
  const { id, ref = 'version-tag', workflowDigest, maxLevel, grantedLevel, runners } = builder;
  const parts = [
    ref === 'version-tag'
      ? 'called at a full version tag'
      : ref === 'any'
        ? 'called at any ref'
        : `called at ${pattern(ref)}`,
    ...(workflowDigest === undefined ? [] : [`in its revision ${workflowDigest}`]),
    `signed by ${signer(builder.signer)}`,
    ...(maxLevel === undefined ? [] : [`counted for level ${maxLevel} at most`]),
    ...(grantedLevel === undefined
      ? []
      : [`granted level ${grantedLevel} by this policy where the catalogue does not know it`]),
    ...(runners === undefined ? [] : [`with ${allOf(runners)} counted as hosted`]),
  ];
  return `${id}, ${parts.join(', ')}`;
}

function explainParameters(
  { expected = {}, free, refused }: PolicyParameters,
  path: Path,
): readonly Sentence[] {
  return [
    ...Object.entries(expected).map(([name, value]) =>
      say(
        'when',
        [...path, 'expected', name],
        `The build has the parameter ${name}: ${oneOf([value].flat())}.`,
      ),
    ),
    ...sayIf(
      free,
      'when',
      [...path, 'free'],
      (names) => `The parameters ${allOf(names)} may have any value, or be absent.`,
    ),
    ...sayIf(
      refused,
      'when',
      [...path, 'refused'],
      (names) => `The build does not have the parameters ${allOf(names)}.`,
    ),
    say('when', path, 'The build has no other parameters.'),
  ];
}

function explainSummary(summary: PolicySummary): string {
  const { verifierId, resourceUri, levels, policyDigest, maxAge, log } = summary;
  const about = resourceUri === undefined ? 'the very resource that is promoted' : pattern(resourceUri);
  const policy = policyDigest === undefined ? '' : `, decided by the policy ${policyDigest}`;
  return (
    `Instead of provenance, a summary of ${verifierId} is enough that says PASSED for ${about} at ${allOf(levels)} and the build level of the environment${policy}, ` +
    `is at most ${duration(maxAge)} old and is signed by ${signer(summary.signer)}${log === undefined ? '' : `, and is proven to stand in the log of ${log}`}.`
  );
}
