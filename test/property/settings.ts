import fc from 'fast-check';

/** The same in every run, so that a red build is red again; a long run takes another one. */
export const SEED = Number(process.env.SLSA_GATE_PROPERTY_SEED ?? 20260301);
/** How many times as many cases as in an ordinary run. */
export const EFFORT = Math.max(1, Number(process.env.SLSA_GATE_PROPERTY_EFFORT ?? 1));

/** Fails with the smallest case that does not hold; `cases` is what an ordinary run draws. */
export function holds<T>(property: fc.IProperty<T>, cases: number): void {
  fc.assert(property, { seed: SEED, numRuns: Math.ceil(cases * EFFORT) });
}

/** {@link holds} for properties that wait. */
export async function holdsAsync<T>(property: fc.IAsyncProperty<T>, cases: number): Promise<void> {
  await fc.assert(property, { seed: SEED, numRuns: Math.ceil(cases * EFFORT) });
}
