/**
 * Decides by a policy about everything in the corpus that has bytes and a digest, and prints one line for each:
 * `id verdict decision-digest`. Run as a process of its own: `node decide-corpus.ts CORPUS`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, readCases } from '../../corpus/case.ts';
import { collect, type Runner, toArtifacts } from '../../corpus/decide.ts';
import { TrustReader } from '../../corpus/trust.ts';
import { evaluate } from '../../src/app/gate/evaluate.ts';
import type { GateMaterial, ShippedKeys } from '../../src/app/gate/material.ts';
import { remember } from '../../src/app/gate/remember.ts';
import { parseSourceUri } from '../../src/core/model/source-uri.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { attempt, SlsaGateError } from '../../src/errors.ts';

const NOW = new Date('2026-11-28T12:00:00.000Z');
const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/';

/** Names the source of the case and every builder that is known, so that good cases pass. */
function policyFor({ options }: Case): Buffer {
  const source = attempt(() => parseSourceUri(options.sourceUri ?? 'https://github.com/octo-org/widget'));
  const anyone = { identity: { re2: '^https://.+$' }, issuer: { re2: '^https://.+$' } };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 1,
      name: 'corpus',
      packages: [
        {
          package: { glob: 'pkg:**' },
          source: { repository: 'value' in source ? source.value.uri : 'https://github.com/octo-org/widget' },
          builders: [
            ...['generator_generic_slsa3.yml', 'generator_container_slsa3.yml', 'builder_go_slsa3.yml'].map(
              (name) => ({ id: `${GENERATOR}${name}`, ref: 'any' }),
            ),
            { id: 'https://cloudbuild.googleapis.com/GoogleHostedWorker', ref: 'any' },
            { id: 'https://github.com/actions/runner/github-hosted', ref: 'any', signer: anyone },
          ],
        },
      ],
      environments: { any: { level: 1, trustedRoots: ['root'], verifier: 'strict' } },
      trust: { roots: { root: { file: 'root.json', sha256: '0'.repeat(64) } } },
    }),
  );
}

const ROOTS: Readonly<Record<string, string>> = {
  'public-good': 'trust/public-good.trusted_root.json',
  'public-good+npm': 'trust/public-good.trusted_root.json',
  staging: 'trust/staging.trusted_root.json',
  github: 'trust/github.trusted_root.json',
};

async function toMaterial(test: Case, runner: Runner, keys: ShippedKeys): Promise<GateMaterial | undefined> {
  const { directory } = runner;
  const bytes = test.bundle === undefined ? undefined : readFileSync(join(directory, test.bundle));
  if (bytes === undefined && test.kind !== 'oci-layout') return undefined;
  const found = await collect(test, runner, bytes);
  const [first] = toArtifacts(test, runner, found.layoutDigests);
  const { sha256, ...others } = first?.artifact?.digests ?? {};
  if (sha256 === undefined) return undefined;
  const root = ROOTS[test.trustedRoot ?? ''] ?? test.trustedRoot ?? 'none';
  const isRoot = root.endsWith('.json');
  const policy = policyFor(test);
  return {
    artifact: {
      reference: test.id,
      digests: { sha256, ...others },
      fileName: null,
      package: 'pkg:generic/any',
    },
    environment: 'any',
    resourceUri: 'slsa-gate:any/pkg:generic/any',
    verifierId: 'https://gate.example.com',
    policy: {
      policy: parsePolicy(policy, 'policy.json'),
      bytes: policy,
      fileName: 'policy.json',
      pinnedBy: null,
      checkout: null,
      inPipeline: false,
    },
    catalogue: null,
    roots: isRoot
      ? [{ name: 'root', bytes: readFileSync(join(directory, root)), origin: 'file', currentAt: null }]
      : [],
    keys,
    facts: [],
    logged: [],
    sources: [{ name: 'file', answer: 'complete', attestations: found.attestations }],
    now: NOW,
  };
}

const directory = process.argv[2] ?? '';
const trust = new TrustReader(directory);
const runner: Runner = { directory, trust, verifyBundle, now: NOW };
const { loadCloudBuildKeys } = await import('../../src/adapters/trust/gcb-keys.ts');
const cloudBuild = [...(await loadCloudBuildKeys(join(directory, 'trust/gcb-keys')))];
const keys = new Map([
  ...cloudBuild.map(([region, bytes]) => [`cloud-build:${region}`, bytes] as const),
  ['npm', readFileSync(join(directory, 'trust/npm/keys.json'))] as const,
]);
for (const test of readCases(directory)) {
  try {
    const material = await toMaterial(test, runner, keys);
    if (material === undefined) continue;
    const nothing = { denials: [], overridden: new Set<string>(), override: null };
    const { outcome, digest } = remember(await evaluate(material), nothing);
    process.stdout.write(`${test.id} ${outcome.verdict} ${digest}\n`);
  } catch (error) {
    // Roots that cannot be used, and layouts that cannot be read, are no decisions.
    if (!(error instanceof SlsaGateError)) throw error;
  }
}
