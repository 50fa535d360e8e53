/** Edits (insert, delete, replace, swap of neighbours) between two words; both are short and ours or bounded. */
const distance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
};

/** The known word that was probably meant, or undefined when none is near. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  // A word far longer than any of ours is no typo, and comparing it would cost time.
  if (given.length > 80) return undefined;
  const word = given.toLowerCase();
  let found: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const edits = candidate.startsWith(word) && word.length > 2 ? 1 : distance(word, candidate.toLowerCase());
    if (edits < least) {
      least = edits;
      found = candidate;
    }
  }
  return found;
};

/** The hint for a word that is not known. */
export const suggest = (given: string, known: readonly string[], otherwise: string): string => {
  const near = nearest(given, known);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
};
