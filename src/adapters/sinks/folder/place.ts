import type { Sha256Hex } from '../../../core/model/evidence.ts';

const DIGEST = /^[0-9a-f]{64}$/;

/** Where a payload lies below the folder of a sink: two folders and a file, all named by its digest alone. */
export function placeOf(digest: Sha256Hex): readonly ['sha256', string, string] {
  if (!DIGEST.test(digest)) throw new TypeError('a payload is named by its digest');
  return ['sha256', digest.slice(0, 2), digest.slice(2)];
}
