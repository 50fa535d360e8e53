import type { Report } from '../report.ts';
import { loadBundles } from './bundles.ts';
import { measureFloor } from './floor.ts';

export interface CoreOptions {
  /** With the soak: many verifications, a large artifact. */
  readonly long: boolean;
}

/** The speed of the verifiers themselves: no network, no policy. */
export async function benchCore(_options: CoreOptions): Promise<Report> {
  const { full, notes } = loadBundles();
  return { part: 'core', figures: [...measureFloor(full)], notes };
}
