import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { type CaseAnswer, type CasePorts, runCase } from '../../src/app/policy/run-case.ts';
import { createPorts } from '../../src/cli/wire.ts';
import { type PolicyCase, parseCase } from '../../src/core/policy/case-file.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import { ROOT } from '../e2e/built.ts';

/** The presets with their cases, for tests that change them. */

export const PRESETS: readonly string[] = readdirSync(join(ROOT, 'policies'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'));

export interface PresetCase {
  readonly name: string;
  readonly path: string;
  readonly file: PolicyCase;
}

export interface Preset {
  readonly path: string;
  readonly text: string;
  /** Plain values of the policy; a copy for each who asks. */
  value(): Record<string, unknown>;
  readonly cases: readonly PresetCase[];
}

export function readPreset(name: string): Preset {
  const path = join(ROOT, 'policies', `${name}.yaml`);
  const folder = join(ROOT, 'policies', 'fixtures', name);
  const text = readFileSync(path, 'utf8');
  const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    path,
    text,
    value: () => parse(text, { version: '1.2' }),
    cases: cases.map((entry) => {
      const casePath = join(folder, entry.name, 'case.yaml');
      return { name: entry.name, path: casePath, file: parseCase(readFileSync(casePath), casePath) };
    }),
  };
}

const ports: CasePorts = {
  ...(await createPorts()),
  readFile: async (path) => readFileSync(path),
};

/** What a policy, as plain values, answers to a case of the preset. @throws ConfigError for a policy that is refused */
export function answerOf(preset: Preset, value: unknown, { file, path }: PresetCase): Promise<CaseAnswer> {
  const bytes = Buffer.from(JSON.stringify(value));
  const policy = parsePolicy(bytes, 'changed.yaml');
  const loaded = { policy, bytes, fileName: 'changed.yaml', pinnedBy: null };
  return runCase(file, path, { path: preset.path, loaded }, ports);
}
