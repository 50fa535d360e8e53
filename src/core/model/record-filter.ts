import type { RecordFilter, StoredRecord } from './evidence.ts';

/** Whether a record is one of those that are asked for. */
export function matchesFilter(record: StoredRecord, filter: RecordFilter): boolean {
  const { artifactDigest, environment, verdict, code, type, since, until, before } = filter;
  return (
    (artifactDigest === undefined || record.artifactDigest === artifactDigest) &&
    (environment === undefined || record.environment === environment) &&
    (verdict === undefined || record.verdict === verdict) &&
    (code === undefined || record.codes.includes(code)) &&
    (type === undefined || record.type === type) &&
    (since === undefined || record.appendTime >= since) &&
    (until === undefined || record.appendTime < until) &&
    (before === undefined || record.seq < before)
  );
}
