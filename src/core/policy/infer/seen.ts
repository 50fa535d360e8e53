import { comment } from './yaml.ts';

/** A value, with the numbers of the releases that have it. */
export interface Seen<T> {
  readonly value: T;
  readonly releases: readonly number[];
}

/** Distinct values in the order in which they were first seen; releases that say nothing are left out. */
export function collect<B extends { readonly release: number }, T>(
  builds: readonly B[],
  read: (build: B) => T | undefined,
): readonly Seen<T>[] {
  const seen = new Map<string, { value: T; releases: Set<number> }>();
  for (const build of builds) {
    const value = read(build);
    if (value === undefined) continue;
    const key = JSON.stringify(value);
    const entry = seen.get(key) ?? { value, releases: new Set<number>() };
    entry.releases.add(build.release);
    seen.set(key, entry);
  }
  return [...seen.values()].map(({ value, releases }) => ({ value, releases: [...releases] }));
}

/** `# releases 1, 2` */
export const seenIn = (releases: readonly number[]): string =>
  comment(`${releases.length === 1 ? 'release' : 'releases'} ${releases.join(', ')}`);
