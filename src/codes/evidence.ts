import { type CodePage, page } from './page.ts';

const STOP = 'Stop promotions, keep the store as it is, and find out who changed it.';
const CONFIG = 'Mend the evidence file that is named; docs/evidence.md describes it.';

/** Codes of records, their log, keys and stores. */
export const EVIDENCE_CODES = {
  'evidence.tampered': page(
    'integrity',
    'the evidence log was altered',
    'A record, a hash or a payload is not the one that was signed.',
    STOP,
  ),
  'evidence.rollback': page(
    'integrity',
    'the evidence log is missing, empty or older than its pinned checkpoint',
    'Somebody removed or restored it; what was recorded since is gone.',
    `${STOP} A log is made by slsa-gate evidence init alone.`,
  ),
  'evidence.fork': page(
    'integrity',
    'two signed heads of the evidence log contradict each other',
    'One of two histories is a lie.',
    STOP,
  ),
  'evidence.origin': page(
    'integrity',
    'the evidence log is another one than the configured one',
    'Origin and keys come from configuration, never from the store.',
    'Compare store, origin and keys of the evidence file.',
  ),
  'evidence.signature': page(
    'integrity',
    'a record or checkpoint is not signed by a configured key',
    'Whoever signed it was not asked to.',
    STOP,
  ),
  'evidence.material-missing': page(
    'integrity',
    'a payload of the evidence log is gone, and no record says that it was pruned',
    'What was decided on can no longer be shown.',
    STOP,
  ),
  'evidence.replay-differs': page(
    'integrity',
    'deciding again gives another answer',
    'The record, its material or the rules are not the same as then.',
    'Compare the versions of slsa-gate; if they agree, treat the record as altered.',
  ),
  'evidence.pruned': page(
    'indeterminate',
    'the material of the record was pruned',
    'Past its retention a record can be proven, but not decided again.',
    'Use an export that was made before.',
  ),
  'evidence.unwritable': page(
    'indeterminate',
    'the record could not be written',
    'Without a durable record nothing is allowed; nothing of it was left behind.',
    'Mend the store (space, permissions, connection) and run again.',
  ),
  'evidence.unreadable': page(
    'indeterminate',
    'the evidence store cannot be read',
    'What it holds is not known.',
    'Mend the store (permissions, connection) and run again.',
  ),
  'evidence.sink': page(
    'indeterminate',
    'a required sink did not acknowledge the record',
    'The record must lie where the policy wants it before anything is allowed.',
    'Mend the sink and run again; the stored record is found again.',
  ),
  'evidence.pin-unreadable': page(
    'indeterminate',
    'the pinned checkpoint cannot be read or written',
    'Without it nobody could tell an old log from the current one.',
    'Mend the file or repository of the pin and run again.',
  ),
  'evidence.dry-run': page(
    'indeterminate',
    'nothing was stored, because of --dry-run',
    'An allow without a record does not exist.',
    'Run again without --dry-run.',
  ),
  'evidence.not-durable': page(
    'usage',
    'the evidence store would die with this job',
    'Evidence must outlive what it is about.',
    'Use PostgreSQL or a mounted disk, add a required sink, or give --ephemeral-evidence for first steps.',
  ),
  'evidence.exists': page(
    'usage',
    'there is an evidence log already',
    'A log is never made anew over an old one.',
    'Name another place. An evidence init that was interrupted is finished by the same command again.',
  ),
  'evidence.config': page(
    'usage',
    'the evidence file is not usable',
    'Store, signers and pins must be named.',
    CONFIG,
  ),
  'evidence.schema': page(
    'usage',
    'the store has another version than this slsa-gate',
    'Rows of another form would be misread.',
    'Use the slsa-gate that made it, or migrate the store.',
  ),
  'evidence.not-found': page(
    'usage',
    'no such record',
    'Nothing was read.',
    'List records with slsa-gate evidence list.',
  ),
  'output.exists': page(
    'usage',
    'there is something in the place of the output',
    'It may be the only copy of something.',
    'Name another place.',
  ),
  'evidence.retention': page(
    'usage',
    'the retention is not usable',
    'What is pruned is gone.',
    'Give --older-than with a whole number and d or w.',
  ),
  'signer.unsupported': page(
    'usage',
    'there is no such signer',
    'Records are signed by a key that you name.',
    'Use key:FILE or pkcs11:URI; sigstore:PROFILE signs records of an evidence file.',
  ),
  'signer.key': page(
    'usage',
    'the signing key is not usable',
    'Records are signed with P-256, P-384 or Ed25519 alone.',
    'Make one with slsa-gate key generate.',
  ),
  'signer.exists': page(
    'usage',
    'there is a file in the place of the new key',
    'A key that is overwritten can never sign again, and what it signed stays.',
    'Name another file.',
  ),
  'signer.passphrase': page(
    'usage',
    'the passphrase of the signing key is missing or wrong',
    'An encrypted key cannot sign without it.',
    'Give --passphrase-file or --passphrase-env, or type it on a terminal.',
  ),
  'signer.failed': page(
    'indeterminate',
    'signing failed',
    'A record that is not signed is none.',
    'Check the key, token or service and run again.',
  ),
} as const satisfies Record<string, CodePage>;
