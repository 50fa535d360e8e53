import { hash } from 'node:crypto';
import { refuse } from '../../../errors.ts';

/** Digest of OCI content: the registered algorithms of the image specification (descriptor.md, "Digests"). */
export interface OciDigest {
  readonly algorithm: 'sha256' | 'sha512';
  /** Lower-case hex. */
  readonly hex: string;
  /** `sha256:<hex>` */
  readonly text: string;
}

const HEX_DIGITS = { sha256: 64, sha512: 128 } as const;
const HEX = /^[0-9a-f]+$/;

/**
 * Parses `sha256:<hex>` or `sha512:<hex>`, lower case.
 *
 * @throws SlsaGateError `registry.unsupported-manifest`
 */
export function parseOciDigest(text: string, path: string): OciDigest {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    refuse('registry.unsupported-manifest', 'digest of an algorithm that is not supported', {
      path,
      expected: 'sha256 or sha512',
      actual: text,
    });
  }
  if (hex.length !== HEX_DIGITS[algorithm] || !HEX.test(hex)) {
    refuse('registry.unsupported-manifest', 'digest is not of lower-case hex digits in full length', {
      path,
      expected: `${HEX_DIGITS[algorithm]} lower-case hex digits`,
      actual: text,
    });
  }
  return { algorithm, hex, text };
}

/** The digest that content has. */
export function digestOf(algorithm: OciDigest['algorithm'], bytes: Uint8Array): OciDigest {
  const hex = hash(algorithm, bytes, 'hex');
  return { algorithm, hex, text: `${algorithm}:${hex}` };
}
