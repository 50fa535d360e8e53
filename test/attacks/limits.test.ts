import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import { decodePayload, parseCloudBuild } from '../../src/core/gcb/index.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseManifest } from '../../src/core/model/oci/manifest.ts';
import { parsePemCertificates } from '../../src/core/model/pem.ts';
import { parseSignedStatement } from '../../src/core/model/statement.ts';
import { parseCertificate } from '../../src/core/verify/certificate.ts';
import type { BundleJson } from '../kit/bundle.ts';
import { createCertificateAuthority } from '../kit/certificate-authority.ts';
import { cloudBuildDocument, cloudBuildProvenance, createCloudBuildSigners } from '../kit/cloud-build.ts';
import type { EntryBody } from '../kit/entry-body.ts';
import { changed, valueAt } from '../kit/json.ts';
import { sha256 } from '../kit/keys.ts';
import { OCI } from '../kit/oci-layout.ts';
import { createWitness } from '../kit/signed-note.ts';
import { SIGNED_AT } from '../kit/sigstore.ts';
import { STATEMENT_V1 } from '../kit/statement.ts';
import type { TrustedRootJson } from '../kit/trusted-root.ts';
import { parseRoot, refusal, refusedWith, sigstore, verify } from './verify.ts';

const MATERIAL = 'verificationMaterial';
const ENTRIES = `${MATERIAL}.tlogEntries`;
const STAMPS = `${MATERIAL}.timestampVerificationData.rfc3161Timestamps`;
const good = sigstore.signStatement({ timestamp: {} });
const { bundle } = good;

const repeat = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const repeated = (path: string, count: number): BundleJson =>
  changed(bundle, path, (list: unknown) => repeat(count, (list as unknown[])[0]));
/** Nothing in it verifies: whoever begins with cryptography answers something else. */
const worthless = (mutant: BundleJson): BundleJson =>
  changed(mutant, 'dsseEnvelope.signatures.0.sig', Buffer.from('worthless').toString('base64'));
/** One body twice in one log would be one entry twice. */
const ownBody =
  (place: number) =>
  ({ spec }: EntryBody): void => {
    spec.envelopeHash = { algorithm: 'sha256', value: sha256(Buffer.of(place)).toString('hex') };
  };
const zeros = (bytes: number): string => Buffer.alloc(bytes).toString('base64');

describe('compressed input', () => {
  const text = good.text();

  it('is accepted as plain text alone', () => {
    expect(verify(text).logEntries).toHaveLength(1);
  });

  it.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['brotli', brotliCompressSync(text)],
    ['zstandard', zstdCompressSync(text)],
    ['gzip in gzip', gzipSync(gzipSync(text))],
    ['a bomb of ten million bytes', gzipSync(Buffer.alloc(10_000_000))],
  ])('RES-03 is never decompressed: %s', (_, bytes) => {
    expect(refusal(() => parseBundle(bytes)).finding).toBe('json.malformed');
  });

  it('RES-03 is never decompressed inside a field', () => {
    const path = 'dsseEnvelope.payload';
    const packed = changed(
      bundle,
      path,
      gzipSync(Buffer.from(String(valueAt(bundle, path)), 'base64')).toString('base64'),
    );
    expect(refusedWith(packed)).toBe('dsse.signature');
    const signed = sigstore.signStatement({ payload: gzipSync('{}') });
    const { content } = verify(signed).bundle;
    if (content.kind !== 'dsse') throw new TypeError('signed as something else');
    expect(refusal(() => parseSignedStatement(content)).finding).toBe('statement.malformed');
  });

  it('RES-03 cannot be decompressed by the core: nothing in it knows how', () => {
    const core = new URL('../../src/core', import.meta.url).pathname;
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(20);
    const knowing = files.filter((file) =>
      /from '(node:)?zlib'|DecompressionStream|gunzip|inflate|brotli|zstd|snappy/i.test(
        readFileSync(join(core, file), 'utf8'),
      ),
    );
    expect(knowing).toEqual([]);
  });
});

