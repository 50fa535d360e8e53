import * as z from 'zod/mini';
import { Environment, OptionalRuleName } from './schema-environment.ts';
import { PackageEntry } from './schema-package.ts';
import {
  CommitHex,
  described,
  EnvironmentName,
  Instant,
  listOf,
  Name,
  type Pattern,
  PrefixedDigest,
  type PublicKeyInput,
  Sha256,
  type Signer,
  Text,
  Word,
} from './schema-values.ts';

const TrustRootFile = z.strictObject({
  file: described('The file, relative to the policy.', Text),
  sha256: described('Its digest; another file is refused.', Sha256),
});

const Exception = z.strictObject({
  id: described('Its name in the record, such as a ticket.', Word),
  rule: described('The one rule that need not pass.', OptionalRuleName),
  environment: described('Where it holds.', EnvironmentName),
  digest: z.exactOptional(described('The artifact it is about; this or change.', PrefixedDigest)),
  change: z.exactOptional(described('The commit it is about; this or digest.', CommitHex)),
  reason: described('Why.', Text),
  owner: described('Who asked for it.', Text),
  approver: described('Who agreed; somebody else than the owner.', Text),
  expires: described('When it ends.', Instant),
  reviewBy: z.exactOptional(described('By when a hotfix is looked at.', Instant)),
});

const OverrideKey = z.strictObject({
  pem: described('The public key: one PEM block.', Text),
  id: z.exactOptional(described('Its name in the record; its fingerprint when absent.', Text)),
});

/** The policy file. Its types, docs/schemas/policy.v1.json and the reference in docs/policy.md come from here. */
export const PolicySchema = z.strictObject({
  schemaVersion: described('The version of this form.', z.literal(1)),
  name: described('The name of the policy in records.', Name),
  description: z.exactOptional(described('What it is for.', Text)),
  draft: z.exactOptional(
    described('A draft, which gate refuses; left out once somebody has read it.', z.literal(true)),
  ),
  trust: z.exactOptional(
    described(
      'Trusted roots of your own.',
      z.strictObject({
        roots: described(
          'Name to file; public-good, github and staging exist already.',
          z.record(Name, TrustRootFile),
        ),
      }),
    ),
  ),
  packages: described(
    'What must hold of which packages; all entries that match apply.',
    listOf(PackageEntry),
  ),
  environments: described('What each environment demands.', z.record(EnvironmentName, Environment)),
  exceptions: z.exactOptional(
    described('Rules that need not pass, for one artifact or change and for a time.', listOf(Exception)),
  ),
  overrides: z.exactOptional(
    described(
      'Who may override a denial.',
      z.strictObject({ keys: described('Public keys that sign overrides.', listOf(OverrideKey)) }),
    ),
  ),
});

export type Policy = z.infer<typeof PolicySchema>;
export type PatternInput = z.infer<typeof Pattern>;
/** Subject and issuer of a certificate, or a key. */
export type PolicySigner = z.infer<typeof Signer>;
export type PolicyKey = z.infer<typeof PublicKeyInput>;
export type PolicyPackage = Policy['packages'][number];
export type PolicySource = PolicyPackage['source'];
export type PolicyBuilder = PolicyPackage['builders'][number];
export type PolicyParameters = NonNullable<PolicyPackage['parameters']>;
export type PolicySummary = NonNullable<PolicyPackage['summaries']>[number];
export type PolicyEnvironment = Policy['environments'][string];
export type PolicyThresholds = NonNullable<PolicyEnvironment['thresholds']>;
export type PolicyFreshness = NonNullable<PolicyEnvironment['freshness']>;
export type PolicyApprovals = NonNullable<PolicyEnvironment['approvals']>;
export type PolicyEvidence = NonNullable<PolicyEnvironment['evidence']>;
export type PolicyVeto = NonNullable<PolicyEnvironment['vetoes']>[number];
export type PolicyException = NonNullable<Policy['exceptions']>[number];
export type PolicyOverrideKey = NonNullable<Policy['overrides']>['keys'][number];
