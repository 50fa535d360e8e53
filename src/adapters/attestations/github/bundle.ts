import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject, parseJson } from '../../../core/model/json.ts';
import { attempt, refuse } from '../../../errors.ts';
import { isJsonType } from '../../http/index.ts';
import type { Entry } from './answers.ts';
import type { Api } from './api.ts';
import { BUNDLE_HOSTS, isAllowedHost } from './hosts.ts';
import { decodeSnappy } from './snappy.ts';

/** What does not compress grows by a sixth at most (`MaxCompressedLength` of Snappy). */
const COMPRESSED_BYTES = 32 + LIMITS.attestationBytes + Math.ceil(LIMITS.attestationBytes / 6);

/**
 * The bundle of one entry: from where its address leads, or out of the entry itself where it has none. The address is
 * signed for a short time and lies at another host, which gets no credentials and may lead nowhere else.
 *
 * @throws SlsaGateError `source.host-refused`, `source.bundle-undecodable`, `limit.*`, `source.*`
 */
export async function readBundle(api: Api, { bundle, bundle_url: address }: Entry): Promise<Uint8Array> {
  if (address === undefined || address === null || address === '') {
    if (bundle === undefined || bundle === null)
      return refuse(
        'source.bundle-undecodable',
        'GitHub lists an attestation with neither bundle nor address',
      );
    return bounded(Buffer.from(JSON.stringify(bundle)));
  }
  const url = URL.parse(address);
  if (url === null || !isAllowedHost(url, BUNDLE_HOSTS, api.endpoint)) {
    return refuse(
      'source.host-refused',
      `the bundle of an attestation lies at a host that is not allowed${at(url)}`,
    );
  }
  const { bytes, headers } = await api.http.request(url.href, {
    maxBytes: COMPRESSED_BYTES,
    anonymous: true,
  });
  const decoded = isJsonType(headers['content-type'])
    ? bounded(bytes)
    : decodeSnappy(bytes, LIMITS.attestationBytes);
  const parsed = attempt(() => parseJson(decoded, 'a bundle'));
  // Other faults are the attestation's own and are told by whoever verifies it.
  const isText = 'value' in parsed ? isJsonObject(parsed.value) : parsed.error.finding !== 'json.malformed';
  if (!isText) refuse('source.bundle-undecodable', 'what lies at the address of an attestation is no bundle');
  return decoded;
}

const at = (url: URL | null): string => (url === null ? '' : `: ${url.host.slice(0, 100)}`);

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length > LIMITS.attestationBytes)
    refuse('limit.response', `an attestation is larger than ${LIMITS.attestationBytes} bytes`);
  return bytes;
}
