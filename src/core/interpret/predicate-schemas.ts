import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';

const text = lazy(() => z.string().check(z.minLength(1)));
const object = lazy(() => z.record(z.string(), z.unknown()));
const digest = lazy(() => z.optional(z.record(z.string(), z.string())));

/** Fields of the specifications alone: a predicate with others is not of its type. */
export const PredicateV02 = lazy(() =>
  z.strictObject({
    builder: z.strictObject({ id: text() }),
    buildType: text(),
    invocation: z.optional(
      z.strictObject({
        configSource: z.optional(
          z.strictObject({ uri: z.optional(text()), digest: digest(), entryPoint: z.optional(text()) }),
        ),
        parameters: z.optional(z.unknown()),
        environment: z.optional(z.unknown()),
      }),
    ),
    buildConfig: z.optional(z.unknown()),
    metadata: z.optional(object()),
    materials: z.optional(z.array(z.strictObject({ uri: z.optional(z.string()), digest: digest() }))),
  }),
);

/** Version 0.1 calls the invocation a recipe. */
export const PredicateV01 = lazy(() =>
  z.strictObject({
    builder: z.strictObject({ id: text() }),
    recipe: z.strictObject({
      type: text(),
      definedInMaterial: z.optional(z.int().check(z.gte(0))),
      entryPoint: z.optional(z.string()),
      arguments: z.optional(z.unknown()),
      environment: z.optional(z.unknown()),
    }),
    metadata: z.optional(object()),
    materials: z.optional(z.array(z.strictObject({ uri: z.optional(z.string()), digest: digest() }))),
  }),
);

const ResourceDescriptor = lazy(() =>
  z.strictObject({
    uri: z.optional(z.string()),
    digest: digest(),
    name: z.optional(z.string()),
    downloadLocation: z.optional(z.string()),
    mediaType: z.optional(z.string()),
    content: z.optional(z.string()),
    annotations: z.optional(object()),
  }),
);

export const PredicateV1 = lazy(() =>
  z.strictObject({
    buildDefinition: z.strictObject({
      buildType: text(),
      externalParameters: object(),
      internalParameters: z.optional(object()),
      resolvedDependencies: z.optional(z.array(ResourceDescriptor())),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({
        id: text(),
        version: z.optional(z.record(z.string(), z.string())),
        builderDependencies: z.optional(z.array(ResourceDescriptor())),
      }),
      metadata: z.optional(
        z.strictObject({
          invocationId: z.optional(z.string()),
          invocationID: z.optional(z.string()),
          startedOn: z.optional(z.string()),
          finishedOn: z.optional(z.string()),
        }),
      ),
      byproducts: z.optional(z.array(ResourceDescriptor())),
    }),
  }),
);

/** @throws SlsaGateError `predicate.schema` */
export function parsePredicate<T extends z.ZodMiniType>(
  schema: () => T,
  predicate: JsonObject,
  what: string,
): z.infer<T> {
  const parsed = schema().safeParse(predicate);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    refuse('predicate.schema', `predicate does not have the form of ${what}`, {
      path: ['predicate', ...(issue?.path ?? [])].map(String).join('.'),
      ...(issue?.code === 'unrecognized_keys' ? { actual: issue.keys.join(', ') } : {}),
    });
  }
  return parsed.data;
}
