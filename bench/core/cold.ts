import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin/slsa-gate.js');
const CASE = join(ROOT, 'testdata/attestations/npm-sigstore-5.0.0');
const VERIFY = [
  BIN,
  'verify',
  join(CASE, 'sigstore-5.0.0.tgz'),
  `--bundle=${join(CASE, 'provenance.sigstore.json')}`,
  '--certificate-identity=https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
  '--certificate-oidc-issuer=https://token.actions.githubusercontent.com',
  '--source-uri=github.com/sigstore/sigstore-js',
  '--offline',
];

/** What is started, and how many times an empty Node it may take. */
const COMMANDS = {
  empty: { args: ['-e', '0'], atMost: undefined },
  version: { args: [BIN, '--version'], atMost: 2 },
  strict: { args: [...VERIFY, '--verifier=strict'], atMost: 3 },
  both: { args: [...VERIFY, '--verifier=both'], atMost: 5 },
} as const;
type Command = keyof typeof COMMANDS;
const NAMES = Object.keys(COMMANDS) as Command[];

const ROUNDS = 25;
const MAX_MIB = 100;

function run(args: readonly string[]): { millis: number; stderr: string } {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: ROOT });
  const millis = performance.now() - start;
  if (status !== 0) throw new Error(`exit ${status} of ${args.join(' ')}\n${stderr}`);
  return { millis, stderr };
}

/**
 * Writes its peak of resident memory, in KiB, as the last line of standard error. Linux tells that of the process since
 * it became this program; what getrusage tells there starts with the peak of whoever started it.
 */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';
  const peak = () => {
    try {
      return /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1];
    } catch {
      return process.resourceUsage().maxRSS;
    }
  };
  process.on('exit', () => process.stderr.write('\\n' + peak()));
`)}`;

const peakMiB = (command: Command): number => {
  const { stderr } = run(['--import', TELL_PEAK, ...COMMANDS[command].args]);
  return Number(stderr.slice(stderr.lastIndexOf('\n') + 1)) / 1024;
};

/** Whole processes, from start to end, beside an empty Node of the same version. */
export function measureCold(): readonly Figure[] {
  if (!existsSync(join(ROOT, 'dist/main.js'))) {
    execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, stdio: 'inherit' });
  }
  const millis: Record<Command, number[]> = { empty: [], version: [], strict: [], both: [] };
  for (let round = -2; round < ROUNDS; round++) {
    for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) {
      const spent = run(COMMANDS[name].args).millis;
      if (round >= 0) millis[name].push(spent);
    }
  }
  return NAMES.flatMap((name): Figure[] => {
    const { atMost } = COMMANDS[name];
    const { median, ...spread } = spreadOf(millis[name]);
    const time: Figure = { name: `cold.${name}`, value: median, unit: 'ms', spread };
    const times = spreadOf(ratios(millis[name], millis.empty));
    const peak: Figure = { name: `cold.${name}.peak`, value: peakMiB(name), unit: 'MiB' };
    if (atMost === undefined) return [time, peak];
    return [
      time,
      {
        name: `cold.${name}TimesEmpty`,
        value: times.median,
        unit: 'ratio',
        spread: times,
        wanted: { atMost },
      },
      { ...peak, wanted: { atMost: MAX_MIB } },
    ];
  });
}
