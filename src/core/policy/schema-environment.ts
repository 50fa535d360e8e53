import * as z from 'zod/mini';
import { FRESHNESS_RULES, isAlwaysRequired, OPTIONAL_RULES, POLICY_RULES } from './rules.ts';
import {
  Branch,
  BundleVersion,
  CommitHex,
  Duration,
  described,
  EnvironmentName,
  fault,
  listOf,
  Pattern,
  Signer,
  Text,
  Threshold,
  Uri,
  Word,
} from './schema-values.ts';

/** A rule that a policy may leave undecided; naming one that always holds has a code of its own. */
export const OptionalRuleName = z.enum(OPTIONAL_RULES, {
  error: ({ input }) =>
    isAlwaysRequired(input) ? fault('policy.rule-not-optional', `${input} always holds`) : undefined,
});

const Thresholds = z.strictObject({
  log: z.exactOptional(described('Transparency logs that have the signature.', Threshold)),
  sct: z.exactOptional(described('Certificate transparency logs that have the certificate.', Threshold)),
  tsa: z.exactOptional(described('Timestamp authorities that saw the signature.', Threshold)),
  time: z.exactOptional(described('Verified times of any kind.', Threshold)),
});

const Rules = z.strictObject({
  required: z.exactOptional(
    described(
      'Rules that must be asked by some key; one that none asks blocks as not evaluated.',
      listOf(z.enum(POLICY_RULES)),
    ),
  ),
  reported: z.exactOptional(
    described('Rules that are evaluated and shown but do not decide.', listOf(OptionalRuleName)),
  ),
});

const Freshness = z.strictObject({
  branch: described('The release branch.', Branch),
  rules: described('Which rules of freshness hold.', listOf(z.enum(FRESHNESS_RULES))),
  mode: z.exactOptional(
    described(
      'Whether the built commit is the head of the branch, lies on it, or is tagged there.',
      z.enum(['head', 'contains', 'tag']),
    ),
  ),
  maxAge: z.exactOptional(described('How old the attestation may be.', Duration)),
  paths: z.exactOptional(described('Paths of the repository that belong to the package.', listOf(Pattern))),
  sharedPaths: z.exactOptional(described('Paths that belong to every package.', listOf(Pattern))),
  maxEntries: z.exactOptional(described('How many newer changes are tolerated.', Threshold)),
  maxBehind: z.exactOptional(described('How long newer changes are tolerated.', Duration)),
});

const Approvals = z.strictObject({
  change: z.exactOptional(
    described(
      'Approvals of the changes since a commit.',
      z.strictObject({
        minimum: described('How many different people.', Threshold),
        since: described('The commit from which on changes count.', CommitHex),
      }),
    ),
  ),
  release: z.exactOptional(
    described(
      'Approvals of the release itself.',
      z.strictObject({
        minimum: described('How many different people.', Threshold),
        maxAge: z.exactOptional(described('How old an approval may be.', Duration)),
      }),
    ),
  ),
});

const Evidence = z.strictObject({
  store: z.exactOptional(
    described('Kinds of store that may keep the records.', listOf(z.enum(['sqlite', 'postgres']))),
  ),
  signer: z.exactOptional(
    described('Kinds of signer that may sign records.', listOf(z.enum(['key', 'pkcs11', 'sigstore']))),
  ),
  sinks: z.exactOptional(described('Sinks that must exist and be required.', listOf(Word))),
  durable: z.exactOptional(
    described('strict: a store on an overlay file system is refused too.', z.literal('strict')),
  ),
});

/** What one environment demands; what it extends is demanded too. */
export const Environment = z.strictObject({
  aliases: z.exactOptional(described('Other names of it, such as those that a forge uses.', listOf(Text))),
  tier: z.exactOptional(
    described('What kind of environment it is.', z.enum(['production', 'staging', 'development'])),
  ),
  extends: z.exactOptional(
    described(
      'Environments whose demands hold here too.',
      z.union([EnvironmentName, listOf(EnvironmentName)]),
    ),
  ),
  mode: z.exactOptional(
    described(
      'How the answer is enforced, for the record: pipeline (the default), required, admission.',
      z.enum(['pipeline', 'required', 'admission']),
    ),
  ),
  level: z.exactOptional(
    described('The SLSA build level to reach; required here or in what it extends.', z.literal([1, 2, 3])),
  ),
  trustedRoots: z.exactOptional(
    described('Trusted roots, by name; required here or in what it extends.', listOf(Word)),
  ),
  maxTrustAge: z.exactOptional(described('How old a trusted root may be.', Duration)),
  minBundleVersion: z.exactOptional(
    described('Oldest version of a Sigstore bundle that counts.', BundleVersion),
  ),
  thresholds: z.exactOptional(
    described('How many witnesses there must be; raises what holds anyway.', Thresholds),
  ),
  clock: z.exactOptional(
    described(
      'local (the default), or corroborated by servers; the latter is not evaluated yet and blocks.',
      z.enum(['local', 'corroborated']),
    ),
  ),
  verifier: z.exactOptional(
    described(
      'both (the default): two verifiers must agree; strict: our own alone decides.',
      z.enum(['both', 'strict']),
    ),
  ),
  rules: z.exactOptional(described('Which rules decide.', Rules)),
  provenance: z.exactOptional(
    described(
      'How several attestations of one artifact count together.',
      z.strictObject({
        quantifier: described(
          'any (the default): one must pass; all: none may fail.',
          z.enum(['any', 'all']),
        ),
      }),
    ),
  ),
  sources: z.exactOptional(
    described(
      'Sources of attestations.',
      z.strictObject({
        required: described(
          'Kinds of sources that must answer completely, such as oci-layout or file.',
          listOf(Word),
        ),
      }),
    ),
  ),
  vetoes: z.exactOptional(
    described(
      'Verifiers whose failed summary denies, whatever else passes.',
      listOf(
        z.strictObject({
          verifierId: described('The verifier, exactly as its summaries name it.', Uri),
          signer: described('Who signs for that verifier.', Signer),
        }),
      ),
    ),
  ),
  freshness: z.exactOptional(
    described('How fresh the release must be. Not evaluated yet: its rules block.', Freshness),
  ),
  approvals: z.exactOptional(described('Who must have approved. Not evaluated yet: it blocks.', Approvals)),
  evidence: z.exactOptional(described('What the evidence file must offer.', Evidence)),
});
