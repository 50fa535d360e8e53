import { refuse } from '../../errors.ts';
import type { ParsedBundle } from '../model/bundle.ts';

/**
 * Nothing may stand twice in a bundle. Repeated evidence proves nothing more, so nobody who means well writes it; and a
 * bundle that stays good with any number of copies has any number of encodings. Entries are the same when one log has
 * them at one index or with one body: both need no proof to be compared, so this comes before any cryptography.
 *
 * @throws SlsaGateError `bundle.duplicate`
 */
export function refuseDuplicates({ logEntries, timestamps }: ParsedBundle): void {
  for (let index = 1; index < logEntries.length; index++) {
    const entry = logEntries[index];
    const isSame = logEntries
      .slice(0, index)
      .some(
        ({ logId, logIndex, body }) =>
          logId === entry?.logId && (logIndex === entry.logIndex || body.equals(entry.body)),
      );
    if (isSame) {
      refuse('bundle.duplicate', 'bundle has one log entry twice', {
        path: `verificationMaterial.tlogEntries[${index}]`,
      });
    }
  }
  for (let index = 1; index < timestamps.length; index++) {
    const token = timestamps[index];
    if (token !== undefined && timestamps.slice(0, index).some((earlier) => earlier.equals(token))) {
      refuse('bundle.duplicate', 'bundle has one timestamp twice', {
        path: `verificationMaterial.timestampVerificationData.rfc3161Timestamps[${index}]`,
      });
    }
  }
}
