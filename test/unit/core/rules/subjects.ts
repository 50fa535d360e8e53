import type { VerifiedAttestation } from '../../../../src/core/attestation/verify.ts';
import type { Expectations } from '../../../../src/core/model/expectations.ts';
import { exactly } from '../../../../src/core/model/matcher.ts';
import type { BuildFacts } from '../../../../src/core/model/provenance.ts';
import type { Interpreted } from '../../../../src/core/rules/rule.ts';
import { decideWith, expectationsOf, KIT_CATALOGUE } from '../../../attacks/decide.ts';
import { sigstore } from '../../../attacks/verify.ts';
import type { SignedBundle } from '../../../kit/bundle.ts';
import { SIGNED_AT } from '../../../kit/sigstore.ts';

/** Facts of nothing: what is not known. */
export const NO_FACTS: BuildFacts = {
  builder: undefined,
  delegator: undefined,
  builderAliases: [],
  sourceUri: undefined,
  sourceRef: undefined,
  baseBranch: undefined,
  sourceCommit: undefined,
  repositoryId: undefined,
  ownerId: undefined,
  workflowInputs: undefined,
  parameters: undefined,
  trigger: undefined,
  runnerEnvironment: undefined,
};

export function verifiedOf(signed: SignedBundle): VerifiedAttestation {
  const { candidate } = decideWith({ signed, flags: { sourceUri: 'github.com/octo-org/widget' } });
  if (candidate?.verified === undefined) throw new Error('does not verify');
  return candidate.verified;
}

const VERIFIED = verifiedOf(sigstore.signStatement());

/** What a rule looks at: verified, of which nothing is known but what is given. */
export const subjectWith = (given: Partial<Interpreted> = {}): Interpreted => ({
  verified: VERIFIED,
  statement: undefined,
  nowMs: SIGNED_AT.getTime() + 3_600_000,
  digest: `sha256:${'0'.repeat(64)}`,
  logged: [],
  facts: undefined,
  provenance: undefined,
  summary: undefined,
  catalogue: KIT_CATALOGUE,
  ...given,
});

/** Expectations of somebody, about an artifact, and what is given. */
export const expecting = (given: Partial<Expectations> = {}): Expectations => ({
  ...expectationsOf({ sourceUri: 'github.com/octo-org/widget' }),
  signer: { kind: 'certificate', subject: exactly('somebody'), issuer: exactly('somewhere') },
  subject: { kind: 'artifact', digests: { sha256: 'a'.repeat(64) } },
  ...given,
});
