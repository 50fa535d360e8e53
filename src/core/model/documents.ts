import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';

const NEWLINE = 0x0a;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/**
 * The documents that a file of attestations holds: JSON lines are told from one document by a first line that is an object
 * and a second line that is not empty.
 *
 * @throws SlsaGateError `limit.bytes`, `limit.attestations`
 */
export function splitDocuments(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length > LIMITS.attestationFileBytes) {
    refuse('limit.bytes', `larger than ${LIMITS.attestationFileBytes} bytes`);
  }
  const end = bytes.indexOf(NEWLINE);
  if (end === -1) return [bytes];
  const first = trimmed(bytes.subarray(0, end));
  if (first[0] !== BRACE_OPEN || first.at(-1) !== BRACE_CLOSE) return [bytes];
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(NEWLINE, start);
    const line = trimmed(bytes.subarray(start, next === -1 ? bytes.length : next));
    if (line.length > 0) lines.push(line);
    if (lines.length > LIMITS.attestations) {
      refuse('limit.attestations', `more than ${LIMITS.attestations} attestations`);
    }
    if (next === -1) break;
    start = next + 1;
  }
  return lines;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;

function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && isBlank(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}
