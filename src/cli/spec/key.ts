import { argument, type CommandSpec, example } from './command.ts';
import { choice, text } from './flag.ts';
import { PASSPHRASE_CONFLICTS, PASSPHRASE_FLAGS } from './passphrase-flags.ts';
import { DOCUMENT_FLAGS } from './verification-flags.ts';

const SIGNER_FLAG = {
  signer: text('KEYS', '<key:file|pkcs11:uri>', 'Key that signs; none is chosen for you'),
};

export const KEY_GENERATE: CommandSpec = {
  id: 'key generate',
  summary: 'Make a signing key in a file',
  description:
    'Writes the private key as PKCS#8, readable by its owner alone, and the public key beside it as FILE.pub. Neither ' +
    'replaces a file that is there. With a passphrase the private key is encrypted.',
  usage: 'key generate --output FILE [FLAGS]',
  examples: [
    example('For records:', 'slsa-gate key generate --output records.pem'),
    example(
      'For the heads of the log:',
      'slsa-gate key generate --output checkpoints.pem --algorithm ed25519',
    ),
  ],
  args: {},
  maxArgs: 0,
  flags: {
    output: text('OUTPUT', '<file>', 'File for the private key; the public one is FILE.pub'),
    algorithm: choice(
      'KEYS',
      ['p256', 'p384', 'ed25519'],
      'Kind of key; p256 is the default, heads of a log need ed25519',
    ),
    ...PASSPHRASE_FLAGS,
    ...DOCUMENT_FLAGS,
  },
  conflicts: PASSPHRASE_CONFLICTS,
  needs: [],
};

export const KEY_SHOW: CommandSpec = {
  id: 'key show',
  summary: 'Show the public half of a key, and its names',
  description:
    'Prints the id that envelopes give the key and its public half as PEM; with --origin also the form in which logs ' +
    'name keys. Nothing of the private half is shown.',
  usage: 'key show FILE [FLAGS]',
  examples: [
    example('Of a file:', 'slsa-gate key show records.pem'),
    example('For the heads of a log:', 'slsa-gate key show checkpoints.pem --origin example.com/releases'),
  ],
  args: { key: argument('File of a private or public key, or a signer: key:FILE or pkcs11:URI') },
  maxArgs: 1,
  flags: {
    origin: text('KEYS', '<name>', 'Name of the log whose heads it signs'),
    ...PASSPHRASE_FLAGS,
    ...DOCUMENT_FLAGS,
  },
  conflicts: PASSPHRASE_CONFLICTS,
  needs: [],
};

export const POLICY_SIGN: CommandSpec = {
  id: 'policy sign',
  summary: 'Sign a policy, for gate --policy-key',
  description:
    'Reads the policy as gate does and wraps its very bytes in a signed envelope (DSSE). A draft is refused: whoever ' +
    'signs a policy has read it.',
  usage: 'policy sign FILE --signer key:FILE [FLAGS]',
  examples: [
    example('By the people who own it:', 'slsa-gate policy sign policy.yaml --signer key:policy-key.pem'),
  ],
  args: { file: argument('The policy, YAML or JSON') },
  maxArgs: 1,
  flags: {
    ...SIGNER_FLAG,
    ...PASSPHRASE_FLAGS,
    output: text('OUTPUT', '<file>', 'File for the envelope; default FILE.dsse.json'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: PASSPHRASE_CONFLICTS,
  needs: [],
};

const OVERRIDE = 'OVERRIDE';

export const EVIDENCE_OVERRIDE: CommandSpec = {
  id: 'evidence override',
  summary: 'Sign that one denial may be passed over',
  description:
    'Writes a signed statement for gate --override. It lifts one denial, of one artifact in one environment, until it ' +
    'expires, and counts only under a key that the policy names in overrides.keys. No store is read.',
  usage:
    'evidence override RECORD_ID --artifact DIGEST --environment NAME --signer key:FILE --output FILE [FLAGS]',
  examples: [
    example(
      'For a fix that cannot wait:',
      'slsa-gate evidence override rec_01JMZX5TQ0ABCDEFGHJKMNPQRS --artifact sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a --environment production --reason INC-1 --owner ada@example.com --approver grace@example.com --expires 2030-01-31T12:00:00Z --signer key:override.pem --output override.json',
    ),
  ],
  args: { record: argument('Id of the record of the denial') },
  maxArgs: 1,
  flags: {
    artifact: text(OVERRIDE, '<sha256:hex>', 'Artifact that was denied'),
    environment: text(OVERRIDE, '<name>', 'Environment of the policy, by its own name'),
    reason: text(OVERRIDE, '<text>', 'Why'),
    owner: text(OVERRIDE, '<person>', 'Who asks for it'),
    approver: text(OVERRIDE, '<person>', 'Who agrees; somebody else than the owner'),
    expires: text(OVERRIDE, '<time>', 'RFC 3339 time from which the denial stands again'),
    ...SIGNER_FLAG,
    ...PASSPHRASE_FLAGS,
    output: text('OUTPUT', '<file>', 'File for the signed statement'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: PASSPHRASE_CONFLICTS,
  needs: [],
};
