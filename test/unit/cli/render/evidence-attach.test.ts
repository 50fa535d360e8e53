import { describe, expect, it } from 'vitest';
import type { ImageAttachment } from '../../../../src/app/evidence/attach-to-image.ts';
import { renderImageAttachment } from '../../../../src/cli/render/evidence-attach.ts';
import { EVIDENCE_SCHEMAS } from '../../../../src/cli/render/evidence-schema.ts';
import { ALL_HOSTILE, RAW, withoutLineFeeds } from '../hostile.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const attachment = (changes: Partial<ImageAttachment> = {}): ImageAttachment => ({
  recordId: 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W',
  image: `ghcr.io/owner/app@${DIGEST}`,
  environment: 'production',
  verdict: 'allow',
  place: { kind: 'referrers' },
  referrers: [
    {
      document: 'summary',
      form: 'bundle',
      predicateType: 'https://slsa.dev/verification_summary/v1',
      digest: DIGEST,
      documentDigest: DIGEST,
    },
  ],
  ...changes,
});

describe('what evidence attach says of an image', () => {
  it('names image, record, each document, and where it is listed', () => {
    expect(renderImageAttachment(attachment(), 'text')).toBe(
      [
        `attached to ghcr.io/owner/app@${DIGEST}`,
        'record: rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W, allow for production',
        `  summary   bundle    ${DIGEST}`,
        'listed by the registry as its referrers\n',
      ].join('\n'),
    );
    expect(renderImageAttachment(attachment({ place: { kind: 'tag', tag: 'sha256-aa' } }), 'text')).toContain(
      '\nlisted under the tag sha256-aa, since the registry lists no referrers\n',
    );
  });

  it('is in JSON what docs/schemas/evidence-attach-image.v1.json says', () => {
    for (const one of [attachment(), attachment({ place: { kind: 'tag', tag: 'sha256-aa' } })]) {
      const json = JSON.parse(renderImageAttachment(one, 'json'));
      expect(EVIDENCE_SCHEMAS['attach-image']?.parse(json)).toEqual({ schemaVersion: 1, ...one });
    }
  });

  it.each(ALL_HOSTILE)('shows no hostile text raw: %j', (text) => {
    const hostile = attachment({ image: text, environment: text, recordId: text, verdict: text });
    const shown = renderImageAttachment(hostile, 'text');
    expect(withoutLineFeeds(shown)).not.toMatch(RAW);
    expect(shown.split('\n')).toHaveLength(5);
  });
});
