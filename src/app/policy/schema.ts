export { policyJsonSchema } from '../../core/policy/json-schema.ts';
