/** Crockford's base 32: no letters that look like digits, in ascending order. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_BYTES = 6;
const RANDOM_BYTES = 10;

/** `rec_` and 26 characters: 48 bits of time, 80 of chance, so that ids sort by time and are hard to guess. */
const RECORD_ID = /^rec_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export const isRecordId = (text: string): boolean => RECORD_ID.test(text);

/** @param random ten bytes */
export function toRecordId(at: Date, random: Uint8Array): string {
  if (random.length !== RANDOM_BYTES) throw new TypeError(`a record id takes ${RANDOM_BYTES} random bytes`);
  const bytes = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
  bytes.writeUIntBE(at.getTime(), 0, TIME_BYTES);
  bytes.set(random, TIME_BYTES);
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < 26; digit++) {
    text = (DIGITS[Number(rest & 31n)] as string) + text;
    rest >>= 5n;
  }
  return `rec_${text}`;
}
