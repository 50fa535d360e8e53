/**
 * Builds dist/: ES modules in which everything is bundled, split so that the hot commands load little, and the type
 * declarations of the library. Run as `node scripts/build.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OCLIF = join(ROOT, 'node_modules/@oclif/core/lib');

/**
 * The parser of oclif drags in the help renderer, templates, colours and a logger, only to decorate its error messages.
 * Ours are written in src/cli/scan.ts, so those imports of the parser alone are replaced; help keeps the real ones.
 */
const plainParser: Plugin = {
  name: 'plain-parser',
  setup({ onLoad, onResolve }) {
    const fromParser = (importer: string): boolean => importer.startsWith(join(OCLIF, 'parser'));
    const fromError = (importer: string): boolean => importer === join(OCLIF, 'errors/errors/cli.js');
    onResolve({ filter: /^\.\.\/errors$/ }, ({ importer }) =>
      fromParser(importer) ? { path: join(OCLIF, 'errors/errors/cli.js') } : undefined,
    );
    // readline only serves arguments read from standard input, which no command of ours has.
    onResolve(
      { filter: /^(node:readline|\.\/help|\.\.\/logger|\.\.\/ux\/(list|theme))$/ },
      ({ importer, path }) => (fromParser(importer) ? { path, namespace: 'plain' } : undefined),
    );
    onResolve(
      { filter: /^(clean-stack|indent-string|wrap-ansi|\.\.\/\.\.\/(screen|ux\/theme))$/ },
      ({ importer, path }) => (fromError(importer) ? { path, namespace: 'plain' } : undefined),
    );
    onLoad({ filter: /.*/, namespace: 'plain' }, () => ({
      contents: `const text = (value) => String(value);
        module.exports = Object.assign(text, { default: text, colorize: (_, value) => value, makeDebug: () => () => {}, flagUsages: () => [] });`,
      loader: 'js',
    }));
  },
};

/**
 * packageurl-js makes a collator while it is loaded, and loading its tables takes a tenth of a whole verification. It
 * sorts ASCII names with it, and qualifiers of URLs that it writes, which we never do; code unit order does for those.
 */
const plainCollator: Plugin = {
  name: 'plain-collator',
  setup({ onLoad }) {
    onLoad({ filter: /packageurl-js[/\\]src[/\\]strings\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const early = 'const { compare: localeCompare } = new Intl.Collator()';
      const contents = source.replace(early, 'const localeCompare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)');
      if (contents === source) throw new Error(`packageurl-js has another form than expected: ${path}`);
      return { contents, loader: 'js' };
    });
  },
};

/** Licence texts of everything that was bundled, as those licences ask for. */
const licences = (metafile: Metafile): string => {
  const folders = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input);
    if (match !== null) folders.add(match[0]);
  }
  const texts = [...folders].sort().map((folder) => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    const { name, version, license } = manifest as { name: string; version: string; license?: string };
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const body =
      file === undefined ? 'See the package.' : readFileSync(join(ROOT, folder, file), 'utf8').trim();
    return `${name} ${version} (${license ?? 'see below'})\n\n${body}\n`;
  });
  return texts.join(`\n${'-'.repeat(78)}\n\n`);
};

const buildCode = async (outdir: string): Promise<void> => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: 'src/index.ts', main: 'src/cli/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    chunkNames: 'chunks/[name]-[hash]',
    // Names stay, so that what --debug prints can be read; the rest only costs parsing time.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // Bundled CommonJS asks for builtins with require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    // typescript is an optional helper of oclif for development.
    external: ['typescript', 'typescript/*'],
    plugins: [plainParser, plainCollator],
  });
  writeFileSync(join(outdir, 'THIRD-PARTY-LICENCES.txt'), licences(metafile));
};

const buildTypes = (outdir: string): void => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outdir], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  // tsc leaves the extension of the sources in declarations; consumers resolve .js.
  for (const file of readdirSync(outdir, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue;
    const path = join(outdir, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2'));
  }
};

/** Built beside and moved into place, so that a command that runs meanwhile never sees half of it. */
const temporary = join(ROOT, '.cache', `dist-${process.pid}`);
try {
  mkdirSync(temporary, { recursive: true });
  await buildCode(temporary);
  buildTypes(join(temporary, 'types'));
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  renameSync(temporary, join(ROOT, 'dist'));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
