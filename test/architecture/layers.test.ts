import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findViolations, layerOf, type Violation } from './layers.ts';
import { codeOf, importsOf } from './source-text.ts';

/** The table of layers, held on the source itself; then each kind of violation, so that the check can be trusted. */

function readSources(): Map<string, string> {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(
    names.map((name) => [`src/${name.split(sep).join('/')}`, readFileSync(join('src', name), 'utf8')]),
  );
}

const violationsOf = (files: Readonly<Record<string, string>>): Violation[] =>
  findViolations(new Map(Object.entries(files)));

describe('the source', () => {
  const sources = readSources();

  it('is read whole', () => {
    expect(sources.size).toBeGreaterThan(80);
    expect(importsOf(sources.get('src/core/verify/verify-bundle.ts') ?? '').length).toBeGreaterThan(8);
  });

  it('keeps to the layers', () => {
    expect(findViolations(sources)).toEqual([]);
  });
});

describe('the check', () => {
  const ONE: readonly [title: string, file: string, source: string, rule: Violation['rule']][] = [
    ['errors that import the model', 'src/errors.ts', "import { a } from './core/model/json.ts';", 'layer'],
    [
      'a model that imports the verifier',
      'src/core/model/a.ts',
      "import { a } from '../verify/b.ts';",
      'layer',
    ],
    ['types across layers', 'src/core/model/a.ts', "import type { A } from '../verify/b.ts';", 'layer'],
    ['a re-export across layers', 'src/core/verify/a.ts', "export * from '../../app/b.ts';", 'layer'],
    ['a core that imports a use case', 'src/core/rules/a.ts', "import { a } from '../../app/b.ts';", 'layer'],
    [
      'a core that imports an adapter',
      'src/core/a.ts',
      "import { a } from '../adapters/http/index.ts';",
      'layer',
    ],
    [
      'a use case that imports an adapter',
      'src/app/a.ts',
      "import { a } from '../adapters/trust/b.ts';",
      'layer',
    ],
    ['a use case that imports the command', 'src/app/a.ts', "import { a } from '../cli/b.ts';", 'layer'],
    [
      'an adapter that imports another',
      'src/adapters/trust/a.ts',
      "import { a } from '../attestations/oci/b.ts';",
      'layer',
    ],
    [
      'a source that imports another',
      'src/adapters/attestations/oci/a.ts',
      "import { a } from '../npm/b.ts';",
      'layer',
    ],
    [
      'an implementation that imports what picks it',
      'src/adapters/signers/key/a.ts',
      "import { a } from '../index.ts';",
      'layer',
    ],
    [
      'a port that picks among the implementations of another',
      'src/adapters/signers/index.ts',
      "import { a } from '../sinks/folder/b.ts';",
      'layer',
    ],
    [
      'tokens outside their signer',
      'src/adapters/signers/key/a.ts',
      "const a = await import('pkcs11js');",
      'package',
    ],
    [
      'an adapter that imports the verifier',
      'src/adapters/trust/a.ts',
      "import { a } from '../../core/verify/b.ts';",
      'layer',
    ],
    [
      'an adapter that imports a use case',
      'src/adapters/trust/a.ts',
      "import { a } from '../../app/b.ts';",
      'layer',
    ],
    [
      'an HTTP client that imports an adapter',
      'src/adapters/http/a.ts',
      "import { a } from '../trust/b.ts';",
      'layer',
    ],
    ['a command that imports a rule', 'src/cli/a.ts', "import { a } from '../core/rules/b.ts';", 'layer'],
    ['a library that imports the command', 'src/library/a.ts', "import { a } from '../cli/b.ts';", 'layer'],
    ['a library that imports a rule', 'src/library/a.ts', "import { a } from '../core/rules/b.ts';", 'layer'],
    ['a use case that imports the library', 'src/app/a.ts', "import { a } from '../library/b.ts';", 'layer'],
    ['an index that wires', 'src/index.ts', "export { a } from './adapters/trust/b.ts';", 'layer'],
    ['the environment in the library', 'src/library/a.ts', 'const a = process.env.HOME;', 'ambient'],
    ['a dynamic import across layers', 'src/app/a.ts', "const a = await import('../cli/b.ts');", 'layer'],
    [
      'an import of several lines',
      'src/app/a.ts',
      "import {\n  a,\n  type B,\n} from '../cli/b.ts';",
      'layer',
    ],
    ['an import for its effects', 'src/app/a.ts', "import '../cli/b.ts';", 'layer'],
    ['a type written as an import', 'src/app/a.ts', "let a: import('../cli/b.ts').A;", 'layer'],
    ['the disk in the core', 'src/core/a.ts', "import { readFileSync } from 'node:fs';", 'package'],
    [
      'other processes in the core',
      'src/core/a.ts',
      "import { spawn } from 'node:child_process';",
      'package',
    ],
    ['the machine in the core', 'src/core/a.ts', "import os from 'node:os';", 'package'],
    ['threads in the core', 'src/core/a.ts', "import { Worker } from 'node:worker_threads';", 'package'],
    ['a package that the core does not need', 'src/core/a.ts', "import a from 'left-pad';", 'package'],
    ['a package in the errors', 'src/errors.ts', "import { hash } from 'node:crypto';", 'package'],
    [
      'the command framework in a use case',
      'src/app/a.ts',
      "import { Command } from '@oclif/core';",
      'package',
    ],
    ['TUF outside its adapter', 'src/app/a.ts', "import { Updater } from 'tuf-js';", 'package'],
    ['the network in the core', 'src/core/a.ts', "import { connect } from 'node:net';", 'http'],
    ['HTTP in another adapter', 'src/adapters/trust/a.ts', "import { request } from 'undici';", 'http'],
    ['HTTP under a longer name', 'src/cli/a.ts', "import dns from 'node:dns/promises';", 'http'],
    ['fetch', 'src/app/a.ts', 'const answer = await fetch(url);', 'http'],
    ['require', 'src/core/a.ts', "const fs = require('node:fs');", 'package'],
    ['the environment', 'src/core/a.ts', "if (process.env.CI === '1') a();", 'ambient'],
    ['the environment in a template', 'src/core/a.ts', `const a = \`\${process.env.HOME}/x\`;`, 'ambient'],
    ['the clock', 'src/core/a.ts', 'const now = Date.now();', 'ambient'],
    ['the clock as a date', 'src/core/a.ts', 'const now = new Date();', 'ambient'],
    ['the clock without parentheses', 'src/core/a.ts', 'const now = new Date;', 'ambient'],
    ['the monotonic clock', 'src/core/a.ts', 'const now = performance.now();', 'ambient'],
    ['chance', 'src/core/model/a.ts', 'const a = Math.random();', 'ambient'],
    ['random bytes', 'src/core/a.ts', "import { randomBytes } from 'node:crypto';", 'ambient'],
    ['a log line', 'src/core/a.ts', "console.log('here');", 'ambient'],
    ['a global by name', 'src/core/a.ts', "const f = globalThis['fe' + 'tch'];", 'ambient'],
    ['a timer', 'src/core/a.ts', 'setTimeout(a, 5);', 'ambient'],
    ['an import of the tests', 'src/app/a.ts', "import { a } from '../../test/kit/json.ts';", 'outside-src'],
    ['an import of the benches', 'src/app/a.ts', "import { a } from '../../bench/a.ts';", 'outside-src'],
    ['an import of the fuzz targets', 'src/core/a.ts', "import { a } from '../../fuzz/a.ts';", 'outside-src'],
    [
      'the builders elsewhere than in the catalogue',
      'src/core/rules/a.ts',
      "import a from '../../../catalogue/builders.json' with { type: 'json' };",
      'outside-src',
    ],
    [
      'other data beside the builders',
      'src/core/catalogue/builders.ts',
      "import a from '../../../catalogue/more.json' with { type: 'json' };",
      'outside-src',
    ],
    ['a computed import', 'src/cli/a.ts', 'const a = await import(name);', 'computed-import'],
    ['a template as import', 'src/cli/a.ts', `const a = await import(\`./\${name}.ts\`);`, 'computed-import'],
    ['a folder that the table does not know', 'src/helpers/a.ts', 'export const a = 1;', 'unknown-layer'],
  ];
  it.each(ONE)('finds %s', (_, file, source, rule) => {
    expect(violationsOf({ [file]: source })).toEqual([expect.objectContaining({ file, rule })]);
  });

  it('finds a cycle and names its way', () => {
    const files = {
      'src/core/a.ts': "import { b } from './b.ts';",
      'src/core/b.ts': "export { c } from './model/../c.ts';",
      'src/core/c.ts': "import './a.ts';",
    };
    expect(violationsOf(files)).toEqual([
      {
        file: 'src/core/a.ts',
        rule: 'cycle',
        what: 'src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
      },
    ]);
  });

  it('lets a part that is loaded when it is needed refer back', () => {
    const files = {
      'src/cli/a.ts': "const b = () => import('./b.ts');",
      'src/cli/b.ts': "import { a } from './a.ts';",
    };
    expect(violationsOf(files)).toEqual([]);
  });

  it('lets types refer to each other', () => {
    const files = {
      'src/core/a.ts': "import type { B } from './b.ts';",
      'src/core/b.ts': "import { a } from './a.ts';",
    };
    expect(violationsOf(files)).toEqual([]);
  });

  it.each([
    ['a date out of a value', 'src/core/a.ts', 'const at = new Date(nowMs).toISOString();'],
    [
      'words in comments',
      'src/core/a.ts',
      "// process.env, import { a } from 'undici'\n/* Date.now() */ const a = 1;",
    ],
    [
      'words in strings',
      'src/core/a.ts',
      `const a = 'process.env'; const b = \`Date.now() \${a} console.log\`;`,
    ],
    [
      'the builders in the catalogue',
      'src/core/catalogue/builders.ts',
      "import builders from '../../../catalogue/builders.json' with { type: 'json' };",
    ],
    ['words in regular expressions', 'src/core/a.ts', "const a = /'console.log(`]/; const b = /[/']/;"],
    ['the own folder', 'src/adapters/attestations/oci/a.ts', "import { b } from './deep/b.ts';"],
    ['what sources share', 'src/adapters/attestations/oci/a.ts', "import { b } from '../shared.ts';"],
    [
      'what picks among implementations',
      'src/adapters/signers/index.ts',
      "import { b } from './key/index.ts';",
    ],
    ['files, synced', 'src/adapters/signers/key/a.ts', "import { b } from '../../disk/write.ts';"],
    ['the outbound client', 'src/adapters/attestations/oci/a.ts', "import { b } from '../../http/index.ts';"],
    ['the clock in the library', 'src/library/a.ts', 'const now = () => new Date();'],
    ['the clock in the wiring', 'src/cli/wire.ts', 'const now = () => new Date();'],
    ['methods of these names', 'src/core/a.ts', 'const a = source.fetch(x); const b = own.Date.now();'],
  ])('allows %s', (_, file, source) => {
    expect(violationsOf({ [file]: source })).toEqual([]);
  });

  it('reads code after divisions, templates and regular expressions', () => {
    const source = `const a = b / c; const d = \`x \${\`y \${e}\`} '\`; import('./f.ts'); const g = x[1] / 2 / 3; h(/\\//);`;
    expect(importsOf(source)).toEqual([{ specifier: './f.ts', isType: false, isLazy: true }]);
    expect(codeOf("a('b') // c", false)).toBe('a(   )     ');
  });

  it('knows the layer of each place', () => {
    expect(layerOf('src/core/limits.ts')).toBe('model');
    expect(layerOf('src/core/rules/min-level.ts')).toBe('core');
    expect(layerOf('src/adapters/trust/tuf/cache.ts')).toBe('adapters/trust');
    expect(layerOf('src/adapters/forges/github/api.ts')).toBe('adapters/forges/github');
    expect(layerOf('test/kit/json.ts')).toBeUndefined();
  });
});
