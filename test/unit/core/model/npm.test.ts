import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/core/model/json.ts';
import { looksLikeNpmAttestations, toNpmAttestations } from '../../../../src/core/model/npm.ts';
import { refusal, sigstore } from '../../../attacks/verify.ts';
import { PREDICATE } from '../../../kit/statement.ts';

const bundle = JSON.parse(sigstore.signStatement().text()) as Json;
const one = (predicateType: string, more: object = {}): Json => ({ predicateType, bundle, ...more });
const list = (...attestations: Json[]): Json => ({ attestations });

describe("npm's list", () => {
  it('is told by its member, whatever that is', () => {
    expect(looksLikeNpmAttestations({ attestations: 1 })).toBe(true);
    for (const json of [null, [], 'attestations', { Attestations: [] }, bundle])
      expect(looksLikeNpmAttestations(json)).toBe(false);
  });

  it('has one provenance, one publish attestation, or both, in any order', () => {
    const both = [one(PREDICATE.slsaV1), one(PREDICATE.npmPublish)];
    for (const attestations of [both, both.toReversed()]) {
      const { provenance, publish } = toNpmAttestations(list(...attestations));
      expect(provenance?.claimedPredicateType).toBe(PREDICATE.slsaV1);
      expect(publish?.claimedPredicateType).toBe(PREDICATE.npmPublish);
    }
    expect(toNpmAttestations(list(one(PREDICATE.slsaV02))).publish).toBeUndefined();
    expect(toNpmAttestations(list(one(PREDICATE.npmPublish))).provenance).toBeUndefined();
  });

  it('may have the one field that npm writes beside, and null for an absent one', () => {
    for (const signedAccessSignatureUrl of ['https://x.local', null, 1])
      expect(
        toNpmAttestations(list(one(PREDICATE.slsaV1, { signedAccessSignatureUrl }))).provenance,
      ).toBeDefined();
  });

  it.each<[string, Json, string, string | undefined]>([
    ['nothing', list(), 'attestation.missing', undefined],
    [
      'two provenances',
      list(one(PREDICATE.slsaV1), one(PREDICATE.slsaV02)),
      'npm.attestations',
      PREDICATE.slsaV02,
    ],
    [
      'two publish attestations',
      list(one(PREDICATE.npmPublish), one(PREDICATE.npmPublish)),
      'npm.attestations',
      PREDICATE.npmPublish,
    ],
    ['another type', list(one('https://spdx.dev/Document')), 'npm.attestations', 'https://spdx.dev/Document'],
    ['a near type', list(one(`${PREDICATE.slsaV1}/`)), 'npm.attestations', `${PREDICATE.slsaV1}/`],
    ['no label', list({ bundle }), 'bundle.malformed', undefined],
    ['no bundle', list({ predicateType: PREDICATE.slsaV1 }), 'bundle.malformed', undefined],
    ['an unknown field', list(one(PREDICATE.slsaV1, { verified: true })), 'bundle.unknown-field', 'verified'],
    [
      'a field beside the list',
      { attestations: [one(PREDICATE.slsaV1)], ok: true },
      'bundle.unknown-field',
      'ok',
    ],
  ])('is refused with %s', (_, json, finding, actual) => {
    const error = refusal(() => toNpmAttestations(json));
    expect([error.finding, error.actual]).toEqual([finding, actual]);
  });
});
