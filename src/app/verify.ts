import type { ResultDocument } from '../core/model/result.ts';
import { refuse } from '../errors.ts';
import type { BundleVerifyRequest, Ports, VerifyRequest } from './requests.ts';

/** Decides each artifact; the worst verdict stands for the document. */
export async function verifyArtifacts(_request: VerifyRequest, _ports: Ports): Promise<ResultDocument> {
  refuse('usage.unsupported', 'verification is not connected');
}

/** Decides a plain Sigstore bundle, without SLSA meaning. */
export async function verifyBundleOnly(
  _request: BundleVerifyRequest,
  _ports: Ports,
): Promise<ResultDocument> {
  refuse('usage.unsupported', 'verification is not connected');
}
