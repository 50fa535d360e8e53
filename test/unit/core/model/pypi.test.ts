import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../src/core/model/json.ts';
import {
  looksLikePypiAttestation,
  looksLikePypiProvenance,
  toPypiAttestation,
  toPypiProvenance,
} from '../../../../src/core/model/pypi.ts';
import { refusal, sigstore, verify } from '../../../attacks/verify.ts';
import { changed, without } from '../../../kit/json.ts';

const signed = sigstore.signStatement();
const { verificationMaterial, dsseEnvelope } = signed.bundle;
/** The bundle as PEP 740 abbreviates it. */
const attestation = JSON.parse(
  JSON.stringify({
    version: 1,
    verification_material: {
      certificate: verificationMaterial?.certificate?.rawBytes,
      transparency_entries: verificationMaterial?.tlogEntries,
    },
    envelope: { statement: dsseEnvelope?.payload, signature: dsseEnvelope?.signatures?.[0]?.sig },
  }),
) as JsonObject;

describe('an attestation object of PyPI', () => {
  it('becomes the bundle v0.3 that it abbreviates', () => {
    expect(looksLikePypiAttestation(attestation)).toBe(true);
    expect(toPypiAttestation(attestation)).toEqual(verify(signed).bundle);
  });

  it.each<[string, Json, string, string]>([
    ['another version', changed(attestation, 'version', 2), 'bundle.malformed', 'version'],
    ['its version as text', changed(attestation, 'version', '1'), 'bundle.malformed', 'version'],
    ['no version', without(attestation, 'version'), 'bundle.malformed', 'version'],
    [
      'no entries',
      without(attestation, 'verification_material.transparency_entries'),
      'bundle.malformed',
      'verification_material.transparency_entries',
    ],
    ['no signature', without(attestation, 'envelope.signature'), 'bundle.malformed', 'envelope.signature'],
    ['an unknown field', changed(attestation, 'verified', true), 'bundle.unknown-field', 'PyPI attestation'],
    [
      'lenient base64',
      changed(attestation, 'envelope.statement', (text: unknown) => `${String(text)}\n`),
      'bundle.base64',
      'dsseEnvelope.payload',
    ],
  ])('is refused with %s', (_, json, finding, path) => {
    const error = refusal(() => toPypiAttestation(json));
    expect([error.finding, error.path]).toEqual([finding, path]);
  });
});

describe('a provenance object of PyPI', () => {
  const provenance = (...attestations: Json[]): JsonObject => ({
    version: 1,
    attestation_bundles: [{ publisher: { kind: 'GitHub', workflow: 'x', claims: null }, attestations }],
  });

  it('gives the attestations of all its bundles, in order', () => {
    const json = {
      version: 1,
      attestation_bundles: [
        { publisher: { kind: 'GitHub' }, attestations: [attestation, 1] },
        { publisher: { kind: 'GitLab' }, attestations: [] },
        { publisher: { kind: 'Google' }, attestations: ['x'] },
      ],
    } as const;
    expect(looksLikePypiProvenance(json)).toBe(true);
    expect(toPypiProvenance(json)).toEqual([attestation, 1, 'x']);
  });

  it.each<[string, Json, string, string]>([
    ['another version', { ...provenance(), version: 2 }, 'bundle.malformed', 'version'],
    ['no list', { version: 1, attestation_bundles: {} }, 'bundle.malformed', 'attestation_bundles'],
    [
      'a publisher without kind',
      changed(provenance(), 'attestation_bundles.0.publisher', {}),
      'bundle.malformed',
      'attestation_bundles[0].publisher.kind',
    ],
    ['an unknown field', { ...provenance(), ok: true }, 'bundle.unknown-field', 'PyPI provenance'],
  ])('is refused with %s', (_, json, finding, path) => {
    const error = refusal(() => toPypiProvenance(json));
    expect([error.finding, error.path]).toEqual([finding, path]);
  });
});
