import { posix } from 'node:path';
import { codeOf, type Import, importsOf } from './source-text.ts';

/** Path from the repository's root to text. */
export type Sources = ReadonlyMap<string, string>;

export interface Violation {
  readonly file: string;
  readonly rule:
    | 'layer'
    | 'package'
    | 'ambient'
    | 'http'
    | 'cycle'
    | 'outside-src'
    | 'computed-import'
    | 'unknown-layer';
  /** What was found, e.g. the import as written. */
  readonly what: string;
}

/** Ports whose implementations lie in one folder each; other adapters are one folder as a whole. */
const PORT_FOLDERS = new Set(['attestations', 'forges', 'evidence', 'evidence-pins', 'sinks', 'signers']);
/** Files that pick among the implementations of a port, and so know them. */
const PICKERS = new Set(['index.ts', 'homes.ts']);
/** What every adapter may use. */
const SHARED_ADAPTERS = new Set(['adapters/http', 'adapters/disk', 'adapters/cache', 'adapters/credentials']);

/**
 * Layer of a file: `errors`, `model` (with limits and ports), `core`, `app`, `adapters/<name>`, `cli`, `server`,
 * `library`, `index`; undefined for a place that the table does not know.
 */
export function layerOf(file: string): string | undefined {
  const [src, top = '', second = '', third = ''] = file.split('/');
  if (src !== 'src') return undefined;
  if (file === 'src/errors.ts' || file === 'src/codes.ts' || top === 'codes') return 'errors';
  if (file === 'src/index.ts') return 'index';
  if (top === 'core')
    return second === 'model' ||
      second === 'limits.ts' ||
      second === 'ports.ts' ||
      second === 'source-ports.ts' ||
      second === 'evidence-ports.ts'
      ? 'model'
      : 'core';
  if (top === 'adapters') {
    if (PORT_FOLDERS.has(second) && PICKERS.has(third)) return `adapters/${second}/index`;
    return PORT_FOLDERS.has(second) && !third.endsWith('.ts')
      ? `adapters/${second}/${third}`
      : `adapters/${second}`;
  }
  return ['app', 'cli', 'server', 'library'].includes(top) ? top : undefined;
}

/** What each layer may import of our own, besides itself. */
function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const kind = from.startsWith('adapters/') ? 'adapters' : from;
  switch (kind) {
    case 'errors':
      return false;
    case 'model':
      return to === 'errors';
    case 'core':
      return to === 'errors' || to === 'model';
    case 'app':
      return to === 'errors' || to === 'model' || to === 'core';
    case 'adapters':
      return (
        to === 'errors' ||
        to === 'model' ||
        SHARED_ADAPTERS.has(to) ||
        isOwnPort(from, to) ||
        isPicked(from, to)
      );
    case 'cli':
    case 'server':
    case 'library':
      return to === 'errors' || to === 'model' || to === 'app' || to.startsWith('adapters/');
    // A list of names.
    case 'index':
      return to === 'errors' || to === 'model' || to === 'app' || to === 'library';
    default:
      return false;
  }
}

/** `adapters/attestations/oci` may use what all attestation sources share in `adapters/attestations/*.ts`. */
const isOwnPort = (from: string, to: string): boolean =>
  from.startsWith(`${to}/`) && PORT_FOLDERS.has(to.slice('adapters/'.length));

/** `adapters/signers/index.ts` picks the implementation that a reference names, so it knows them; they do not know it. */
const isPicked = (from: string, to: string): boolean =>
  from.endsWith('/index') && to.startsWith(from.slice(0, -'index'.length));

/** Packages of each layer, as names or prefixes that end in `/`; a layer that is absent may use any but those below. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  model: ['node:buffer', 'node:crypto', 'zod', 're2js', 'packageurl-js', 'canonicalize', 'yaml'],
  core: [
    'node:buffer',
    'node:crypto',
    'zod',
    're2js',
    'packageurl-js',
    'canonicalize',
    'yaml',
    '@noble/',
    '@sigstore/',
  ],
};

/** Packages that belong to one layer alone, whoever else asks. */
const OWNERS: readonly {
  readonly layer: string;
  readonly rule: 'http' | 'package';
  readonly names: readonly string[];
}[] = [
  {
    layer: 'adapters/http',
    rule: 'http',
    names: [
      'undici',
      'node:http',
      'node:https',
      'node:http2',
      'node:net',
      'node:tls',
      'node:dgram',
      'node:dns',
    ],
  },
  { layer: 'adapters/attestations/github', rule: 'package', names: ['@octokit/', 'snappyjs'] },
  { layer: 'adapters/signers/sigstore', rule: 'package', names: ['@sigstore/sign'] },
  { layer: 'adapters/trust', rule: 'package', names: ['tuf-js', '@tufjs/', '@sigstore/tuf'] },
  { layer: 'adapters/signers/pkcs11', rule: 'package', names: ['pkcs11js'] },
  { layer: 'adapters/evidence/postgres', rule: 'package', names: ['pg'] },
  { layer: 'adapters/evidence/sqlite', rule: 'package', names: ['node:sqlite'] },
  { layer: 'cli', rule: 'package', names: ['@oclif/'] },
];

