import { refuse } from '../errors.ts';
import type { Ports, TrustDocument, TrustRequest } from './requests.ts';

/** Lists the trusted roots with their age. */
export async function showTrust(_request: TrustRequest, _ports: Ports): Promise<TrustDocument> {
  refuse('usage.unsupported', 'trust roots are not connected');
}

/** Refreshes the trusted roots through TUF. */
export async function updateTrust(_request: TrustRequest, _ports: Ports): Promise<TrustDocument> {
  refuse('usage.unsupported', 'trust roots are not connected');
}

/** Makes a pack of trusted roots for a machine without a network: the bytes of one JSON document. */
export async function exportTrust(
  _request: TrustRequest,
  _ports: Ports,
): Promise<{ readonly pack: Uint8Array; readonly document: TrustDocument }> {
  refuse('usage.unsupported', 'trust roots are not connected');
}
