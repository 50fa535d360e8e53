import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECK_IDS, type DoctorDocument } from '../../../../src/app/doctor/check.ts';
import { DoctorSchema, renderDoctor } from '../../../../src/cli/render/doctor.ts';
import { hostileText, RAW, withoutLineFeeds } from '../hostile.ts';

const document = (text: string): DoctorDocument => ({
  schemaVersion: 1,
  status: 'problem',
  checks: [
    { id: 'clock', name: 'clock', status: 'ok', found: 'as 2 servers have it' },
    { id: 'npm', name: text, status: 'problem', found: text, code: 'source.unauthorized', hint: text },
    { id: 'cache', name: 'cache', status: 'warning', found: 'old', hint: 'Make it new.' },
    { id: 'rekor', name: 'log', status: 'not-checked', found: 'not asked' },
  ],
});

describe('what doctor found', () => {
  it('has a line for each check, and below it how to mend it', () => {
    expect(renderDoctor(document('x'), 'text')).toBe(
      `${[
        'ok           clock: as 2 servers have it',
        'problem      x: x',
        '             hint: x',
        '             code: source.unauthorized (slsa-gate explain source.unauthorized)',
        'warning      cache: old',
        '             hint: Make it new.',
        'not-checked  log: not asked',
        '',
        '1 problem, 1 warning, 1 ok, 1 not checked',
      ].join('\n')}\n`,
    );
  });

  it('is a document of its schema, whose fields may grow', () => {
    const text = renderDoctor(document('x'), 'json');
    expect(JSON.parse(text)).toEqual(document('x'));
    expect(DoctorSchema.parse(JSON.parse(text))).toEqual(document('x'));
    expect(DoctorSchema.safeParse({ ...document('x'), more: 1 }).success).toBe(true);
    expect(DoctorSchema.safeParse({ ...document('x'), checks: [] }).success).toBe(false);
    expect(DoctorSchema.safeParse({ ...document('x'), status: 'not-checked' }).success).toBe(false);
  });

  it('has every kind of check once, and each in the documentation', () => {
    expect(new Set(CHECK_IDS).size).toBe(CHECK_IDS.length);
    const page = readFileSync(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8');
    const section = page.slice(page.indexOf('## Checks'), page.indexOf('## What is asked'));
    expect([...section.matchAll(/^\| `([a-z-]+)` /gm)].map(([, id]) => id)).toEqual([...CHECK_IDS]);
  });

  it('INJ-01 stays in its place, whatever a server says', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.constant('\nok           npm: fine')), (text) => {
        const lines = renderDoctor(document(text), 'text').split('\n');
        expect(lines).toHaveLength(10);
        expect(lines.join('')).not.toMatch(RAW);
        expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(1);
        expect(lines.join('\n')).not.toMatch(/^\s*(?:::|##\[)/m);
        expect(withoutLineFeeds(renderDoctor(document(text), 'json'))).not.toMatch(RAW);
      }),
    );
  });
});
