import type { Figure, Report } from '../report.ts';
import { measureBoth } from './both.ts';
import { loadBundles } from './bundles.ts';
import { measureCold } from './cold.ts';
import { measureFloor } from './floor.ts';
import { hashLargeArtifact, soakVerifications } from './long.ts';
import { measurePrehash } from './prehash.ts';

export interface CoreOptions {
  /** With the soaks: many verifications, a large artifact. */
  readonly long: boolean;
}

/** The speed of the verifiers themselves: no network, no policy. */
export async function benchCore({ long }: CoreOptions): Promise<Report> {
  const { full, byDigest, notes } = loadBundles();
  const figures: Figure[] = [...measureFloor(full)];
  const both = measureBoth(full);
  figures.push(...both.figures, ...measurePrehash(byDigest), ...measureCold());
  if (!long) return { part: 'core', figures, notes: [...notes, ...both.notes] };
  const hashed = await hashLargeArtifact();
  figures.push(...soakVerifications(full), ...hashed.figures);
  return { part: 'core', figures, notes: [...notes, ...both.notes, ...hashed.notes] };
}
