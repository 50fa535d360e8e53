import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ResultSchema } from '../../src/cli/render/schema.ts';
import { ensureBuilt, ROOT, run } from './built.ts';

/** What `gcloud artifacts docker images describe --show-provenance` prints, piped into the built command. */

const CORPUS = join(ROOT, '../shared/corpus');
const MANIFEST = join(CORPUS, 'manifest.jsonl');
const isHere = existsSync(MANIFEST);

interface Case {
  readonly id: string;
  readonly bundle: string;
  readonly artifactDigest: { readonly sha256: string };
  readonly options: { readonly sourceUri: string; readonly builderId: string };
}

function goodCase(): Case {
  const line = readFileSync(MANIFEST, 'utf8')
    .split('\n')
    .find((one) => one.includes('"id":"slsa-verifier/gcb/v0.2/multiple-provenance-2nd-valid"'));
  if (line === undefined) throw new Error('the corpus has no such case');
  return JSON.parse(line) as Case;
}

beforeAll(ensureBuilt, 150_000);

const BUILDER = 'https://cloudbuild.googleapis.com/GoogleHostedWorker';
const DIGEST = `sha256:${'0'.repeat(64)}`;
const argvFor = (digest: string, sourceUri: string, builderId: string): readonly string[] => [
  ...['verify', digest, '--bundle', '-', '--source-uri', sourceUri, '--builder-id', builderId],
  ...['--offline', '--json'],
];

describe.skipIf(!isHere)('an image that Cloud Build built', () => {
  it('is allowed by what gcloud prints, and by nothing less', async () => {
    const { bundle, artifactDigest, options } = goodCase();
    const digest = `sha256:${artifactDigest.sha256}`;
    const { sourceUri, builderId } = options;
    const text = readFileSync(join(CORPUS, bundle), 'utf8');
    const verdictOf = async (argv: readonly string[], input: string) => {
      const ran = await run([...argv], { input });
      return [ResultSchema.parse(JSON.parse(ran.stdout)).verdict, ran.exit];
    };
    expect(await verdictOf(argvFor(digest, sourceUri, builderId), text)).toEqual(['allow', 0]);
    expect(await verdictOf(argvFor(DIGEST, sourceUri, builderId), text)).toEqual(['deny', 1]);
    expect(await verdictOf(argvFor(digest, 'github.com/octo-org/app', builderId), text)).toEqual(['deny', 1]);
    const other = text.replaceAll(/"sig": *"M[A-Za-z0-9]/g, (sig) => `${sig.slice(0, -2)}AA`);
    expect(other).not.toBe(text);
    expect(await verdictOf(argvFor(digest, sourceUri, builderId), other)).toEqual(['deny', 1]);
  });
});

const summary = {
  digest: DIGEST,
  fully_qualified_digest: `us-west2-docker.pkg.dev/octo-org/images/app@${DIGEST}`,
  registry: 'us-west2-docker.pkg.dev',
  repository: 'images',
};

it.each([
  [
    'an image without provenance',
    JSON.stringify({ image_summary: summary, provenance_summary: { provenance: [] } }),
    'gcb.malformed',
  ],
  ['a list of nothing', '[]', 'attestation.format'],
  ['nothing, because gcloud failed', '', 'json.malformed'],
])('denies by %s', async (_, input, code) => {
  const ran = await run([...argvFor(DIGEST, 'github.com/octo-org/app', BUILDER)], { input });
  const { verdict, results } = ResultSchema.parse(JSON.parse(ran.stdout));
  expect([verdict, ran.exit]).toEqual(['deny', 1]);
  expect(results[0]?.findings.filter(({ outcome }) => outcome === 'fail')).toMatchObject([{ code }]);
});
