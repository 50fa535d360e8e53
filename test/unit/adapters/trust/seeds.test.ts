import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTANCES } from '../../../../src/adapters/trust/instances.ts';

const TRUST = join(import.meta.dirname, '../../../../testdata/trust');
const SEEDS = join(createRequire(import.meta.url).resolve('@sigstore/tuf/package.json'), '../seeds.json');

interface Seed {
  readonly 'root.json': string;
  readonly targets: Readonly<Record<string, string>>;
}

const seeds: Readonly<Record<string, Seed>> = JSON.parse(readFileSync(SEEDS, 'utf8'));
const seed = seeds[INSTANCES['public-good'].mirror.replace(/\/$/, '')];
const targets = Object.entries(seed?.targets ?? {});

describe('the roots that ship with the package', () => {
  it.each([
    ['public-good/root.json', seed?.['root.json']],
    ['public-good/trusted_root.json', seed?.targets['trusted_root.json']],
    ['npm/keys.json', targets.find(([name]) => name.endsWith('%2Fkeys.json'))?.[1]],
  ])('%s is the one that @sigstore/tuf starts from', (file, wanted) => {
    expect(readFileSync(join(TRUST, file)).toString('base64')).toBe(wanted);
  });
});
