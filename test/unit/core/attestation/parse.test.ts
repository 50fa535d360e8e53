import { describe, expect, it } from 'vitest';
import { type FoundAttestation, parseAttestations } from '../../../../src/core/attestation/parse.ts';
import { LIMITS } from '../../../../src/core/limits.ts';
import type { CollectedAttestation } from '../../../../src/core/ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { refusal, sigstore } from '../../../attacks/verify.ts';
import { toEnvelopeWithCertificate } from '../../../kit/bundle.ts';
import { sha256 } from '../../../kit/keys.ts';
import { toCosignLayer } from '../../../kit/oci-layout.ts';
import { PREDICATE } from '../../../kit/statement.ts';

const signed = sigstore.signStatement();
const text = signed.text();
const label = PREDICATE.slsaV02;
const collected = (
  bytes: string | Buffer,
  more: Partial<CollectedAttestation> = {},
): CollectedAttestation => ({
  bytes: Buffer.from(bytes),
  source: 'file:x',
  ...more,
});
const parse = (...texts: (string | Buffer)[]): readonly FoundAttestation[] =>
  parseAttestations(texts.map((bytes) => collected(bytes)));

/** What each attestation was taken for, or the code of its refusal. */
const kinds = (found: readonly FoundAttestation[]): readonly string[] =>
  found.map(({ parsed }) => (parsed instanceof SlsaGateError ? parsed.finding : parsed.kind));

const npm = JSON.stringify({
  attestations: [
    { predicateType: PREDICATE.npmPublish, bundle: signed.bundle },
    { predicateType: PREDICATE.slsaV1, bundle: signed.bundle },
  ],
});
const bare = JSON.stringify(signed.bundle.dsseEnvelope);
const { certificate, tlogEntries } = signed.bundle.verificationMaterial ?? {};
const pypi = {
  version: 1,
  verification_material: { certificate: certificate?.rawBytes, transparency_entries: tlogEntries },
  envelope: {
    statement: signed.bundle.dsseEnvelope?.payload,
    signature: signed.bundle.dsseEnvelope?.signatures?.[0]?.sig,
  },
};

describe('what a source found', () => {
  it('is told by its form', () => {
    expect(kinds(parse(text))).toEqual(['bundle']);
    expect(kinds(parse(bare))).toEqual(['envelope']);
    // With its certificate and no proof of time: only a log could tell when it was signed.
    expect(kinds(parse(JSON.stringify(toEnvelopeWithCertificate(signed))))).toEqual(['tlog.lookup-offline']);
    expect(parse(JSON.stringify(pypi))).toMatchObject([{ parsed: { kind: 'bundle', isPypi: true } }]);
    const list = {
      version: 1,
      attestation_bundles: [{ publisher: { kind: 'x' }, attestations: [pypi, {}] }],
    };
    expect(kinds(parse(JSON.stringify(list)))).toEqual(['bundle', 'bundle.malformed']);
  });

  it('keeps the label of its place, and npm’s own labels', () => {
    const [labelled] = parseAttestations([collected(text, { claimedPredicateType: label })]);
    expect(labelled?.parsed).toMatchObject({ kind: 'bundle', claimedPredicateType: label });
    const [provenance, publish, more] = parse(npm);
    expect(provenance?.parsed).toMatchObject({ claimedPredicateType: PREDICATE.slsaV1 });
    expect(provenance?.parsed).toHaveProperty('npmPublish');
    expect(publish?.parsed).toMatchObject({ claimedPredicateType: PREDICATE.npmPublish });
    expect(publish?.parsed).not.toHaveProperty('npmPublish');
    expect(more).toBeUndefined();
  });

  it('is a layer of cosign where it has annotations, whatever its bytes look like', () => {
    const { annotations, blob } = layerOf();
    expect(kinds(parseAttestations([collected(blob, { annotations })]))).toEqual(['bundle']);
    expect(kinds(parseAttestations([collected(text, { annotations })]))).toEqual(['bundle.malformed']);
    expect(kinds(parseAttestations([collected(`${blob}\n${blob}`, { annotations })]))).toEqual([
      'json.malformed',
    ]);
  });

  const layerOf = () => {
    const { annotations } = toCosignLayer(signed, []);
    return { annotations, blob: bare };
  };

  it.each([
    ['', 'json.malformed'],
    ['\n\n', 'json.malformed'],
    ['null', 'attestation.format'],
    ['[]', 'attestation.format'],
    ['"text"', 'attestation.format'],
    ['1', 'attestation.format'],
    ['{}', 'bundle.version'],
    ['{"_type":"x","predicateType":"y"}', 'attestation.unverified'],
    ['{"a":1,"a":2}', 'json.duplicate-key'],
    ['{"__proto__":{}}', 'json.forbidden-key'],
  ])('carries its own refusal: %j', (bytes, code) => {
    expect(kinds(parse(bytes))).toEqual([code]);
  });

  it('is refused when a good bundle is in a list, or anything stands before or after it', () => {
    expect(kinds(parse(`[${text}]`))).toEqual(['attestation.format']);
    for (const bytes of [`\ufeff${text}`, `${text},`, `${text}${text}`, `x${text}`])
      expect(kinds(parse(bytes))).toEqual(['json.malformed']);
  });

  it('is not hidden by a malformed one beside it', () => {
    expect(kinds(parse('junk', text, '{}'))).toEqual(['json.malformed', 'bundle', 'bundle.version']);
    const lines = `${text}\n{}\nnot json\n${text}`;
    expect(kinds(parse(lines))).toEqual(['bundle', 'bundle.version', 'json.malformed', 'bundle']);
  });

  it('is named by the digest of its line, and its number where there are several', () => {
    const [one] = parse(text);
    const digest = `sha256:${sha256(Buffer.from(text)).toString('hex')}`;
    expect(one).toMatchObject({ source: 'file:x', digest });
    const found = parse(` ${text}\t\r\n\n \r\n${text}\n{"a":1}\n`);
    expect(found.map(({ source }) => source)).toEqual(['file:x#1', 'file:x#2', 'file:x#3']);
    expect(found.slice(0, 2).map((line) => line.digest)).toEqual([digest, digest]);
  });

  it('is one document when its first line is not a whole object', () => {
    expect(kinds(parse(JSON.stringify(signed.bundle, null, 2)))).toEqual(['bundle']);
    expect(kinds(parse(`${text}\n`))).toEqual(['bundle']);
    expect(kinds(parse(`\n${text}\n${text}\n`))).toEqual(['json.malformed']);
  });

  it('is refused whole when there are too many, or it is too large', () => {
    const many = '{"a":1}\n'.repeat(LIMITS.attestations);
    expect(parse(many)).toHaveLength(LIMITS.attestations);
    for (const places of [[`${many}{"a":1}`], [many, '{"a":1}']])
      expect(refusal(() => parse(...places))).toMatchObject({ finding: 'limit.attestations', exitCode: 2 });
    const large = Buffer.alloc(LIMITS.attestationFileBytes + 1, ' ');
    expect(refusal(() => parse(large)).finding).toBe('limit.bytes');
    const oneLarge = Buffer.alloc(LIMITS.attestationBytes + 1, ' ');
    expect(kinds(parse(oneLarge, text))).toEqual(['limit.bytes', 'bundle']);
  });
});
