import { describe, expect, it } from 'vitest';
import { parseEvidenceFile } from '../../../../src/core/evidence/evidence-file.ts';
import {
  type NewEvidenceFile,
  renderEvidenceFile,
} from '../../../../src/core/evidence/evidence-file-text.ts';
import { toVkey } from '../../../../src/core/log/checkpoint.ts';
import { attempt } from '../../../../src/errors.ts';
import { createKeyPair, type KeyPair } from '../../../kit/keys.ts';
import { refusal } from '../../cli/command.ts';

const ORIGIN = 'example.com/releases';
const RECORDS = createKeyPair('P-256');
const OTHER_RECORDS = createKeyPair('Ed25519');
const HEADS = createKeyPair('Ed25519');
const vkeyOf = (keys: KeyPair, origin = ORIGIN): string => toVkey(origin, keys.spki);

const IDENTITY = {
  subject: 'https://github.com/octo-org/release/.github/workflows/gate.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com',
  trustedRoot: 'trusted_root.json',
};

type Fields = Readonly<Record<string, unknown>>;
const GOOD: Fields = {
  schemaVersion: 1,
  origin: ORIGIN,
  verifierId: 'https://example.com/slsa-gate',
  store: 'sqlite:evidence.db',
  recordSigner: 'key:records.pem',
  recordKeys: [RECORDS.pem],
  checkpointSigner: 'key:checkpoints.pem',
  checkpointKeys: [vkeyOf(HEADS)],
  pins: ['file:checkpoint.txt', 'git:../pins.git#refs/slsa-gate/releases'],
  sinks: [{ name: 'archive', folder: '/mnt/archive', required: true }],
};
const parse = (fields: Fields | string, name = 'evidence.json') =>
  parseEvidenceFile(Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields)), name);
const refused = (fields: Fields) => attempt(() => parse(fields)) as { readonly error: unknown };
const without = (name: string): Fields =>
  Object.fromEntries(Object.entries(GOOD).filter(([key]) => key !== name));

describe('an evidence file', () => {
  it('is read to what it means', () => {
    const file = parse(GOOD);
    expect({ ...file, recordKeys: file.recordKeys.map(({ spki }) => spki), checkpointKeys: [] }).toEqual({
      origin: ORIGIN,
      verifierId: 'https://example.com/slsa-gate',
      store: { kind: 'sqlite', path: 'evidence.db' },
      recordSigner: 'key:records.pem',
      recordKeys: [RECORDS.spki],
      recordIdentities: [],
      publishPublicly: false,
      checkpointSigner: 'key:checkpoints.pem',
      checkpointKeys: [],
      pins: GOOD.pins,
      sinks: GOOD.sinks,
    });
    expect(file.checkpointKeys.map(({ vkey, name }) => [vkey, name])).toEqual([[vkeyOf(HEADS), ORIGIN]]);
  });

  it('of a log that is only read has no signers, and may have no sinks', () => {
    const { recordSigner, checkpointSigner, sinks, ...rest } = GOOD;
    const file = parse(rest);
    expect([file.recordSigner, file.checkpointSigner, file.sinks]).toEqual([undefined, undefined, []]);
    expect([recordSigner, checkpointSigner, sinks]).not.toContain(undefined);
  });

  it.each([
    'postgres://gate@db.example.com:5432/evidence',
    'postgresql://gate@db/evidence?sslmode=verify-full&sslrootcert=/etc/ca.pem',
  ])('names a PostgreSQL store: %s', (store) => {
    expect(parse({ ...GOOD, store }).store).toEqual({ kind: 'postgres', url: store });
  });

  it('names identities in place of keys, or beside them', () => {
    const { recordKeys: _, ...rest } = GOOD;
    const file = parse({ ...rest, recordSigner: 'sigstore:private.yaml', recordIdentities: [IDENTITY] });
    expect([file.recordSigner, file.recordKeys, file.recordIdentities, file.publishPublicly]).toEqual([
      'sigstore:private.yaml',
      [],
      [IDENTITY],
      false,
    ]);
    const both = parse({ ...GOOD, recordIdentities: [IDENTITY, { ...IDENTITY, trustedRoot: 'old.json' }] });
    expect([both.recordKeys.length, both.recordIdentities.length]).toEqual([1, 2]);
  });

  it('lets the public instance sign only where it says that it may be told to everybody', () => {
    const recordSigner = 'sigstore:public-good';
    const file = { ...GOOD, recordSigner, recordIdentities: [IDENTITY] };
    expect(parse({ ...file, publishPublicly: true }).publishPublicly).toBe(true);
    for (const publishPublicly of [undefined, false]) {
      const { error } = refused({ ...file, ...(publishPublicly === undefined ? {} : { publishPublicly }) });
      expect(error).toEqual(
        refusal('evidence.config', { hint: expect.stringContaining('publishPublicly: true') }),
      );
    }
  });

  it('keeps keys that have signed before', () => {
    const later = createKeyPair('Ed25519');
    const file = parse({
      ...GOOD,
      recordKeys: [RECORDS.pem, OTHER_RECORDS.pem],
      checkpointKeys: [vkeyOf(HEADS), vkeyOf(later)],
    });
    expect([file.recordKeys.length, file.checkpointKeys.length]).toEqual([2, 2]);
  });
});

