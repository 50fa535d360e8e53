import { dirname, isAbsolute, join } from 'node:path';
import { sha256Hex } from '../../core/evidence/canonical.ts';
import type { Requirements } from '../../core/policy/requirements.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import type { TrustStore } from '../requests.ts';
import { assertTrustAge } from '../trust-age.ts';

/**
 * The trusted roots that the environment and what it extends name: of the package, or files that the policy pins by digest.
 *
 * @throws SlsaGateError `policy.trust-root`, `trust.*`, `path.*`
 */
export async function loadRoots(
  policy: Policy,
  policyPath: string,
  { heardRoots, maxTrustAgeSeconds }: Pick<Requirements, 'heardRoots' | 'maxTrustAgeSeconds'>,
  trust: Pick<TrustStore, 'open'>,
  now: Date,
): Promise<readonly TrustRootBytes[]> {
  const roots: TrustRootBytes[] = [];
  const files = policy.trust?.roots ?? {};
  for (const name of heardRoots) {
    const own = Object.hasOwn(files, name) ? files[name] : undefined;
    const found = own === undefined ? await trust.open(name) : await openPinned(name, own, policyPath, trust);
    for (const root of found) {
      assertTrustAge(root, maxTrustAgeSeconds, now);
      roots.push(root);
    }
  }
  return roots;
}

/** A file next to the policy; with another digest it is another root. */
async function openPinned(
  name: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
  policyPath: string,
  trust: Pick<TrustStore, 'open'>,
): Promise<readonly TrustRootBytes[]> {
  const path = isAbsolute(file) ? file : join(dirname(policyPath), file);
  const found = await trust.open(path);
  const [root, ...others] = found;
  if (root === undefined || others.length > 0) {
    return refuse('policy.trust-root', `the trusted root ${name} is not one root: ${file}`);
  }
  const actual = sha256Hex(root.bytes);
  if (actual !== sha256) {
    refuse('policy.trust-root', `the trusted root ${name} is another one: ${file}`, {
      expected: sha256,
      actual,
    });
  }
  return [{ ...root, name }];
}
