import type { TestProject } from 'vitest/node';
import { buildGoTools, type GoTools, hasGo, trillianSchema } from '../stack/go-tools.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Null where there is no Go to build them with. */
    goTools: GoTools | null;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  if (!hasGo('no program of others reads what we write or writes what we read, and no real server is asked'))
    return provide('goTools', null);
  provide('goTools', await buildGoTools());
  await trillianSchema();
}