describe('an evidence file that is refused', () => {
  it.each<[string, Fields | string, string]>([
    ['an unknown key', { ...GOOD, recordKey: RECORDS.pem }, 'recordKey'],
    ['another version', { ...GOOD, schemaVersion: 2 }, 'schemaVersion'],
    ['no origin', without('origin'), 'origin'],
    ['an origin with a plus sign', { ...GOOD, origin: 'a+b' }, 'origin'],
    ['an origin with a space', { ...GOOD, origin: 'a b' }, 'origin'],
    [
      'an origin that is too long',
      { ...GOOD, origin: 'a'.repeat(257), checkpointKeys: GOOD.checkpointKeys },
      'origin',
    ],
    ['no verifier id', without('verifierId'), 'verifierId'],
    ['a verifier id that is no URI', { ...GOOD, verifierId: 'me' }, 'verifierId'],
    ['no store', without('store'), 'store'],
    ['no record key', { ...GOOD, recordKeys: [] }, 'recordKeys'],
    ['no list of record keys', without('recordKeys'), 'recordKeys'],
    ['a record key that is none', { ...GOOD, recordKeys: ['-----BEGIN PUBLIC KEY-----'] }, 'recordKeys[0]'],
    ['a private key as record key', { ...GOOD, recordKeys: [exported(RECORDS)] }, 'recordKeys[0]'],
    ['an RSA key as record key', { ...GOOD, recordKeys: [createKeyPair('RSA-2048').pem] }, 'recordKeys[0]'],
    ['P-521 as record key', { ...GOOD, recordKeys: [createKeyPair('P-521').pem] }, 'recordKeys[0]'],
    [
      'the same record key twice',
      { ...GOOD, recordKeys: [RECORDS.pem, `\n${RECORDS.pem}`] },
      'recordKeys[1]',
    ],
    ['no checkpoint key', { ...GOOD, checkpointKeys: [] }, 'checkpointKeys'],
    ['a checkpoint key that is none', { ...GOOD, checkpointKeys: ['a+b+c'] }, 'checkpointKeys[0]'],
    [
      'a checkpoint key with the id of another',
      { ...GOOD, checkpointKeys: [vkeyOf(HEADS).replace(/\+[0-9a-f]{8}\+/, '+00000000+')] },
      'checkpointKeys[0]',
    ],
    [
      'a checkpoint key of another log',
      { ...GOOD, checkpointKeys: [vkeyOf(HEADS, 'example.com/other')] },
      'checkpointKeys[0]',
    ],
    [
      'the same checkpoint key twice',
      { ...GOOD, checkpointKeys: [vkeyOf(HEADS), vkeyOf(HEADS)] },
      'checkpointKeys[1]',
    ],
    [
      'one key for records and checkpoints',
      { ...GOOD, recordKeys: [RECORDS.pem, HEADS.pem] },
      'checkpointKeys[0]',
    ],
    [
      'one signer for records and checkpoints',
      { ...GOOD, checkpointSigner: GOOD.recordSigner },
      'checkpointSigner',
    ],
    ['a signer without a scheme', { ...GOOD, recordSigner: 'records.pem' }, 'recordSigner'],
    ['a signer without a name', { ...GOOD, recordSigner: 'key:' }, 'recordSigner'],
    [
      'a sigstore signer of which no identity is named',
      { ...GOOD, recordSigner: 'sigstore:a.yaml' },
      'recordSigner',
    ],
    ['neither keys nor identities', without('recordKeys'), 'recordKeys'],
    ['no identity', { ...GOOD, recordIdentities: [] }, 'recordIdentities'],
    ['the same identity twice', { ...GOOD, recordIdentities: [IDENTITY, IDENTITY] }, 'recordIdentities[1]'],
    [
      'an identity without issuer',
      { ...GOOD, recordIdentities: [{ subject: IDENTITY.subject, trustedRoot: 'a' }] },
      'recordIdentities[0]',
    ],
    [
      'an identity without root',
      { ...GOOD, recordIdentities: [{ subject: IDENTITY.subject, issuer: IDENTITY.issuer }] },
      'recordIdentities[0]',
    ],
    [
      'an identity without subject',
      { ...GOOD, recordIdentities: [{ ...IDENTITY, subject: '' }] },
      'recordIdentities[0].subject',
    ],
    [
      'an identity with a space',
      { ...GOOD, recordIdentities: [{ ...IDENTITY, subject: 'a b' }] },
      'recordIdentities[0].subject',
    ],
    [
      'an identity whose issuer is no URL',
      { ...GOOD, recordIdentities: [{ ...IDENTITY, issuer: 'github' }] },
      'recordIdentities[0].issuer',
    ],
    [
      'an identity by a pattern',
      { ...GOOD, recordIdentities: [{ ...IDENTITY, subjectRegexp: '.*' }] },
      'recordIdentities[0]',
    ],
    ['a word for publishing', { ...GOOD, publishPublicly: 'yes' }, 'publishPublicly'],
    ['no pin', { ...GOOD, pins: [] }, 'pins'],
    ['no list of pins', without('pins'), 'pins'],
    ['a pin of no kind', { ...GOOD, pins: ['checkpoint.txt'] }, 'pins[0]'],
    ['a pin in git without a ref', { ...GOOD, pins: ['git:pins.git'] }, 'pins[0]'],
    ['the same pin twice', { ...GOOD, pins: ['file:a', 'file:a'] }, 'pins[1]'],
    ['an empty list of sinks', { ...GOOD, sinks: [] }, 'sinks'],
    [
      'a sink that does not say whether it is required',
      { ...GOOD, sinks: [{ name: 'a', folder: 'b' }] },
      'required',
    ],
    [
      'two sinks of one name',
      { ...GOOD, sinks: ['a', 'b'].map((folder) => ({ name: 'archive', folder, required: true })) },
      'sinks[1]',
    ],
    ['a variable', { ...GOOD, origin: `\${ORIGIN}` }, 'origin'],
    ['a hidden character', { ...GOOD, pins: ['file:a\u202eb'] }, ''],
    ['a key twice', JSON.stringify(GOOD).replace('{', '{"origin":"a",'), 'origin'],
    ['no mapping', '[]', ''],
    ['an empty file', '', ''],
  ])('for %s', (_, fields, path) => {
    expect(() => parse(fields)).toThrow(
      refusal('evidence.config', { exitCode: 64, message: expect.stringContaining(path) }),
    );
  });

  it.each([
    'evidence.db',
    'sqlite:',
    'sqlite::memory:',
    'sqlite://evidence.db',
    'mysql://gate@db/evidence',
    'postgres://',
    'postgres://db/evidence',
    'postgres://gate@/evidence',
    'postgres://gate@db',
    'postgres://gate@db/',
    'postgres://gate@db/a/b',
    'postgres://gate@db/evidence?host=elsewhere',
    'postgres://gate@db/evidence?user=postgres',
    'postgres://gate@db/evidence?sslmode=require&sslmode=disable',
    'postgres://gate@db/evidence#a',
  ])('for a store that is none: %s', (store) => {
    expect(() => parse({ ...GOOD, store })).toThrow(
      refusal('evidence.config', { message: expect.stringContaining('store') }),
    );
  });

  it.each([
    'postgres://gate:hunter2@db/evidence',
    'postgres://gate:@db/evidence',
    'postgres://gate:hunter2%40@db/evidence',
    'postgres://gate@db/evidence?password=hunter2',
    'postgres://gate@db/evidence?PASSWORD=hunter2',
    'postgres://gate@db/evidence?sslpassword=hunter2',
  ])('for a password in it, which is not repeated: %s', (store) => {
    const refused = attempt(() => parse({ ...GOOD, store }));
    expect(refused).toEqual({ error: refusal('evidence.config') });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
    expect('error' in refused && refused.error.message).toMatch(/password/);
    expect('error' in refused && refused.error.message).not.toContain('hunter2');
  });

  it('for all its faults at once', () => {
    const refused = attempt(() => parse({ ...GOOD, origin: 'a b', store: 'x', pins: [], zzz: 1 }));
    expect('error' in refused && refused.error.details).toEqual({ faults: 4 });
  });
});

