import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { interpretGithubProvenance } from '../../src/core/interpret/github.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseStatement } from '../../src/core/model/statement.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { verifyBoth } from '../../src/core/verify/second-opinion.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import {
  type BundleVerification,
  type VerifiedBundle,
  verifyBundle,
} from '../../src/core/verify/verify-bundle.ts';
import { mutateJson, mutateJsonText } from '../mutate-json.ts';
import { corpusBundles, loadSeeds, NOW_MS } from '../seeds.ts';
import { signedFacts } from '../signed-facts.ts';
import { assert, attempt, type FuzzTarget } from '../target.ts';

type Context = Pick<BundleVerification, 'trust' | 'thresholds'>;

const ATTESTATIONS = 'testdata/attestations';
const REAL = existsSync(ATTESTATIONS)
  ? readdirSync(ATTESTATIONS).map((name) =>
      readFileSync(`${ATTESTATIONS}/${name}/provenance.sigstore.json`, 'utf8'),
    )
  : [];

function trustOf(...roots: readonly (string | Buffer)[]): BundleVerification['trust'] {
  return {
    roots: roots.map((root, index) => parseTrustedRoot(Buffer.from(root), `root-${index}`)),
    keys: [],
  };
}

const isAgreed = (judged: ReturnType<typeof attempt>): boolean =>
  !('refused' in judged) || judged.refused !== 'verifier.disagreement';

/**
 * F1: a bundle from its bytes to a verified one and, when it holds provenance, to its meaning. An altered bundle that is
 * accepted must hold nothing but facts of the good one with the same signature, and `@sigstore/verify` must agree.
 */
export function bundleTarget(): FuzzTarget {
  const seeds = loadSeeds();
  const publicGood = readFileSync('testdata/trust/public-good/trusted_root.json');
  const contexts: readonly Context[] = [
    {
      trust: trustOf(seeds.root, publicGood, readFileSync('testdata/trust/github/trusted_root.json')),
      thresholds: {},
    },
    { trust: trustOf(seeds.githubRoot), thresholds: { unsafeDrop: ['log', 'sct'] } },
  ];
  const request = (bundle: BundleVerification['bundle'], context: Context): BundleVerification => ({
    ...context,
    bundle,
    artifact: undefined,
    nowMs: NOW_MS,
    verifyPrehash,
  });
  const known = new Map<string, Set<string>>();
  const signatureOf = ({ bundle }: VerifiedBundle): string => bundle.content.signature.toString('hex');
  /** Learns the facts of a good bundle. @returns whether it is one */
  const learn = (text: string): boolean => {
    const accepted = contexts
      .map((context) => attempt(() => verifyBundle(request(parseBundle(Buffer.from(text)), context))))
      .flatMap((result) => ('value' in result ? [result.value] : []));
    for (const verified of accepted) {
      const facts = known.get(signatureOf(verified)) ?? new Set();
      known.set(signatureOf(verified), facts);
      for (const fact of signedFacts(verified)) facts.add(fact);
    }
    return accepted.length > 0;
  };
  const own = [...seeds.bundles, ...seeds.githubBundles, ...REAL];
  for (const text of own) assert(learn(text), `a seed is not accepted: ${text.slice(0, 200)}`);
  // Some of the corpus are good only with options that are not given here.
  const texts = [...own, ...corpusBundles().filter(learn)];
  const documents = texts.map((text): unknown => JSON.parse(text));

  const judge = (verified: VerifiedBundle, context: Context): void => {
    const facts = known.get(signatureOf(verified));
    const strange = signedFacts(verified).filter((fact) => facts?.has(fact) !== true);
    assert(strange.length === 0, `accepted altered bytes: ${strange.join('; ')}`);
    verifyBoth(request(verified.bundle, context));
    const { content } = verified.bundle;
    if (content.kind === 'dsse' && verified.signer.kind === 'certificate')
      interpretGithubProvenance(parseStatement(content.payload), verified.signer, {
        allowBuilderRefUnsafe: false,
      });
  };

  return {
    id: 'F1',
    title: 'bundle: parse, verify, interpret',
    draw(random) {
      const index = random.below(texts.length);
      const altered = mutateJson(documents[index], random, documents);
      const text = JSON.stringify(altered) ?? '';
      return random.oneIn(4)
        ? mutateJsonText(random.oneIn(2) ? text : (texts[index] as string), random)
        : Buffer.from(text);
    },
    check(input) {
      const parsed = attempt(() => parseBundle(input));
      if ('refused' in parsed) return parsed.refused;
      const answers = contexts.map((context) => {
        const verified = attempt(() => verifyBundle(request(parsed.value, context)));
        if ('refused' in verified) return verified.refused;
        assert(
          isAgreed(attempt(() => judge(verified.value, context))),
          'accepted, but refused by @sigstore/verify',
        );
        return 'accepted';
      });
      return answers.find((answer) => answer === 'accepted') ?? answers[0] ?? '';
    },
  };
}
