import { describe, expect, it } from 'vitest';
import {
  checkNoDowngrade,
  type PackageHistory,
  type PublishedVersion,
  parsePackageHistory,
} from '../../../../src/core/rules/no-downgrade.ts';
import { refusal } from '../../../attacks/verify.ts';

const version = (name: string, hasProvenance: boolean, publishedAt: string): PublishedVersion => ({
  version: name,
  hasProvenance,
  publishedAt,
});
const history = (own: string, ...versions: readonly PublishedVersion[]): PackageHistory => ({
  package: '@octo/widget',
  version: own,
  versions,
});
const JAN = '2026-01-01T00:00:00.000Z';
const FEB = '2026-02-01T00:00:00.000Z';
const MAR = '2026-03-01T00:00:00.000Z';

describe('no-downgrade', () => {
  it.each<[string, PackageHistory, string]>([
    [
      'it has provenance',
      history('2.0.0', version('1.0.0', true, JAN), version('2.0.0', true, FEB)),
      'provenance',
    ],
    [
      'none ever had',
      history('2.0.0', version('1.0.0', false, JAN), version('2.0.0', false, FEB)),
      'no earlier version has any',
    ],
    ['it is the first', history('1.0.0', version('1.0.0', false, JAN)), 'no earlier version has any'],
    [
      'only a later one has',
      history('1.0.0', version('1.0.0', false, JAN), version('2.0.0', true, FEB)),
      'no earlier version has any',
    ],
  ])('NPM-06 passes when %s', (_, given, actual) => {
    expect(checkNoDowngrade(given)).toEqual({
      rule: 'no-downgrade',
      code: 'ok',
      outcome: 'pass',
      required: true,
      expected: 'provenance, as earlier versions have it',
      actual,
      message: 'the rule holds',
      evidence: [],
      spec: 'slsa-gate policy, no-downgrade',
    });
  });

  it.each<[string, PackageHistory, string]>([
    [
      'the one before had it',
      history('1.0.1', version('1.0.0', true, JAN), version('1.0.1', false, FEB)),
      'none; 1.0.0 had it',
    ],
    [
      'one long before had it',
      history(
        '1.0.2',
        version('1.0.0', true, JAN),
        version('1.0.1', false, FEB),
        version('1.0.2', false, MAR),
      ),
      'none; 1.0.0 had it',
    ],
    [
      'one of the same instant has it',
      history('1.0.1', version('1.0.0', true, JAN), version('1.0.1', false, JAN)),
      'none; 1.0.0 had it',
    ],
    [
      'one of a greater number, published before, has it',
      history('1.9.9', version('2.0.0', true, JAN), version('1.9.9', false, FEB)),
      'none; 2.0.0 had it',
    ],
    [
      'many had it',
      history(
        '5.0.0',
        ...['1', '2', '3', '4'].map((n) => version(`${n}.0.0`, true, `2026-01-0${n}T00:00:00Z`)),
        version('5.0.0', false, FEB),
      ),
      'none; 4.0.0, 3.0.0, 2.0.0 and 1 more had it',
    ],
  ])('NPM-06 denies when %s', (_, given, actual) => {
    const finding = checkNoDowngrade(given);
    expect(finding).toMatchObject({ outcome: 'fail', code: 'npm.provenance-lost', required: true, actual });
    expect([finding.message, finding.hint]).not.toContain('');
  });

  it('NPM-06 is an error when the registry could not be read', () => {
    expect(checkNoDowngrade(undefined)).toMatchObject({
      rule: 'no-downgrade',
      outcome: 'error',
      code: 'source.unavailable',
      required: true,
    });
  });

  it('reads what it was given', () => {
    const given = history('1.0.0', version('1.0.0', true, JAN));
    expect(parsePackageHistory(Buffer.from(JSON.stringify(given)))).toEqual(given);
  });

  it.each<[string, unknown]>([
    ['no object', null],
    ['no versions', { package: 'a', version: '1.0.0' }],
    ['versions that are null', { package: 'a', version: '1.0.0', versions: null }],
    ['not its own version', history('2.0.0', version('1.0.0', true, JAN))],
    ['its own version twice', history('1.0.0', version('1.0.0', true, JAN), version('1.0.0', false, JAN))],
    ['a time that is none', history('1.0.0', version('1.0.0', true, 'now'))],
    ['a time that does not exist', history('1.0.0', version('1.0.0', true, '2026-13-01T00:00:00Z'))],
    ['a time of another form', history('1.0.0', version('1.0.0', true, '1 Jan 2026'))],
    [
      'a text for a boolean',
      { ...history('1.0.0'), versions: [{ version: '1.0.0', publishedAt: JAN, hasProvenance: 'true' }] },
    ],
    ['an unknown member', { ...history('1.0.0', version('1.0.0', true, JAN)), verified: true }],
  ])('refuses %s', (_, value) => {
    const { finding } = refusal(() => parsePackageHistory(Buffer.from(JSON.stringify(value))));
    expect(finding).toBe('source.malformed-response');
  });

  it('refuses what is no JSON', () => {
    expect(refusal(() => parsePackageHistory(Buffer.from('{'))).finding).toBe('source.malformed-response');
  });
});
