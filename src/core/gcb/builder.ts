import { refuse } from '../../errors.ts';
import { type BuilderId, CLOUD_BUILD_WORKER, parseBuilderId } from '../model/builder-id.ts';
import { type Json, printJson } from '../model/json.ts';
import type { CloudBuildStatement } from './statement.ts';

const API = 'https://cloudbuild.googleapis.com';
/** A protobuf type URL: the recipe's arguments are a whole build of the API. */
const BUILD_MESSAGE = 'type.googleapis.com/google.devtools.cloudbuild.v1.Build';

/** Builder ids by version of provenance, exact, each with the build types that it writes. */
const BUILDERS: Readonly<
  Record<CloudBuildStatement['version'], Readonly<Record<string, readonly string[]>>>
> = {
  'v0.1': {
    [`${CLOUD_BUILD_WORKER}@v0.2`]: [`${CLOUD_BUILD_WORKER}@v0.2`],
    [`${CLOUD_BUILD_WORKER}@v0.3`]: [`${API}/CloudBuildYaml@v0.1`, `${API}/CloudBuildSteps@v0.1`],
  },
  'v1.0': {
    [CLOUD_BUILD_WORKER]: ['https://cloud.google.com/build/gcb-buildtypes/google-worker/v1'],
  },
};

/** Builder and build type as the statement names them. */
export function readNames(signed: CloudBuildStatement): { builderId: string; buildType: string } {
  if (signed.version === 'v0.1') {
    return { builderId: signed.predicate.builder.id, buildType: signed.predicate.recipe.type };
  }
  const { runDetails, buildDefinition } = signed.predicate;
  return { builderId: runDetails.builder.id, buildType: buildDefinition.buildType };
}

/**
 * The builder of a statement: one of Cloud Build's hosted workers, with a build type that this version of it writes.
 *
 * @throws SlsaGateError `builder.mismatch`, `builder.build-type`
 */
export function readBuilder(signed: CloudBuildStatement): BuilderId {
  const { builderId, buildType } = readNames(signed);
  const known = BUILDERS[signed.version];
  const buildTypes = Object.hasOwn(known, builderId) ? known[builderId] : undefined;
  const builder = parseBuilderId(builderId);
  if (buildTypes === undefined || builder === undefined) {
    refuse('builder.mismatch', 'not a hosted worker of Cloud Build', {
      expected: Object.keys(known).join(' or '),
      actual: builderId,
    });
  }
  if (!buildTypes.includes(buildType)) {
    refuse('builder.build-type', 'build type does not belong to this version of the builder', {
      expected: buildTypes.join(' or '),
      actual: buildType,
    });
  }
  if (signed.version === 'v0.1') {
    const message = signed.predicate.recipe.arguments?.['@type'];
    if (message !== BUILD_MESSAGE) {
      refuse('builder.build-type', 'arguments of the recipe are no build of Cloud Build', {
        expected: BUILD_MESSAGE,
        actual: printJson(message as Json | undefined),
        path: 'predicate.recipe.arguments.@type',
      });
    }
  }
  return builder;
}
