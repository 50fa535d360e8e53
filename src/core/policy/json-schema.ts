import * as z from 'zod/mini';
import { PolicySchema } from './schema.ts';
import { Signer } from './schema-values.ts';

/**
 * The schema of policies as JSON Schema (draft 2020-12), for editors. It says of the form all that the schema says; what
 * core/policy/check.ts finds is beyond it.
 */
export const policyJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(PolicySchema, {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.type === 'object') jsonSchema.minProperties = 1;
    },
  }),
  title: 'slsa-gate policy, version 1',
});

/** The schema of who signs, which a policy names in several places. */
export const signerJsonSchema = (): Record<string, unknown> => z.toJSONSchema(Signer);
