import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryStore } from '../../../../src/adapters/evidence/memory/index.ts';
import { openSigner } from '../../../../src/adapters/signers/index.ts';
import { type InitRequest, initEvidence } from '../../../../src/app/evidence/init.ts';
import { type EvidenceWiring, openEvidence } from '../../../../src/app/evidence/open-evidence.ts';
import { signRecord } from '../../../../src/app/evidence/sign-record.ts';
import { isIdentity } from '../../../../src/core/evidence/record-authority.ts';
import { refuse } from '../../../../src/errors.ts';
import { MemoryPin, toSigner } from '../../../kit/evidence.ts';
import { identitySigner } from '../../../kit/identity-signer.ts';
import { createKeyPair, type KeyPair } from '../../../kit/keys.ts';
import { type SigstoreServices, startSigstoreServices } from '../../../kit/servers/sigstore-services.ts';
import { GATE_IDENTITY } from '../../../kit/servers/sigstore-token.ts';
import { SIGNED_AT } from '../../../kit/sigstore.ts';
import { refusal } from '../../cli/command.ts';

const NOW = () => SIGNED_AT;
const IDENTITY = { ...GATE_IDENTITY, trustedRoot: 'trusted_root.json' };
const KEYS: Readonly<Record<string, KeyPair>> = {
  'key:heads.pem': createKeyPair('Ed25519'),
  'key:records.pem': createKeyPair('P-256'),
};
const REQUEST: InitRequest = {
  path: '/etc/gate/evidence.yaml',
  origin: 'example.com/releases',
  verifierId: 'https://example.com/slsa-gate',
  store: 'sqlite:evidence.db',
  recordSigner: 'sigstore:private.yaml',
  recordIdentity: IDENTITY,
  checkpointSigner: 'key:heads.pem',
  pins: ['file:checkpoint.txt'],
  sinks: [],
};

let services: SigstoreServices;
let files: Map<string, string>;
let wiring: EvidenceWiring & Parameters<typeof initEvidence>[1];

beforeEach(async () => {
  services = await startSigstoreServices({ now: NOW });
  const { fulcioUrl, rekorUrl, rekorVersion, tsaUrl, audience } = services.profile(2);
  files = new Map([
    [
      '/etc/gate/private.yaml',
      JSON.stringify({ schemaVersion: 1, fulcioUrl, rekorUrl, rekorVersion, tsaUrl, audience }),
    ],
    ['/etc/gate/trusted_root.json', JSON.stringify(services.sigstore.trustedRoot())],
  ]);
  const database = createMemoryDatabase();
  const pin = new MemoryPin();
  const read = (path: string) =>
    Buffer.from(files.get(path) ?? refuse('path.not-found', `no such file: ${path}`));
  wiring = {
    readFile: async (path) => read(path),
    openStore: async () => createMemoryStore(database),
    openSigner: async (reference) => {
      const keys = KEYS[reference];
      return keys === undefined
        ? openSigner(reference, {
            baseDirectory: '/',
            passphrase: async () => undefined,
            warn: () => undefined,
          })
        : toSigner(keys);
    },
    openIdentitySigner: (profile) => identitySigner(services, profile, NOW),
    readTrustedRoot: async (name, baseDirectory) => read(`${baseDirectory}/${name}`),
    openPin: () => pin,
    openSink: () => refuse('internal.bug', 'no sink'),
    diskOf: async () => 'durable',
    onHostedRunner: false,
    now: NOW,
    random: (length) => Buffer.alloc(length, 7),
    createFile: async (path, text) => {
      files.set(path, text);
    },
    exists: async (path) => files.has(path),
  };
});
afterEach(() => services.close());

const init = (changes: Partial<InitRequest> = {}) => initEvidence({ ...REQUEST, ...changes }, wiring);
const open = (write = true) => openEvidence(REQUEST.path, wiring, { write });
const rewrite = (change: (text: string) => string): void => {
  files.set(REQUEST.path, change(files.get(REQUEST.path) ?? ''));
};

