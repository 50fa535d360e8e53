import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin/slsa-gate.js');
const CASE = join(ROOT, 'testdata/attestations/npm-sigstore-5.0.0');
const ROUNDS = 25;
/** How many times an empty Node one gate on the embedded store may take. */
const AT_MOST = 8;

function run(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: ROOT });
  const millis = performance.now() - start;
  if (status !== 0) throw new Error(`exit ${status} of ${args.join(' ')}\n${stderr}`);
  return millis;
}

/** A log as a user makes one. */
function makeLog(folder: string): string {
  const file = join(folder, 'evidence.yaml');
  for (const [name, algorithm] of [
    ['records.pem', 'p256'],
    ['checkpoints.pem', 'ed25519'],
  ]) {
    run([BIN, 'key', 'generate', `--output=${join(folder, name ?? '')}`, `--algorithm=${algorithm}`]);
  }
  run([
    ...[BIN, 'evidence', 'init', file, '--origin=bench.local/log', '--verifier-id=https://bench.local/gate'],
    ...['--signer=key:records.pem', '--checkpoint-signer=key:checkpoints.pem'],
  ]);
  return file;
}

/** Whole processes, from start to end, each with a record of its own, beside an empty Node of the same version. */
export function measureColdGate(): readonly Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-bench-'));
  try {
    const evidence = makeLog(folder);
    const gate = (id: number): readonly string[] => [
      ...[BIN, 'gate', join(CASE, 'sigstore-5.0.0.tgz'), '--package=pkg:npm/sigstore@5.0.0'],
      `--bundle=${join(CASE, 'provenance.sigstore.json')}`,
      `--policy=${join(ROOT, 'testdata/quick-start/policy.yaml')}`,
      ...['--to=production', `--evidence=${evidence}`, '--ephemeral-evidence', `--request-id=${id}`],
    ];
    const millis: { empty: number[]; gate: number[] } = { empty: [], gate: [] };
    for (let round = -2; round < ROUNDS; round++) {
      const spent = { empty: run(['-e', '0']), gate: run(gate(round)) };
      if (round < 0) continue;
      millis.empty.push(spent.empty);
      millis.gate.push(spent.gate);
    }
    const whole = spreadOf(millis.gate);
    const share = spreadOf(ratios(millis.gate, millis.empty));
    return [
      { name: 'gateMilliseconds', value: whole.median, unit: 'ms', spread: whole },
      {
        name: 'gateShareOfEmptyNode',
        value: share.median,
        unit: 'ratio',
        spread: share,
        wanted: { atMost: AT_MOST },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
