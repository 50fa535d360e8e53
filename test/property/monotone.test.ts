import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutateJson } from '../../fuzz/mutate-json.ts';
import { Random } from '../../fuzz/random.ts';
import { checkAttestation } from '../../src/core/attestation/check.ts';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import { CATALOGUE } from '../../src/core/catalogue/builders.ts';
import { decide } from '../../src/core/decide.ts';
import { parseBuilderId } from '../../src/core/model/builder-id.ts';
import type { Expectations } from '../../src/core/model/expectations.ts';
import type { Verdict } from '../../src/core/model/result.ts';
import { parseSourceUri } from '../../src/core/model/source-uri.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { sha256 } from '../kit/keys.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { NOW_MS, other, ROOT, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I1: an attestation that does not verify never helps, one that was needed cannot be left out; I3 for attestations. */

const DIGESTS = { sha256: sha256(ARTIFACT).toString('hex') };
const builder = parseBuilderId(
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
);
const EXPECTED: Expectations = {
  signer: { kind: 'builder' },
  subject: { kind: 'artifact', digests: DIGESTS },
  predicateType: 'provenance',
  meaning: 'predicate',
  allowBuilderRefUnsafe: false,
  source: parseSourceUri('github.com/octo-org/widget'),
  ...(builder === undefined ? {} : { builder }),
};

function verdictOf(texts: readonly string[]): Verdict {
  const collected = texts.map((text, index) => ({ bytes: Buffer.from(text), source: `file:${index}` }));
  const context = {
    verifyBundle,
    trust: { roots: [ROOT], keys: [] },
    npmKeys: [],
    cloudBuildKeys: new Map(),
    thresholds: {},
    verifyPrehash,
    nowMs: NOW_MS,
    catalogue: CATALOGUE,
  };
  const checks = parseAttestations(collected).map((found) =>
    checkAttestation(found, { digests: DIGESTS, bytes: ARTIFACT }, EXPECTED, context),
  );
  // A bug of a rule is an answer that blocks; here it must not pass for one that was meant.
  const codes = checks.flatMap(({ findings }) => findings.map(({ code }) => code));
  if (codes.includes('policy.eval-error')) throw new Error('a rule could not be evaluated');
  return decide(checks).verdict;
}

const GOOD = sigstore.signStatement().text();
const GOOD_DOCUMENT: unknown = JSON.parse(GOOD);
/** Each wrong in one way that a decision must not look past. */
const USELESS: readonly string[] = [
  other.signStatement().text(),
  sigstore.signStatement({ artifact: Buffer.from('another artifact') }).text(),
  sigstore.signStatement({ run: { ref: 'refs/heads/dev', repository: 'octo-org/other' } }).text(),
  sigstore.signStatement({ signature: () => Buffer.from('3006020101020101', 'hex') }).text(),
  sigstore
    .signStatement({ statement: (statement) => ({ ...statement, predicateType: 'https://example.com/x' }) })
    .text(),
  sigstore.signBlob({ artifact: Buffer.from('another artifact') }).text(),
  '{"not":"an attestation"}',
  'no JSON',
];
/** Altered copies of the good one that are not accepted by themselves. */
const altered = fc
  .nat()
  .map((seed) => JSON.stringify(mutateJson(GOOD_DOCUMENT, new Random(seed), [])) ?? '')
  .filter((text) => verdictOf([text]) !== 'allow');
const useless = fc.array(fc.oneof(fc.constantFrom(...USELESS), altered), { maxLength: 4 });

describe('I1 attestations', () => {
  it('stand for themselves: the good one allows, each of the others does not, none denies', () => {
    expect(verdictOf([GOOD])).toBe('allow');
    expect(verdictOf([])).toBe('deny');
    expect(USELESS.map((text) => verdictOf([text]))).not.toContain('allow');
  });

  it('that prove nothing never add up to an allow', () => {
    holds(
      fc.property(useless, (texts) => {
        expect(verdictOf(texts)).not.toBe('allow');
      }),
      60,
    );
  });

  it('that prove nothing take nothing from one that does, wherever they stand', () => {
    holds(
      fc.property(useless, fc.nat(), (texts, at) => {
        expect(verdictOf(texts.toSpliced(at % (texts.length + 1), 0, GOOD))).toBe('allow');
      }),
      60,
    );
  });

  it('cannot be left out when they were needed', () => {
    holds(
      fc.property(useless, fc.nat({ max: 3 }), (texts, copies) => {
        const all = [...texts, ...Array<string>(copies).fill(GOOD)];
        expect(verdictOf(all) === 'allow').toBe(copies > 0);
        expect(verdictOf(all.filter((text) => text !== GOOD))).not.toBe('allow');
      }),
      40,
    );
  });
});

describe('I3 attestations', () => {
  it('in another order have the same verdict', () => {
    holds(
      fc.property(useless, fc.boolean(), fc.nat(), (texts, isGood, seed) => {
        const all = isGood ? [...texts, GOOD] : texts;
        const random = new Random(seed);
        const shuffled = all
          .map((text) => ({ text, key: random.uint32() }))
          .sort((a, b) => a.key - b.key)
          .map(({ text }) => text);
        expect(verdictOf(shuffled)).toBe(verdictOf(all));
      }),
      40,
    );
  });
});