const exported = ({ privateKey }: KeyPair): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a new evidence file', () => {
  const file: NewEvidenceFile = {
    origin: ORIGIN,
    verifierId: 'https://example.com/slsa-gate',
    store: 'sqlite:evidence.db',
    recordSigner: 'key:records.pem',
    recordKeys: [RECORDS.pem, OTHER_RECORDS.pem],
    checkpointSigner: 'pkcs11:token=a;object=b?module-path=/usr/lib/p11.so',
    checkpointKeys: [vkeyOf(HEADS)],
    pins: ['file:it\'s a "pin": #1', 'git:../pins.git#refs/slsa-gate/releases'],
    sinks: [{ name: 'archive', folder: 'C:\\archive', required: false }],
    recordIdentities: [],
    publishPublicly: false,
  };

  it('is read back as what it was made from', () => {
    const read = parse(renderEvidenceFile(file), 'evidence.yaml');
    expect({
      ...read,
      store: `sqlite:${read.store.kind === 'sqlite' ? read.store.path : ''}`,
      recordKeys: read.recordKeys.map(({ key }) => key.export({ type: 'spki', format: 'pem' })),
      checkpointKeys: read.checkpointKeys.map(({ vkey }) => vkey),
    }).toEqual(file);
  });

  it('names an identity in place of keys', () => {
    const text = renderEvidenceFile({
      ...file,
      recordSigner: 'sigstore:public-good',
      recordKeys: [],
      recordIdentities: [IDENTITY],
      publishPublicly: true,
    });
    expect(parse(text, 'evidence.yaml')).toMatchObject({
      recordKeys: [],
      recordIdentities: [IDENTITY],
      publishPublicly: true,
    });
    expect(text).not.toContain('recordKeys');
  });

  it('has no key without entries', () => {
    expect(renderEvidenceFile({ ...file, sinks: [] })).not.toContain('sinks');
    expect(parse(renderEvidenceFile({ ...file, sinks: [] }), 'evidence.yaml').sinks).toEqual([]);
  });
});
