import type { TestProject } from 'vitest/node';
import { buildGoTools, type GoTools, whyNoGo } from '../stack/go-tools.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Null where there is no Go to build them with. */
    goTools: GoTools | null;
  }
}

/** On a machine that must have Go, what is skipped without it is a failure. */
const isRequired = !['', '0'].includes(process.env.SLSA_GATE_REQUIRE_GO ?? '');

export default async function setup({ provide }: TestProject): Promise<void> {
  const reason = whyNoGo();
  if (reason === undefined) return provide('goTools', await buildGoTools());
  if (isRequired) throw new Error(`SLSA_GATE_REQUIRE_GO is set, but ${reason}`);
  console.warn(
    `SKIPPED: ${reason}, so slsa-verifier, cosign and golang.org/x/mod/sumdb do not read what we write`,
  );
  provide('goTools', null);
}
