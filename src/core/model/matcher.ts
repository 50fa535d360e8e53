/** Whether a text is the expected one; `describe` is printable. */
export interface Matcher {
  readonly describe: string;
  matches(text: string): boolean;
}

/** Exact bytes; nothing is trimmed, folded or decoded. */
export const exactly = (literal: string): Matcher => ({
  describe: literal,
  matches: (text) => text === literal,
});
