/** What the hot commands do not need, in one piece: oclif, help and the other commands. */
export * as inspect from './commands/bundle/inspect.ts';
export * as completion from './commands/completion.ts';
export * as evidenceInit from './commands/evidence/init.ts';
export * as evidenceOverride from './commands/evidence/override.ts';
export * as explain from './commands/explain.ts';
export * as keyGenerate from './commands/key/generate.ts';
export * as keyShow from './commands/key/show.ts';
export * as policyCheck from './commands/policy/check.ts';
export * as policySchema from './commands/policy/schema.ts';
export * as policyTest from './commands/policy/test.ts';
export * as policySign from './commands/policy/sign.ts';
export * as trustExport from './commands/trust/export.ts';
export * as trustShow from './commands/trust/show.ts';
export * as trustUpdate from './commands/trust/update.ts';
export { helpText, OCLIF_COMMANDS, runThroughOclif } from './oclif.ts';
