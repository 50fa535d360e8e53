import * as z from 'zod/mini';
import { attempt, refuse } from '../../errors.ts';
import { type Check, parseConfig } from '../config/parse.ts';
import { type CheckpointKey, isOrigin, parseCheckpointKey } from '../log/checkpoint.ts';
import { hasCredentials } from '../model/credentials.ts';
import { ConfigError } from '../model/faults.ts';
import { lazy } from '../model/lazy.ts';
import { type KeyKind, type PublicKey, parsePublicKeyPem } from '../verify/public-key.ts';
import { readStoreReference, type StoreReference } from './store-reference.ts';

/** A second place for records, which acknowledges them. */
export interface SinkReference {
  readonly name: string;
  readonly folder: string;
  /** Whether an allow waits for it. */
  readonly required: boolean;
}

/** An identity that may have signed records, and the root that vouches for it. */
export interface IdentityReference {
  /** The one subject alternative name of its certificates; exact. */
  readonly subject: string;
  /** OIDC issuer; exact. */
  readonly issuer: string;
  /** Name of a shipped root, or the path of a `trusted_root.json`. */
  readonly trustedRoot: string;
}

/** Where evidence goes and whose it is. Every path is as it was written: relative to the folder of the file. */
export interface EvidenceFile {
  /** Name of the log (C2SP). */
  readonly origin: string;
  /** Who verifies, as summaries name it. */
  readonly verifierId: string;
  readonly store: StoreReference;
  /** Reference for `openSigner`, or `sigstore:PROFILE`; absent where the log is only read. */
  readonly recordSigner?: string;
  /** All that may have signed records; at least one key or identity. */
  readonly recordKeys: readonly PublicKey[];
  readonly recordIdentities: readonly IdentityReference[];
  /** Whoever wrote the file knows that its records go into a public log. */
  readonly publishPublicly: boolean;
  readonly checkpointSigner?: string;
  /** All that may have signed checkpoints; at least one, each of the log's own name. */
  readonly checkpointKeys: readonly CheckpointKey[];
  /** References for `openPin`; at least one. */
  readonly pins: readonly string[];
  readonly sinks: readonly SinkReference[];
}

const said = (expected: string): string => `policy.invalid: ${expected}`;
const text = (pattern: RegExp, expected: string) =>
  z.string().check(z.minLength(1), z.regex(pattern, said(expected)));
const some = <T extends z.ZodMiniType>(item: T) => z.array(item).check(z.minLength(1));

