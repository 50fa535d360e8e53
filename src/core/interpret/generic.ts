import { refuse, SlsaGateError } from '../../errors.ts';
import type { VerifiedAttestation } from '../attestation/verify.ts';
import { type BuilderId, parseBuilderId } from '../model/builder-id.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { PROVENANCE_TYPES, type Provenance } from '../model/provenance.ts';
import { parseSourceUriWithRef } from '../model/source-uri.ts';
import type { Statement } from '../model/statement.ts';
import type { CertificateSigner } from '../verify/verify-bundle.ts';
import { factsOfCertificate } from './certificate-facts.ts';
import { PredicateV1, PredicateV01, PredicateV02, parsePredicate } from './predicate-schemas.ts';

interface NamedSource {
  readonly uri: string | undefined;
  readonly digest: Readonly<Record<string, string>> | undefined;
}

/**
 * Interprets provenance whose signer is no builder that we know: a key, or a certificate of a platform of the caller.
 * What the certificate claims about the build wins, and must agree with what is stated about the source; everything else
 * is the word of whoever signed, so the caller must name signer and builder.
 *
 * @throws SlsaGateError `predicate.schema`, `predicate.type`, `source.inconsistent`, `source.commit`,
 *   `source.malformed`, `builder.ref`
 */
export function interpretGenericProvenance(
  statement: Statement,
  signer: VerifiedAttestation['signer'],
): Provenance {
  const stated = readStatedProvenance(statement);
  return signer.kind === 'certificate' ? underCertificate(stated, signer) : stated;
}

function underCertificate(stated: Provenance, signer: CertificateSigner): Provenance {
  const { buildSignerUri } = signer.claims;
  const proven = factsOfCertificate(signer);
  if (buildSignerUri !== undefined && proven.builder === undefined) {
    refuse('builder.ref', 'certificate names the signing workflow ambiguously', { actual: buildSignerUri });
  }
  const agreed = (
    name: 'sourceUri' | 'sourceRef' | 'sourceCommit',
    code: 'source.inconsistent' | 'source.commit',
  ): string | undefined => {
    const { [name]: expected } = proven;
    const { [name]: actual } = stated;
    if (expected !== undefined && actual !== undefined && actual !== expected) {
      refuse(code, `predicate and certificate differ about the source: ${name}`, { expected, actual });
    }
    // A certificate that names the source is believed in what it leaves out too: nobody else may fill that in.
    return proven.sourceUri === undefined ? (expected ?? actual) : expected;
  };
  return {
    ...stated,
    builder: buildSignerUri === undefined ? stated.builder : (proven.builder ?? stated.builder),
    sourceUri: agreed('sourceUri', 'source.inconsistent'),
    sourceRef: agreed('sourceRef', 'source.inconsistent'),
    sourceCommit: agreed('sourceCommit', 'source.commit'),
    repositoryId: proven.repositoryId,
    ownerId: proven.ownerId,
    trigger: proven.trigger,
    runnerEnvironment: proven.runnerEnvironment,
  };
}

/** What the predicate alone says. */
export function readStatedProvenance(statement: Statement): Provenance {
  const { predicateType } = statement;
  switch (predicateType) {
    case PROVENANCE_TYPES.v01: {
      const predicate = parsePredicate(PredicateV01, statement.predicate, 'SLSA provenance v0.1');
      const { definedInMaterial, type } = predicate.recipe;
      const material = predicate.materials?.[definedInMaterial ?? 0];
      return toProvenance(predicateType, predicate.builder.id, type, {
        uri: material?.uri,
        digest: material?.digest,
      });
    }
    case PROVENANCE_TYPES.v02: {
      const predicate = parsePredicate(PredicateV02, statement.predicate, 'SLSA provenance v0.2');
      const config = predicate.invocation?.configSource;
      return {
        ...toProvenance(predicateType, predicate.builder.id, predicate.buildType, {
          uri: config?.uri,
          digest: config?.digest,
        }),
        parameters: asParameters(predicate.invocation?.parameters),
      };
    }
    case PROVENANCE_TYPES.v1: {
      const predicate = parsePredicate(PredicateV1, statement.predicate, 'SLSA provenance v1');
      const dependency = predicate.buildDefinition.resolvedDependencies?.[0];
      return {
        ...toProvenance(predicateType, predicate.runDetails.builder.id, predicate.buildDefinition.buildType, {
          uri: dependency?.uri,
          digest: dependency?.digest,
        }),
        parameters: asParameters(predicate.buildDefinition.externalParameters),
      };
    }
    default:
      refuse('predicate.type', 'not SLSA provenance', { actual: predicateType });
  }
}

const asParameters = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined);

function toProvenance(
  predicateType: Provenance['predicateType'],
  builderId: string,
  buildType: string,
  source: NamedSource,
): Provenance {
  const builder: BuilderId = parseBuilderId(builderId) ?? { uri: builderId, ref: undefined };
  const { uri, ref } = readSource(source.uri);
  return {
    predicateType,
    builder,
    delegator: undefined,
    builderAliases: [],
    baseBranch: undefined,
    buildType,
    sourceUri: uri,
    sourceRef: ref,
    sourceCommit: source.digest?.gitCommit ?? source.digest?.sha1,
    repositoryId: undefined,
    ownerId: undefined,
    workflowInputs: undefined,
    parameters: undefined,
    trigger: undefined,
    runnerEnvironment: undefined,
  };
}

/** Sources that are no repository (an archive, an image) are none that an expectation could name. */
function readSource(uri: string | undefined): { uri: string | undefined; ref: string | undefined } {
  if (uri === undefined) return { uri: undefined, ref: undefined };
  try {
    const { repository, ref } = parseSourceUriWithRef(uri);
    return { uri: repository.uri, ref };
  } catch (error) {
    if (error instanceof SlsaGateError) return { uri: undefined, ref: undefined };
    throw error;
  }
}
