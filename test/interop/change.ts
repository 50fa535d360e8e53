/** Ways to change one byte. */

/** Another character of base64 and of text, which differs in more than the bits that the last digit of base64 leaves unused. */
const SLASH = 0x2f;
const LETTER_A = 0x41;

export function withByteChanged(bytes: Uint8Array, at: number): Buffer {
  const changed = Buffer.from(bytes);
  if (at < 0 || at >= changed.length) throw new RangeError(`no byte ${at} of ${changed.length}`);
  changed[at] = changed[at] === LETTER_A ? SLASH : LETTER_A;
  return changed;
}

/** About so many places, spread over all bytes, with the first and the last. */
export function placesIn(bytes: Uint8Array, count: number): readonly number[] {
  const step = Math.max(1, Math.ceil((bytes.length - 1) / (count - 1)));
  const places = [];
  for (let at = 0; at < bytes.length - 1; at += step) places.push(at);
  return [...places, bytes.length - 1];
}

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly [{ readonly keyid: string; readonly sig: string }];
}

const parse = (envelope: Uint8Array): Envelope => JSON.parse(Buffer.from(envelope).toString()) as Envelope;
const print = (envelope: Envelope): Buffer => Buffer.from(JSON.stringify(envelope));

export const payloadOf = (envelope: Uint8Array): Buffer => Buffer.from(parse(envelope).payload, 'base64');
export const signatureOf = (envelope: Uint8Array): Buffer =>
  Buffer.from(parse(envelope).signatures[0].sig, 'base64');

/** The envelope around another payload; the signature stays. */
export const withPayload = (envelope: Uint8Array, payload: Uint8Array): Buffer =>
  print({ ...parse(envelope), payload: Buffer.from(payload).toString('base64') });

/** The envelope with another signature. */
export function withSignature(envelope: Uint8Array, sig: Uint8Array): Buffer {
  const { signatures, ...rest } = parse(envelope);
  return print({ ...rest, signatures: [{ ...signatures[0], sig: Buffer.from(sig).toString('base64') }] });
}
