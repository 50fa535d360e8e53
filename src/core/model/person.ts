const folded = (name: string): string => name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

/** People are told apart as people tell them apart: case and spaces make nobody somebody else. */
export const isSamePerson = (one: string, other: string): boolean => folded(one) === folded(other);
