import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { RecordFilter, StoredRecord } from '../../core/model/evidence.ts';

const PAGE = 200;

/** All records of a filter, newest first, page by page: none falls off the end of a list. */
export async function* everyRecord(
  reader: EvidenceReader,
  filter: RecordFilter,
): AsyncGenerator<StoredRecord> {
  let before = filter.before;
  for (;;) {
    const page = await reader.list(before === undefined ? filter : { ...filter, before }, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    before = last.seq;
  }
}
