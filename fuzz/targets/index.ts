import type { FuzzTarget } from '../target.ts';

/** Every target by its id; a target is made when it is run, since its code and its seeds cost time. */
export const TARGETS: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  F1: async () => (await import('./bundle.ts')).bundleTarget(),
  F2: async () => (await import('./der.ts')).derTarget(),
  F3: async () => (await import('./checkpoint.ts')).checkpointTarget(),
  F4: async () => (await import('./inclusion-proof.ts')).inclusionProofTarget(),
  F5: async () => (await import('./statement.ts')).statementTarget(),
  F6: async () => (await import('./predicate.ts')).predicateTarget(),
  F7: async () => (await import('./oci.ts')).ociTarget(),
  F8: async () => (await import('./source-uri.ts')).sourceUriTarget(),
  F9: async () => (await import('./policy.ts')).policyTarget(),
  F12: async () => (await import('./report.ts')).reportTarget(),
  F13: async () => (await import('./tuf.ts')).tufTarget(),
  F14: async () => (await import('./evidence-log.ts')).evidenceLogTarget(),
  F15: async () => (await import('./names.ts')).namesTarget(),
  F16: async () => (await import('./answers.ts')).answersTarget(),
};
