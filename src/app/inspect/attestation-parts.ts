import type { ParsedAttestation } from '../../core/attestation/parse.ts';
import type { ArtifactDigests } from '../../core/model/digest.ts';
import { isJsonObject, type Json, parseJson } from '../../core/model/json.ts';
import { attempt } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { inspectParsedBundle, type Surroundings } from './bundle-parts.ts';
import { inspectCloudBuild } from './cloud-build-parts.ts';
import { covered, shown } from './part.ts';
import { inspectStatement } from './statement-parts.ts';

/** Everything in one attestation of any form. */
export function inspectAttestation(
  attestation: ParsedAttestation,
  surroundings: Surroundings,
): readonly InspectPart[] {
  if (attestation.kind === 'envelope') {
    const { payload, payloadType, keyid } = attestation.envelope;
    return [
      shown('content', 'DSSE envelope without a certificate'),
      covered('payload type', payloadType, false),
      ...(keyid === '' ? [] : [shown('key id', keyid)]),
      ...inspectStatement(payload, false, surroundings.artifact),
      shown('signature', 'of a key that is not given'),
    ];
  }
  if (attestation.kind === 'cloud-build') {
    return inspectCloudBuild(attestation.provenance, surroundings.cloudBuildKeys, surroundings.artifact);
  }
  const { bundle, claimedPredicateType, npmPublish, isPypi } = attestation;
  return [
    ...inspectParsedBundle(bundle, surroundings),
    ...(isPypi === true ? [shown('form', 'PyPI attestation')] : []),
    ...(claimedPredicateType === undefined ? [] : [shown('labelled as', claimedPredicateType)]),
    ...(npmPublish === undefined ? [] : [shown('beside it', 'a publish attestation of the registry')]),
  ];
}

const member = (json: Json | undefined, name: string): Json | undefined =>
  isJsonObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;

/**
 * What can still be read of a document whose form was refused. Nothing in it counts for anything; whoever looks for the
 * reason of a refusal wants to see it all the same.
 */
export function readRefused(
  bytes: Uint8Array,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] {
  const json = attempt(() => parseJson(bytes, 'attestation'));
  if ('error' in json) return [];
  const mediaType = member(json.value, 'mediaType');
  const envelope = member(json.value, 'dsseEnvelope') ?? json.value;
  const [payload, payloadType] = [member(envelope, 'payload'), member(envelope, 'payloadType')];
  return [
    ...(typeof mediaType === 'string' ? [shown('media type', mediaType)] : []),
    ...(typeof payloadType === 'string' ? [shown('payload type', payloadType)] : []),
    ...(typeof payload === 'string' ? inspectStatement(Buffer.from(payload, 'base64'), false, artifact) : []),
  ];
}
