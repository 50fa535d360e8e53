/** Names of the trusted roots that ship with the package, in the order in which they are listed. */
export const SHIPPED_ROOTS = ['public-good', 'staging', 'github'] as const;

/** What is trusted where nobody names a root. What staging signs is made for trials, so it must be named. */
export const DEFAULT_ROOTS = ['public-good', 'github'] as const;

/** The roots that were named, each once, or `otherwise` where none was. */
export const namedRoots = (named: readonly string[], otherwise: readonly string[]): readonly string[] =>
  named.length === 0 ? otherwise : [...new Set(named)];
