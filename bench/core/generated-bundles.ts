import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { ARTIFACT, createSigstore } from '../../test/kit/sigstore.ts';
import { artifactOf, type BenchBundle, type BundleSet } from './bundles.ts';

const EACH = 12;

/**
 * Stands in for the corpus: Rekor v1, Rekor v2 with a timestamp, and message signatures, a dozen of each, every one
 * with a key and certificate of its own.
 */
export function generatedBundles(): Omit<BundleSet, 'notes'> {
  const sigstore = createSigstore();
  const rootBytes = Buffer.from(JSON.stringify(sigstore.trustedRoot()));
  const trusted = { rootBytes, root: parseTrustedRoot(rootBytes, 'generated') };
  const full: BenchBundle[] = [];
  const byDigest: BenchBundle[] = [];
  for (let index = 0; index < EACH; index++) {
    const rekor1 = Buffer.from(sigstore.signStatement().text());
    const rekor2 = Buffer.from(sigstore.signStatement({ profile: 'rekor2' }).text());
    const blob = Buffer.from(sigstore.signBlob().text());
    const artifact = artifactOf(ARTIFACT);
    full.push(
      { name: `rekor1 ${index}`, bytes: rekor1, ...trusted, artifact: undefined },
      { name: `rekor2 ${index}`, bytes: rekor2, ...trusted, artifact: undefined },
      { name: `blob ${index}`, bytes: blob, ...trusted, artifact },
    );
    byDigest.push({ name: `blob ${index}`, bytes: blob, ...trusted, artifact: undefined });
  }
  return { full, byDigest };
}
