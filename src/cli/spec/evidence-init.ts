import { argument, type CommandSpec, example } from './command.ts';
import { repeatable, text, toggle } from './flag.ts';
import { PASSPHRASE_CONFLICTS, PASSPHRASE_FLAGS } from './passphrase-flags.ts';
import { RECORD_IDENTITY_FLAGS, RECORD_IDENTITY_NEEDS } from './record-signer-flags.ts';
import { DOCUMENT_FLAGS } from './verification-flags.ts';

const LOG = 'LOG';
const KEYS = 'KEYS';

export const EVIDENCE_INIT: CommandSpec = {
  id: 'evidence init',
  summary: 'Make an evidence log and the file that names it',
  description:
    'Makes the store, its first record and signed head, pins that head outside the store, and writes the evidence file ' +
    'that gate and the other evidence commands read. Nothing else ever makes a log; one that is there is never replaced. ' +
    'Paths in the file start from its own folder.',
  usage:
    'evidence init FILE --origin NAME --verifier-id URI --signer key:FILE --checkpoint-signer key:FILE [FLAGS]',
  examples: [
    example(
      'Keys, then a log in SQLite beside the evidence file:',
      'slsa-gate evidence init evidence.yaml --origin example.com/releases --verifier-id https://example.com/slsa-gate --signer key:records.pem --checkpoint-signer key:checkpoints.pem',
    ),
  ],
  args: { file: argument('The evidence file to write') },
  maxArgs: 1,
  flags: {
    origin: text(LOG, '<name>', 'Name of the log, such as example.com/releases'),
    'verifier-id': text(LOG, '<uri>', 'Name of this gate in verification summaries'),
    store: text(
      LOG,
      '<store>',
      'Store of the log: sqlite:PATH or postgres://USER@HOST/DATABASE; default sqlite:evidence.db',
    ),
    pin: repeatable(
      LOG,
      '<place>',
      'Where the newest head is kept outside the store: file:PATH or git:DIR#refs/NAME; default file:checkpoint.txt',
    ),
    sink: repeatable(
      LOG,
      '<name=folder>',
      'Folder in which every record must lie before anything is allowed',
    ),
    signer: text(KEYS, '<key>', 'Signs records: key:FILE, pkcs11:URI or sigstore:PROFILE'),
    ...RECORD_IDENTITY_FLAGS(KEYS),
    'publish-publicly': toggle(KEYS, 'With sigstore:public-good: accept that what is signed becomes public'),
    'checkpoint-signer': text(KEYS, '<key>', 'Signs heads of the log: another key, Ed25519'),
    ...PASSPHRASE_FLAGS,
    ...DOCUMENT_FLAGS,
  },
  conflicts: PASSPHRASE_CONFLICTS,
  needs: RECORD_IDENTITY_NEEDS,
};
