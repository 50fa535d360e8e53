import { policyJsonSchema } from '../../../app/policy/schema.ts';
import { toJson } from '../../escape/json.ts';
import { print } from '../../streams.ts';

/** `slsa-gate policy schema` */
export async function run(): Promise<void> {
  await print(toJson(policyJsonSchema()));
  process.exitCode = 0;
}
