import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { ARTIFACT, createGithubSigstore, createSigstore, type Sigstore } from '../../test/kit/sigstore.ts';
import { artifactOf, type BenchBundle, type BundleSet } from './bundles.ts';

const EACH = 12;

/**
 * Stands in for the corpus: Rekor v1, Rekor v2 with a timestamp, GitHub's timestamp alone, and message signatures, a
 * dozen of each, every one with a key and certificate of its own.
 */
export function generatedBundles(): Omit<BundleSet, 'notes'> {
  const publicGood = createSigstore();
  const github = createGithubSigstore();
  const rootOf = (sigstore: Sigstore, name: string): Pick<BenchBundle, 'rootBytes' | 'root'> => {
    const rootBytes = Buffer.from(JSON.stringify(sigstore.trustedRoot()));
    return { rootBytes, root: parseTrustedRoot(rootBytes, name) };
  };
  const publicRoot = rootOf(publicGood, 'generated');
  const githubRoot = rootOf(github, 'generated GitHub');
  const full: BenchBundle[] = [];
  const byDigest: BenchBundle[] = [];
  for (let index = 0; index < EACH; index++) {
    const rekor1 = publicGood.signStatement().text;
    const rekor2 = publicGood.signStatement({ profile: 'rekor2' }).text;
    const stamped = github.signStatement().text;
    const blob = publicGood.signBlob().text;
    const artifact = artifactOf(ARTIFACT);
    full.push(
      { name: `rekor1 ${index}`, bytes: rekor1, ...publicRoot, artifact: undefined },
      { name: `rekor2 ${index}`, bytes: rekor2, ...publicRoot, artifact: undefined },
      { name: `tsa ${index}`, bytes: stamped, ...githubRoot, artifact: undefined },
      { name: `blob ${index}`, bytes: blob, ...publicRoot, artifact },
    );
    byDigest.push({ name: `blob ${index}`, bytes: blob, ...publicRoot, artifact: undefined });
  }
  return { full, byDigest };
}
