import * as z from 'zod/mini';
import { parseJson } from '../../../core/model/json.ts';
import { refuse } from '../../../errors.ts';
import { TUF_LIMITS } from '../limits.ts';

/** All bytes that prove one target from a seed root: what is cached, packed and verified again. */
export interface TufState {
  /** New roots after the seed, oldest first. */
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
  readonly delegated: ReadonlyMap<string, Uint8Array>;
  readonly target: { readonly path: string; readonly bytes: Uint8Array };
  /** When the repository was asked; our own word, not signed. */
  readonly checkedAt: Date;
}

const bytes = z.base64();

/** The stored form of a state, also inside a pack. */
export const tufStateSchema = z.strictObject({
  checkedAt: z.iso.datetime(),
  roots: z.array(bytes).check(z.maxLength(TUF_LIMITS.rotations)),
  timestamp: bytes,
  snapshot: bytes,
  targets: bytes,
  delegated: z.record(z.string(), bytes),
  target: z.strictObject({ path: z.string(), bytes }),
});

export type StoredTufState = z.infer<typeof tufStateSchema>;

const encode = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const decode = (value: string): Uint8Array => Buffer.from(value, 'base64');

export const toStored = (state: TufState): StoredTufState => ({
  checkedAt: state.checkedAt.toISOString(),
  roots: state.roots.map(encode),
  timestamp: encode(state.timestamp),
  snapshot: encode(state.snapshot),
  targets: encode(state.targets),
  delegated: Object.fromEntries([...state.delegated].map(([role, value]) => [role, encode(value)])),
  target: { path: state.target.path, bytes: encode(state.target.bytes) },
});

export const fromStored = (stored: StoredTufState): TufState => ({
  checkedAt: new Date(stored.checkedAt),
  roots: stored.roots.map(decode),
  timestamp: decode(stored.timestamp),
  snapshot: decode(stored.snapshot),
  targets: decode(stored.targets),
  delegated: new Map(Object.entries(stored.delegated).map(([role, value]) => [role, decode(value)])),
  target: { path: stored.target.path, bytes: decode(stored.target.bytes) },
});

/** @throws SlsaGateError `json.*`, `limit.bytes`, `trust.cache-corrupt` */
export function parseStored(text: Uint8Array): TufState {
  const parsed = tufStateSchema.safeParse(parseJson(text, 'the cached trust root', TUF_LIMITS.state));
  if (!parsed.success) refuse('trust.cache-corrupt', 'the cached trust root is not in its form');
  return fromStored(parsed.data);
}