describe('the number of parts', () => {
  it.each([
    ['log entries', ENTRIES, LIMITS.logEntries],
    ['timestamps', STAMPS, LIMITS.timestamps],
  ])('RES-04 is bounded before any cryptography: %s', (_, path, limit) => {
    const parts = Array.from({ length: limit }, (_none, place) => place);
    const full = sigstore.signStatement(
      path === ENTRIES
        ? { timestamp: {}, entries: parts.map((place) => ({ editBody: ownBody(place) })) }
        : { timestamps: parts.map((place) => ({ serialNumber: BigInt(place + 1) })) },
    );
    expect(verify(full).times.length).toBeGreaterThan(limit);
    for (const count of [limit + 1, 10 * limit]) {
      const error = refusal(() => verify(worthless(repeated(path, count))));
      expect([error.finding, error.exitCode]).toEqual(['limit.bundle', 1]);
    }
  });

  it('RES-04 is answered fast for 4,000 entries and 4,000 timestamps', () => {
    const entry = { logId: { keyId: '' }, canonicalizedBody: '' };
    const entries = changed(bundle, ENTRIES, repeat(4_000, entry));
    const mutant = JSON.stringify(changed(entries, STAMPS, repeat(4_000, { signedTimestamp: 'AAAA' })));
    const started = performance.now();
    expect(refusedWith(mutant)).toBe('limit.bundle');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('RES-04 is bounded for certificates', () => {
    const chained = sigstore.signStatement({ version: '0.2' }).bundle;
    const path = `${MATERIAL}.x509CertificateChain.certificates`;
    const many = changed(chained, path, (list: unknown) =>
      repeat(LIMITS.chainCertificates + 1, (list as unknown[])[0]),
    );
    expect(refusedWith(worthless(many))).toBe('limit.bundle');
  });

  it('RES-04 is bounded for hashes of a proof and signatures of a checkpoint', () => {
    const hashes = repeat(LIMITS.proofHashes + 1, zeros(32));
    expect(refusedWith(worthless(changed(bundle, `${ENTRIES}.0.inclusionProof.hashes`, hashes)))).toBe(
      'limit.bundle',
    );
    const linesAfter = repeat(LIMITS.checkpointSignatures, createWitness().cosign(SIGNED_AT));
    expect(refusedWith(sigstore.signStatement({ entry: { checkpoint: { linesAfter } } }))).toBe(
      'limit.bundle',
    );
    const fewer = sigstore.signStatement({ entry: { checkpoint: { linesAfter: linesAfter.slice(1) } } });
    expect(verify(fewer).logEntries).toHaveLength(1);
  });

  it('RES-04 is bounded for SCTs', () => {
    expect(verify(sigstore.signStatement({ scts: repeat(LIMITS.scts, {}) })).logEntries).toHaveLength(1);
    expect(refusedWith(sigstore.signStatement({ scts: repeat(LIMITS.scts + 1, {}) }))).toBe('limit.bundle');
  });

  it('RES-04 is bounded for subjects', () => {
    const subjectCode = (count: number): Code => {
      const subject = repeat(count, { digest: { sha256: '0'.repeat(64) } });
      const payload = { _type: STATEMENT_V1, subject, predicateType: 'https://local/test', predicate: {} };
      const content = {
        payloadType: 'application/vnd.in-toto+json',
        payload: Buffer.from(JSON.stringify(payload)),
      };
      if (count <= LIMITS.subjects) {
        expect(parseSignedStatement(content).subjects).toHaveLength(count);
        return 'ok';
      }
      return refusal(() => parseSignedStatement(content)).finding;
    };
    expect(subjectCode(LIMITS.subjects)).toBe('ok');
    expect(subjectCode(LIMITS.subjects + 1)).toBe('limit.bundle');
  });

  it('RES-04 is bounded for authorities that could have issued the certificate', () => {
    const [own] = sigstore.trustedRoot().certificateAuthorities ?? [];
    const withAuthorities = (certificateAuthorities: unknown[]): TrustedRootJson =>
      sigstore.trustedRoot({ edit: (root) => void Object.assign(root, { certificateAuthorities }) });
    // The same key many times is one candidate: what counts is how many signatures would have to be tried.
    expect(verify(good, { root: withAuthorities(repeat(200, own)) }).logEntries).toHaveLength(1);
    const namesakes = Array.from({ length: LIMITS.chainCandidates }, () =>
      createCertificateAuthority().toTrust(),
    );
    const [, ...fewer] = namesakes;
    // Without the id of the issuer's key, every authority of its name could be the issuer.
    const anonymous = sigstore.signStatement({ certificate: { authorityKeyIdentifier: null } });
    expect(verify(anonymous, { root: withAuthorities([...fewer, own]) }).logEntries).toHaveLength(1);
    expect(refusedWith(anonymous, { root: withAuthorities([...namesakes, own]) })).toBe('limit.bundle');
  });
});

describe('the size of parts', () => {
  it.each([
    ['a payload', 'dsseEnvelope.payload', LIMITS.payloadBytes],
    ['a signature', 'dsseEnvelope.signatures.0.sig', LIMITS.signatureBytes],
    ['a certificate', `${MATERIAL}.certificate.rawBytes`, LIMITS.certificateBytes],
    ['a body', `${ENTRIES}.0.canonicalizedBody`, LIMITS.logEntryBytes],
    ['a timestamp', `${STAMPS}.0.signedTimestamp`, LIMITS.timestampBytes],
  ])('RES-04 is bounded before any cryptography: %s', (_, path, limit) => {
    const error = refusal(() => verify(changed(bundle, path, zeros(limit + 1))));
    expect([error.finding, error.exitCode]).toEqual(['limit.bytes', 1]);
    // Half of it passes this bound and fails by what it is.
    expect(refusedWith(changed(bundle, path, zeros(limit / 2)))).not.toMatch(/^limit\./);
  });

  it('RES-04 is bounded for a checkpoint', () => {
    const path = `${ENTRIES}.0.inclusionProof.checkpoint.envelope`;
    expect(refusedWith(changed(bundle, path, 'x'.repeat(LIMITS.checkpointBytes + 1)))).toBe('limit.bytes');
    expect(refusedWith(changed(bundle, path, 'x'.repeat(LIMITS.checkpointBytes)))).toBe(
      'log.checkpoint-malformed',
    );
  });

  it('RES-04 is bounded for the whole bundle before it is parsed', () => {
    const blank = ' '.repeat(LIMITS.attestationBytes);
    expect(refusedWith(`${blank}{`)).toBe('limit.bytes');
    expect(refusedWith(blank)).toBe('json.malformed');
  });
});

describe('nesting', () => {
  const deep = (open: string, close: string, depth: number): string =>
    open.repeat(depth) + close.repeat(depth);

  it('is accepted up to the limit', () => {
    const predicate = JSON.parse(`{"a":${deep('[', ']', LIMITS.jsonDepth - 2)}}`) as object;
    const signed = sigstore.signStatement({ statement: (right) => void Object.assign(right, { predicate }) });
    const { content } = verify(signed).bundle;
    expect(content.kind === 'dsse' && parseSignedStatement(content).subjects.length).toBe(1);
  });

  it.each([
    ['arrays', deep('[', ']', 100_000)],
    ['arrays that never end', '['.repeat(1_000_000)],
    ['objects', deep('{"a":', '}', 100_000)],
    ['objects that never end', '{"a":'.repeat(1_000_000)],
    ['one level too many', deep('[', ']', LIMITS.jsonDepth + 1)],
  ])('RES-05 is denied in the bundle: %s', (_, text) => {
    expect(refusedWith(text)).toBe('limit.depth');
    expect(refusedWith(good.text().replace('"dsseEnvelope":', `"x":${text},"dsseEnvelope":`))).toBe(
      'limit.depth',
    );
  });

  it('RES-05 is denied in the signed payload and in the body of a log entry', () => {
    const payload = `{"_type":"${STATEMENT_V1}","predicate":${deep('[', ']', 100_000)}}`;
    const { content } = verify(sigstore.signStatement({ payload })).bundle;
    if (content.kind !== 'dsse') throw new TypeError('signed as something else');
    expect(refusal(() => parseSignedStatement(content)).finding).toBe('limit.depth');
    const body = deep('[', ']', 100_000);
    const edit = { kindVersion: { kind: 'dsse', version: '0.0.1' } };
    const signed = sigstore.signStatement({
      entry: { body, edit: (entry) => void Object.assign(entry, edit) },
    });
    expect(refusedWith(signed)).toBe('limit.depth');
  });

  it('RES-05 is denied in a trusted root, as configuration', () => {
    const root = { ...sigstore.trustedRoot(), tlogs: JSON.parse(deep('[', ']', 100)) as [] };
    const error = refusal(() => parseRoot(root));
    expect([error.finding, error.exitCode]).toEqual(['trust.malformed', 64]);
    expect(error.cause).toMatchObject({ finding: 'limit.depth' });
  });

  it('RES-05 does not take brackets inside texts for nesting', () => {
    const predicate = { text: `${'['.repeat(1_000)}"${'{'.repeat(1_000)}\\` };
    const signed = sigstore.signStatement({ statement: (right) => void Object.assign(right, { predicate }) });
    const { content } = verify(signed).bundle;
    expect(content.kind === 'dsse' && parseSignedStatement(content).predicate).toEqual(predicate);
  });

  /** DER elements one inside the other, as many as fit below a size. */
  function nestedDer(tag: number, maxBytes: number): Buffer {
    let inner = Buffer.alloc(0);
    for (;;) {
      const { length } = inner;
      const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
      if (length >= 0x80 && length < 0x100) header.splice(1, 3, 0x81, length);
      if (length + header.length > maxBytes) return inner;
      inner = Buffer.concat([Buffer.from(header), inner]);
    }
  }

  it.each([0x30, 0x31, 0xa0, 0x24])('RES-05 is denied in DER of tag %i, without a deep call', (tag) => {
    const der = nestedDer(tag, LIMITS.certificateBytes);
    expect(der.length).toBeGreaterThan(30_000);
    expect(refusal(() => parseCertificate(der)).finding).toBe('cert.malformed');
    const encoded = der.toString('base64');
    expect(refusedWith(changed(bundle, `${MATERIAL}.certificate.rawBytes`, encoded))).toBe('cert.malformed');
    expect(refusedWith(changed(bundle, `${STAMPS}.0.signedTimestamp`, encoded))).toBe('tsa.malformed');
  });

  it('RES-05 denies a serial number of thousands of digits', () => {
    const serialNumber = Buffer.concat([Buffer.of(1), Buffer.alloc(8_000, 0xff)]);
    expect(refusedWith(sigstore.signStatement({ certificate: { serialNumber } }))).toBe('cert.malformed');
  });

  it('RES-05 denies a million dots where a number or a name is expected', () => {
    const dots = '.'.repeat(1_000_000);
    expect(refusedWith(changed(bundle, 'mediaType', dots))).toBe('bundle.version');
    expect(refusedWith(changed(bundle, `${ENTRIES}.0.logIndex`, dots))).toBe('bundle.malformed');
    expect(refusedWith(changed(bundle, `${ENTRIES}.0.kindVersion.kind`, dots))).toBe('tlog.kind');
    expect(refusedWith(changed(bundle, 'dsseEnvelope.payloadType', dots))).toBe('dsse.signature');
    expect(refusedWith(changed(bundle, `${ENTRIES}.0.logIndex`, '9'.repeat(1_000_000)))).toBe(
      'bundle.malformed',
    );
  });
});

describe('bounds of the other forms', () => {
  it('RES-04 is bounded for provenances of Cloud Build', () => {
    const { regional } = createCloudBuildSigners();
    const provenance = cloudBuildProvenance({ signatures: [regional] });
    const documentOf = (count: number): Buffer =>
      Buffer.from(JSON.stringify(cloudBuildDocument(repeat(count, provenance))));
    expect(parseCloudBuild(documentOf(LIMITS.attestations)).provenances).toHaveLength(LIMITS.attestations);
    const error = refusal(() => parseCloudBuild(documentOf(LIMITS.attestations + 1)));
    expect([error.finding, error.message]).toEqual(['limit.bundle', 'document has too many provenances']);
  });

  it('RES-05 is bounded for the payload of Cloud Build', () => {
    const { regional } = createCloudBuildSigners();
    const bytes = JSON.stringify(cloudBuildDocument([cloudBuildProvenance({ signatures: [regional] })]));
    const [provenance] = parseCloudBuild(Buffer.from(bytes)).provenances;
    const error = refusal(() =>
      decodePayload(changed(provenance, 'envelope.payload', zeros(LIMITS.payloadBytes + 1))),
    );
    expect([error.finding, error.path]).toEqual([
      'limit.bytes',
      'provenance_summary.provenance[0].envelope.payload',
    ]);
  });

  it('RES-05 is bounded for a certificate in an annotation', () => {
    const pem = (bytes: number): string =>
      `-----BEGIN CERTIFICATE-----\n${zeros(bytes).replaceAll(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
    expect(parsePemCertificates(pem(LIMITS.certificateBytes), 'chain')).toHaveLength(1);
    const error = refusal(() => parsePemCertificates(pem(LIMITS.certificateBytes + 1), 'chain'));
    expect([error.finding, error.path]).toEqual(['limit.bytes', 'chain']);
  });

  it('RES-01 is bounded for layers of an image', () => {
    const layer = { mediaType: OCI.layer, digest: `sha256:${'a'.repeat(64)}`, size: 7 };
    const parse = (count: number) =>
      parseManifest(
        Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: OCI.manifest,
            config: layer,
            layers: repeat(count, layer),
          }),
        ),
        OCI.manifest,
      );
    expect(parse(LIMITS.manifests).kind).toBe('manifest');
    expect(refusal(() => parse(LIMITS.manifests + 1)).finding).toBe('limit.attestations');
  });
});
