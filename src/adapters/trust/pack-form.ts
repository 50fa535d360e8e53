import { isJsonObject, type Json } from '../../core/model/json.ts';

export const PACK_MEDIA_TYPE = 'application/vnd.slsa-gate.trust-pack.v1+json';

/** Apart from what reads a pack, which needs all of TUF: most files are single roots. */
export const isPack = (json: Json): boolean => isJsonObject(json) && json.mediaType === PACK_MEDIA_TYPE;
