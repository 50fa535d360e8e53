/**
 * Builds dist/: ES modules in which everything is bundled, split so that the hot commands load little, and the type
 * declarations of the library. Run as `node scripts/build.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OCLIF = join(ROOT, 'node_modules/@oclif/core/lib');

/**
 * The parser of oclif drags in the help renderer, templates, colours and a logger, only to decorate its error messages.
 * Ours are written in src/cli/scan.ts, so those imports of the parser alone are replaced; help keeps the real ones.
 */
const plainParser = (): Plugin => {
  const PLAIN = '\0plain:';
  // readline only serves arguments read from standard input, which no command of ours has.
  const ofParser = /^(node:readline|\.\/help|\.\.\/logger|\.\.\/ux\/(list|theme))$/;
  const ofError = /^(clean-stack|indent-string|wrap-ansi|\.\.\/\.\.\/(screen|ux\/theme))$/;
  const error = join(OCLIF, 'errors/errors/cli.js');
  return {
    name: 'plain-parser',
    resolveId(source, importer = '') {
      const isParser = importer.startsWith(join(OCLIF, 'parser'));
      if (isParser && source === '../errors') return error;
      const isPlain = isParser ? ofParser.test(source) : importer === error && ofError.test(source);
      return isPlain ? `${PLAIN}${source}` : null;
    },
    load(id) {
      if (!id.startsWith(PLAIN)) return null;
      return `const text = (value) => String(value);
        module.exports = Object.assign(text, { default: text, colorize: (_, value) => value, makeDebug: () => () => {}, flagUsages: () => [] });`;
    },
  };
};

/**
 * packageurl-js makes a collator while it is loaded, and loading its tables takes a tenth of a whole verification. It
 * sorts ASCII names with it, and qualifiers of URLs that it writes, which we never do; code unit order does for those.
 */
const plainCollator = (): Plugin => ({
  name: 'plain-collator',
  transform(source, id) {
    if (!/packageurl-js[/\\]src[/\\]strings\.js$/.test(id)) return null;
    const early = 'const { compare: localeCompare } = new Intl.Collator()';
    const code = source.replace(early, 'const localeCompare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)');
    if (code === source) throw new Error(`packageurl-js has another form than expected: ${id}`);
    return { code };
  },
});

/**
 * An import of a builtin reads every property that it has, which makes node:crypto load the Web Crypto API and node:fs its
 * promises. Taken by name, only what is used is loaded.
 */
const plainBuiltins = (): Plugin => {
  const PREFIX = '\0builtin:';
  return {
    name: 'plain-builtins',
    resolveId(source, _importer, { kind }) {
      return kind === 'import-statement' && source.startsWith('node:') ? `${PREFIX}${source}` : null;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const name = id.slice(PREFIX.length);
      const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter((key) =>
        /^[A-Za-z_$][\w$]*$/.test(key),
      );
      const lines = names
        .filter((key) => key !== 'default')
        .map((key) => `const $${key} = builtin.${key};\nexport { $${key} as ${key} };`);
      const code = [
        `const builtin = process.getBuiltinModule('${name}');`,
        ...lines,
        'export default builtin;',
      ].join('\n');
      return { code, moduleSideEffects: false };
    },
  };
};

/**
 * The whole of undici is a browser's worth of fetch, WebSocket, caches and mocks, and loading it takes as long as verifying
 * does. The client (src/adapters/http) uses dispatchers, their `request` with bodies of bytes and their `connect` to
 * proxies, over HTTP/1.1 alone; what those only need for other bodies and protocols is left out, and says so if it were
 * ever reached.
 */
const plainUndici = (): Plugin => {
  const LIB = join(ROOT, 'node_modules/undici/lib');
  const ENTRY = '\0undici';
  const ABSENT = '\0undici-absent';
  const isAbsent =
    /(?:^|[/\\])(?:web[/\\](?:fetch[/\\](?:body|formdata)|webidl)|client-h2|socks5-proxy-agent|parser-h1)(?:\.js)?$/;
  return {
    name: 'plain-undici',
    resolveId(source, importer = '') {
      if (source === 'undici') return ENTRY;
      return importer.startsWith(LIB) && isAbsent.test(source) ? `${ABSENT}:${source}` : null;
    },
    load(id) {
      if (id.startsWith(ABSENT)) {
        // What is called when nothing asks for it keeps its answer; everything else must not be reached.
        return `module.exports = new Proxy(function absent() {}, {
          get: (_, name) => (name === 'getMiloEnabled' ? () => false : name === '__esModule' ? undefined : () => {
            throw new Error('left out of the build: undici ' + ${JSON.stringify(id.slice(ABSENT.length + 1))});
          }),
        });`;
      }
      if (id !== ENTRY) return null;
      const at = (name: string): string => JSON.stringify(join(LIB, name));
      return `const Dispatcher = require(${at('dispatcher/dispatcher.js')});
        Dispatcher.prototype.request = require(${at('api/api-request.js')});
        Dispatcher.prototype.connect = require(${at('api/api-connect.js')});
        exports.Agent = require(${at('dispatcher/agent.js')});
        exports.Pool = require(${at('dispatcher/pool.js')});
        exports.ProxyAgent = require(${at('dispatcher/proxy-agent.js')});
        exports.buildConnector = require(${at('core/connect.js')});`;
    },
  };
};

