import { refuse } from '../errors.ts';
import type { InspectDocument, InspectRequest, Ports } from './requests.ts';

/** Shows everything readable in the bundles, each part with what was proven. */
export async function inspectBundle(_request: InspectRequest, _ports: Ports): Promise<InspectDocument> {
  refuse('usage.unsupported', 'inspection is not connected');
}
