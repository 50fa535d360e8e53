import type { Attempt } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';

/** Readable, but nothing was claimed about it either way. */
export const shown = (name: string, value: string): InspectPart => ({ name, value, proven: 'not-checked' });

/** A part that only holds others. */
export const group = (name: string, parts: readonly InspectPart[]): InspectPart => ({
  name,
  proven: 'not-checked',
  parts,
});

/** How a part stands after an attempt to prove it. */
export const standing = (tried: Attempt<unknown>): Pick<InspectPart, 'proven' | 'code' | 'message'> =>
  'error' in tried
    ? { proven: 'no', code: tried.error.finding, message: tried.error.message }
    : { proven: 'yes' };

/** A part whose proof was tried by itself. */
export const checked = (
  name: string,
  value: string | undefined,
  tried: Attempt<unknown>,
  parts?: readonly InspectPart[],
): InspectPart => ({
  name,
  ...(value === undefined ? {} : { value }),
  ...standing(tried),
  ...(parts === undefined ? {} : { parts }),
});

/** A part that holds because something around it was proven; otherwise nothing is known about it. */
export const covered = (name: string, value: string, isProven: boolean): InspectPart => ({
  name,
  value,
  proven: isProven ? 'yes' : 'not-checked',
});

export const instant = (ms: number): string => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
};
