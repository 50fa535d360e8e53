import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from '../model/base64.ts';
import { parseJson, withoutNulls } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';
import { parsePublicKey } from './public-key.ts';
import type { TrustedKey } from './verify-bundle.ts';

/** The usage under which npm's registry signs publish attestations; keys of other usages are not taken. */
const USAGE = 'npm:attestations';

const instant = lazy(() => z.iso.datetime());
const Keys = lazy(() =>
  z.strictObject({
    keys: z.array(
      z.strictObject({
        keyId: z.string().check(z.minLength(1)),
        keyUsage: z.string(),
        publicKey: z.strictObject({
          rawBytes: z.string(),
          keyDetails: z.string(),
          validFor: z.strictObject({ start: instant(), end: z.optional(instant()) }),
        }),
      }),
    ),
  }),
);

/**
 * Parses the registry keys that npm publishes through TUF: id, key and the window in which it may sign.
 *
 * @throws SlsaGateError `trust.malformed`, `json.*`, `limit.bytes`, `signature.algorithm`
 */
export function parseNpmKeys(bytes: Uint8Array): readonly TrustedKey[] {
  const parsed = Keys().safeParse(withoutNulls(parseJson(bytes, "npm's keys", LIMITS.trustedRootBytes)));
  if (!parsed.success) refuse('trust.malformed', "npm's keys have a missing or malformed field");
  const keys = parsed.data.keys
    .filter(({ keyUsage }) => keyUsage === USAGE)
    .map(({ keyId, publicKey }, index): TrustedKey => {
      const { start, end } = publicKey.validFor;
      const window = {
        start: Date.parse(start),
        end: end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end),
      };
      if (window.end < window.start) refuse('trust.validity-malformed', "npm's keys have an inverted window");
      const spki = parseBase64(publicKey.rawBytes, `keys[${index}].publicKey.rawBytes`);
      return { id: keyId, key: parsePublicKey(spki, 'trust.malformed'), window };
    });
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) {
    refuse('trust.malformed', "npm's keys have one id twice");
  }
  return keys;
}
