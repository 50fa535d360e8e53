import { type CodePage, page } from './page.ts';

const CHECK = 'Mend the place that is named and run slsa-gate policy check.';

/** Codes of policies: of their form, and of the rules that only a policy asks. */
export const POLICY_CODES = {
  'policy.empty': page(
    'usage',
    'the policy demands nothing there',
    'An empty list of rules would let everything pass.',
    'Write at least one entry, or leave the key out where it is optional.',
  ),
  'policy.unknown-key': page(
    'usage',
    'the policy has a key that nobody defined',
    'A misspelt key would be a check that nobody makes.',
    CHECK,
  ),
  'policy.empty-pattern': page(
    'usage',
    'a text or pattern of the policy is empty or matches everything',
    'It would restrict nothing.',
    'Write out what is expected.',
  ),
  'policy.invalid': page(
    'usage',
    'a value of the policy is not in its form',
    'What cannot be read restricts nothing.',
    CHECK,
  ),
  'policy.syntax': page(
    'usage',
    'the file is no YAML or JSON as it must be written',
    'Two readers must not understand it differently.',
    'Mend the line that is named.',
  ),
  'config.unset-variable': page(
    'usage',
    'a text holds a variable that nobody sets',
    'An empty value would restrict nothing, and a value from outside would not be in the digest.',
    'Write the text out; policies have no variables.',
  ),
  'config.duplicate-key': page(
    'usage',
    'a key, or a second document, contradicts an earlier one',
    'Which of two values counts would be a guess.',
    'Leave one of them out.',
  ),
  'config.limit': page(
    'usage',
    'the file is larger, deeper or more repetitive than the limit',
    'Aliases can make a few lines fill the memory.',
    'Write the file out, without anchors.',
  ),
  'policy.signature': page(
    'usage',
    'the signature of the policy does not verify',
    'Somebody else could have written it.',
    'Sign it with slsa-gate policy sign, and give the public key with --policy-key.',
  ),
  'policy.digest': page(
    'usage',
    'the policy is another one than --policy-digest names',
    'It was changed since it was approved.',
    'Take the approved file, or have the new one approved and give its digest.',
  ),
  'policy.draft': page(
    'usage',
    'the policy is a draft',
    'Nobody has read yet what was inferred.',
    'Read it, remove draft: true, and run slsa-gate policy check.',
  ),
  'policy.environment': page(
    'usage',
    'the policy has no such environment',
    'What is not named has no rules.',
    'Give --to one of the environments or aliases of the policy.',
  ),
  'policy.rule-not-optional': page(
    'usage',
    'a rule that always holds cannot be made optional',
    'Without it an answer would prove nothing about the artifact.',
    'Leave it out of rules.reported and of exceptions.',
  ),
  'policy.trust-root': page(
    'usage',
    'a trusted root of the policy is not the named one',
    'A root with another digest trusts somebody else.',
    'Compare the file with the sha256 of the policy; change one of them knowingly.',
  ),
  'policy.no-match': page(
    'deny',
    'no entry of the policy is about this package',
    'What nobody described is not let through.',
    'Add an entry for the package, or name the package with --package.',
  ),
  'policy.untrusted-source': page(
    'deny',
    'the policy lies in a checkout of the commit that is promoted',
    'Whoever changes the code could change its policy with it.',
    'Keep the policy elsewhere, or pin it with --policy-digest or --policy-key.',
  ),
  'policy.eval-error': page(
    'indeterminate',
    'a rule of the policy could not be evaluated',
    'What is not known never passes.',
    'Run again with --debug and report what it prints.',
  ),
  'policy.test-failed': page(
    'deny',
    'a fixture of the policy was decided otherwise than expected',
    'The policy does not do what its authors say.',
    'Change the policy or the fixture, never both at once.',
  ),
  'policy.untested': page(
    'deny',
    'no fixture shows that a required rule denies',
    'A rule that never denies may be a rule that cannot.',
    'Add a fixture in which that rule alone fails.',
  ),
  'source.ref': page(
    'deny',
    'built from a branch or tag that the policy does not list',
    'Other refs may hold code that nobody reviewed.',
    'Build from a listed ref, or add this one to source.refs of the package.',
  ),
  'builder.digest': page(
    'deny',
    'the builder is another revision of its workflow',
    'A ref can move; the digest names the code that built.',
    'Compare the digest with the revision that was approved.',
  ),
  'builder.not-listed': page(
    'deny',
    'no builder of the policy built it',
    'Only listed builders are trusted for this package.',
    'Build with a listed builder, or add this one to builders of the package.',
  ),
  'params.value': page(
    'deny',
    'a parameter of the build has another value',
    'Parameters decide what is built.',
    'Build with the expected value.',
  ),
  'params.missing': page(
    'deny',
    'an expected parameter of the build is not there',
    'What is not named was not given, or is hidden.',
    'Build with the parameter, or drop it from parameters.expected.',
  ),
  'negative.attested': page(
    'deny',
    'a configured verifier found that the artifact must not pass',
    'Its word stands against all other evidence.',
    'Read the findings of that verifier; build again when they are mended.',
  ),
  'vsa.not-logged': page(
    'deny',
    'the summary is not proven to stand in the evidence log of its verifier',
    'A summary that is not logged can be made in secret, or taken back.',
    'Give an export of the record with --evidence-log.',
  ),
  'previously-denied': page(
    'deny',
    'these bytes were denied before',
    'A denial does not go away by asking again.',
    'Build again, or have an override signed and give it with --override.',
  ),
  'replay.audience': page(
    'deny',
    'the statement is about another artifact, environment or record',
    'What was decided for one place counts there alone.',
    'Have it made for this artifact and environment.',
  ),
  'override.invalid': page(
    'usage',
    'the override is not usable',
    'Only people whom the policy names may override a denial.',
    'Have it signed by a key of overrides.keys, for this record, within its time.',
  ),
} as const satisfies Record<string, CodePage>;
