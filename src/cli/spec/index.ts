import { argument, type CommandSpec, example } from './command.ts';
import { DOCTOR } from './doctor.ts';
import { EVIDENCE_COMMANDS } from './evidence.ts';
import { EVIDENCE_INIT } from './evidence-init.ts';
import { repeatable, text, toggle } from './flag.ts';
import { GATE } from './gate.ts';
import { EVIDENCE_OVERRIDE, KEY_GENERATE, KEY_SHOW, POLICY_SIGN } from './key.ts';
import { POLICY_CHECK, POLICY_EXPLAIN, POLICY_INFER, POLICY_SCHEMA, POLICY_TEST } from './policy.ts';
import { SIGNER_NETWORK_FLAGS } from './record-signer-flags.ts';
import {
  BUNDLE_FLAGS,
  DOCUMENT_FLAGS,
  OFFLINE_FLAGS,
  TRUST_AGE_FLAGS,
  TRUST_FLAGS,
} from './verification-flags.ts';
import { BUNDLE_VERIFY, VERIFY } from './verify.ts';

const ROOT_FLAGS = {
  'trusted-root': repeatable(
    'TRUST',
    '<name|file>',
    'Trusted root: public-good, staging, github or a file; default all that ship with the package',
  ),
};

const PACKED_FLAGS = {
  'trusted-root': repeatable(
    'TRUST',
    '<name>',
    'Trusted root: public-good, staging or github; default public-good and github',
  ),
};

const BUNDLE_INSPECT: CommandSpec = {
  id: 'bundle inspect',
  summary: 'Show everything readable in a bundle, each part with what was proven',
  description:
    'Prints the parts of each attestation, verified or not. A part is marked proven only when it was verified under ' +
    'the trusted roots. The answer is no decision: exit 0 means that the bundle could be shown.',
  usage: 'bundle inspect [ARTIFACT] --bundle FILE [FLAGS]',
  examples: [example('What is in this bundle:', 'slsa-gate bundle inspect --bundle app.sigstore')],
  args: { artifact: argument('A file, digest, purl or oci-layout:DIR to compare the subjects with') },
  maxArgs: 1,
  flags: { ...BUNDLE_FLAGS, ...TRUST_FLAGS, ...OFFLINE_FLAGS, ...DOCUMENT_FLAGS },
  conflicts: [],
  needs: [],
};

const TRUST_SHOW: CommandSpec = {
  id: 'trust show',
  summary: 'Show the trusted roots, with origin, digest and age',
  description: 'Lists what is trusted, from where it came and how long ago it was known to be current.',
  usage: 'trust show [FLAGS]',
  examples: [example('All roots:', 'slsa-gate trust show')],
  args: {},
  maxArgs: 0,
  flags: { ...ROOT_FLAGS, ...TRUST_AGE_FLAGS, ...DOCUMENT_FLAGS },
  conflicts: [],
  needs: [],
};

const TRUST_UPDATE: CommandSpec = {
  id: 'trust update',
  summary: 'Refresh the trusted roots through TUF',
  description:
    'Fetches the trusted roots of the named instances, verifies them from the roots that ship with the package, and ' +
    'keeps them in the cache of the user. A refresh that fails leaves the cache as it was.',
  usage: 'trust update [FLAGS]',
  examples: [example('Only the public-good instance:', 'slsa-gate trust update --trusted-root public-good')],
  args: {},
  maxArgs: 0,
  flags: { ...ROOT_FLAGS, ...SIGNER_NETWORK_FLAGS, ...DOCUMENT_FLAGS },
  conflicts: [],
  needs: [],
};

const TRUST_EXPORT: CommandSpec = {
  id: 'trust export',
  summary: 'Write a pack of trusted roots for a machine without a network',
  description:
    'The pack is given to --trusted-root on the other machine, which then trusts every root in it; it keeps the age of ' +
    'each root.',
  usage: 'trust export --output FILE [FLAGS]',
  examples: [example('What verify trusts by default:', 'slsa-gate trust export --output trust-pack.json')],
  args: {},
  maxArgs: 0,
  flags: {
    ...PACKED_FLAGS,
    ...TRUST_AGE_FLAGS,
    output: text('OUTPUT', '<file>', 'File to write the pack to'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [],
  needs: [],
};

const EXPLAIN: CommandSpec = {
  id: 'explain',
  summary: 'Explain a finding or error code',
  description: 'Prints what a code means, why it matters, what it answers with and what to do next.',
  usage: 'explain CODE [FLAGS]',
  examples: [example('A finding:', 'slsa-gate explain subject.mismatch')],
  args: { code: argument('A code such as subject.mismatch, or a group such as SG_BUNDLE') },
  maxArgs: 1,
  flags: { ...DOCUMENT_FLAGS },
  conflicts: [],
  needs: [],
};

const COMPLETION: CommandSpec = {
  id: 'completion',
  summary: 'Print a completion script for a shell',
  description: 'The script is complete in itself: nothing is run or fetched while completing.',
  usage: 'completion bash|zsh|fish',
  examples: [
    example('bash:', 'source <(slsa-gate completion bash)'),
    example('fish:', 'slsa-gate completion fish > ~/.config/fish/completions/slsa-gate.fish'),
  ],
  args: { shell: argument('The shell', { options: ['bash', 'zsh', 'fish'] }) },
  maxArgs: 1,
  flags: { debug: toggle('OUTPUT', 'Show stack traces of internal errors') },
  conflicts: [],
  needs: [],
};

/** All commands, in the order in which help lists them. */
export const COMMAND_SPECS: readonly CommandSpec[] = [
  VERIFY,
  GATE,
  EVIDENCE_INIT,
  BUNDLE_VERIFY,
  BUNDLE_INSPECT,
  TRUST_SHOW,
  TRUST_UPDATE,
  TRUST_EXPORT,
  POLICY_CHECK,
  POLICY_SCHEMA,
  POLICY_TEST,
  POLICY_EXPLAIN,
  POLICY_INFER,
  POLICY_SIGN,
  EVIDENCE_OVERRIDE,
  ...EVIDENCE_COMMANDS,
  KEY_GENERATE,
  KEY_SHOW,
  DOCTOR,
  EXPLAIN,
  COMPLETION,
];

/** Words that only group commands. */
export const TOPICS: Readonly<Record<string, string>> = {
  bundle: 'Plain Sigstore bundles, without SLSA meaning',
  evidence: 'Records of decisions: a log that shows tampering',
  trust: 'Trusted roots: what is trusted, refresh, offline pack',
  policy: 'Policies: read, check, sign, schema for editors',
  key: 'Keys that sign records, heads of the log and policies',
};
