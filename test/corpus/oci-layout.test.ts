import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOciLayout } from '../../src/adapters/attestations/oci-layout/index.ts';
import { type FoundAttestation, parseAttestations } from '../../src/core/attestation/parse.ts';
import type { ParsedBundle } from '../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { verifyBoth } from '../../src/core/verify/second-opinion.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import {
  type BundleVerification,
  type VerifiedBundle,
  verifyBundle,
} from '../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../src/errors.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly artifact: string;
  readonly artifactDigest?: { readonly sha256?: string };
  readonly expect: 'pass' | 'fail';
  readonly layer?: string;
}

const isHere = existsSync(join(CORPUS, 'manifest.jsonl'));
if (!isHere) console.warn('SKIPPED: no ../shared/corpus, so real OCI layouts are not read');

describe.skipIf(!isHere)('real OCI layouts', () => {
  const cases = isHere
    ? readFileSync(join(CORPUS, 'manifest.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"kind":"oci-layout"'))
        .map((line) => JSON.parse(line) as Case)
    : [];
  const root = isHere
    ? parseTrustedRoot(readFileSync(join(CORPUS, 'trust/public-good.trusted_root.json')), 'public-good')
    : undefined;

  const requestFor = (bundle: ParsedBundle): BundleVerification => ({
    bundle,
    trust: { roots: root === undefined ? [] : [root], keys: [] },
    artifact: undefined,
    thresholds: {},
    nowMs: NOW_MS,
    verifyPrehash,
  });

  const verify = ({ parsed }: FoundAttestation): VerifiedBundle | SlsaGateError => {
    if (parsed instanceof SlsaGateError) return parsed;
    if (parsed.kind !== 'bundle') throw new TypeError(`not a bundle but ${parsed.kind}`);
    try {
      return verifyBundle(requestFor(parsed.bundle));
    } catch (error) {
      if (error instanceof SlsaGateError) return error;
      throw error;
    }
  };

  it('are in the corpus', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  /** A case about a digest that its layout does not have. */
  const isOtherImage = ({ artifactDigest }: Case): boolean => /^f{64}$/.test(artifactDigest?.sha256 ?? '');

  it.each(cases.filter((one) => !isOtherImage(one)))('$id names the image of the case', async (one) => {
    const { artifact: image } = await readOciLayout(join(CORPUS, one.artifact));
    if (one.artifactDigest?.sha256 !== undefined)
      expect(image.digests.sha256).toBe(one.artifactDigest.sha256);
    expect(image.reference).toBe(`oci-layout:${join(CORPUS, one.artifact)}@sha256:${image.digests.sha256}`);
  });

  it.each(cases.filter(isOtherImage))('$id is refused by the digest that it asks for', async (one) => {
    const read = readOciLayout(`${join(CORPUS, one.artifact)}@sha256:${one.artifactDigest?.sha256}`);
    await expect(read).rejects.toMatchObject({ finding: 'usage.artifact' });
  });

  it.each(cases.filter((one) => one.expect === 'pass'))(
    '$id has an attestation that verifies',
    async ({ artifact }) => {
      const { collected } = await readOciLayout(join(CORPUS, artifact));
      const answers = parseAttestations(collected.attestations).map(verify);
      const refusals = answers.map((answer) =>
        answer instanceof SlsaGateError ? answer.finding : 'accepted',
      );
      expect(refusals).toContain('accepted');
      expect(collected.answer).toBe('complete');
    },
  );

  it('satisfy both verifiers wherever they satisfy the strict one', async () => {
    const layouts = [
      ...new Set(cases.filter((one) => one.expect === 'pass').map(({ artifact }) => artifact)),
    ];
    for (const artifact of layouts) {
      const { collected } = await readOciLayout(join(CORPUS, artifact));
      const accepted = parseAttestations(collected.attestations).flatMap((found) => {
        const answer = verify(found);
        return answer instanceof SlsaGateError ? [] : [answer];
      });
      expect(accepted).not.toHaveLength(0);
      for (const { bundle } of accepted) expect(verifyBoth(requestFor(bundle)).secondOpinion).toBeDefined();
    }
  });

  it.each(cases.filter(({ layer }) => layer === 'crypto'))(
    '$id has no attestation that verifies',
    async ({ artifact }) => {
      const { collected } = await readOciLayout(join(CORPUS, artifact));
      const answers = parseAttestations(collected.attestations).map(verify);
      expect(answers.map((answer) => answer instanceof SlsaGateError && answer.finding)).toEqual([
        'dsse.signature',
      ]);
    },
  );

  it.each(cases.filter(({ layer }) => layer === 'format'))(
    '$id has no attestation of the image at all',
    async ({ artifact }) => {
      const { collected } = await readOciLayout(join(CORPUS, artifact));
      expect(collected).toMatchObject({ answer: 'absent', attestations: [] });
    },
  );
});

describe.skipIf(!isHere)('real envelopes that carry their certificate', () => {
  const bundles = isHere
    ? readFileSync(join(CORPUS, 'manifest.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"format":"dsse-envelope-with-cert"'))
        .map((line) => (JSON.parse(line) as { readonly bundle: string }).bundle)
    : [];

  it('are all read, and need the log', () => {
    expect(bundles.length).toBeGreaterThan(100);
    for (const name of new Set(bundles)) {
      const bytes = readFileSync(join(CORPUS, name));
      const found = parseAttestations([{ bytes, source: name }]);
      expect(found).toMatchObject([{ parsed: { finding: 'tlog.lookup-offline' } }]);
    }
  });
});
