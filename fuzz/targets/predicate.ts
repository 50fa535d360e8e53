import { interpret } from '../../src/core/interpret/index.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseJson } from '../../src/core/model/json.ts';
import { parseStatement, toStatement } from '../../src/core/model/statement.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { type VerifiedBundle, verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { mutateJson, mutateJsonText } from '../mutate-json.ts';
import { loadSeeds, NOW_MS } from '../seeds.ts';
import { answerOf, assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

const ARTIFACT = { sha256: 'a'.repeat(64) };
const SUBJECT = [{ name: 'widget', digest: ARTIFACT }];
const statement = (predicateType: string, predicate: unknown, subject: unknown = SUBJECT): unknown => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject,
  predicateType,
  predicate,
});

/** Predicates that the private instance does not sign by itself. */
const OTHERS: readonly unknown[] = [
  statement('https://slsa.dev/verification_summary/v1', {
    verifier: { id: 'https://example.com/verifier', version: { a: '1' } },
    timeVerified: '2026-03-01T12:00:00Z',
    resourceUri: 'pkg:npm/widget@1.2.3',
    policy: { uri: 'https://example.com/policy', digest: { sha256: 'b'.repeat(64) } },
    inputAttestations: [{ uri: 'https://example.com/a', digest: { sha256: 'c'.repeat(64) } }],
    verificationResult: 'PASSED',
    verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
    dependencyLevels: { SLSA_BUILD_LEVEL_2: 4 },
    slsaVersion: '1.0',
  }),
  statement('https://github.com/npm/attestation/tree/main/specs/publish/v0.1', {
    name: 'widget',
    version: '1.2.3',
    registry: 'https://registry.npmjs.org',
  }),
  statement('https://slsa.dev/provenance/v0.1', {
    builder: { id: 'https://example.com/builder' },
    recipe: { type: 'https://example.com/recipe', definedInMaterial: 0, entryPoint: 'build' },
    materials: [
      { uri: 'git+https://github.com/octo-org/widget@refs/heads/main', digest: { sha1: 'd'.repeat(40) } },
    ],
  }),
];

/** F6: statements of all known predicates through their schemas and, with a real signer, to their meaning. */
export function predicateTarget(): FuzzTarget {
  const seeds = loadSeeds();
  const signed = ([text, root]: readonly [string, string]): VerifiedBundle =>
    verifyBundle({
      bundle: parseBundle(Buffer.from(text)),
      trust: { roots: [parseTrustedRoot(Buffer.from(root), 'root')], keys: [] },
      artifact: undefined,
      thresholds: { unsafeDrop: ['log', 'sct'] },
      nowMs: NOW_MS,
      verifyPrehash,
    });
  const [generator, github] = [
    [seeds.bundles[0] ?? '', seeds.root] as const,
    [seeds.githubBundles[0] ?? '', seeds.githubRoot] as const,
  ].map(signed);
  assert(generator !== undefined && github !== undefined, 'seeds are missing');
  const signers = [generator, github];
  const [key] = parseTrustedRoot(Buffer.from(seeds.root), 'root').logs.values();
  assert(key !== undefined, 'trusted root has no log');
  const keySigner = { kind: 'public-key', key: { id: undefined, key: key.key, window: undefined } } as const;
  const documents = [...signers, ...signers]
    .map(({ bundle: { content } }): unknown =>
      content.kind === 'dsse' ? JSON.parse(content.payload.toString()) : undefined,
    )
    .concat(OTHERS);

  return {
    id: 'F6',
    title: 'predicates: provenance, verification summary, npm publish',
    draw(random) {
      const document = mutateJson(random.pick(documents), random, documents);
      const text = JSON.stringify(document) ?? '';
      return random.oneIn(10) ? mutateJsonText(text, random) : Buffer.from(text);
    },
    check(input) {
      const parsed = attempt(() => parseStatement(input));
      if ('refused' in parsed) return parsed.refused;
      assert(
        toStatement(parseJson(input, 'input')).predicateType === parsed.value.predicateType,
        'read two types',
      );
      const answers = signers.map((verified) => {
        const meaning = attempt(() =>
          interpret(parsed.value, verified, ARTIFACT, { allowBuilderRefUnsafe: false }),
        );
        if ('refused' in meaning) return meaning.refused;
        const { provenance } = meaning.value;
        if (provenance !== undefined && verified.signer.kind === 'certificate') {
          const { sourceRepositoryUri, sourceRepositoryDigest } = verified.signer.claims;
          assert(
            provenance.sourceUri === sourceRepositoryUri?.toLowerCase(),
            'another source than the certificate',
          );
          assert(provenance.sourceCommit === sourceRepositoryDigest, 'another commit than the certificate');
        }
        return 'accepted';
      });
      answerOf(() =>
        interpret(parsed.value, { signer: keySigner }, ARTIFACT, { allowBuilderRefUnsafe: true }),
      );
      return joinAnswers(answers);
    },
  };
}