/** Modules that a file imports before it runs, itself included. */
type StaticImports = (file: string) => ReadonlySet<string>;

/** Learns the graph of modules while it is built. */
const graph = (): { readonly plugin: Plugin; readonly staticImports: StaticImports } => {
  const imports = new Map<string, readonly string[]>();
  return {
    plugin: {
      name: 'graph',
      buildEnd() {
        for (const id of this.getModuleIds()) imports.set(id, this.getModuleInfo(id)?.importedIds ?? []);
      },
    },
    staticImports(file) {
      const reached = new Set<string>();
      const reach = (id: string): void => {
        if (reached.has(id)) return;
        reached.add(id);
        for (const imported of imports.get(id) ?? []) reach(imported);
      };
      reach(join(ROOT, file));
      return reached;
    },
  };
};

/** Licence texts of everything that was bundled, as those licences ask for. */
const licences = (modules: readonly string[]): string => {
  const folders = new Set<string>();
  for (const module of modules) {
    const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module);
    if (match !== null) folders.add(match[0]);
  }
  const texts = [...folders].sort().map((folder) => {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { name, version, license } = manifest as { name: string; version: string; license?: string };
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const body = file === undefined ? 'See the package.' : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license ?? 'see below'})\n\n${body}\n`;
  });
  return texts.join(`\n${'-'.repeat(78)}\n\n`);
};

/**
 * Each file that is loaded costs time, so what the hot commands start with is in two: `core`, which the library has too,
 * and `cli`. All else is split by who asks for it.
 */
const buildCode = async (outdir: string): Promise<void> => {
  const { plugin, staticImports } = graph();
  const cached = new Map<string, ReadonlySet<string>>();
  const isIn = (file: string, id: string): boolean => {
    const imports = cached.get(file) ?? staticImports(file);
    cached.set(file, imports);
    return imports.has(id);
  };
  // The entry itself answers --version and must load next to nothing.
  const isHot = (id: string): boolean => isIn('src/cli/command-line.ts', id) && !isIn('src/cli/main.ts', id);
  const isLibrary = (id: string): boolean => isIn('src/index.ts', id);
  const bundle = await rolldown({
    cwd: ROOT,
    input: { index: 'src/index.ts', main: 'src/cli/main.ts' },
    platform: 'node',
    // typescript is an optional helper of oclif for development; pkcs11js is installed by whoever has a token.
    external: /^(?:typescript|pkcs11js)(\/|$)/,
    treeshake: { propertyReadSideEffects: false },
    plugins: [plainParser(), plainCollator(), plainUndici(), plainBuiltins(), plugin],
    logLevel: 'warn',
  });
  const { output } = await bundle.write({
    dir: outdir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: {
      groups: [
        { name: 'start', test: (id) => isIn('src/cli/main.ts', id) && id !== join(ROOT, 'src/cli/main.ts') },
        { name: 'core', test: (id) => isHot(id) && isLibrary(id) },
        { name: 'cli', test: (id) => isHot(id) && !isLibrary(id) },
      ],
    },
    // Names stay, so that what --debug prints can be read; the rest only costs parsing time.
    minify: { compress: true, mangle: false, codegen: true },
    comments: false,
  });
  await bundle.close();
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  writeFileSync(join(outdir, 'THIRD-PARTY-LICENCES.txt'), licences(modules));
};

const buildTypes = (outdir: string): void => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outdir], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const reached = new Set<string>();
  reachTypes(join(outdir, 'index.d.ts'), reached);
  for (const file of readdirSync(outdir, { recursive: true, encoding: 'utf8' })) {
    const path = join(outdir, file);
    if (file.endsWith('.d.ts') && !reached.has(path)) rmSync(path);
  }
};

const OWN_IMPORT = /(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;

/**
 * What the entry's types are made of; the declarations of everything else would only name packages that a consumer
 * lacks. tsc leaves the extension of the sources in declarations; consumers resolve .js.
 */
const reachTypes = (path: string, reached: Set<string>): void => {
  if (reached.has(path)) return;
  reached.add(path);
  const text = readFileSync(path, 'utf8');
  for (const [, , , target] of text.matchAll(OWN_IMPORT))
    reachTypes(join(dirname(path), `${target}.d.ts`), reached);
  writeFileSync(path, text.replace(OWN_IMPORT, '$1$2$3.js$2'));
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
