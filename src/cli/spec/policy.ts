import { argument, type CommandSpec, example } from './command.ts';
import { toggle } from './flag.ts';
import { DOCUMENT_FLAGS } from './verification-flags.ts';

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
