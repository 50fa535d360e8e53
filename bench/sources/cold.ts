import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { privateCatalogue, privatePolicy } from '../../test/interop/private-decision.ts';
import { clientEnvironment } from '../../test/interop/registry-clients.ts';
import { generatorRun } from '../../test/kit/github-run.ts';
import { sha256 } from '../../test/kit/keys.ts';
import { generatorProvenanceV02 } from '../../test/kit/statement.ts';
import { makeImage } from '../../test/registry/images.ts';
import { buildGoTool } from '../../test/stack/go-tools.ts';
import { pushOnce } from '../../test/stack/push.ts';
import { startOciregd } from '../../test/stack/registry.ts';
import { githubTokenClaims } from '../../test/stack/sigstore/claims.ts';
import { startSigstore } from '../../test/stack/sigstore/index.ts';
import { ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin/slsa-gate.js');
const ROUNDS = 15;
const WARM_UP = 2;
/** How many times as long as cosign's look at the attestation one whole gate may take. */
const AT_MOST = 2.5;
const REPOSITORY = 'octo-org/widget';

/** A whole process, while servers of this one answer. */
function run(
  program: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { env: { ...env }, cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (exit) =>
      exit === 0
        ? resolve(performance.now() - start)
        : reject(new Error(`${program} ${argv[0]} ends with ${exit}:\n${stderr}`)),
    );
  });
}

/**
 * One gate of an image on a loopback registry, from start to end: resolved, its bundle found, both verifiers, a signed record
 * that is synced to disk. Beside it `cosign verify-attestation` on the same image, which finds and verifies alone.
 */
export async function measureColdImage(): Promise<readonly Figure[]> {
  const cosign = await buildGoTool('cosign');
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-bench-'));
  const sigstore = await startSigstore();
  const registry = await startOciregd();
  try {
    const image = makeImage('image', 'withheld');
    await pushOnce(registry, REPOSITORY, image.directory);
    image.remove();
    const name = `${registry.host}/${REPOSITORY}@${image.digest}`;
    const env = { PATH: '', HOME: '/nonexistent', ...clientEnvironment(folder, registry) };
    const built = generatorRun();
    const predicate = join(folder, 'predicate.json');
    writeFileSync(predicate, JSON.stringify(generatorProvenanceV02(built, []).predicate));
    const trusted = ['--trusted-root', sigstore.files.trustedRoot];
    const type = ['--type', 'slsaprovenance02'];
    await run(
      cosign,
      [
        ...['attest', '--yes', ...type, '--predicate', predicate, ...trusted],
        ...['--signing-config', sigstore.files.signingConfig.v1],
        ...['--identity-token', sigstore.issuer.token('actions', githubTokenClaims(built)), name],
      ],
      env,
    );
    const ours = await ourArguments(folder, sigstore, registry.host, name);
    const theirs = [
      ...['verify-attestation', ...type, ...trusted],
      ...['--certificate-identity-regexp', '^https://github\\.com/slsa-framework/.*$'],
      ...['--certificate-oidc-issuer', 'https://token.actions.githubusercontent.com', name],
    ];
    const millis: { gate: number[]; cosign: number[] } = { gate: [], cosign: [] };
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const gate = await run(process.execPath, [BIN, ...ours, `--request-id=${round}`], env);
      const peer = await run(cosign, theirs, env);
      if (round < 0) continue;
      millis.gate.push(gate);
      millis.cosign.push(peer);
    }
    const share = spreadOf(ratios(millis.gate, millis.cosign));
    return [
      { name: 'cold.gateMilliseconds', ...whole(millis.gate) },
      { name: 'cold.cosignMilliseconds', ...whole(millis.cosign) },
      {
        name: 'cold.gateTimesCosign',
        value: share.median,
        unit: 'ratio',
        spread: share,
        wanted: { atMost: AT_MOST },
      },
    ];
  } finally {
    await registry.stop();
    await sigstore.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const whole = (millis: readonly number[]) => {
  const spread = spreadOf(millis);
  return { value: spread.median, unit: 'ms', spread } as const;
};

/** A policy under the private root, and a log as a user makes one. */
async function ourArguments(
  folder: string,
  sigstore: Awaited<ReturnType<typeof startSigstore>>,
  host: string,
  image: string,
): Promise<readonly string[]> {
  const file = (name: string): string => join(folder, name);
  const root = JSON.stringify(sigstore.trustedRoot);
  writeFileSync(file('trusted_root.json'), root);
  writeFileSync(file('catalogue.json'), privateCatalogue(sigstore));
  const policy = privatePolicy();
  const sum = sha256(Buffer.from(root)).toString('hex');
  writeFileSync(
    file('policy.json'),
    JSON.stringify({
      ...policy,
      trust: { roots: { private: { file: 'trusted_root.json', sha256: sum } } },
      packages: policy.packages.map((entry) => ({ ...entry, package: { glob: 'pkg:*/**' } })),
      environments: { production: { ...policy.environments.production, trustedRoots: ['private'] } },
    }),
  );
  const env = { PATH: '' };
  for (const [name, algorithm] of [
    ['records.pem', 'p256'],
    ['checkpoints.pem', 'ed25519'],
  ] as const) {
    await run(
      process.execPath,
      [BIN, 'key', 'generate', `--output=${file(name)}`, `--algorithm=${algorithm}`],
      env,
    );
  }
  await run(
    process.execPath,
    [
      ...[BIN, 'evidence', 'init', file('evidence.yaml'), '--origin=bench.local/log'],
      ...['--verifier-id=https://bench.local/gate', '--signer=key:records.pem'],
      '--checkpoint-signer=key:checkpoints.pem',
    ],
    env,
  );
  return [
    ...[
      'gate',
      image,
      '--policy',
      file('policy.json'),
      '--catalogue',
      file('catalogue.json'),
      '--to',
      'production',
    ],
    ...['--evidence', file('evidence.yaml'), '--ephemeral-evidence', '--without-cache', '--allow-host', host],
  ];
}
