import { attempt } from '../../errors.ts';
import type { CollectedAttestation } from '../ports.ts';
import { type ParsedBundle, toBundle } from './bundle.ts';
import { isJsonObject, parseJson } from './json.ts';
import { isEnvelopeWithCertificate, toCertifiedBundle, toCosignBundle } from './legacy-bundle.ts';

/**
 * The bundle of an attestation that a certificate signed and that came without its log entry: a log may have it. Undefined
 * for all others, also for what cannot be read: what is wrong with it is told by whoever verifies it.
 *
 * @param attestation one document; see `splitDocuments`
 */
export function parseUnlogged({
  bytes,
  annotations,
}: Pick<CollectedAttestation, 'bytes' | 'annotations'>): ParsedBundle | undefined {
  const parsed = attempt(() => {
    if (annotations !== undefined) return toCosignBundle(bytes, annotations);
    const json = parseJson(bytes, 'attestation');
    if (isEnvelopeWithCertificate(json)) return toCertifiedBundle(bytes);
    return isJsonObject(json) && Object.hasOwn(json, 'mediaType') ? toBundle(json) : undefined;
  });
  if ('error' in parsed || parsed.value === undefined) return undefined;
  const { verificationKey, logEntries } = parsed.value;
  return verificationKey.kind === 'certificate' && logEntries.length === 0 ? parsed.value : undefined;
}
