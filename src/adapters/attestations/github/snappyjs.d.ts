/** The package has no types of its own. */
declare module 'snappyjs' {
  export function compress(uncompressed: Uint8Array): Uint8Array;
  /** @throws Error when it is no Snappy block, or longer than `maxLength` */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
}
