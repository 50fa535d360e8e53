import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { type VerifiedBundle, verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { hash } from '../kit/keys.ts';

/** Recorded vectors of sigstore-conformance, where the corpus lies beside the project; else said aloud and skipped. */

const CORPUS = new URL('../../../shared/corpus/', import.meta.url);
const SUITE = 'sigstore-conformance/';

const Case = z.object({
  id: z.string(),
  bundle: z.optional(z.nullable(z.string())),
  artifact: z.optional(z.nullable(z.string())),
  trustedRoot: z.optional(z.string()),
});
type Case = z.infer<typeof Case>;

const cases = loadCases();

function loadCases(): ReadonlyMap<string, Case> {
  const manifest = new URL('manifest.jsonl', CORPUS);
  if (!existsSync(manifest)) {
    console.warn('no corpus beside the project: the recorded vectors of sigstore-conformance are skipped');
    return new Map();
  }
  const lines = readFileSync(manifest, 'utf8').split('\n');
  const parsed = lines
    .filter((line) => line.includes(`"${SUITE}`))
    .map((line) => Case.parse(JSON.parse(line)));
  return new Map(parsed.filter(({ id }) => id.startsWith(SUITE)).map((each) => [each.id, each]));
}

export const isCorpusHere = cases.size > 0;

const ROOTS: Readonly<Record<string, string>> = {
  'public-good': 'trust/public-good.trusted_root.json',
  staging: 'trust/staging.trusted_root.json',
};

const read = (path: string): Buffer => readFileSync(new URL(path, CORPUS));

/** Verifies the case of that name, in whichever of its forms (`path` or `digest`) the corpus has it. */
export function verifyCase(name: string, nowMs = Date.UTC(2026, 10, 1)): VerifiedBundle {
  const found = cases.get(`${SUITE}${name}/path`) ?? cases.get(`${SUITE}${name}/digest`);
  if (!found?.bundle || !found.artifact || !found.trustedRoot) throw new Error(`no such case: ${name}`);
  const artifact = read(found.artifact);
  return verifyBundle({
    bundle: parseBundle(read(found.bundle)),
    trust: {
      roots: [parseTrustedRoot(read(ROOTS[found.trustedRoot] ?? found.trustedRoot), found.trustedRoot)],
      keys: [],
    },
    artifact: { bytes: artifact, digests: { sha256: hash('sha256', artifact).toString('hex') } },
    thresholds: {},
    nowMs,
    verifyPrehash,
  });
}
