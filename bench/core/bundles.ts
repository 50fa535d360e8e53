import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParsedBundle, parseBundle } from '../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import type { ArtifactInput } from '../../src/core/verify/signature.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../src/core/verify/trusted-root.ts';
import type { BundleVerification } from '../../src/core/verify/verify-bundle.ts';
import { generatedBundles } from './generated-bundles.ts';

/** A bundle as the figures use it: its bytes, what it is verified with, and the bytes of that root. */
export interface BenchBundle {
  readonly name: string;
  readonly bytes: Buffer;
  readonly rootBytes: Buffer;
  readonly root: TrustedRoot;
  readonly artifact: ArtifactInput | undefined;
}

export interface BundleSet {
  /** Distinct leaf certificates, everything needed at hand. */
  readonly full: readonly BenchBundle[];
  /** Message signatures of which only the artifact's digest is at hand. */
  readonly byDigest: readonly BenchBundle[];
  readonly notes: readonly string[];
}

/** One clock for all: nothing of the set was signed later. */
const NOW_MS = Date.now();

export const requestFor = (bundle: ParsedBundle, { root, artifact }: BenchBundle): BundleVerification => ({
  bundle,
  trust: { roots: [root], keys: [] },
  artifact,
  thresholds: {},
  nowMs: NOW_MS,
  verifyPrehash,
});

/** An artifact whose bytes are in memory. */
export const artifactOf = (bytes: Buffer): ArtifactInput => ({
  digests: {
    sha256: hash('sha256', bytes, 'hex'),
    sha384: hash('sha384', bytes, 'hex'),
    sha512: hash('sha512', bytes, 'hex'),
  },
  bytes,
});

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const CORPUS = join(REPOSITORY, '../shared/corpus');
const KINDS = new Set(['sigstore-bundle', 'github-attestation', 'file']);
const FORMATS = /^sigstore-bundle-v0\.[123]$/;
const ROOTS: Readonly<Record<string, string>> = {
  'public-good': 'trust/public-good.trusted_root.json',
  staging: 'trust/staging.trusted_root.json',
  github: 'trust/github.trusted_root.json',
};

/** What is read of a line of the manifest. */
interface CorpusCase {
  readonly id: string;
  readonly kind: string;
  readonly format: string;
  readonly bundle: string | null;
  readonly artifact: string | null;
  readonly trustedRoot: string;
  readonly expect: 'pass' | 'fail';
}

/**
 * The set that is measured: of every good case of the corpus the first with a given leaf certificate, in the order of
 * the manifest; where the corpus is absent, bundles of a Sigstore of our own.
 */
export function loadBundles(): BundleSet {
  if (!existsSync(join(CORPUS, 'manifest.jsonl'))) {
    const { full, byDigest } = generatedBundles();
    return {
      full,
      byDigest,
      notes: ['The corpus is absent: measured on generated bundles, not on real ones.'],
    };
  }
  const roots = new Map<string, { rootBytes: Buffer; root: TrustedRoot }>();
  for (const [name, path] of Object.entries(ROOTS)) {
    const rootBytes = readFileSync(join(CORPUS, path));
    roots.set(name, { rootBytes, root: parseTrustedRoot(rootBytes, name) });
  }
  const full = new Map<string, BenchBundle>();
  const byDigest = new Map<string, BenchBundle>();
  for (const line of readFileSync(join(CORPUS, 'manifest.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { id, kind, format, bundle, artifact, trustedRoot, expect } = JSON.parse(line) as CorpusCase;
    const root = roots.get(trustedRoot);
    if (expect !== 'pass' || !KINDS.has(kind) || !FORMATS.test(format) || bundle === null || !root) continue;
    const bytes = readFileSync(join(CORPUS, bundle));
    const { verificationKey, content } = parseBundle(bytes);
    if (verificationKey.kind !== 'certificate') continue;
    const leaf = verificationKey.leaf.toString('latin1');
    const isMessage = content.kind === 'message-signature';
    if (isMessage && artifact === null) {
      if (!byDigest.has(leaf)) byDigest.set(leaf, { name: id, bytes, ...root, artifact: undefined });
    } else if (!full.has(leaf)) {
      const data = isMessage && artifact !== null ? readFileSync(join(CORPUS, artifact)) : undefined;
      full.set(leaf, { name: id, bytes, ...root, artifact: data && artifactOf(data) });
    }
  }
  return {
    full: [...full.values()],
    byDigest: [...byDigest.values()],
    notes: [`Measured on ${full.size} real bundles of the corpus, each with its own leaf certificate.`],
  };
}
