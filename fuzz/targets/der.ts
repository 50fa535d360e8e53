import { readFileSync } from 'node:fs';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseCertificate } from '../../src/core/verify/certificate.ts';
import { CertificateAuthority } from '../../src/core/verify/certificate-authority.ts';
import { readFulcioClaims } from '../../src/core/verify/fulcio-claims.ts';
import { checkLeafProfile } from '../../src/core/verify/leaf-profile.ts';
import { parsePublicKey } from '../../src/core/verify/public-key.ts';
import { verifyScts } from '../../src/core/verify/sct.ts';
import { verifyTimestamp } from '../../src/core/verify/timestamp.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { splice } from '../mutate.ts';
import { mutateDer } from '../mutate-der.ts';
import { loadSeeds } from '../seeds.ts';
import { answerOf, assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

/**
 * F2: certificates with their claims and SCT lists, timestamp tokens, public keys. A token that still verifies must
 * state the time of the one that it was made from.
 */
export function derTarget(): FuzzTarget {
  const seeds = loadSeeds();
  const roots = [
    seeds.root,
    seeds.githubRoot,
    readFileSync('testdata/trust/public-good/trusted_root.json'),
    readFileSync('testdata/trust/github/trusted_root.json'),
  ].map((bytes) => parseTrustedRoot(Buffer.from(bytes), 'root'));
  const bundles = [...seeds.bundles, ...seeds.githubBundles].map((text) => parseBundle(Buffer.from(text)));
  const leaves = bundles.flatMap(({ verificationKey }) =>
    verificationKey.kind === 'certificate' ? [verificationKey.leaf] : [],
  );
  const chains = roots.flatMap(({ authorities, timestampAuthorities }) =>
    [...authorities, ...timestampAuthorities].flatMap(({ chain }) => chain.map(({ raw }) => raw)),
  );
  const keys = roots.flatMap(({ logs }) => [...logs.values()].map(({ key }) => key.spki));
  const authorities = roots.flatMap(({ timestampAuthorities }) => timestampAuthorities);
  const tokens = bundles.flatMap(({ content, timestamps }) =>
    timestamps.map((token) => ({ token, signature: content.signature })),
  );
  const times = new Map(
    tokens.map(({ token, signature }) => [signature, verifyTimestamp(token, signature, authorities).timeMs]),
  );
  const corpus = [
    ...leaves,
    ...leaves,
    ...chains,
    ...keys,
    ...tokens.flatMap(({ token }) => [token, token, token]),
  ];
  const window = { start: 0, end: Number.POSITIVE_INFINITY };
  const issuerKey = keys[0] ?? Buffer.alloc(0);

  return {
    id: 'F2',
    title: 'DER: certificates, SCT lists, timestamps, keys',
    draw(random) {
      const seed = random.pick(corpus);
      return random.oneIn(12) ? splice(seed, random.pick(corpus), random) : mutateDer(seed, random);
    },
    check(input) {
      const certificate = answerOf(() => {
        const parsed = parseCertificate(input);
        answerOf(() => checkLeafProfile(parsed));
        answerOf(() => readFulcioClaims(parsed));
        for (const { certificateLogs } of roots) {
          for (const skip of [true, false])
            answerOf(() => verifyScts(parsed, issuerKey, certificateLogs, skip));
        }
      });
      const authority = answerOf(() => {
        const made = new CertificateAuthority(
          [input, ...chains.slice(0, 2)].map((raw) => parseCertificate(raw, 'trust.malformed')),
          window,
          'path',
        );
        made.brokenLink('', false);
        made.isValidAt(0);
      });
      const key = answerOf(() => parsePublicKey(input, 'key.unknown'));
      const stamps = tokens.map(({ signature }) => {
        const verified = attempt(() => verifyTimestamp(input, signature, authorities));
        if ('refused' in verified) return verified.refused;
        assert(verified.value.timeMs === times.get(signature), 'accepted an altered time');
        return 'accepted';
      });
      return joinAnswers([certificate, authority, key, ...stamps]);
    },
  };
}
