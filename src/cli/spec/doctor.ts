import { argument, type CommandSpec, example } from './command.ts';
import { text } from './flag.ts';
import { EVIDENCE_FLAG } from './gate.ts';
import { NETWORK_FLAGS, SOURCE_FLAGS } from './network-flags.ts';
import { PASSPHRASE_CONFLICTS, PASSPHRASE_FLAGS } from './passphrase-flags.ts';
import { IDENTITY_TOKEN_FLAG } from './record-signer-flags.ts';
import { DOCUMENT_FLAGS, OFFLINE_FLAGS, TRUST_AGE_FLAGS, TRUST_FLAGS } from './verification-flags.ts';

const POLICY = 'POLICY';

export const DOCTOR: CommandSpec = {
  id: 'doctor',
  summary: 'Check everything that a decision rests on, and say how to mend what is wrong',
  description:
    'Looks at versions, clock, cache, proxy, certificates, credentials, trusted roots, servers, policy and evidence log, ' +
    'as far as the flags name them, and with an artifact also at what each source has about it. Decides and stores ' +
    'nothing. Exits 0 without a problem (warnings are none), 2 with one, 3 when the evidence log is not intact.',
  usage: 'doctor [ARTIFACT] [FLAGS]',
  examples: [
    example('What a new machine can reach, and by which credentials:', 'slsa-gate doctor'),
    example(
      'Everything that a promotion would use:',
      'slsa-gate doctor ghcr.io/owner/app:1.2.3 --policy policy.yaml --to production --evidence evidence.yaml',
    ),
    example('Whether the token may read attestations:', 'slsa-gate doctor --source github:owner/app'),
  ],
  args: { artifact: argument('An artifact as gate takes it') },
  maxArgs: 1,
  flags: {
    policy: text(POLICY, '<file>', 'Policy: YAML or JSON, or a signed envelope with --policy-key'),
    'policy-key': text(POLICY, '<file>', 'PEM file of the public key that must have signed the policy'),
    'policy-digest': text(POLICY, '<sha256:hex>', 'Digest that the policy must have'),
    to: text(POLICY, '<environment>', 'Environment of the policy; default all of them'),
    package: text(POLICY, '<purl>', 'What the artifact is, where its name does not say it'),
    ...EVIDENCE_FLAG,
    ...PASSPHRASE_FLAGS,
    ...IDENTITY_TOKEN_FLAG,
    ...TRUST_FLAGS,
    ...TRUST_AGE_FLAGS,
    ...SOURCE_FLAGS,
    ...OFFLINE_FLAGS,
    ...NETWORK_FLAGS,
    ...DOCUMENT_FLAGS,
  },
  conflicts: [['cache-dir', 'without-cache'], ...PASSPHRASE_CONFLICTS],
  needs: [
    ['policy-key', 'policy'],
    ['policy-digest', 'policy'],
    ['to', 'policy'],
  ],
};
