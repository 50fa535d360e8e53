import { bundleFromJSON } from '@sigstore/bundle';
import { PublicKey, TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, test } from 'vitest';
import type { BundleJson, SignedBundle } from './bundle.ts';
import { authorityOf, createIntermediate, createRoot } from './certificate-authority.ts';
import { PURPOSE } from './extensions.ts';
import { gitlabSigner } from './gitlab-job.ts';
import { emailSigner } from './identity.ts';
import { changed, valueAt } from './json.ts';
import { createKeyPair, sha256 } from './keys.ts';
import { createWitness } from './signed-note.ts';
import {
  ARTIFACT,
  createGithubSigstore,
  createSigstore,
  SIGNED_AT,
  type SignStatementOptions,
} from './sigstore.ts';
import { mergeTrustedRoots, type TrustedRootJson } from './trusted-root.ts';

/** Good bundles must be good to somebody else, or a refusal by the gate proves nothing: here, to sigstore-js. */

const PUBLIC = { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 };
const GITHUB = { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 1 };

function verify(root: TrustedRootJson, { bundle, signer }: SignedBundle, thresholds = PUBLIC): void {
  const hint = 'publicKeyHint' in signer ? signer.publicKeyHint : '';
  const { spki, keyDetails } = signer.keys;
  const key = PublicKey.fromJSON({ rawBytes: spki.toString('base64'), keyDetails });
  const material = toTrustMaterial(TrustedRoot.fromJSON(root), { [hint]: key });
  const entity = toSignedEntity(bundleFromJSON(JSON.parse(JSON.stringify(bundle))), ARTIFACT);
  new Verifier(material, thresholds).verify(entity);
}

const sigstore = createSigstore();
const github = createGithubSigstore();
const other = createSigstore({ rekor: { host: 'other.local' } });
const trusted = sigstore.trustedRoot();
const both = mergeTrustedRoots(trusted, other.trustedRoot());

const V2 = { profile: 'rekor2' } as const;
const FAR = { index: (1n << 63n) - 3n, size: (1n << 63n) - 1n };
const cosigned = {
  linesBefore: [createWitness('early.local').cosign(SIGNED_AT)],
  linesAfter: [createWitness('late.local').cosign(SIGNED_AT)],
};

const GOOD: Record<string, SignStatementOptions> = {
  'v0.3, Rekor v1 dsse': {},
  'v0.1, promise alone, intoto': { version: '0.1', entry: { kind: 'intoto' } },
  'v0.1, promise and proof': { version: '0.1', entry: { inclusionProof: {} } },
  'v0.2, intoto': { version: '0.2', entry: { kind: 'intoto' } },
  'v0.3, Rekor v1 hashedrekord of an envelope': { entry: { kind: 'hashedrekord' } },
  'v0.3, Rekor v1 and a timestamp': { timestamp: {} },
  'v0.3, two logs': { entries: [{}, { log: other.rekor }] },
  'v0.3, Rekor v2 dsse': V2,
  'v0.3, Rekor v2 hashedrekord of an envelope': { ...V2, entry: { kind: 'hashedrekord' } },
  'Ed25519 key': { keyAlgorithm: 'Ed25519' },
  'RSA key': { keyAlgorithm: 'RSA-2048' },
  'public key, Rekor v1': { publicKeyHint: 'key-1' },
  'public key, Rekor v2': { ...V2, publicKeyHint: 'key-1' },
  'Rekor v1 in a tree of real size': {
    entry: { inclusionProof: { position: { index: 52393918n, size: 52393919n } } },
  },
  'Rekor v2 at the far end of a tree': { ...V2, entry: { inclusionProof: { position: FAR } } },
  'Rekor v2 with cosignatures': { ...V2, entry: { checkpoint: cosigned } },
  'SCT with extensions': { sct: { extensions: Buffer.from('0000020001', 'hex') } },
  'two SCTs of two logs': { scts: [{}, { log: other.ctLog }] },
  'timestamps of two authorities': { ...V2, timestamps: [{}, { authority: other.tsa }] },
  'timestamp with certificates': { ...V2, timestamp: { certificates: sigstore.tsa.chain } },
  'timestamp with SHA-512': { ...V2, timestamp: { imprintDigest: 'sha512', signatureDigest: 'sha512' } },
  'signer of a GitLab job': { certificate: gitlabSigner() },
  'signer with an email address': { certificate: emailSigner() },
};

describe('good bundles are accepted by @sigstore/verify', () => {
  test.each(Object.entries(GOOD))('%s', (_, options) => {
    expect(() => verify(both, sigstore.signStatement(options))).not.toThrow();
  });

  test.each([
    {},
    { version: '0.1' },
    V2,
    { keyAlgorithm: 'P-384' },
    { ...V2, keyAlgorithm: 'P-521' },
  ] as const)('message signature, %o', (options) => {
    expect(() => verify(trusted, sigstore.signBlob(options))).not.toThrow();
  });

  test('GitHub: a timestamp alone, no log and no SCT', () => {
    const signed = github.signStatement();
    expect(Object.keys(signed.bundle.verificationMaterial ?? {})).toEqual([
      'certificate',
      'timestampVerificationData',
    ]);
    expect(() => verify(github.trustedRoot(), signed, GITHUB)).not.toThrow();
  });

  test.each(['P-256', 'Ed25519'] as const)('logs with a key of type %s', (keyAlgorithm) => {
    const mixed = createSigstore({ rekor: { keyAlgorithm }, rekor2: { keyAlgorithm } });
    expect(() =>
      verify(mixed.trustedRoot(), mixed.signStatement({ entries: [{}, { log: mixed.rekor2 }] })),
    ).not.toThrow();
  });

  test('an SCT is for the real issuer when two intermediates share a name', () => {
    const root = createRoot([['CN', 'root']]);
    const twins = [
      createIntermediate(root, [['CN', 'twin']]),
      createIntermediate(root, [['CN', 'twin']]),
    ] as const;
    const ca = authorityOf([...twins, root], 'https://twins.local');
    const twin = createSigstore({ ca });
    const options = { certificate: { issuerAuthority: twins[1] } };
    expect(() => verify(twin.trustedRoot(), twin.signStatement(options))).not.toThrow();
    const wrong = { ...options, sct: { issuerKeyHash: sha256(twins[0].keys.spki) } };
    expect(() => verify(twin.trustedRoot(), twin.signStatement(wrong))).toThrow('SCT verification failed');
  });
});

