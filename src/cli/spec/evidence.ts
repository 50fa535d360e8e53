import { argument, type CommandSpec, example } from './command.ts';
import { choice, repeatable, text, toggle } from './flag.ts';
import { EVIDENCE_FLAG } from './gate.ts';
import { REGISTRY_FLAGS } from './network-flags.ts';
import { PASSPHRASE_CONFLICTS, PASSPHRASE_FLAGS } from './passphrase-flags.ts';
import {
  IDENTITY_TOKEN_FLAG,
  RECORD_IDENTITY_FLAGS,
  RECORD_IDENTITY_NEEDS,
  SIGNER_NETWORK_FLAGS,
} from './record-signer-flags.ts';
import { DOCUMENT_FLAGS } from './verification-flags.ts';

const FILTER = 'FILTER';
const PROOF = 'PROOF';
const PACK = 'PACK';
const RETENTION = 'RETENTION';
const OUTPUT = 'OUTPUT';
const IMAGE = 'IMAGE';

const RECORD_ARG = { record: argument('Id of a record, e.g. rec_01J...') };
const RECORD_ARGS = { record: argument('Ids of records, e.g. rec_01J...', { multiple: true }) };

export const EVIDENCE_LIST: CommandSpec = {
  id: 'evidence list',
  summary: 'List records, newest first',
  description:
    'Shows what the store says: with --verify each record that is shown is proven and its signature verified, without it ' +
    'the list is a view that whoever can write to the store could have altered.',
  usage: 'evidence list --evidence FILE [FLAGS]',
  examples: [
    example(
      'What was denied for production:',
      'slsa-gate evidence list --evidence evidence.yaml --environment production --verdict deny',
    ),
  ],
  args: {},
  maxArgs: 0,
  flags: {
    ...EVIDENCE_FLAG,
    artifact: text(FILTER, '<sha256:hex>', 'Only records about this artifact'),
    environment: text(FILTER, '<name>', 'Only records of this environment, by the name that the policy has'),
    verdict: choice(FILTER, ['allow', 'deny', 'indeterminate'], 'Only records with this verdict'),
    code: text(FILTER, '<code>', 'Only records with this code, e.g. source.mismatch'),
    type: choice(FILTER, ['genesis', 'decision', 'override', 'prune'], 'Only records of this kind'),
    since: text(FILTER, '<time>', 'Only records from this RFC 3339 time on'),
    until: text(FILTER, '<time>', 'Only records before this RFC 3339 time'),
    before: text(FILTER, '<seq>', 'Only records before this position, for the next page'),
    limit: text(FILTER, '<n>', 'At most so many, up to 1000; default 50'),
    verify: toggle(PROOF, 'Prove each record that is shown, and verify its signature'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [],
  needs: [],
};

export const EVIDENCE_SHOW: CommandSpec = {
  id: 'evidence show',
  summary: 'Show one record, verified',
  description:
    'Proves that the record stands in the log under its pinned head, verifies signature, summary and materials, and ' +
    'prints what was decided, on what, and why.',
  usage: 'evidence show RECORD_ID --evidence FILE [FLAGS]',
  examples: [
    example(
      'Everything about one record:',
      'slsa-gate evidence show rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W --evidence evidence.yaml',
    ),
  ],
  args: RECORD_ARG,
  maxArgs: 1,
  flags: {
    ...EVIDENCE_FLAG,
    raw: toggle(OUTPUT, 'Print the signed envelope, byte by byte'),
    vsa: toggle(OUTPUT, 'Print the signed verification summary, byte by byte'),
    proof: toggle(OUTPUT, 'Print the proof that the record stands in the log (C2SP tlog-proof)'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [
    ['raw', 'vsa'],
    ['raw', 'proof'],
    ['vsa', 'proof'],
    ['raw', 'json'],
    ['vsa', 'json'],
    ['proof', 'json'],
    ['raw', 'format'],
    ['vsa', 'format'],
    ['proof', 'format'],
  ],
  needs: [],
};

export const EVIDENCE_VERIFY: CommandSpec = {
  id: 'evidence verify',
  summary: 'Verify the log and every record in it, or an export',
  description:
    'Walks the log from its first leaf to its pinned head and checks every leaf, tile, checkpoint, signature, summary and ' +
    'payload. Exit 0 when all of it is intact, 3 with the first bad position otherwise. With --pack it verifies an export, ' +
    'without the store; the keys come from --evidence or from flags, never out of the pack.',
  usage: 'evidence verify --evidence FILE [FLAGS]',
  examples: [
    example('The whole log:', 'slsa-gate evidence verify --evidence evidence.yaml'),
    example(
      'An export, on the machine of an auditor:',
      'slsa-gate evidence verify --pack pack --origin example.com/releases --record-key records.pub --checkpoint-key example.com/releases+1a2b3c4d+AZ...',
    ),
  ],
  args: {},
  maxArgs: 0,
  flags: {
    ...EVIDENCE_FLAG,
    'from-pinned': toggle(PROOF, 'Only what came after the pinned checkpoint, and that the log continues it'),
    'without-material': toggle(
      PROOF,
      'Leave out the bytes of attestations, policies and roots; signatures are verified all the same',
    ),
    pack: text(PACK, '<folder>', 'Verify this export instead of the log'),
    artifact: text(PACK, '<sha256:hex>', 'The export must be about this artifact; needs --pack'),
    environment: text(PACK, '<name>', 'The export must be about this environment; needs --pack'),
    origin: text(PACK, '<name>', 'Origin of the log, without --evidence'),
    'record-key': repeatable(PACK, '<file>', 'PEM file of a key that may have signed records'),
    ...RECORD_IDENTITY_FLAGS(PACK),
    'checkpoint-key': repeatable(PACK, '<vkey>', 'Verifier key (C2SP) that may have signed checkpoints'),
    'verifier-id': text(PACK, '<uri>', 'Verifier that the records must name, without --evidence'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [
    ['pack', 'from-pinned'],
    ['pack', 'without-material'],
    ['evidence', 'origin'],
    ['evidence', 'record-key'],
    ['evidence', 'certificate-identity'],
    ['evidence', 'checkpoint-key'],
    ['evidence', 'verifier-id'],
  ],
  needs: [
    ['artifact', 'pack'],
    ['environment', 'pack'],
    ['origin', 'pack'],
    ['record-key', 'pack'],
    ['certificate-identity', 'pack'],
    ...RECORD_IDENTITY_NEEDS,
    ['checkpoint-key', 'pack'],
    ['verifier-id', 'pack'],
  ],
};

export const EVIDENCE_REPLAY: CommandSpec = {
  id: 'evidence replay',
  summary: 'Decide again from what is stored, and compare',
  description:
    'Takes policy, attestations, roots and the clock of the record out of the store, decides again, and compares the ' +
    'decision digests. No network and no other file is used. Exit 0 for the same answer, 3 for another one, 2 where the ' +
    'material was pruned; with --all the worst of them.',
  usage: 'evidence replay RECORD_ID|--all --evidence FILE [FLAGS]',
  examples: [
    example(
      'One decision:',
      'slsa-gate evidence replay rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W --evidence evidence.yaml',
    ),
    example('All of them:', 'slsa-gate evidence replay --all --evidence evidence.yaml'),
  ],
  args: RECORD_ARG,
  maxArgs: 1,
  flags: {
    ...EVIDENCE_FLAG,
    all: toggle(FILTER, 'Every decision of the log, with totals'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [],
  needs: [],
};

export const EVIDENCE_EXPORT: CommandSpec = {
  id: 'evidence export',
  summary: 'Hand out records with everything that proves them',
  description:
    'Writes a folder with envelopes, summaries, materials, leaves, proofs, the checkpoint and a README, which evidence ' +
    'verify --pack verifies on another machine without the store. Everything is verified on its way. A folder that is ' +
    'there is never touched.',
  usage: 'evidence export RECORD_ID... --output FOLDER --evidence FILE [FLAGS]',
  examples: [
    example(
      'For an auditor:',
      'slsa-gate evidence export rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W --output pack --evidence evidence.yaml',
    ),
  ],
  args: RECORD_ARGS,
  maxArgs: Number.POSITIVE_INFINITY,
  flags: {
    ...EVIDENCE_FLAG,
    output: text(OUTPUT, '<folder>', 'Folder to write, which must not be there yet'),
    ...DOCUMENT_FLAGS,
  },
  conflicts: [],
  needs: [],
};

export const EVIDENCE_PRUNE: CommandSpec = {
  id: 'evidence prune',
  summary: 'Take away the payloads of old records; leaves and proofs stay',
  description:
    'Takes away envelopes and materials of allows and indeterminate answers that are older than the retention and that no ' +
    'kept record shares. Denials, overrides, and the newest decision of each artifact and environment stay. The act is a ' +
    'signed record itself. There is no question asked: look with --dry-run first.',
  usage: 'evidence prune --older-than DURATION --evidence FILE [FLAGS]',
  examples: [
    example(
      'What would go:',
      'slsa-gate evidence prune --older-than 400d --dry-run --evidence evidence.yaml',
    ),
  ],
  args: {},
  maxArgs: 0,
  flags: {
    ...EVIDENCE_FLAG,
    'older-than': text(RETENTION, '<duration>', 'Retention, in days or weeks, e.g. 400d or 60w'),
    environment: text(RETENTION, '<name>', 'Only records of this environment'),
    reason: text(RETENTION, '<text>', 'Why; stands in the record. Default: past its retention'),
    'dry-run': toggle(RETENTION, 'List what would go, and take nothing away'),
    ...PASSPHRASE_FLAGS,
    ...IDENTITY_TOKEN_FLAG,
    ...SIGNER_NETWORK_FLAGS,
    ...DOCUMENT_FLAGS,
  },
  conflicts: PASSPHRASE_CONFLICTS,
  needs: [],
};

export const EVIDENCE_ATTACH: CommandSpec = {
  id: 'evidence attach',
  summary: 'Hang a record on a change request, or on the image that it is about',
  description:
    'A record: writes the signed record, the verification summary, the leaf and its proof as files into a folder, or as ' +
    'JSON lines to standard output; materials are not among them, evidence export hands those out. An image, named by ' +
    'digest: hangs summary and decision of the newest allow about it on the image in its registry, as OCI referrers, ' +
    'where cosign, oras and other gates find them, and reads them back. A decision says all that it was decided on to ' +
    'everybody who can read the image; --summary-only leaves it out.',
  usage: 'evidence attach RECORD_ID|IMAGE --evidence FILE [--to FOLDER|--stdout] [FLAGS]',
  examples: [
    example(
      'Beside the change request:',
      'slsa-gate evidence attach rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W --to change-1234 --evidence evidence.yaml',
    ),
    example(
      'On the image, for whoever deploys it:',
      'slsa-gate evidence attach ghcr.io/owner/app@sha256:8d5e957f297893487bd98fa830fa6413e2a1a6b2a4f7c1f8fb5c5b0d0b1d1c2e --summary-only --evidence evidence.yaml',
    ),
  ],
  args: {
    record: argument('Id of a record, e.g. rec_01J..., or an image: registry/repository@sha256:<hex>'),
  },
  maxArgs: 1,
  flags: {
    ...EVIDENCE_FLAG,
    to: text(OUTPUT, '<folder>', 'Folder to write a record into; it is made where it is not there'),
    stdout: toggle(OUTPUT, 'Print JSON lines, one for each file, with its name, digest and content'),
    record: text(IMAGE, '<id>', 'Attach this record to the image; default the newest allow about it'),
    environment: text(IMAGE, '<name>', 'Attach the newest allow for this environment to the image'),
    'summary-only': toggle(IMAGE, 'Attach the verification summary without the decision'),
    ...REGISTRY_FLAGS,
    ...DOCUMENT_FLAGS,
  },
  conflicts: [
    ['to', 'stdout'],
    ['stdout', 'json'],
    ['stdout', 'format'],
    ['record', 'environment'],
  ],
  needs: [],
};

/** All commands that read or prune records. */
export const EVIDENCE_COMMANDS: readonly CommandSpec[] = [
  EVIDENCE_LIST,
  EVIDENCE_SHOW,
  EVIDENCE_VERIFY,
  EVIDENCE_REPLAY,
  EVIDENCE_EXPORT,
  EVIDENCE_ATTACH,
  EVIDENCE_PRUNE,
];
