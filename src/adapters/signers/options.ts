/** Asks for the passphrase of a key; undefined where nobody can be asked. `what` names the key, for a prompt. */
export type PassphraseSource = (what: string) => Promise<Buffer | undefined>;

export interface SignerOptions {
  /** Folder that relative paths of the reference start from. */
  readonly baseDirectory: string;
  readonly passphrase: PassphraseSource;
  /** Told what weakens a key, such as a file that others can read. */
  readonly warn: (message: string) => void;
}