const stranger = createKeyPair();
const SPOILT: Record<string, readonly [SignStatementOptions, RegExp]> = {
  'no SCT': [{ sct: null }, /expected 1 SCTs/],
  'SCT by another key': [{ sct: { signingKeys: stranger } }, /SCT verification/],
  'SCT outside the window of the log': [
    { sct: { at: new Date('2020-06-01T00:00:00Z') } },
    /SCT verification/,
  ],
  'certificate of another CA': [{ certificate: { issuerAuthority: other.ca.issuer } }, /certificate chain/],
  'certificate expired when logged': [{ certificate: { lifetimeMs: -1000 } }, /certificate chain/],
  'signature over the payload': [{ signedBytes: (payload) => payload }, /signature verification failed/],
  'entry with another signature': [{ entry: { signature: Buffer.from('other') } }, /signature mismatch/],
  'entry with another hash': [{ entry: { hash: sha256(Buffer.from('other')) } }, /hash mismatch/],
  'entry of another kind than labelled': [{ entry: { edit: relabel } }, /kind\/version mismatch/],
  'promise by another key': [{ entry: { inclusionPromise: { signingKeys: stranger } } }, /promise/],
  'checkpoint by another key': [{ entry: { checkpoint: { signingKeys: stranger } } }, /checkpoint signature/],
  'checkpoint of another root': [{ entry: { checkpoint: { rootHash: sha256() } } }, /root hash/],
  'checkpoint without a size': [{ entry: { checkpoint: { size: null } } }, /checkpoint|few lines/],
  'proof of another leaf': [{ entry: { inclusionProof: { leaf: Buffer.from('other') } } }, /root hash/],
  'no time': [{ ...V2, timestamp: null }, /expected 1 timestamps/],
  'timestamp over other data': [{ ...V2, timestamp: { data: Buffer.from('other') } }, /timestamp/],
  'timestamp by an untrusted signer': [{ ...V2, timestamp: { signer: github.tsa.signer } }, /timestamp/],
  'timestamp without its digest attribute': [
    { ...V2, timestamp: { signedAttributes: { '1.2.840.113549.1.9.4': null } } },
    /timestamp/,
  ],
};

function relabel(entry: { kindVersion?: { kind?: string } }): void {
  if (entry.kindVersion) entry.kindVersion.kind = 'intoto';
}

describe('spoilt bundles are refused by @sigstore/verify', () => {
  test.each(Object.entries(SPOILT))('%s', (_, [options, reason]) => {
    expect(() => verify(trusted, sigstore.signStatement(options))).toThrow(reason);
  });

  test('changed JSON', () => {
    const signed = sigstore.signStatement();
    const bundle: BundleJson = changed(
      signed.bundle,
      'verificationMaterial.tlogEntries.0.integratedTime',
      '1',
    );
    expect(() => verify(trusted, { ...signed, bundle })).toThrow();
    expect(() => verify(trusted, signed)).not.toThrow();
  });

  test('trusted roots without one of the authorities, or with a closed window', () => {
    const signed = sigstore.signStatement(V2);
    const past = { validFor: { start: '2021-01-01T00:00:00Z', end: '2022-01-01T00:00:00Z' } };
    for (const spoilt of [{ ca: null }, { ctLog: past }, { rekor2: null }, { tsa: past }, { ca: past }]) {
      expect(() => verify(sigstore.trustedRoot(spoilt), signed)).toThrow();
    }
  });
});

test('the body of an entry can be any bytes, and is promised and proven as they are', () => {
  const twice = (right: string) => right.replace('"kind":', '"kind":"x","kind":');
  const signed = sigstore.signStatement({ entry: { body: twice } });
  const body = Buffer.from(
    String(valueAt(signed.bundle, 'verificationMaterial.tlogEntries.0.canonicalizedBody')),
    'base64',
  );
  expect(body.toString()).toContain('"kind":"x","kind":"dsse"');
  expect(() => verify(trusted, signed)).not.toThrow();
});

test('what sigstore-js lets pass is spoilt all the same', () => {
  const certificate = { extendedKeyUsage: [PURPOSE.serverAuth], basicConstraints: { ca: true } };
  const signed = sigstore.signStatement({ certificate });
  expect(() => verify(trusted, signed)).not.toThrow();
  expect(
    'certificate' in signed.signer && signed.signer.certificate.der.includes(Buffer.from('0101ff', 'hex')),
  ).toBe(true);
});
