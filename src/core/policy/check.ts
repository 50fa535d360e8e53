import type { Draft } from '../config/draft.ts';
import type { Report } from '../config/parse.ts';
import { checkEnvironments } from './check-environments.ts';
import { checkExceptions, checkOverrides } from './check-exceptions.ts';
import { checkPackage } from './check-packages.ts';
import type { Policy } from './schema.ts';

/** What the schema cannot say: patterns, keys and names that mean something, and nothing that contradicts itself. */
export function checkPolicy(policy: Draft<Policy>, report: Report): void {
  policy.packages?.forEach((entry, index) => {
    if (entry !== undefined) checkPackage(entry, ['packages', index], report);
  });
  checkEnvironments(policy, report);
  checkExceptions(policy, report);
  checkOverrides(policy, report);
}
