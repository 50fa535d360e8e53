import { parseConfig } from '../config/parse.ts';
import { checkPolicy } from './check.ts';
import { type Policy, PolicySchema } from './schema.ts';

/**
 * Bytes of a policy file to a policy in which nothing is unknown, empty, open or contradictory. Nothing is verified
 * beside that: whether its author may say so is asked by digest or signature.
 *
 * @throws SlsaGateError with the code of the first fault; the message names all of them, one a line, and `details`
 * counts them
 */
export const parsePolicy = (bytes: Uint8Array, fileName: string): Policy =>
  parseConfig(bytes, fileName, PolicySchema, checkPolicy);
