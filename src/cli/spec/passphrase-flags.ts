import { type FlagSpecs, text } from './flag.ts';

const KEYS = 'KEYS';

/** Of commands that sign with a key that may be encrypted. */
export const PASSPHRASE_FLAGS: FlagSpecs = {
  'passphrase-file': text(KEYS, '<file>', 'File with the passphrase of encrypted signing keys'),
  'passphrase-env': text(KEYS, '<name>', 'Environment variable that holds the passphrase'),
};

export const PASSPHRASE_CONFLICTS = [['passphrase-file', 'passphrase-env']] as const;
