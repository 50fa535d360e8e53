/**
 * What a code means for the verdict: `pass` stands on findings that hold, `deny` is exit 1, `indeterminate` exit 2,
 * `integrity` exit 3, `usage` exit 64 and `internal` exit 70.
 */
export type Answer = 'pass' | 'deny' | 'indeterminate' | 'integrity' | 'usage' | 'internal';

/** What the catalogue says of a code. */
export interface CodePage {
  readonly answer: Answer;
  /** What happened, in a few words. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do next, one sentence. */
  readonly hint: string;
}

export const page = (answer: Answer, title: string, why: string, hint: string): CodePage => ({
  answer,
  title,
  why,
  hint,
});
