import { whyNoGo } from '../../test/stack/go-tools.ts';
import type { Report } from '../report.ts';
import { measureColdImage } from './cold.ts';
import { measureManyImages } from './many.ts';

/** Images of a real registry on loopback: one gate as a process of its own, and a thousand in one process. */
export async function benchSources(): Promise<Report> {
  const reason = whyNoGo();
  if (reason !== undefined)
    return { part: 'sources', figures: [], notes: [`nothing was measured: ${reason}`] };
  return {
    part: 'sources',
    figures: [...(await measureManyImages()), ...(await measureColdImage())],
    notes: ['The registry is ociregd, the peer cosign verify-attestation, both built from their Go modules.'],
  };
}
