/** Something that was read beside the attestations and that the decision rests on, as bytes that a record keeps. */
export interface Fact {
  /** What it is, and of what: `index:<media type>`, `via-index:<media type>`, `clock`, `package-history`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Times of servers: they differ from run to run and are no part of the digest of a decision. */
export const CLOCK_FACT = 'clock';
export const INDEX_FACT = 'index:';
export const VIA_INDEX_FACT = 'via-index:';
export const PACKAGE_HISTORY_FACT = 'package-history';
export const LOG_WITNESS_FACT = 'log-witness:';
