import { LIMITS } from '../../core/limits.ts';
import { isJsonObject, type Json, parseJson } from '../../core/model/json.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { readRegularFile } from './disk.ts';
import { isPack } from './pack-form.ts';

const REFUSALS = {
  missing: 'path.not-found',
  tooLarge: 'trust.malformed',
  unreadable: 'path.unreadable',
} as const;

export interface TrustFileOptions {
  readonly packageRoot: string;
  readonly now: Date;
}

/**
 * Reads a file that the user names: a `trusted_root.json` (one root, of unknown age, named by its path) or a pack
 * (several, by name). A trusted root is only seen to be a JSON object here; the verifier parses it.
 *
 * @throws SlsaGateError `path.not-found`, `path.unreadable`, `trust.malformed`, and those of `readPack`
 */
export async function loadTrustRootFile(
  path: string,
  options: TrustFileOptions,
): Promise<readonly TrustRootBytes[]> {
  const { bytes, json } = await readJsonFile(path);
  if (isPack(json)) {
    const { readPack } = await import('./pack.ts');
    return (await readPack(json, options.packageRoot, options.now)).map(({ root }) => root);
  }
  return [{ name: path, bytes, origin: 'file', currentAt: null }];
}

async function readJsonFile(path: string): Promise<{ readonly bytes: Uint8Array; readonly json: Json }> {
  const bytes = await readRegularFile(path, {
    maxBytes: LIMITS.trustedRootBytes,
    refusals: REFUSALS,
    followLinks: true,
  });
  try {
    const json = parseJson(bytes, path, LIMITS.trustedRootBytes);
    if (!isJsonObject(json)) refuse('trust.malformed', `not a trust root: ${path}`);
    return { bytes, json };
  } catch (cause) {
    if (cause instanceof SlsaGateError && cause.finding === 'trust.malformed') throw cause;
    const why = cause instanceof SlsaGateError ? cause.message : 'unreadable';
    throw new SlsaGateError('trust.malformed', `not a trust root: ${why}`, { actual: path, cause });
  }
}
