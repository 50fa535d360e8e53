import { describe, expect, it } from 'vitest';
import { GITHUB_THRESHOLDS } from '../../src/core/verify/thresholds.ts';
import { parseRoot, refusedWith, sigstore, trustedKey, verify } from '../attacks/verify.ts';
import { createKeyPair } from '../kit/keys.ts';
import { createGithubSigstore } from '../kit/sigstore.ts';

/** A bundle signed by a bare key names no authority, so it must not choose how much is demanded of it. */

const github = createGithubSigstore();
const keys = createKeyPair();
const key = trustedKey(keys, 'release');
const PUBLIC = parseRoot(sigstore.trustedRoot());
const GITHUB = { ...parseRoot(github.trustedRoot()), thresholds: GITHUB_THRESHOLDS };

/** Timestamped by GitHub's authority, in no log. */
const timestamped = github.signStatement({ keys, publicKeyHint: 'release' });
const logged = sigstore.signStatement({ keys, publicKeyHint: 'release' });

describe('bundles of bare keys under several trusted roots', () => {
  it.each([
    ['GitHub first', [GITHUB, PUBLIC]],
    ['GitHub last', [PUBLIC, GITHUB]],
  ])('cannot leave the log entry out to be held to the root that needs none (%s)', (_, roots) => {
    expect(refusedWith(timestamped, { trust: { roots, keys: [key] } })).toBe('tsa.signer');
  });

  it.each([
    ['GitHub first', [GITHUB, PUBLIC]],
    ['GitHub last', [PUBLIC, GITHUB]],
  ])('are accepted with the entry of a log of either root (%s)', (_, roots) => {
    expect(verify(logged, { trust: { roots, keys: [key] } }).root).toBe(PUBLIC);
  });

  it('are held to the one root that the caller named', () => {
    expect(verify(timestamped, { trust: { roots: [GITHUB], keys: [key] } }).root).toBe(GITHUB);
  });
});
