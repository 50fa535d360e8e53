import type { SignerOptions } from '../../../../src/adapters/signers/index.ts';

export interface TestOptions extends SignerOptions {
  readonly warnings: string[];
  /** What a passphrase was asked for. */
  readonly asked: string[];
}

/** Options of a test: a passphrase, or nobody who could be asked. */
export function signerOptions(baseDirectory: string, passphrase?: string): TestOptions {
  const warnings: string[] = [];
  const asked: string[] = [];
  return {
    baseDirectory,
    warnings,
    asked,
    warn: (message) => warnings.push(message),
    passphrase: async (what) => {
      asked.push(what);
      return passphrase === undefined ? undefined : Buffer.from(passphrase);
    },
  };
}
