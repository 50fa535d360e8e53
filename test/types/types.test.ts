import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, NODE, ROOT } from '../e2e/built.ts';

/** The types as a consumer sees them: built, by the name of the package, without the types of Node. */

mkdirSync(join(ROOT, '.cache'), { recursive: true });
const FOLDER = mkdtempSync(join(ROOT, '.cache', 'types-'));
const SOURCE = join(ROOT, 'test', 'types', 'api.test-d.ts');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

beforeAll(ensureBuilt, 150_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Errors as `line: code`, in order. */
function compile(project: string): string[] {
  let output = '';
  try {
    output = execFileSync(NODE, [TSC, '-p', project, '--pretty', 'false'], { cwd: ROOT, encoding: 'utf8' });
  } catch (error) {
    output = String((error as { readonly stdout: unknown }).stdout);
  }
  return output
    .split('\n')
    .filter((line) => /^\S/.test(line))
    .map((line) => line.replace(/^.*\((\d+),\d+\): error (TS\d+): .*$/, '$1: $2'));
}

describe('the types of the library', () => {
  it('allow what is meant and refuse the rest', () => {
    expect(compile(join('test', 'types'))).toEqual([]);
  });

  it('refuse each wrong use by the error that is named beside it', () => {
    const lines = readFileSync(SOURCE, 'utf8').split('\n');
    const expected = lines.flatMap((line, index) => {
      const code = /@ts-expect-error (TS\d+): \S/.exec(line)?.[1];
      return code === undefined ? [] : [`${index + 2}: ${code}`];
    });
    writeFileSync(join(FOLDER, 'api.test-d.ts'), lines.join('\n').replaceAll('@ts-expect-error', 'wrong'));
    cpSync(join(ROOT, 'test', 'types', 'tsconfig.json'), join(FOLDER, 'tsconfig.json'));
    expect(expected.length).toBeGreaterThan(20);
    expect(compile(FOLDER)).toEqual(expected);
  });
});
