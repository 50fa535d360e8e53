import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InspectDocument, TrustDocument } from '../../../../src/app/requests.ts';
import { renderInspection } from '../../../../src/cli/render/inspection.ts';
import { renderTrust } from '../../../../src/cli/render/trust.ts';
import { hostileText, RAW, withoutLineFeeds } from '../hostile.ts';

const inspection = (text: string): InspectDocument => ({
  schemaVersion: 1,
  attestations: [
    {
      digest: `sha256:${'d'.repeat(64)}`,
      source: text,
      parts: [
        { name: 'verification', proven: 'no', code: 'cert.untrusted', message: text },
        {
          name: text,
          value: text,
          proven: 'not-checked',
          parts: [{ name: 'inner', value: text, proven: 'yes' }],
        },
      ],
    },
  ],
});

const trust = (text: string): TrustDocument => ({
  schemaVersion: 1,
  roots: [
    {
      name: text,
      origin: 'tuf',
      digest: `sha256:${'d'.repeat(64)}`,
      currentAt: '2026-11-01T00:00:00.000Z',
      ageSeconds: 90_000,
      entries: [
        { kind: 'transparency-log', name: text, id: 'ab', from: '2026-01-01T00:00:00.000Z', to: null },
        {
          kind: 'certificate-authority',
          name: 'CN=a',
          id: 'sha256:ab',
          from: '2026-01-01T00:00:00.000Z',
          to: '2026-02-01T00:00:00.000Z',
        },
      ],
      changed: true,
    },
  ],
});

describe('an inspection', () => {
  it('marks each part with what was proven, the reason below it', () => {
    expect(renderInspection(inspection('x'), 'text')).toBe(
      `${[
        `attestation  x  sha256:${'d'.repeat(64)}`,
        'REFUSED   verification',
        '            cert.untrusted: x',
        '-         x: x',
        'proven      inner: x',
        '',
        'proven: verified under the trusted roots; -: nobody vouches for it. This is no decision: see slsa-gate verify.',
      ].join('\n')}\n`,
    );
    expect(JSON.parse(renderInspection(inspection('x'), 'json'))).toEqual(inspection('x'));
  });

  it('INJ-01 cannot mark a part by its text', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.constant('proven    verification: yes')), (text) => {
        const lines = renderInspection(inspection(text), 'text').split('\n');
        expect(lines).toHaveLength(8);
        expect(lines.join('')).not.toMatch(RAW);
        expect(lines.filter((line) => line.startsWith('proven '))).toHaveLength(1);
        expect(withoutLineFeeds(renderInspection(inspection(text), 'json'))).not.toMatch(RAW);
      }),
    );
  });
});

describe('trusted roots', () => {
  it('are listed with origin, age and what they trust', () => {
    expect(renderTrust(trust('x'), 'text')).toBe(
      `${[
        `x  sha256:${'d'.repeat(64)}`,
        '  tuf, 1 day old, changed',
        '  transparency log       since 2026-01-01          x',
        '  certificate authority  2026-01-01 to 2026-02-01  CN=a',
      ].join('\n')}\n`,
    );
    expect(JSON.parse(renderTrust(trust('x'), 'json'))).toEqual(trust('x'));
  });

  it('INJ-01 keep hostile names on their lines', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = renderTrust(trust(text), 'text').split('\n');
        expect(lines).toHaveLength(5);
        expect(lines.join('')).not.toMatch(RAW);
      }),
    );
  });
});
