import type { KeyDescription } from '../../app/describe-key.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

export interface GeneratedKey extends KeyDescription {
  readonly privateFile: string;
  readonly publicFile: string;
}

/** What `key generate` made. */
export const renderGeneratedKey = (key: GeneratedKey, format: string): string =>
  format === 'json'
    ? toJson({ schemaVersion: 1, ...key })
    : [
        `private key: ${toTerminal(key.privateFile)}`,
        `public key: ${toTerminal(key.publicFile)}`,
        `key id: ${key.keyId} (${key.algorithm})`,
        '',
      ].join('\n');

/** A public key; its PEM comes last, so that it can be copied whole. */
export const renderKey = (key: KeyDescription, format: string): string =>
  format === 'json'
    ? toJson({ schemaVersion: 1, ...key })
    : [
        `key id: ${key.keyId} (${key.algorithm})`,
        ...(key.checkpointKey === null ? [] : [`checkpoint key: ${toTerminal(key.checkpointKey)}`]),
        key.publicKey,
      ].join('\n');

/** What was signed, in a file. */
export interface SignedFile {
  readonly file: string;
  readonly keyId: string;
  /** Of the policy; null where nothing is named by its digest. */
  readonly digest: string | null;
}

export const renderSignedFile = (signed: SignedFile, format: string): string =>
  format === 'json'
    ? toJson({ schemaVersion: 1, ...signed })
    : [
        `signed: ${toTerminal(signed.file)}`,
        ...(signed.digest === null ? [] : [`policy: ${signed.digest}`]),
        `key id: ${signed.keyId}`,
        '',
      ].join('\n');
