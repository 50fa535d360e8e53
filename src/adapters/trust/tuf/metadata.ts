import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { type Json, parseJson } from '../../../core/model/json.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { TUF_LIMITS } from '../limits.ts';
import { assertShape } from './shape.ts';

export type TufKind = 'root' | 'timestamp' | 'snapshot' | 'targets';

export interface MetadataByKind {
  readonly root: Metadata<Root>;
  readonly timestamp: Metadata<Timestamp>;
  readonly snapshot: Metadata<Snapshot>;
  readonly targets: Metadata<Targets>;
}

/** Parameter of the library's parser, which is overloaded by kind. */
type JsonOfModels = Parameters<typeof Metadata.fromJSON>[1];

/**
 * Bytes to metadata whose form is checked; no signature is. Stricter than the library, which gets only what passed:
 * sizes, depth and keys of the JSON, whole positive versions and thresholds, plain names of roles and files.
 *
 * @throws SlsaGateError `trust.oversize` (too large or unreadable), `trust.threshold-invalid`, `trust.bad-name`
 */
export function parseMetadata<K extends TufKind>(
  kind: K,
  bytes: Uint8Array,
  what: string,
): MetadataByKind[K] {
  let json: Json;
  try {
    json = parseJson(bytes, what, TUF_LIMITS[kind]);
  } catch (cause) {
    const message = cause instanceof SlsaGateError ? cause.message : `${what} cannot be read`;
    throw new SlsaGateError('trust.oversize', message, { cause });
  }
  assertShape(kind, json, what);
  try {
    return fromJson(kind, json as unknown as JsonOfModels) as MetadataByKind[K];
  } catch (cause) {
    return refuse('trust.oversize', `${what} is not TUF metadata`, { cause });
  }
}

function fromJson(kind: TufKind, json: JsonOfModels): MetadataByKind[TufKind] {
  switch (kind) {
    case 'root':
      return Metadata.fromJSON(MetadataKind.Root, json);
    case 'timestamp':
      return Metadata.fromJSON(MetadataKind.Timestamp, json);
    case 'snapshot':
      return Metadata.fromJSON(MetadataKind.Snapshot, json);
    case 'targets':
      return Metadata.fromJSON(MetadataKind.Targets, json);
  }
}
