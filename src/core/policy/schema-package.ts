import * as z from 'zod/mini';
import { PROVENANCE_TYPES } from '../model/provenance.ts';
import {
  BundleVersion,
  CommitHex,
  Duration,
  described,
  fault,
  listOf,
  NumericId,
  Pattern,
  PrefixedDigest,
  Signer,
  Text,
  Uri,
  Word,
} from './schema-values.ts';

const Source = z.strictObject({
  repository: described(
    'The repository, in canonical form: https://github.com/owner/name, without .git and ref.',
    Text,
  ),
  repositoryId: z.exactOptional(
    described('Its numeric id, which stays when the name goes to somebody else.', NumericId),
  ),
  ownerId: z.exactOptional(described('The numeric id of its owner.', NumericId)),
  refs: z.exactOptional(
    described('Branches and tags that may be built, in full: refs/heads/main.', listOf(Pattern)),
  ),
});

const Builder = z.strictObject({
  id: described('The builder, exactly and without its ref.', Uri),
  ref: z.exactOptional(
    described(
      'At which ref of its own the builder is called: version-tag (the default: a full version such as v1.2.3), any, or a pattern over refs/….',
      Pattern,
    ),
  ),
  workflowDigest: z.exactOptional(
    described('The commit of the builder that the certificate must name.', CommitHex),
  ),
  signer: z.exactOptional(
    described('Who signs in its name; the platform that hosts the builder when absent.', Signer),
  ),
  maxLevel: z.exactOptional(
    described('Counts for no higher SLSA build level than this one.', z.literal([1, 2, 3])),
  ),
  grantedLevel: z.exactOptional(
    described(
      'The SLSA build level that you grant it on hosted runners and those under runners, where the catalogue does not know it.',
      z.literal([1, 2, 3]),
    ),
  ),
  runners: z.exactOptional(
    described(
      'Runners that count as hosted by this builder although they call themselves otherwise.',
      listOf(Word),
    ),
  ),
});

const Parameters = z.strictObject({
  expected: z.exactOptional(
    described(
      'Parameters that must be there, each with its value or a list of values of which one is there.',
      z.record(Text, z.union([Text, listOf(Text)])),
    ),
  ),
  free: z.exactOptional(described('Parameters that may have any value, or be absent.', listOf(Text))),
  refused: z.exactOptional(described('Parameters that must not be there.', listOf(Text))),
});

const Summary = z.strictObject({
  verifierId: described('The verifier, exactly as its summaries name it.', Uri),
  signer: described('Who signs for that verifier.', Signer),
  resourceUri: z.exactOptional(
    described('What the summary is about; exactly the resource that is promoted when absent.', Pattern),
  ),
  levels: described(
    'Levels that the summary must state, beside the build level of the environment; a higher one of the same track counts.',
    listOf(
      z
        .string()
        .check(
          z.regex(
            /^(?!FAILED$|.*_LEVEL_0$|.*_UNEVALUATED$)[A-Z][A-Z0-9_]*$/,
            fault('policy.invalid', 'a level that says something, such as SLSA_BUILD_LEVEL_3'),
          ),
        ),
    ),
  ),
  policyDigest: z.exactOptional(described('The policy that the verifier decided by.', PrefixedDigest)),
  maxAge: described('How old the summary may be.', Duration),
  log: z.exactOptional(
    described(
      'Verifier key (C2SP signed-note, NAME+HASH+KEY) of the evidence log in which the summary must be proven to stand.',
      Text,
    ),
  ),
});

/** What must hold of one family of artifacts; several entries that match all apply. */
export const PackageEntry = z.strictObject({
  package: described(
    'Which packages the entry is about: a pattern over the purl without version, qualifiers and subpath.',
    Pattern,
  ),
  source: described('Where the code comes from.', Source),
  builders: described('Who may build it; one of them must have.', listOf(Builder)),
  predicateTypes: z.exactOptional(
    described('Which versions of SLSA provenance count; all when absent.', listOf(z.enum(PROVENANCE_TYPES))),
  ),
  parameters: z.exactOptional(
    described(
      'External parameters of the build; one that no list names is refused. Absent: parameters are free.',
      Parameters,
    ),
  ),
  triggers: z.exactOptional(described('Events that may start the build, such as push.', listOf(Word))),
  runners: z.exactOptional(described('Runners that may build, such as github-hosted.', listOf(Word))),
  minBundleVersion: z.exactOptional(
    described('Oldest version of a Sigstore bundle that counts.', BundleVersion),
  ),
  viaIndex: z.exactOptional(
    described(
      'Attestations of an index count for the images that it lists, when one is reached through it (--via-index).',
      z.literal(true),
    ),
  ),
  noDowngrade: z.exactOptional(
    described(
      'An earlier version with provenance in the registry of npm: then this one must have it there too.',
      z.literal(true),
    ),
  ),
  summaries: z.exactOptional(
    described('Verification summaries of others that count in place of provenance.', listOf(Summary)),
  ),
});
