import { argument, type CommandSpec, example } from './command.ts';
import { text, toggle } from './flag.ts';
import { BUNDLE_FLAGS, CATALOGUE_FLAGS, DOCUMENT_FLAGS, TRUST_FLAGS } from './verification-flags.ts';

export const POLICY_CHECK: CommandSpec = {
  id: 'policy check',
  summary: 'Read policies and show every fault with its place',
  description:
    'Reads each file as gate does and lists all that is wrong with it: file, line, column, what, and what to do. Prints ' +
    'the digest for --policy-digest of those that can be used, and says what of them blocks for now. Exit 0 when all can ' +
    'be used, 64 otherwise.',
  usage: 'policy check FILE... [FLAGS]',
  examples: [example('Before a policy is approved:', 'slsa-gate policy check policy.yaml')],
  args: { file: argument('Policy files, YAML or JSON', { multiple: true }) },
  maxArgs: Number.POSITIVE_INFINITY,
  flags: { ...DOCUMENT_FLAGS },
  conflicts: [],
  needs: [],
};

export const POLICY_SCHEMA: CommandSpec = {
  id: 'policy schema',
  summary: 'Print the JSON Schema of policies',
  description:
    'Draft 2020-12. Editors use it by a first line in the policy: # yaml-language-server: $schema=policy.v1.json. It ' +
    'describes the form; policy check knows more.',
  usage: 'policy schema',
  examples: [example('For an editor:', 'slsa-gate policy schema > policy.v1.json')],
  args: {},
  maxArgs: 0,
  flags: { debug: toggle('OUTPUT', 'Show stack traces of internal errors') },
  conflicts: [],
  needs: [],
};

export const POLICY_TEST: CommandSpec = {
  id: 'policy test',
  summary: 'Ask a policy the cases of a folder and compare the answers',
  description:
    'Each folder in DIR is a case: attestations, an artifact, an environment, and the verdict and codes that are expected. ' +
    'Shows which rules were seen passing and denying. Without --policy it is policy.yaml in DIR, or policies/NAME.yaml for ' +
    'policies/fixtures/NAME. Exit 1 when a case is decided otherwise (policy.test-failed) or no case sees a rule deny that ' +
    'the policy asks (policy.untested).',
  usage: 'policy test DIR [--policy FILE] [FLAGS]',
  examples: [
    example('A preset with its own cases:', 'slsa-gate policy test policies/fixtures/npm-packages'),
    example('A policy of your own:', 'slsa-gate policy test policy-cases --policy policy.yaml'),
  ],
  args: { folder: argument('Folder with one folder for each case') },
  maxArgs: 1,
  flags: { policy: text('POLICY', '<file>', 'Policy that is asked; a draft too'), ...DOCUMENT_FLAGS },
  conflicts: [],
  needs: [],
};

export const POLICY_EXPLAIN: CommandSpec = {
  id: 'policy explain',
  summary: 'Say in sentences what a policy demands, and where it says so',
  description:
    'What must be true of an artifact, by whom it may be built and signed, what denies in any case, which exceptions are in ' +
    'force, and what blocks for now. Each sentence names the place in the policy that it comes from.',
  usage: 'policy explain FILE [--to ENVIRONMENT] [--package PURL] [FLAGS]',
  examples: [
    example('What may go to production:', 'slsa-gate policy explain policy.yaml --to production'),
    example(
      'What one package needs:',
      'slsa-gate policy explain policies/npm-packages.yaml --package pkg:npm/sigstore@5.0.0',
    ),
  ],
  args: { file: argument('Policy, YAML or JSON') },
  maxArgs: 1,
  flags: {
    to: text('TARGET', '<environment>', 'Environment or alias; all of them when absent'),
    package: text('TARGET', '<purl>', 'Only what is about this package; everything when absent'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [],
  needs: [],
};

export const POLICY_INFER: CommandSpec = {
  id: 'policy infer',
  summary: 'Draft a policy from past releases',
  description:
    'Verifies each release under the trusted roots and writes down what its attestations prove: source with numeric ids, ' +
    'refs, builders, triggers, runners, level. Values are exact; what differs between releases is listed, never ' +
    'generalised, and a release that does not verify adds nothing. The draft is refused by gate until somebody has read it ' +
    'and taken out draft: true. Exit 1 when no release verifies.',
  usage: 'policy infer ARTIFACT... --bundle FILE [--list FILE] [FLAGS]',
  examples: [
    example(
      'From one release:',
      'slsa-gate policy infer app-1.2.3.tgz --bundle app-1.2.3.sigstore --output policy.yaml',
    ),
    example('From many, one a line:', 'slsa-gate policy infer --list releases.jsonl --output policy.yaml'),
  ],
  args: { artifact: argument('Files, digests, purls or layouts of past releases', { multiple: true }) },
  maxArgs: Number.POSITIVE_INFINITY,
  flags: {
    ...BUNDLE_FLAGS,
    list: text('EVIDENCE', '<file>', 'Releases as JSON lines: artifact, bundles and, if need be, package'),
    ...TRUST_FLAGS,
    ...CATALOGUE_FLAGS,
    package: text('TARGET', '<purl>', 'What all of them are; without it as artifact or provenance is called'),
    output: text('OUTPUT', '<file>', 'Write the draft to this file, which must not be there yet'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [],
  needs: [],
};