describe('a log of an identity', () => {
  it('is made with a file that names who signs, and nobody is asked for anything', async () => {
    expect(await init()).toMatchObject({ recordKey: null, recordIdentity: IDENTITY });
    expect(services.requests).toEqual([]);
  });

  it('is opened for writing, and signs by the profile beside the file', async () => {
    await init();
    const evidence = await open();
    expect(evidence.recordSigner?.scheme).toBe('sigstore');
    expect(evidence.recordKeys.map((authority) => isIdentity(authority) && authority.subject)).toEqual([
      IDENTITY.subject,
    ]);
    const { recordSigner } = evidence;
    if (recordSigner === undefined) throw new Error('no signer');
    await expect(signRecord(Buffer.from('x'), { ...evidence, recordSigner })).resolves.toBeInstanceOf(Buffer);
    await evidence.close();
  });

  it('is opened for reading without profile and services', async () => {
    await init();
    files.delete('/etc/gate/private.yaml');
    const evidence = await open(false);
    expect([evidence.recordSigner, evidence.recordKeys.length]).toEqual([undefined, 1]);
    await evidence.close();
  });
});

describe('a log of an identity that is not made', () => {
  it.each<
    [
      string,
      Partial<InitRequest>,
      'evidence.config' | 'signer.unsupported' | 'path.not-found' | 'signer.failed',
    ]
  >([
    ['without its identity', { recordIdentity: undefined }, 'evidence.config'],
    ['with an identity and a key', { recordSigner: 'key:records.pem' }, 'evidence.config'],
    [
      'with an identity by a part of its name',
      { recordIdentity: { ...IDENTITY, subject: 'a b' } },
      'evidence.config',
    ],
    [
      'with a root that is not there',
      { recordIdentity: { ...IDENTITY, trustedRoot: 'x.json' } },
      'path.not-found',
    ],
    ['with a profile that is not there', { recordSigner: 'sigstore:x.yaml' }, 'path.not-found'],
    ['with a profile without a name', { recordSigner: 'sigstore:' }, 'evidence.config'],
    ['with the public instance, unknowingly', { recordSigner: 'sigstore:public-good' }, 'evidence.config'],
    [
      'with heads that an identity signs',
      { checkpointSigner: 'sigstore:private.yaml' },
      'signer.unsupported',
    ],
  ])('%s', async (_, changes, code) => {
    await expect(init(changes)).rejects.toEqual(refusal(code));
    expect(files.has(REQUEST.path)).toBe(false);
  });

  it('with a root that is none', async () => {
    files.set('/etc/gate/trusted_root.json', '{}');
    await expect(init()).rejects.toEqual(refusal('trust.malformed'));
    expect(files.has(REQUEST.path)).toBe(false);
  });
});

describe('a log of an identity that is not opened', () => {
  beforeEach(() => init().then(() => undefined));

  it('with the public instance under another name, unless the file says so', async () => {
    files.set(
      '/etc/gate/private.yaml',
      'schemaVersion: 1\nfulcioUrl: https://fulcio.example.com\nrekorUrl: https://rekor.sigstore.dev\nrekorVersion: 1\naudience: sigstore\n',
    );
    await expect(open()).rejects.toEqual(
      refusal('evidence.config', { hint: expect.stringContaining('publishPublicly: true') }),
    );
    rewrite((text) => `${text}publishPublicly: true\n`);
    await (await open()).close();
    expect(services.requests).toEqual([]);
  });

  it('with heads that an identity signs', async () => {
    rewrite((text) =>
      text.replace('checkpointSigner: "key:heads.pem"', 'checkpointSigner: "sigstore:a.yaml"'),
    );
    await expect(open()).rejects.toEqual(refusal('signer.unsupported', { exitCode: 64 }));
  });

  it('with a root that cannot be read, also for reading', async () => {
    files.set('/etc/gate/trusted_root.json', 'not a root');
    await expect(open(false)).rejects.toEqual(refusal('trust.malformed'));
    files.delete('/etc/gate/trusted_root.json');
    await expect(open(false)).rejects.toEqual(refusal('path.not-found'));
  });

  it('with a profile that has a fault', async () => {
    files.set('/etc/gate/private.yaml', 'schemaVersion: 1\n');
    await expect(open()).rejects.toEqual(refusal('evidence.config'));
  });
});
