import { CODES } from '../codes.ts';
import type { AttestationCheck } from '../core/attestation/check.ts';
import type { Decision } from '../core/decide.ts';
import type { ArtifactDigests } from '../core/model/digest.ts';
import type { Finding } from '../core/model/finding.ts';
import type { ArtifactResult, AttestationReport } from '../core/model/result.ts';
import type { CollectedAttestations } from '../core/ports.ts';
import { printSigner } from '../core/rules/signer-identity.ts';
import type { Exchange } from '../core/source-ports.ts';
import type { SlsaGateError } from '../errors.ts';
import type { LoadedTrust } from './load-trust.ts';

interface Common {
  readonly mode: Mode;
  readonly reference: string;
  readonly trust: Pick<LoadedTrust, 'reports'>;
  readonly now: Date;
  /** Undefined where no source was asked. */
  readonly requests?: readonly Exchange[] | undefined;
}

interface Decided extends Common {
  readonly digests: ArtifactDigests;
  readonly decision: Decision;
  readonly checks: readonly AttestationCheck[];
  readonly sources: readonly CollectedAttestations[];
}

interface Undecided extends Common {
  /** Why the artifact or its attestations could not be read. */
  readonly error: SlsaGateError;
}

/** Who answers; commands that store nothing are their own mode. */
export type Mode = 'verify' | 'bundle-verify' | 'gate';

/** The result of one artifact, in the form of docs/schemas/result.v1.json. */
export function toArtifactResult(input: Decided | Undecided): ArtifactResult {
  const { reference, mode, trust, now, requests } = input;
  const common = {
    resourceUri: null,
    environment: null,
    asOf: now.toISOString(),
    recordId: null,
    mode,
    facts: [],
    trust: trust.reports,
    ...(requests === undefined ? {} : { requests }),
  };
  if ('error' in input) {
    return {
      ...common,
      artifact: { reference, digest: null },
      verdict: input.error.exitCode === 1 ? 'deny' : 'indeterminate',
      slsaBuildLevel: 0,
      findings: [toFinding(input.error)],
      attestations: [],
      sources: [],
    };
  }
  const { digests, decision, checks, sources } = input;
  return {
    ...common,
    artifact: { reference, digest: printDigest(digests) },
    verdict: decision.verdict,
    slsaBuildLevel: levelOf(decision.candidate),
    ...(decision.reason === undefined ? {} : { reason: decision.reason }),
    findings: decision.findings,
    attestations: checks.map(toReport),
    sources: sources.map(toSourceReport),
  };
}

export const toSourceReport = ({
  name,
  answer,
  reason,
  code,
}: Pick<
  CollectedAttestations,
  'name' | 'answer' | 'reason' | 'code'
>): ArtifactResult['sources'][number] => ({
  name,
  answer,
  ...(reason === undefined ? {} : { reason }),
  ...(code === undefined ? {} : { code }),
});

export function printDigest(digests: ArtifactDigests): string | null {
  for (const algorithm of ['sha256', 'sha512', 'sha384'] as const) {
    const value = digests[algorithm];
    if (value !== undefined) return `${algorithm}:${value}`;
  }
  return null;
}

const holds = (findings: readonly Finding[], rule: Finding['rule']): boolean =>
  findings.some((finding) => finding.rule === rule && finding.outcome === 'pass');

/** A level speaks of this artifact: nothing verified, or verified about something else, is 0. */
export const levelOf = (candidate: AttestationCheck | undefined): 0 | 1 | 2 | 3 =>
  candidate !== undefined && holds(candidate.findings, 'subject-digest') ? candidate.level.level : 0;

export function toReport({ found, verified, statement, findings }: AttestationCheck): AttestationReport {
  const { digest, source } = found;
  return {
    digest,
    source,
    verified: verified !== undefined,
    concernsArtifact: holds(findings, 'subject-digest'),
    findings,
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
    ...(verified === undefined ? {} : { signer: toSigner(verified) }),
    ...(verified?.notBeforeMs === undefined
      ? {}
      : { notBefore: new Date(verified.notBeforeMs).toISOString() }),
    ...(verified?.seenByMs === undefined ? {} : { seenBy: new Date(verified.seenByMs).toISOString() }),
  };
}

function toSigner({
  signer,
}: NonNullable<AttestationCheck['verified']>): NonNullable<AttestationReport['signer']> {
  return signer.kind === 'certificate'
    ? { issuer: signer.claims.issuer ?? 'none', subject: signer.subject.value }
    : { issuer: 'none', subject: printSigner(signer) };
}

export const toFinding = (error: SlsaGateError): Finding => ({
  rule: 'attestation',
  code: error.finding,
  outcome: CODES[error.finding].answer === 'deny' ? 'fail' : 'error',
  required: true,
  expected: error.expected ?? 'the artifact and its attestations can be read',
  actual: error.actual ?? error.message,
  message: error.message,
  hint: error.hint,
  evidence: [],
  spec: 'slsa-gate, artifacts',
  ...(CODES[error.finding].answer === 'deny' ? {} : { error }),
});
