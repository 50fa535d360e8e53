import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { PredicateV1, parsePredicate } from '../interpret/predicate-schemas.ts';
import { LIMITS } from '../limits.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';
import { PROVENANCE_TYPES } from '../model/provenance.ts';
import { type Statement, toStatement } from '../model/statement.ts';

const text = lazy(() => z.string());
const object = lazy(() => z.record(z.string(), z.unknown()));

/** SLSA provenance v0.1, with the one field that Cloud Build adds to it (`buildInvocationId`). */
const PredicateV01 = lazy(() =>
  z.strictObject({
    builder: z.strictObject({ id: text().check(z.minLength(1)) }),
    recipe: z.strictObject({
      type: text().check(z.minLength(1)),
      /** Cloud Build writes the number as text. */
      definedInMaterial: z.optional(z.union([z.number(), text()])),
      entryPoint: z.optional(text()),
      arguments: z.optional(object()),
      environment: z.optional(object()),
    }),
    metadata: z.optional(
      z.strictObject({
        buildInvocationId: z.optional(text()),
        buildStartedOn: z.optional(text()),
        buildFinishedOn: z.optional(text()),
        completeness: z.optional(object()),
        reproducible: z.optional(z.boolean()),
      }),
    ),
    materials: z.optional(
      z.array(z.strictObject({ uri: z.optional(text()), digest: z.optional(z.record(z.string(), text())) })),
    ),
  }),
);

/** A payload of Cloud Build, read by its predicate type. */
export type CloudBuildStatement = {
  readonly statement: Statement;
  /** The whole payload, for comparison with what is printed beside it. */
  readonly json: JsonObject;
} & (
  | { readonly version: 'v0.1'; readonly predicate: z.infer<ReturnType<typeof PredicateV01>> }
  | { readonly version: 'v1.0'; readonly predicate: z.infer<ReturnType<typeof PredicateV1>> }
);

/**
 * Parses a payload of Cloud Build: an in-toto statement with SLSA provenance v0.1 or v1. A payload of v0.1 repeats its
 * predicate as `slsaProvenance`; the comparison is `checkSignedCopy`.
 *
 * @throws SlsaGateError `statement.malformed`, `statement.type`, `subject.empty`, `predicate.type`, `predicate.schema`
 */
export function readCloudBuildStatement(payload: Uint8Array): CloudBuildStatement {
  let json: Json;
  try {
    json = parseJson(payload, 'statement', LIMITS.payloadBytes);
  } catch (cause) {
    refuse('statement.malformed', 'signed payload is not strict JSON', { cause });
  }
  if (!isJsonObject(json)) refuse('statement.malformed', 'signed payload is not an object');
  const { slsaProvenance: _copy, ...withoutCopy } = json;
  const isV01 = json.predicateType === PROVENANCE_TYPES.v01;
  const statement = toStatement(isV01 ? withoutCopy : json);
  switch (statement.predicateType) {
    case PROVENANCE_TYPES.v01:
      return {
        version: 'v0.1',
        statement,
        json,
        predicate: parsePredicate(PredicateV01, statement.predicate, 'SLSA provenance v0.1'),
      };
    case PROVENANCE_TYPES.v1:
      return {
        version: 'v1.0',
        statement,
        json,
        predicate: parsePredicate(PredicateV1, statement.predicate, 'SLSA provenance v1'),
      };
    default:
      refuse('predicate.type', 'Cloud Build signs SLSA provenance v0.1 or v1', {
        expected: `${PROVENANCE_TYPES.v01} or ${PROVENANCE_TYPES.v1}`,
        actual: statement.predicateType,
      });
  }
}

/** Where the builder of a version puts what the trigger knew: `TAG_NAME`, `BRANCH_NAME`, `COMMIT_SHA` and others. */
export function readSubstitutions(statement: CloudBuildStatement): JsonObject {
  const holder =
    statement.version === 'v0.1'
      ? statement.predicate.recipe.arguments?.substitutions
      : statement.predicate.buildDefinition.internalParameters?.systemSubstitutions;
  return isJsonObject(holder) ? holder : {};
}

/** Substitutions of provenance v1 that are none of Cloud Build's own, such as those of a trigger of pull requests. */
export function readOwnSubstitutions(statement: CloudBuildStatement): JsonObject {
  if (statement.version !== 'v1.0') return {};
  const holder = statement.predicate.buildDefinition.externalParameters.substitutions;
  return isJsonObject(holder) ? holder : {};
}
