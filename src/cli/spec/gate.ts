import { argument, type CommandSpec, example } from './command.ts';
import { repeatable, text, toggle } from './flag.ts';
import { NETWORK_FLAGS, SOURCE_FLAGS } from './network-flags.ts';
import { PASSPHRASE_CONFLICTS, PASSPHRASE_FLAGS } from './passphrase-flags.ts';
import { IDENTITY_TOKEN_FLAG } from './record-signer-flags.ts';
import { BUNDLE_FLAGS, OFFLINE_FLAGS, REPORT_FLAGS } from './verification-flags.ts';

const POLICY = 'POLICY';
const TARGET = 'TARGET';
const RECORD = 'RECORD';

/** The evidence file; commands that read or write records have it. */
export const EVIDENCE_FLAG = {
  evidence: text(RECORD, '<file>', 'Evidence file: store, keys and pins of the log that keeps the records'),
};

export const GATE: CommandSpec = {
  id: 'gate',
  summary: 'Decide by a policy whether artifacts may be promoted, and keep a signed record',
  description:
    'Verifies the provenance of each artifact, checks it against the policy for the environment, puts the decision on ' +
    'record in a log that shows tampering, and only then answers. Exits 0 for allow with a durable record, 1 for deny, ' +
    '2 for indeterminate, 3 when evidence of its own is not intact; several artifacts: the worst answer wins.',
  usage: 'gate ARTIFACT... --policy FILE --to ENVIRONMENT --evidence FILE [FLAGS]',
  examples: [
    example(
      'An image on its way to production, with what its registry keeps beside it:',
      'slsa-gate gate ghcr.io/owner/app:1.2.3 --policy policy.yaml --to production --evidence evidence.yaml',
    ),
    example(
      'The same, and the tag production names it afterwards:',
      'slsa-gate gate ghcr.io/owner/app:1.2.3 --policy policy.yaml --to production --evidence evidence.yaml --promote production',
    ),
    example(
      'A package with its attestation in a file:',
      'slsa-gate gate app.tgz --package pkg:npm/%40owner/app@1.2.3 --bundle app.sigstore --policy policy.yaml --to production --evidence evidence.yaml',
    ),
    example(
      'What would be answered, without a record (an allow exits 2):',
      'slsa-gate gate app.tgz --bundle app.sigstore --policy policy.yaml --to production --dry-run',
    ),
  ],
  args: {
    artifact: argument(
      'A file, sha256:<hex>, an image (registry/repository:tag or @sha256:<hex>), oci-layout:DIR, or a purl: pkg:npm/..., pkg:pypi/..., pkg:oci/..., pkg:github/...#asset, others with ?checksum=sha256:<hex>',
      { multiple: true },
    ),
  },
  maxArgs: Number.POSITIVE_INFINITY,
  flags: {
    ...BUNDLE_FLAGS,
    'evidence-log': repeatable(
      'EVIDENCE',
      '<folder>',
      'Export of the evidence log of another verifier: its summaries, each with its proof',
    ),
    policy: text(POLICY, '<file>', 'Policy: YAML or JSON, or a signed envelope with --policy-key'),
    'policy-key': text(POLICY, '<file>', 'PEM file of the public key that must have signed the policy'),
    'policy-digest': text(POLICY, '<sha256:hex>', 'Digest that the policy must have'),
    catalogue: text(POLICY, '<file>', 'Catalogue of builders in place of the one of the package'),
    to: text(TARGET, '<environment>', 'Environment of the policy, or one of its aliases'),
    package: text(TARGET, '<purl>', 'What the artifact is; a file is pkg:generic/<name> without it'),
    'resource-uri': text(
      TARGET,
      '<uri>',
      'What is promoted and where to, for the verification summary; default slsa-gate:ENVIRONMENT/PURL',
    ),
    ...EVIDENCE_FLAG,
    'request-id': text(
      RECORD,
      '<id>',
      'Name of the request, for asking it again; default the run, attempt and job of the CI',
    ),
    override: text(RECORD, '<file>', 'Signed override of an earlier denial'),
    'dry-run': toggle(RECORD, 'Store nothing; what would be allowed exits 2'),
    'ephemeral-evidence': toggle(RECORD, 'Accept a store that dies with this job; the record says so'),
    promote: text(
      TARGET,
      '<tag>',
      'After an allow that is on record, let this tag of the same repository name the image; needs an image in a registry',
    ),
    wait: text(RECORD, '<duration>', 'Repeat what is indeterminate or not there yet for so long, e.g. 10m'),
    ...PASSPHRASE_FLAGS,
    ...IDENTITY_TOKEN_FLAG,
    ...SOURCE_FLAGS,
    ...OFFLINE_FLAGS,
    ...NETWORK_FLAGS,
    ...REPORT_FLAGS,
  },
  conflicts: [
    ['cache-dir', 'without-cache'],
    ['dry-run', 'override'],
    ['dry-run', 'request-id'],
    ['dry-run', 'ephemeral-evidence'],
    ['promote', 'offline'],
    ...PASSPHRASE_CONFLICTS,
  ],
  needs: [],
};
