import { sha256Hex } from '../../core/evidence/canonical.ts';
import { parsePolicy } from '../../core/policy/parse.ts';
import { openSignedPolicy } from '../../core/policy/signed-policy.ts';
import { parsePublicKeyPem } from '../../core/verify/public-key.ts';
import { refuse } from '../../errors.ts';
import type { LoadedPolicy } from './material.ts';
import type { GatePorts, PolicyInput } from './requests.ts';

/** Without its folders, which are nobody's business in a record. */
export const fileNameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/**
 * Reads the policy: by key, by digest, or as it lies there. A draft is none yet.
 *
 * @throws SlsaGateError `policy.*`, `config.*`, `path.*`, `key.malformed`
 */
export async function loadPolicy(
  { path, keyPath, digest }: PolicyInput,
  { readFile, checkoutOf, inPipeline }: Pick<GatePorts, 'readFile' | 'checkoutOf' | 'inPipeline'>,
): Promise<LoadedPolicy> {
  const file = await readFile(path);
  const key =
    keyPath === undefined
      ? undefined
      : parsePublicKeyPem(Buffer.from(await readFile(keyPath)).toString('latin1'), 'key.malformed');
  const bytes = key === undefined ? file : openSignedPolicy(file, [key]);
  const actual = `sha256:${sha256Hex(bytes)}`;
  if (digest !== undefined && digest !== actual) {
    refuse('policy.digest', `the policy is another one: ${path}`, { expected: digest, actual });
  }
  // What was signed may be written otherwise than the envelope around it, whose name would mislead.
  const name = key === undefined ? path : `${path}#payload`;
  const policy = parsePolicy(bytes, name);
  if (policy.draft === true) refuse('policy.draft', `the policy is a draft: ${path}`);
  const pinnedBy = key !== undefined ? 'key' : digest !== undefined ? 'digest' : null;
  return {
    policy,
    bytes,
    fileName: fileNameOf(name),
    pinnedBy,
    checkout: pinnedBy === null ? await checkoutOf(path) : null,
    inPipeline,
  };
}
