import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_THRESHOLDS,
  GITHUB_THRESHOLDS,
  resolveThresholds,
  thresholdsOf,
} from '../../../../src/core/verify/thresholds.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../../../src/core/verify/trusted-root.ts';
import { parseRoot, refusal } from '../../../attacks/verify.ts';
import { createGithubSigstore } from '../../../kit/sigstore.ts';
import { mergeTrustedRoots, type TrustedRootJson } from '../../../kit/trusted-root.ts';

const ZERO = { log: 0, sct: 0, tsa: 0, time: 0, logTime: 0 };

const bytesOf = (name: string): Buffer =>
  readFileSync(new URL(`../../../../testdata/trust/${name}/trusted_root.json`, import.meta.url));
const jsonOf = (name: string): TrustedRootJson => JSON.parse(bytesOf(name).toString()) as TrustedRootJson;
const published = (name: string): TrustedRoot => parseTrustedRoot(bytesOf(name), name);

describe('the thresholds of a trusted root', () => {
  it.each(['public-good', 'staging'])('demand a log, an SCT and a time of the instance %s', (name) => {
    expect(published(name).thresholds).toEqual({ ...ZERO, log: 1, sct: 1, time: 1 });
  });

  it('demand a timestamp of GitHub’s instance, and neither log nor SCT', () => {
    expect(published('github').thresholds).toEqual({ ...ZERO, tsa: 1, time: 1 });
  });

  it('are the default ones of a root that merely looks like GitHub’s, or holds another authority beside it', () => {
    expect(parseRoot(createGithubSigstore().trustedRoot()).thresholds).toEqual(DEFAULT_THRESHOLDS);
    const mixed = mergeTrustedRoots(jsonOf('github'), jsonOf('public-good'));
    expect(parseRoot(mixed).thresholds).toEqual(DEFAULT_THRESHOLDS);
  });

  it('are the default ones of a root without authorities', () => {
    expect(thresholdsOf([])).toEqual(DEFAULT_THRESHOLDS);
    expect(thresholdsOf(['github'])).toEqual(DEFAULT_THRESHOLDS);
  });
});

describe('resolveThresholds', () => {
  it('leaves the profile alone when nothing is asked', () => {
    expect(resolveThresholds(GITHUB_THRESHOLDS, {})).toEqual(GITHUB_THRESHOLDS);
  });

  it('raises, and never lowers by a smaller number', () => {
    const raised = resolveThresholds(DEFAULT_THRESHOLDS, { atLeast: { log: 2, tsa: 1 } });
    expect(raised).toEqual({ ...DEFAULT_THRESHOLDS, log: 2, tsa: 1 });
    expect(resolveThresholds(raised, { atLeast: { log: 1 } })).toEqual(raised);
  });

  it('drops what was given up by name, and only that', () => {
    expect(resolveThresholds(DEFAULT_THRESHOLDS, { unsafeDrop: ['sct'] })).toEqual({
      ...DEFAULT_THRESHOLDS,
      sct: 0,
    });
  });

  it('refuses a number that nothing would have to meet, even for what is given up', () => {
    for (const wanted of [0, -1, Number.NaN, 1.5]) {
      const options = { atLeast: { log: wanted }, unsafeDrop: ['log'] } as const;
      expect(refusal(() => resolveThresholds(DEFAULT_THRESHOLDS, options)).finding).toBe('config.threshold');
    }
  });
});
