import type { Sha256Hex } from '../../core/model/evidence.ts';

/** A file of a pack. */
export interface PackFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where what lies in a pack. All but README.md and keys/ is verified; those two are for people. */
export const PACK = {
  readme: 'README.md',
  keys: 'keys/',
  checkpoint: 'checkpoint',
  records: 'records/',
  materials: 'materials/',
} as const;

/** Files of one record, by what they hold. */
export const RECORD_FILES = {
  leaf: 'leaf.json',
  record: 'record.dsse.json',
  summary: 'vsa.dsse.json',
  proof: 'proof.tlog-proof',
} as const;

export const recordPath = (recordId: string, file: keyof typeof RECORD_FILES): string =>
  `${PACK.records}${recordId}/${RECORD_FILES[file]}`;

export const materialPath = (digest: Sha256Hex): string => `${PACK.materials}${digest}`;
