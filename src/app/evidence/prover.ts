import { leafOfRecord } from '../../core/log/leaf.ts';
import { isIncluded, leafHash } from '../../core/log/merkle.ts';
import { formatProof } from '../../core/log/proof.ts';
import { inclusionFromTiles } from '../../core/log/tiles.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { tilesFrom } from './heads.ts';
import type { EvidenceLog, Head } from './log.ts';

/** Proves many records under one head, which is verified and held against the pins once. */
export interface Prover {
  readonly head: Head;
  /**
   * C2SP tlog-proof of a record that is not younger than the head.
   *
   * @throws SlsaGateError `evidence.tampered` with `details.seq`
   */
  prove(row: StoredRecord): Promise<string>;
}

/** @throws SlsaGateError as `EvidenceLog.head` */
export async function openProver(log: EvidenceLog): Promise<Prover> {
  const head = await log.head();
  const readTile = tilesFrom(log.store);
  return {
    head,
    async prove(row) {
      const { seq, leaf } = row;
      leafOfRecord(row);
      const isBeyond = !Number.isSafeInteger(seq) || seq < 0 || seq >= head.head.size;
      const hashes = isBeyond ? [] : await inclusionFromTiles(seq, head.head.size, readTile);
      if (isBeyond || !isIncluded(seq, leafHash(Buffer.from(leaf)), hashes, head.head)) {
        refuse('evidence.tampered', `record ${seq} is not the one that the log committed to`, {
          details: { seq },
        });
      }
      return formatProof({ index: seq, hashes, checkpoint: head.note });
    },
  };
}
