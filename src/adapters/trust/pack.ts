import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { LIMITS } from '../../core/limits.ts';
import type { Json } from '../../core/model/json.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import { loadSeed } from './embedded.ts';
import { INSTANCE_NAMES, TRUSTED_ROOT_TARGET } from './instances.ts';
import { PACK_MEDIA_TYPE } from './pack-form.ts';
import { verifyChain } from './tuf/chain.ts';
import { parseMetadata } from './tuf/metadata.ts';
import { fromStored, type TufState, toStored, tufStateSchema } from './tuf/state.ts';

const packSchema = z.strictObject({
  mediaType: z.literal(PACK_MEDIA_TYPE),
  roots: z
    .array(
      z.strictObject({
        name: z.enum(INSTANCE_NAMES),
        digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
        currentAt: z.iso.datetime(),
        trustedRoot: z.base64(),
        tuf: z.optional(tufStateSchema),
      }),
    )
    .check(z.minLength(1)),
});

/** One root of a pack; `tuf` is the chain that proves it, absent for a root that was only shipped. */
export interface PackedRoot {
  readonly root: TrustRootBytes;
  readonly tuf?: TufState;
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An offline pack: one JSON file for a place without network. */
export function toPack(roots: readonly PackedRoot[]): string {
  const entries = roots.map(({ root, tuf }) => ({
    name: root.name,
    digest: sha256(root.bytes),
    currentAt: root.currentAt?.toISOString(),
    trustedRoot: Buffer.from(root.bytes).toString('base64'),
    ...(tuf === undefined ? {} : { tuf: toStored(tuf) }),
  }));
  return `${JSON.stringify({ mediaType: PACK_MEDIA_TYPE, roots: entries }, null, 2)}\n`;
}

/**
 * Reads a pack. A root that brings its TUF chain is verified again from the root in the package, as of the day of the
 * export; how old that may be is for the limit on age. One without is trusted as a file of the user is.
 *
 * @throws SlsaGateError `trust.malformed`, `trust.stale` (older than this package), the `trust.*` codes of a chain
 */
export async function readPack(json: Json, packageRoot: string, now: Date): Promise<readonly PackedRoot[]> {
  const parsed = packSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    refuse('trust.malformed', 'not a trust pack', {
      path: issue?.path.join('.') ?? '',
      actual: issue?.message ?? '',
    });
  }
  const roots: PackedRoot[] = [];
  for (const { name, digest, currentAt, trustedRoot, tuf } of parsed.data.roots) {
    const bytes = Buffer.from(trustedRoot, 'base64');
    if (roots.some(({ root }) => root.name === name))
      refuse('trust.malformed', `the pack holds ${name} twice`);
    if (sha256(bytes) !== digest) refuse('trust.malformed', `${name} of the pack does not have its digest`);
    const at = new Date(currentAt);
    if (at.getTime() > now.getTime() + LIMITS.clockSkewMs) {
      refuse('trust.malformed', 'the pack comes from the future', {
        expected: now.toISOString(),
        actual: currentAt,
      });
    }
    const root: TrustRootBytes = { name, bytes, origin: 'pack', currentAt: at };
    roots.push(
      tuf === undefined
        ? { root }
        : { root, tuf: await verifyPacked(root, at, fromStored(tuf), packageRoot) },
    );
  }
  return roots;
}

async function verifyPacked(
  root: TrustRootBytes,
  at: Date,
  state: TufState,
  packageRoot: string,
): Promise<TufState> {
  const seed = await loadSeed(packageRoot, root.name as (typeof INSTANCE_NAMES)[number]);
  const least = parseMetadata('root', seed, 'root').signed.version;
  const newest = state.roots.at(-1);
  if (newest !== undefined && parseMetadata('root', newest, 'root').signed.version < least) {
    refuse('trust.stale', 'the pack is older than this version of slsa-gate', { hint: 'Export it again.' });
  }
  const chain = verifyChain(seed, state, at);
  const isSame = Buffer.from(chain.bytes).equals(root.bytes) && state.target.path === TRUSTED_ROOT_TARGET;
  if (!isSame || state.checkedAt.getTime() !== at.getTime()) {
    refuse('trust.malformed', `${root.name} of the pack is not what its TUF metadata proves`);
  }
  return state;
}
