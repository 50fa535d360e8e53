import { describe, expect, it } from 'vitest';
import { looksLikeCloudBuild, parseCloudBuild } from '../../../../src/core/gcb/index.ts';
import {
  CLOUD_BUILD_IMAGE,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  createCloudBuildSigners,
} from '../../../kit/cloud-build.ts';
import { changed, without } from '../../../kit/json.ts';
import { refusalOf } from './refusal.ts';

const signers = createCloudBuildSigners();
const good = cloudBuildDocument([
  cloudBuildProvenance({ signatures: [signers.regional] }),
  cloudBuildProvenance({ statement: cloudBuildStatementV1(), signatures: [signers.globalV1] }),
]);
const parse = (document: unknown) => parseCloudBuild(Buffer.from(JSON.stringify(document)));

describe('parsing a Cloud Build document', () => {
  it('reads several provenances of both versions', () => {
    const { imageSummary, provenances } = parse(good);
    expect(imageSummary.digest).toBe(`sha256:${CLOUD_BUILD_IMAGE}`);
    expect(provenances.map(({ path }) => path)).toEqual([
      'provenance_summary.provenance[0]',
      'provenance_summary.provenance[1]',
    ]);
    expect(provenances.map(({ text }) => [text.v01 !== undefined, text.v1 !== undefined])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(looksLikeCloudBuild(good)).toBe(true);
    expect(looksLikeCloudBuild({ mediaType: 'x' })).toBe(false);
  });

  it('takes null for an absent field', () => {
    const [provenance] = parse(
      changed(good, 'provenance_summary.provenance.0.envelope.signatures.0.keyid', null),
    ).provenances;
    expect(provenance.envelope.signatures[0]?.keyid).toBe('');
  });

  it.each([
    ['no provenance', changed(good, 'provenance_summary.provenance', []), 'provenance_summary.provenance'],
    ['no list of them', without(good, 'provenance_summary'), 'provenance_summary'],
    ['no summary', without(good, 'image_summary'), 'image_summary'],
    [
      'no payload',
      without(good, 'provenance_summary.provenance.1.envelope.payload'),
      'provenance_summary.provenance[1].envelope.payload',
    ],
    ['a number as digest', changed(good, 'image_summary.digest', 7), 'image_summary.digest'],
    [
      'signatures that are no list',
      changed(good, 'provenance_summary.provenance.0.envelope.signatures', {}),
      'provenance_summary.provenance[0].envelope.signatures',
    ],
    ['a list', [], 'document'],
  ])('refuses a document with %s', (_, document, path) => {
    const refusal = refusalOf(() => parse(document));
    expect([refusal.finding, refusal.path]).toEqual(['gcb.malformed', path]);
  });

  it('refuses unknown fields and says which', () => {
    const refusal = refusalOf(() => parse(changed(good, 'image_summary.extra', 1)));
    expect([refusal.finding, refusal.path, refusal.actual]).toEqual([
      'gcb.malformed',
      'image_summary',
      'unknown field extra',
    ]);
  });

  it('refuses a key that stands twice', () => {
    const text = JSON.stringify(good).replace('"registry":', '"digest":"x","registry":');
    expect(refusalOf(() => parseCloudBuild(Buffer.from(text))).finding).toBe('json.duplicate-key');
  });

  it('bounds the number of signatures before any is checked', () => {
    const [signature] = parse(good).provenances[0].envelope.signatures;
    const many = changed(
      good,
      'provenance_summary.provenance.0.envelope.signatures',
      Array.from({ length: 17 }, () => signature),
    );
    const refusal = refusalOf(() => parse(many));
    expect([refusal.finding, refusal.path]).toEqual([
      'limit.bundle',
      'provenance_summary.provenance[0].envelope.signatures',
    ]);
  });
});
