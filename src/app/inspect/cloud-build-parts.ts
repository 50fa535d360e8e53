import {
  type CloudBuildKeys,
  type CloudBuildProvenance,
  decodePayload,
  readCloudBuildStatement,
  verifyCloudBuild,
} from '../../core/gcb/index.ts';
import type { ArtifactDigests } from '../../core/model/digest.ts';
import { attempt } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { checked, covered, shown } from './part.ts';
import { inspectRead } from './statement-parts.ts';

/** Everything in one provenance of Cloud Build; what stands beside the envelope is signed by nobody. */
export function inspectCloudBuild(
  provenance: CloudBuildProvenance,
  keys: CloudBuildKeys,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] {
  const whole = attempt(() => verifyCloudBuild(provenance, keys));
  const isProven = 'value' in whole;
  // The payload of v0.1 repeats its predicate, which only its own profile reads.
  const read = () =>
    isProven ? whole.value.signed.statement : readCloudBuildStatement(decodePayload(provenance)).statement;
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
    ...inspectRead(read, isProven, artifact),
    ...signatures,
  ];
}