const isNamed = (specifier: string, name: string): boolean =>
  name.endsWith('/') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`);

/** The clock may be read by the library, when the caller names no instant; nothing else of the machine. */
const NOT_FOR_THE_LIBRARY = new Set(['process', 'globalThis', 'console', 'timer']);

/** The core receives values: nothing in it asks the machine. */
const AMBIENT: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['process', /(?<![\w$.])process\s*[.[?]/],
  ['globalThis', /(?<![\w$.])globalThis\b/],
  ['Date.now', /(?<![\w$.])Date\s*\.\s*now\b/],
  ['new Date()', /(?<![\w$.])new\s+Date\s*(?:\(\s*\)|(?![\s(\w]))/],
  ['Date()', /(?<!new\s+|[\w$.])Date\s*\(\s*\)/],
  ['performance', /(?<![\w$.])performance\s*\./],
  ['Math.random', /(?<![\w$.])Math\s*\.\s*random\b/],
  [
    'randomness of crypto',
    /(?<![\w$])(?:randomBytes|randomUUID\w*|randomInt|randomFill\w*|getRandomValues|generateKey\w*)\b/,
  ],
  ['console', /(?<![\w$.])console\s*[.[]/],
  ['timer', /(?<![\w$.])(?:setTimeout|setInterval|setImmediate)\b/],
];
const FETCH = /(?<![\w$.])(?:fetch\s*\(|(?:XMLHttpRequest|WebSocket|EventSource)\b)/;

/** Checks every file against the table of the layers; an empty answer means that all hold. */
export function findViolations(sources: Sources): Violation[] {
  const violations: Violation[] = [];
  for (const [file, source] of sources) {
    const layer = layerOf(file);
    if (layer === undefined) violations.push({ file, rule: 'unknown-layer', what: file });
    else violations.push(...importViolations(file, layer, source), ...ambientViolations(file, layer, source));
  }
  violations.push(...findCycles(sources));
  return violations;
}

function importViolations(file: string, layer: string, source: string): Violation[] {
  return importsOf(source).flatMap(({ specifier }): Violation[] => {
    if (specifier === undefined) return [{ file, rule: 'computed-import', what: 'import(...)' }];
    const rule = specifier.startsWith('.') ? ownRule(file, layer, specifier) : packageRule(layer, specifier);
    return rule === undefined ? [] : [{ file, rule, what: specifier }];
  });
}

function ownRule(file: string, layer: string, specifier: string): Violation['rule'] | undefined {
  const target = resolveOwn(file, specifier);
  // The version stands in package.json alone; the bundler puts it in.
  if (target === 'package.json') return layer === 'cli' ? undefined : 'outside-src';
  // The builders are data that people read and copy; the bundler puts it in.
  if (target === 'catalogue/builders.json')
    return file === 'src/core/catalogue/builders.ts' ? undefined : 'outside-src';
  if (!target.startsWith('src/')) return 'outside-src';
  const to = layerOf(target);
  return to !== undefined && mayImport(layer, to) ? undefined : 'layer';
}

function packageRule(layer: string, specifier: string): Violation['rule'] | undefined {
  const owner = OWNERS.find(({ names }) => names.some((name) => isNamed(specifier, name)));
  if (owner !== undefined) return layer === owner.layer ? undefined : owner.rule;
  const allowed = PACKAGES[layer];
  return allowed === undefined || allowed.some((name) => isNamed(specifier, name)) ? undefined : 'package';
}

function ambientViolations(file: string, layer: string, source: string): Violation[] {
  const code = codeOf(source, false);
  const violations: Violation[] = [];
  if (layer !== 'adapters/http' && FETCH.test(code)) violations.push({ file, rule: 'http', what: 'fetch' });
  const isPure = layer === 'errors' || layer === 'model' || layer === 'core';
  for (const [what, pattern] of AMBIENT)
    if ((isPure || (layer === 'library' && NOT_FOR_THE_LIBRARY.has(what))) && pattern.test(code))
      violations.push({ file, rule: 'ambient', what });
  return violations;
}

const resolveOwn = (file: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(file), specifier));

/** Cycles among what is loaded before a file runs: types are erased, and lazy imports find everything in place. */
function findCycles(sources: Sources): Violation[] {
  const edges = new Map<string, string[]>();
  const loads = ({ specifier, isType, isLazy }: Import): boolean =>
    !isType && !isLazy && specifier?.startsWith('.') === true;
  for (const [file, source] of sources) {
    const targets = importsOf(source).filter(loads);
    edges.set(
      file,
      targets.map(({ specifier }) => resolveOwn(file, specifier ?? '')),
    );
  }
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start !== -1) {
      violations.push({ file, rule: 'cycle', what: [...path.slice(start), file].join(' -> ') });
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return violations;
}
