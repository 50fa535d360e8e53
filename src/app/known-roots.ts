import { createHash } from 'node:crypto';
import { parseTrustedRoot, type TrustedRoot } from '../core/verify/trusted-root.ts';

/** A process verifies under few roots; whoever has more only waits longer. */
const MAX_ROOTS = 8;

const known = new Map<string, TrustedRoot>();

/**
 * A trusted root, parsed once per process for each content and name. What a root's authorities remember of their own
 * certificates is then worked out once, which is most of what a verification costs; of bundles nothing is kept.
 *
 * @throws SlsaGateError `trust.malformed`, `trust.validity-malformed`, `config.forbidden-key`
 */
export function toTrustedRoot(bytes: Uint8Array, name: string): TrustedRoot {
  const key = `${createHash('sha256').update(bytes).digest('hex')} ${name}`;
  const root = known.get(key) ?? parseTrustedRoot(bytes, name);
  // The latest one goes to the end, the oldest one out.
  known.delete(key);
  known.set(key, root);
  if (known.size > MAX_ROOTS) known.delete(known.keys().next().value ?? key);
  return root;
}
