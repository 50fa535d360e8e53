import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutateJson } from '../../fuzz/mutate-json.ts';
import { Random } from '../../fuzz/random.ts';
import { verifyBoth } from '../../src/core/verify/second-opinion.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { createWitness } from '../kit/signed-note.ts';
import { SIGNED_AT, type SignStatementOptions } from '../kit/sigstore.ts';
import { BOTH, other, outcomeOf, requestOf, sigstore } from './bundles.ts';
import { holds } from './settings.ts';

/** I17: whatever the strict verifier accepts, `@sigstore/verify` accepts too. */

/** `nothing strict`, `both`, or why the library disagrees. */
function compare(text: string): string {
  if (typeof outcomeOf(text, { root: BOTH }) === 'string') return 'nothing strict';
  try {
    verifyBoth(requestOf(text, { root: BOTH }));
    return 'both';
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    return String(error.actual);
  }
}

const position = fc
  .tuple(fc.bigInt({ min: 1n, max: (1n << 63n) - 1n }), fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }))
  .map(([size, index]) => ({ index: index % size, size }));
/** Bundles whose every signature is right, in all the forms that the strict verifier may accept. */
const forms: fc.Arbitrary<SignStatementOptions> = fc
  .record({
    profile: fc.constantFrom('rekor1' as const, 'rekor2' as const),
    version: fc.constantFrom('0.1' as const, '0.2' as const, '0.3' as const),
    keyAlgorithm: fc.constantFrom('P-256' as const, 'P-384' as const, 'Ed25519' as const),
    kind: fc.constantFrom(undefined, 'intoto' as const, 'hashedrekord' as const),
    position: fc.option(position, { nil: undefined }),
    cosigned: fc.boolean(),
    stamps: fc.nat({ max: 2 }),
    scts: fc.integer({ min: 1, max: 2 }),
    keyid: fc.option(fc.string(), { nil: undefined }),
    skew: fc.integer({ min: -20, max: 20 }),
  })
  .map(({ profile, version, keyAlgorithm, kind, cosigned, stamps, scts, keyid, skew, ...rest }) => {
    const at = new Date(SIGNED_AT.getTime() + skew * 60_000);
    const authorities = [{ at }, { authority: other.tsa }];
    return {
      profile,
      version,
      keyAlgorithm,
      keyid,
      scts: [{}, { log: other.ctLog }].slice(0, scts),
      timestamps: authorities.slice(0, profile === 'rekor2' ? Math.max(1, stamps) : stamps),
      entry: {
        ...(kind !== undefined && { kind }),
        ...(rest.position !== undefined && { inclusionProof: { position: rest.position } }),
        ...(cosigned && { checkpoint: { linesAfter: [createWitness('late.local').cosign(SIGNED_AT)] } }),
      },
    };
  });

describe('I17 a bundle that the strict verifier accepts', () => {
  it('is accepted by the library, in whichever form it was signed', () => {
    let both = 0;
    holds(
      fc.property(forms, (options) => {
        const answer = compare(sigstore.signStatement(options).text());
        if (answer === 'both') both++;
        expect(['both', 'nothing strict']).toContain(answer);
      }),
      80,
    );
    expect(both).toBeGreaterThan(10);
  });

  it('has no entry of a digest beside an Ed25519 signature over an envelope', () => {
    const options = { profile: 'rekor2', keyAlgorithm: 'Ed25519' } as const;
    const answer = (kind: 'dsse' | 'hashedrekord'): unknown =>
      outcomeOf(sigstore.signStatement({ ...options, entry: { kind } }).text());
    expect(answer('hashedrekord')).toBe('tlog.kind');
    expect(typeof answer('dsse')).toBe('object');
  });

  it('is accepted by the library, however it was altered', () => {
    const documents = [
      {},
      { profile: 'rekor2' as const },
      { timestamp: {} },
      { version: '0.1' as const },
    ].map((options): unknown => JSON.parse(sigstore.signStatement(options).text()));
    let both = 0;
    holds(
      fc.property(fc.nat(), fc.nat({ max: documents.length - 1 }), (seed, index) => {
        const altered = mutateJson(documents[index], new Random(seed), documents);
        const answer = compare(JSON.stringify(altered) ?? '');
        if (answer === 'both') both++;
        expect(['both', 'nothing strict']).toContain(answer);
      }),
      600,
    );
    expect(both).toBeGreaterThan(5);
  });
});
