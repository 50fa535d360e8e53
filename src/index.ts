export type { TrustEntry } from './app/requests.ts';
export type { TrustedRootDescription } from './app/trust.ts';
export { type Answer, CODES, type Code, type CodePage, isCode } from './codes.ts';
export type { ArtifactReference } from './core/model/artifact-reference.ts';
export { parseArtifactReference } from './core/model/artifact-reference.ts';
export type { BuilderId } from './core/model/builder-id.ts';
export {
  type ArtifactDigests,
  type BindingAlgorithm,
  type DigestSet,
  parseDigest,
} from './core/model/digest.ts';
export type { EvidenceRef, Finding, Outcome, RuleId } from './core/model/finding.ts';
export type { Json, JsonObject } from './core/model/json.ts';
export type { BuildFacts, Provenance, ProvenanceType } from './core/model/provenance.ts';
export type { Purl } from './core/model/purl.ts';
export type {
  ArtifactResult,
  AttestationReport,
  ResultDocument,
  SourceAnswer,
  TrustReport,
  Verdict,
} from './core/model/result.ts';
export { parseSourceUri, type SourceRepository } from './core/model/source-uri.ts';
export type { Statement, Subject } from './core/model/statement.ts';
export { type ErrorCode, SlsaGateError, type SlsaGateErrorOptions } from './errors.ts';
export type {
  Artifact,
  ArtifactBytes,
  ArtifactSubjectDigest,
  BuildExpectations,
  CatalogueBuilder,
  CertificateIssuer,
  CertificateSigner,
  CertificateSubject,
  Expectations,
  KeySigner,
  NamedBuilder,
  PublicKeyPem,
  Signer,
  SummaryExpectations,
  Thresholds,
  TrustedRootBytes,
  TrustedRootName,
  VerificationOptions,
  VerifyArtifactRequest,
  VerifyBundleRequest,
} from './library/options.ts';
export {
  type ParsedBundle,
  type ParsedLogEntry,
  parseBundle,
  parseStatement,
  parseTrustedRoot,
} from './library/parse.ts';
export { exitCodeOfResult, verifyArtifact, verifyBundle } from './library/verify.ts';
