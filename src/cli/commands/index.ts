import type { Invocation } from '../parse.ts';
import * as bundleVerify from './bundle/verify.ts';
import * as verify from './verify.ts';

interface CommandModule {
  /** Does the work and, as its last statement, sets the exit code. */
  run(words: Invocation): Promise<void>;
}

const cold = () => import('../cold.ts');

/** The hot commands are part of what starts; all others are loaded together, because each file costs time. */
export const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  verify: async () => verify,
  'bundle verify': async () => bundleVerify,
  gate: async () => await import('./gate.ts'),
  'evidence init': async () => (await cold()).evidenceInit,
  'bundle inspect': async () => (await cold()).inspect,
  'trust show': async () => (await cold()).trustShow,
  'trust update': async () => (await cold()).trustUpdate,
  'trust export': async () => (await cold()).trustExport,
  'policy check': async () => (await cold()).policyCheck,
  'policy schema': async () => (await cold()).policySchema,
  'policy explain': async () => (await cold()).policyExplain,
  'policy infer': async () => (await cold()).policyInfer,
  'policy test': async () => (await cold()).policyTest,
  'policy sign': async () => (await cold()).policySign,
  'evidence override': async () => (await cold()).evidenceOverride,
  'evidence list': async () => (await cold()).evidenceList,
  'evidence show': async () => (await cold()).evidenceShow,
  'evidence verify': async () => (await cold()).evidenceVerify,
  'evidence replay': async () => (await cold()).evidenceReplay,
  'evidence export': async () => (await cold()).evidenceExport,
  'evidence attach': async () => (await cold()).evidenceAttach,
  'evidence prune': async () => (await cold()).evidencePrune,
  'key generate': async () => (await cold()).keyGenerate,
  'key show': async () => (await cold()).keyShow,
  doctor: async () => await import('./doctor.ts'),
  explain: async () => (await cold()).explain,
  completion: async () => (await cold()).completion,
};
