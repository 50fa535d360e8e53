import { describe, expect, it } from 'vitest';
import { parseBundle } from '../../../../src/core/model/bundle.ts';
import {
  fromCosignLayer,
  fromEnvelopeWithCertificate,
  isEnvelopeWithCertificate,
} from '../../../../src/core/model/legacy-bundle.ts';
import { verifyPrehash } from '../../../../src/core/verify/prehash.ts';
import { type VerifiedBundle, verifyBundle } from '../../../../src/core/verify/verify-bundle.ts';
import { parseRoot, refusal, sigstore, trustedKey } from '../../../attacks/verify.ts';
import { toEnvelopeWithCertificate } from '../../../kit/bundle.ts';
import { createKeyPair } from '../../../kit/keys.ts';
import { type CosignLayer, toCosignLayer } from '../../../kit/oci-layout.ts';
import { createSigstore, SIGNED_AT, type SignStatementOptions } from '../../../kit/sigstore.ts';

const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

const chainOf = (from: typeof sigstore) => from.ca.chain.map(({ certificate }) => certificate);
const layerOf = (options: SignStatementOptions = {}): CosignLayer =>
  toCosignLayer(sigstore.signStatement({ version: '0.1', ...options }), chainOf(sigstore));
const layer = layerOf();
/** The good layer with other annotations; undefined leaves one out. */
const annotated = (changes: Record<string, string | undefined>): Record<string, string> => {
  const merged = Object.entries({ ...layer.annotations, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
};

const verify = (
  { envelope, annotations }: CosignLayer,
  keys: Parameters<typeof verifyBundle>[0]['trust']['keys'] = [],
): VerifiedBundle =>
  verifyBundle({
    bundle: fromCosignLayer(envelope, annotations),
    trust: { roots: [parseRoot(sigstore.trustedRoot())], keys },
    artifact: undefined,
    thresholds: {},
    nowMs: SIGNED_AT.getTime() + 3_600_000,
    verifyPrehash,
  });

describe('layers of cosign attestation images', () => {
  it.each([
    { kind: 'dsse', apiVersion: '0.0.1' },
    { kind: 'intoto', apiVersion: '0.0.1' },
    { kind: 'intoto', apiVersion: '0.0.2' },
  ] as const)('become bundles that verify, logged as $kind $apiVersion', (entry) => {
    const verified = verify(layerOf({ entry }));
    expect(verified.logEntries).toMatchObject([{ kind: `${entry.kind} ${entry.apiVersion}` }]);
    expect(verified.times).toMatchObject([{ kind: 'log', timeMs: SIGNED_AT.getTime() }]);
  });

  it('keep the bytes of the envelope, as the log names them by hash', () => {
    const parsed = fromCosignLayer(layer.envelope, layer.annotations);
    expect(parsed).toMatchObject({ version: '0.1', content: { envelopeBytes: layer.envelope } });
  });

  it('are the same bundle as their JSON says to another reader', () => {
    const parsed = fromCosignLayer(layer.envelope, layer.annotations);
    const again = parseBundle(Buffer.from(JSON.stringify(parsed.json)));
    const { envelopeBytes, ...content } = { envelopeBytes: undefined, ...parsed.content };
    expect(envelopeBytes).toEqual(layer.envelope);
    expect(again).toEqual({ ...parsed, content });
  });

  it.each([
    ['dsse', '0.0.1'],
    ['intoto', '0.0.1'],
  ] as const)(
    'TLG-01 denies an envelope written otherwise than it was logged, as %s %s',
    (kind, apiVersion) => {
      const { envelope, annotations } = layerOf({ entry: { kind, apiVersion } });
      const spaced = Buffer.from(`${envelope.toString()}\n`);
      expect(refusal(() => verify({ envelope: spaced, annotations })).finding).toBe('tlog.entry-mismatch');
    },
  );

  it('TLG-01 denies the annotations of another envelope', () => {
    const { annotations } = layerOf({ artifact: Buffer.from('another') });
    expect(refusal(() => verify({ envelope: layer.envelope, annotations })).finding).toBe('dsse.signature');
  });

  it('DSS-01 denies a signature that was altered', () => {
    const flipped = layerOf({
      signature: (right) => Buffer.concat([right.subarray(0, -1), Buffer.from([(right.at(-1) ?? 0) ^ 1])]),
    });
    expect(refusal(() => verify(flipped)).finding).toBe('dsse.signature');
  });

  it.each([
    [
      'SignedEntryTimestamp',
      (text: string) => text.replace(/"SignedEntryTimestamp":"(....)/, '"SignedEntryTimestamp":"AAAA'),
    ],
    [
      'integratedTime',
      (text: string) => text.replace(/"integratedTime":(\d+)/, (_, n) => `"integratedTime":${Number(n) + 1}`),
    ],
    ['logIndex', (text: string) => text.replace(/"logIndex":(\d+)/, (_, n) => `"logIndex":${Number(n) + 1}`)],
  ])('TLG-02 denies a log entry whose %s is not what the log promised', (_, edit) => {
    const annotations = { ...layer.annotations, [BUNDLE]: edit(layer.annotations[BUNDLE] ?? '') };
    expect(annotations[BUNDLE]).not.toBe(layer.annotations[BUNDLE]);
    expect(refusal(() => verify({ ...layer, annotations })).finding).toBe('log.set');
  });

  it('denies a log entry of a log that is not trusted', () => {
    const annotations = annotated({
      [BUNDLE]: (layer.annotations[BUNDLE] ?? '').replace(/"logID":"../, '"logID":"00'),
    });
    expect(refusal(() => verify({ ...layer, annotations })).finding).toBe('log.unknown');
  });

  it('CRT-01 denies a chain that is not the trusted one', () => {
    const foreign = chainOf(createSigstore()).map(({ pem }) => pem);
    const annotations = annotated({ [CHAIN]: foreign.join('') });
    expect(refusal(() => verify({ ...layer, annotations })).finding).toBe('cert.untrusted');
  });

  it('CRT-01 denies a foreign root at the end of the chain', () => {
    const [intermediate] = chainOf(sigstore).map(({ pem }) => pem);
    const foreign = chainOf(createSigstore()).at(-1)?.pem;
    const annotations = annotated({ [CHAIN]: `${intermediate}${foreign}` });
    expect(refusal(() => verify({ ...layer, annotations })).finding).toBe('cert.untrusted');
  });

  it.each([
    ['without a chain', undefined],
    ['with an empty chain', ''],
    ['with the intermediate alone', chainOf(sigstore)[0]?.pem],
    ['with Windows line ends', chainOf(sigstore)[0]?.pem.replaceAll('\n', '\r\n')],
  ])('verify %s', (_, chain) => {
    const annotations = annotated({ [CHAIN]: chain });
    expect(verify({ ...layer, annotations }).signer).toMatchObject({ kind: 'certificate' });
  });

  it('need the log when they carry a certificate and no time, so that offline they are refused', () => {
    const annotations = annotated({ [BUNDLE]: undefined });
    const error = refusal(() => fromCosignLayer(layer.envelope, annotations));
    expect(error).toMatchObject({
      finding: 'tlog.lookup-offline',
      expected: 'a log entry beside the envelope',
      actual: 'none',
    });
  });

  it('are denied where the log was searched and has none', () => {
    const annotations = annotated({ [BUNDLE]: undefined });
    const lookedUp = { tlogEntries: [], searched: ['rekor:rekor.local'] };
    const error = refusal(() => fromCosignLayer(layer.envelope, annotations, lookedUp));
    expect(error).toMatchObject({ finding: 'tlog.missing', actual: 'none in rekor:rekor.local' });
  });

  it('are refused with an entry that was looked up beside their own', () => {
    const [entry] = sigstore.signStatement().bundle.verificationMaterial?.tlogEntries ?? [];
    const lookedUp = { tlogEntries: [JSON.parse(JSON.stringify(entry))], searched: [] };
    const error = refusal(() => fromCosignLayer(layer.envelope, layer.annotations, lookedUp));
    expect(error).toMatchObject({ finding: 'bundle.oneof', path: BUNDLE });
  });

  it('are refused for what is malformed before anything is looked up', () => {
    const annotations = annotated({ [BUNDLE]: undefined });
    expect(refusal(() => fromCosignLayer(Buffer.from('{}'), annotations)).finding).toBe('bundle.malformed');
  });

  it('keep a timestamp, which must verify as every other does', () => {
    const stamped = layerOf({ timestamp: {} });
    expect(stamped.annotations[TIMESTAMP]).toBeDefined();
    expect(verify(stamped).times.map(({ kind }) => kind)).toEqual(['tsa', 'log']);
    const foreign = layerOf({ timestamp: { authority: createSigstore().tsa } });
    const finding = refusal(() => verify(foreign)).finding;
    expect(finding.startsWith('tsa.')).toBe(true);
  });

  it('meet the thresholds of the root: with a timestamp and no entry the log is missing', () => {
    const stamped = layerOf({ timestamp: {}, entry: null });
    expect(refusal(() => verify(stamped)).finding).toBe('tlog.missing');
  });

  it('may be signed by a bare key, which the caller must give', () => {
    const keys = createKeyPair();
    const bare = layerOf({ keys, publicKeyHint: 'unused' });
    expect(bare.annotations[CERTIFICATE]).toBeUndefined();
    expect(verify(bare, [trustedKey(keys)]).signer).toMatchObject({ kind: 'public-key' });
    expect(refusal(() => verify(bare)).finding).toBe('cert.required');
    expect(refusal(() => verify(bare, [trustedKey(createKeyPair())])).finding).toBe('dsse.signature');
  });

  it.each<[string, Record<string, string | undefined>, string, RegExp]>([
    [
      'an unknown evidence annotation',
      { 'dev.sigstore.cosign/proof': '{}' },
      'bundle.unknown-field',
      /annotation/,
    ],
    [
      'a signature beside the envelope',
      { 'dev.cosignproject.cosign/signature': 'AA==' },
      'bundle.malformed',
      /signature beside/,
    ],
    [
      'a chain without its certificate',
      { [CERTIFICATE]: undefined },
      'bundle.oneof',
      /without a certificate/,
    ],
    [
      'two certificates as one',
      { [CERTIFICATE]: `${layer.annotations[CERTIFICATE]}${layer.annotations[CERTIFICATE]}` },
      'bundle.malformed',
      /exactly one/,
    ],
    [
      'text before a certificate',
      { [CERTIFICATE]: `x${layer.annotations[CERTIFICATE]}` },
      'bundle.malformed',
      /not PEM/,
    ],
    [
      'text behind a certificate',
      { [CERTIFICATE]: `${layer.annotations[CERTIFICATE]}x` },
      'bundle.malformed',
      /not PEM/,
    ],
    ['a key as certificate', { [CERTIFICATE]: createKeyPair().pem }, 'bundle.malformed', /not PEM/],
    [
      'a certificate in lenient base64',
      { [CERTIFICATE]: '-----BEGIN CERTIFICATE-----\nAB==\n-----END CERTIFICATE-----\n' },
      'bundle.base64',
      /canonical/,
    ],
    [
      'a chain of many certificates',
      { [CHAIN]: (layer.annotations[CERTIFICATE] ?? '').repeat(9) },
      'limit.bundle',
      /too many/,
    ],
    ['a huge chain', { [CHAIN]: 'A'.repeat(1_000_000) }, 'limit.bytes', /too large/],
    ['a bundle that is no JSON', { [BUNDLE]: '{' }, 'json.malformed', /not JSON/],
    ['a bundle with a key twice', { [BUNDLE]: '{"Payload":{},"Payload":{}}' }, 'json.duplicate-key', /twice/],
    ['a bundle without promise', { [BUNDLE]: '{"Payload":{}}' }, 'bundle.malformed', /SignedEntryTimestamp/],
    [
      'a bundle with an unknown field',
      { [BUNDLE]: (layer.annotations[BUNDLE] ?? '').replace('{', '{"rekorURL":"x",') },
      'bundle.unknown-field',
      /unknown field/,
    ],
    [
      'a log id in upper case',
      {
        [BUNDLE]: (layer.annotations[BUNDLE] ?? '').replace(/"logID":"[0-9a-f]+"/, (id) =>
          id.replace(/:".*/, (hex) => hex.toUpperCase().replace(/\d/g, 'A')),
        ),
      },
      'bundle.malformed',
      /logID/,
    ],
    [
      'a time as text',
      {
        [BUNDLE]: (layer.annotations[BUNDLE] ?? '').replace(
          /"integratedTime":(\d+)/,
          '"integratedTime":"$1"',
        ),
      },
      'bundle.malformed',
      /integratedTime/,
    ],
    [
      'a body in lenient base64',
      { [BUNDLE]: (layer.annotations[BUNDLE] ?? '').replace('"body":"', '"body":" ') },
      'bundle.base64',
      /canonical/,
    ],
    [
      'a body without kind',
      { [BUNDLE]: (layer.annotations[BUNDLE] ?? '').replace(/"body":"[^"]*"/, '"body":"e30="') },
      'tlog.kind',
      /no kind/,
    ],
  ])('are refused with %s', (_, changes, code, message) => {
    const error = refusal(() => fromCosignLayer(layer.envelope, annotated(changes)));
    expect(error.finding).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each<[string, (envelope: Record<string, unknown>) => unknown, string]>([
    [
      'two signatures',
      (envelope) => ({ ...envelope, signatures: [{ sig: 'AA==' }, { sig: 'AA==' }] }),
      'dsse.signature-count',
    ],
    ['no signature', (envelope) => ({ ...envelope, signatures: [] }), 'dsse.signature-count'],
    ['an empty signature', (envelope) => ({ ...envelope, signatures: [{ sig: '' }] }), 'bundle.malformed'],
    ['an unknown field', (envelope) => ({ ...envelope, extra: 1 }), 'bundle.unknown-field'],
    [
      'a certificate of its own',
      (envelope) => ({ ...envelope, signatures: [{ sig: 'AA==', cert: 'x' }] }),
      'bundle.unknown-field',
    ],
    ['a payload in base64url', (envelope) => ({ ...envelope, payload: '-_==' }), 'bundle.base64'],
    ['a list instead of an envelope', (envelope) => [envelope], 'bundle.malformed'],
  ])('are refused with %s', (_, edit, code) => {
    const envelope = Buffer.from(JSON.stringify(edit(JSON.parse(layer.envelope.toString()))));
    expect(refusal(() => fromCosignLayer(envelope, layer.annotations)).finding).toBe(code);
  });

  it('read own annotations alone, so that a name such as constructor is none', () => {
    const annotations: Record<string, string> = Object.create({ ...layer.annotations });
    const error = refusal(() => verify({ envelope: layer.envelope, annotations }));
    expect(error.finding).toBe('cert.required');
  });
});

describe('envelopes that carry their certificate', () => {
  const signed = sigstore.signStatement({ version: '0.1', keyid: '' });
  const good = toEnvelopeWithCertificate(signed);
  const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const entryOf = () => JSON.parse(JSON.stringify(signed.bundle.verificationMaterial?.tlogEntries));

  it('need the log, so that offline they are refused', () => {
    const error = refusal(() => fromEnvelopeWithCertificate(bytesOf(good)));
    expect(error).toMatchObject({ finding: 'tlog.lookup-offline', actual: 'none' });
    expect(error.message).toBe('envelope carries a certificate but no log entry');
  });

  it('verify with the entry that a search of the log found, which names the very bytes', () => {
    const { signer, signature, signedBytes, payload } = signed;
    if (!('certificate' in signer)) throw new TypeError('signed without a certificate');
    const content = { signedBytes, signature, digest: signer.keys.digest, keys: signer.keys, payload };
    const found = sigstore.rekor.log(
      { ...content, verifier: { certificate: signer.certificate }, envelope: good },
      SIGNED_AT,
      { kind: 'intoto', apiVersion: '0.0.1', inclusionProof: null },
    );
    const verifyFound = (bytes: Buffer): VerifiedBundle =>
      verifyBundle({
        bundle: fromEnvelopeWithCertificate(bytes, {
          tlogEntries: [JSON.parse(JSON.stringify(found))],
          searched: ['rekor:rekor.local'],
        }),
        trust: { roots: [parseRoot(sigstore.trustedRoot())], keys: [] },
        artifact: undefined,
        thresholds: {},
        nowMs: SIGNED_AT.getTime() + 3_600_000,
        verifyPrehash,
      });
    expect(verifyFound(bytesOf(good)).logEntries).toMatchObject([{ kind: 'intoto 0.0.1' }]);
    const spaced = Buffer.from(JSON.stringify(good, undefined, 1));
    expect(refusal(() => verifyFound(spaced)).finding).toBe('tlog.entry-mismatch');
  });

  it('are denied where the log was searched and has none', () => {
    const searched = ['rekor:a.local', 'rekor:b.local'];
    const error = refusal(() => fromEnvelopeWithCertificate(bytesOf(good), { tlogEntries: [], searched }));
    expect(error).toMatchObject({
      finding: 'tlog.missing',
      actual: 'none in rekor:a.local, rekor:b.local',
      message: 'envelope carries a certificate but no log entry, and none was found',
    });
  });

  it('are told from others by the certificate', () => {
    expect(isEnvelopeWithCertificate(JSON.parse(JSON.stringify(good)))).toBe(true);
    expect(isEnvelopeWithCertificate(JSON.parse(JSON.stringify(signed.bundle.dsseEnvelope)))).toBe(false);
    expect(isEnvelopeWithCertificate([])).toBe(false);
  });

  const [signature] = good.signatures;
  it.each<[string, unknown, string]>([
    ['two signatures', { ...good, signatures: [signature, signature] }, 'dsse.signature-count'],
    ['no signature', { ...good, signatures: [] }, 'dsse.signature-count'],
    [
      'a certificate that is no text',
      { ...good, signatures: [{ ...signature, cert: 1 }] },
      'bundle.malformed',
    ],
    ['no certificate', { ...good, signatures: [{ ...signature, cert: undefined }] }, 'bundle.malformed'],
    ['an empty certificate', { ...good, signatures: [{ ...signature, cert: '' }] }, 'bundle.malformed'],
    [
      'a chain as certificate',
      { ...good, signatures: [{ ...signature, cert: `${signature?.cert}${signature?.cert}` }] },
      'bundle.malformed',
    ],
    [
      'an unknown field of the signature',
      { ...good, signatures: [{ ...signature, extra: 1 }] },
      'bundle.unknown-field',
    ],
    ['an unknown field', { ...good, extra: 1 }, 'bundle.unknown-field'],
    ['a lenient payload', { ...good, payload: `${good.payload}\n` }, 'bundle.base64'],
  ])('are refused with %s, whatever the log says', (_, envelope, code) => {
    expect(
      refusal(() => fromEnvelopeWithCertificate(bytesOf(envelope), { tlogEntries: entryOf(), searched: [] }))
        .finding,
    ).toBe(code);
  });
});
