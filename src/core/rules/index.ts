import { buildParameters } from './build-parameters.ts';
import { buildTrigger } from './build-trigger.ts';
import { builderId } from './builder-id.ts';
import { bundleVersion } from './bundle-version.ts';
import { logInclusion } from './log-inclusion.ts';
import { minLevel } from './min-level.ts';
import { npmPackage } from './npm-package.ts';
import { predicateType } from './predicate-type.ts';
import { pypiPublisher } from './pypi-publisher.ts';
import type { Interpreted, Rule, Stated } from './rule.ts';
import { runnerEnvironment } from './runner-environment.ts';
import { signerIdentity } from './signer-identity.ts';
import { sourceBranch } from './source-branch.ts';
import { sourceCommit } from './source-commit.ts';
import { sourceRef } from './source-ref.ts';
import { sourceRepositoryId } from './source-repository-id.ts';
import { sourceTag } from './source-tag.ts';
import { sourceUri } from './source-uri.ts';
import { sourceVersionedTag } from './source-versioned-tag.ts';
import { subjectDigest } from './subject-digest.ts';
import { subjectName } from './subject-name.ts';
import { summaryLog } from './summary-log.ts';
import { verificationSummary } from './verification-summary.ts';
import { verifierAgreement } from './verifier-agreement.ts';
import { workflowInputs } from './workflow-inputs.ts';

/** Rules over what was signed and by whom. */
export const STATED_RULES: readonly Rule<Stated>[] = [
  verifierAgreement,
  logInclusion,
  subjectDigest,
  subjectName,
  predicateType,
  signerIdentity,
  bundleVersion,
  npmPackage,
];

/** Rules over what it means. */
export const INTERPRETED_RULES: readonly Rule<Interpreted>[] = [
  builderId,
  sourceUri,
  sourceRepositoryId,
  sourceBranch,
  sourceTag,
  sourceVersionedTag,
  sourceCommit,
  sourceRef,
  buildTrigger,
  runnerEnvironment,
  workflowInputs,
  buildParameters,
  minLevel,
  pypiPublisher,
  verificationSummary,
  summaryLog,
];
