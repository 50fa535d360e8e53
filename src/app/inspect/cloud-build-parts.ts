import {
  type CloudBuildKeys,
  type CloudBuildProvenance,
  decodePayload,
  verifyCloudBuild,
} from '../../core/gcb/index.ts';
import type { ArtifactDigests } from '../../core/model/digest.ts';
import type { InspectPart } from '../requests.ts';
import { attempt, checked, covered, shown } from './part.ts';
import { inspectStatement } from './statement-parts.ts';

/** Everything in one provenance of Cloud Build; what stands beside the envelope is signed by nobody. */
export function inspectCloudBuild(
  provenance: CloudBuildProvenance,
  keys: CloudBuildKeys,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] {
  const whole = attempt(() => verifyCloudBuild(provenance, keys));
  const isProven = 'value' in whole;
  const payload = attempt(() => decodePayload(provenance));
  const signatures = isProven
    ? whole.value.signatures.map(({ keyid, outcome }) =>
        covered('signature', `${outcome} ${keyid}`, outcome === 'verified'),
      )
    : provenance.envelope.signatures.map(({ keyid }) => shown('signature', keyid));
  return [
    checked('verification', isProven ? `by ${whole.value.signedBy.join(', ')}` : undefined, whole),
    shown('form', 'Cloud Build provenance'),
    shown('kind', provenance.kind),
    shown('resource', provenance.resourceUri),
    covered('payload type', provenance.envelope.payloadType, isProven),
    ...('error' in payload
      ? [checked('statement', undefined, payload)]
      : inspectStatement(payload.value, isProven, artifact)),
    ...signatures,
  ];
}