/** The file as people write it. */
export const EvidenceFileSchema = lazy(() =>
  z.strictObject({
    schemaVersion: z.literal(1),
    origin: text(/^[^\s+]+$/u, 'a name without spaces and plus signs, such as example.com/releases'),
    verifierId: text(/^[a-z][a-z0-9+.-]*:[^\s#]+$/, 'a URI, such as https://example.com/slsa-gate'),
    store: z.string().check(z.minLength(1)),
    recordSigner: z.exactOptional(text(/^[a-z0-9]+:./, 'key:FILE, pkcs11:URI or sigstore:PROFILE')),
    recordKeys: z.exactOptional(some(z.string().check(z.minLength(1)))),
    recordIdentities: z.exactOptional(
      some(
        z.strictObject({
          subject: text(/^[\x21-\x7e]+$/, 'the name in the certificate, without spaces'),
          issuer: text(/^https?:\/\/[\x21-\x7e]+$/, 'the URL of an OIDC issuer'),
          trustedRoot: z.string().check(z.minLength(1)),
        }),
      ),
    ),
    publishPublicly: z.exactOptional(z.boolean()),
    checkpointSigner: z.exactOptional(text(/^[a-z0-9]+:./, 'key:FILE or pkcs11:URI')),
    checkpointKeys: some(z.string().check(z.minLength(1))),
    pins: some(text(/^(?:file:.|git:.+#refs\/.)/, 'file:PATH or git:DIR#refs/NAME')),
    sinks: z.exactOptional(
      some(
        z.strictObject({
          name: text(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
          folder: z.string().check(z.minLength(1)),
          required: z.boolean(),
        }),
      ),
    ),
  }),
);

type Written = z.infer<ReturnType<typeof EvidenceFileSchema>>;

const SIGNING_KINDS: readonly KeyKind[] = ['p256', 'p384', 'ed25519'];

/** @throws SlsaGateError */
function parseRecordKey(pem: string): PublicKey {
  const key = parsePublicKeyPem(pem, 'evidence.config');
  if (!SIGNING_KINDS.includes(key.kind))
    refuse('evidence.config', `records are signed with P-256, P-384 or Ed25519, not ${key.kind}`);
  return key;
}

/** Before the profile of a signer that signs by an identity. */
export const SIGSTORE = 'sigstore:';
const PUBLIC_GOOD_SIGNER = `${SIGSTORE}public-good`;
export const PUBLISH_HINT =
  'Records, or what tells of them, stay in the public log for ever: write publishPublicly: true, or name another signer.';

const digestOf = ({ spki }: PublicKey): string => spki.toString('base64');

/** Positions of entries that repeat an earlier one. */
const repeated = (entries: readonly (string | undefined)[]): readonly number[] =>
  entries.flatMap((entry, index) => (entry !== undefined && entries.indexOf(entry) < index ? [index] : []));

const checkFile: Check<Written> = (file, report) => {
  const fault = (path: readonly (string | number)[], message: string): void =>
    report.fault('policy.invalid', path, message);
  if (file.origin !== undefined && !isOrigin(file.origin))
    fault(['origin'], 'not usable as the name of a log');
  if (file.verifierId !== undefined && hasCredentials(file.verifierId))
    fault(['verifierId'], 'holds credentials, which would stand in every record');
  const store = file.store === undefined ? undefined : readStoreReference(file.store);
  if (store !== undefined && 'fault' in store) fault(['store'], store.fault);

  const recordKeys = (file.recordKeys ?? []).map((pem, index) => {
    const key = attempt(() => (pem === undefined ? undefined : parseRecordKey(pem)));
    if ('error' in key) fault(['recordKeys', index], key.error.message);
    return 'value' in key && key.value !== undefined ? digestOf(key.value) : undefined;
  });
  const checkpointKeys = (file.checkpointKeys ?? []).map((vkey, index) => {
    const key = attempt(() => (vkey === undefined ? undefined : parseCheckpointKey(vkey)));
    if ('error' in key) fault(['checkpointKeys', index], key.error.message);
    if (!('value' in key) || key.value === undefined) return undefined;
    if (file.origin !== undefined && key.value.name !== file.origin)
      fault(['checkpointKeys', index], 'a key of another log: its name is not the origin');
    return digestOf(key.value.key);
  });
  for (const [index, key] of checkpointKeys.entries()) {
    // Compared by key: the same one has as many texts as there are ways to write it.
    if (key !== undefined && recordKeys.includes(key))
      fault(['checkpointKeys', index], 'the same key signs records; whoever has it could do both');
  }
  if (file.recordSigner !== undefined && file.recordSigner === file.checkpointSigner)
    fault(['checkpointSigner'], 'the same key signs records; whoever has it could do both');

  checkIdentities(file, report);

  const lists = {
    recordKeys,
    recordIdentities: (file.recordIdentities ?? []).map((identity) => identity && JSON.stringify(identity)),
    checkpointKeys,
    pins: file.pins ?? [],
    sinks: (file.sinks ?? []).map((sink) => sink?.name),
  };
  for (const [name, entries] of Object.entries(lists))
    for (const index of repeated(entries)) fault([name, index], 'stands there twice');
};

/** Who signs by an identity has no key that could be listed; who listed nobody would accept no record. */
const checkIdentities: Check<Written> = ({ recordSigner, recordKeys, ...file }, report) => {
  const { recordIdentities, publishPublicly } = file;
  const isBySigstore = recordSigner?.startsWith(SIGSTORE) === true;
  if (recordIdentities === undefined && !report.touches(['recordIdentities'])) {
    if (isBySigstore) {
      report.fault(
        'policy.invalid',
        ['recordSigner'],
        'signs by an identity, and recordIdentities names none',
        'Add recordIdentities with subject, issuer and trustedRoot.',
      );
    } else if (recordKeys === undefined && !report.touches(['recordKeys'])) {
      report.fault(
        'policy.invalid',
        ['recordKeys'],
        'missing, and so is recordIdentities: who may sign records',
      );
    }
  }
  if (recordSigner === PUBLIC_GOOD_SIGNER && publishPublicly !== true && !report.touches(['publishPublicly']))
    report.fault('policy.invalid', ['recordSigner'], 'what it signs becomes public', PUBLISH_HINT);
};

/**
 * Bytes of an evidence file to its meaning. That signers, store and pins are there is not looked at.
 *
 * @param fileName as messages name it
 * @throws SlsaGateError `evidence.config`, whose message has a line for every fault
 */
export function parseEvidenceFile(bytes: Uint8Array, fileName: string): EvidenceFile {
  const file = readWritten(bytes, fileName);
  const store = readStoreReference(file.store);
  if ('fault' in store) throw new TypeError('a store was accepted that means nothing');
  const { origin, verifierId, recordSigner, checkpointSigner, pins } = file;
  return {
    origin,
    verifierId,
    store,
    ...(recordSigner === undefined ? {} : { recordSigner }),
    recordKeys: (file.recordKeys ?? []).map(parseRecordKey),
    recordIdentities: file.recordIdentities ?? [],
    publishPublicly: file.publishPublicly === true,
    ...(checkpointSigner === undefined ? {} : { checkpointSigner }),
    checkpointKeys: file.checkpointKeys.map(parseCheckpointKey),
    pins,
    sinks: file.sinks ?? [],
  };
}

function readWritten(bytes: Uint8Array, fileName: string): Written {
  try {
    return parseConfig(bytes, fileName, EvidenceFileSchema(), checkFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    refuse('evidence.config', error.message, { hint: error.hint, details: error.details, cause: error });
  }
}
