import { describe, expect, it } from 'vitest';
import { parseCloudBuildKeys } from '../../src/core/gcb/index.ts';
import type { ThresholdOptions } from '../../src/core/verify/thresholds.ts';
import { type Attested, decideWith } from '../attacks/decide.ts';
import { sigstore, trustedKey } from '../attacks/verify.ts';
import { cloudBuildDocument, cloudBuildProvenance, createCloudBuildSigners } from '../kit/cloud-build.ts';
import { valueAt } from '../kit/json.ts';
import { createKeyPair } from '../kit/keys.ts';

/** The envelope out of a bundle, with log entry and time taken off, is signed as well as the bundle was. */

const keys = createKeyPair();
const signed = sigstore.signStatement({ keys, publicKeyHint: 'release' });
const stripped: Attested = { json: valueAt(signed.bundle, 'dsseEnvelope') };

const decided = (attested: Attested, atLeast: ThresholdOptions['atLeast'] = {}) =>
  decideWith({
    signed: attested,
    flags: { key: { path: 'release.pub', id: 'release' } },
    context: {
      trust: { roots: [], keys: [trustedKey(keys, 'release')] },
      thresholds: { atLeast },
    },
  });

describe('an envelope that was stripped of its witnesses', () => {
  it('is what the key of the caller alone vouches for, where nobody asked for a witness', () => {
    expect(decided(stripped).verdict).toBe('allow');
  });

  it.each([
    [{ log: 1 }, 'tlog.missing', '1'],
    [{ log: 2, time: 1 }, 'tlog.missing', '2'],
    [{ tsa: 1 }, 'time.none', '1'],
    [{ time: 2 }, 'time.none', '2'],
    [{ logTime: 1 }, 'time.none', '1'],
  ] as const)('does not get around the demand %j', (atLeast, code, expected) => {
    const { verdict, faults } = decided(stripped, atLeast);
    expect(verdict).toBe('deny');
    expect(faults).toEqual([{ rule: 'signature', code, expected, actual: '0' }]);
  });
});

describe('provenance of Cloud Build, which is in no log', () => {
  const signers = createCloudBuildSigners();
  const json = cloudBuildDocument([cloudBuildProvenance({ signatures: [signers.regional] })]);
  const decidedBuild = (atLeast: ThresholdOptions['atLeast']) =>
    decideWith({
      signed: { json },
      flags: { builderId: 'https://cloudbuild.googleapis.com/GoogleHostedWorker' },
      artifact: Buffer.from('image'),
      context: {
        cloudBuildKeys: parseCloudBuildKeys(signers.files),
        thresholds: atLeast === undefined ? {} : { atLeast },
      },
    });

  it('is accepted on its pinned key', () => {
    expect(decidedBuild(undefined)).toMatchObject({ verdict: 'allow', faults: [] });
  });

  it.each([
    [{ log: 1 }, 'tlog.missing'],
    [{ time: 1 }, 'time.none'],
  ] as const)('does not meet the demand %j', (atLeast, code) => {
    expect(decidedBuild(atLeast).verdict).toBe('deny');
    expect(decidedBuild(atLeast).faults).toMatchObject([{ rule: 'signature', code }]);
  });
});
