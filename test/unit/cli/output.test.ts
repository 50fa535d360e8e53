import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { answer, chosenFormat, reportOptions } from '../../../src/cli/output.ts';
import { captureStreams } from './captured.ts';
import { parsed, refusal } from './command.ts';
import { documentOf, finding, resultOf } from './documents.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-output-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const ALLOW = documentOf('allow', [resultOf('allow', [finding('signature', 'pass')])]);
const DENY = documentOf('deny', [resultOf('deny', [finding('signature', 'fail')])]);
const UNKNOWN = documentOf('indeterminate', [resultOf('indeterminate', [finding('trust-root', 'error')])]);
const CONTRADICTORY = documentOf('allow', [resultOf('allow', [finding('signature', 'fail')])]);

const TEXT = { format: 'text', output: undefined, quiet: false } as const;

describe('giving the answer', () => {
  const captured = captureStreams();

  it.each([
    ['allow', ALLOW, 0],
    ['deny', DENY, 1],
    ['indeterminate', UNKNOWN, 2],
  ] as const)('POL-08 ends %s with its exit code in every format', async (verdict, document, exit) => {
    for (const format of ['text', 'json', 'sarif', 'junit', 'markdown'] as const) {
      process.exitCode = 70;
      captured.stdout = '';
      await answer(document, { ...TEXT, format });
      expect(process.exitCode).toBe(exit);
      expect(captured.stdout).toContain(verdict === 'allow' && format === 'junit' ? 'verdict' : verdict);
      expect(captured.stderr).toBe('');
    }
  });

  it('sets 0 only after standard output has taken the text', async () => {
    await answer(ALLOW, TEXT);
    expect(captured.exitAtWrite).toBe(70);
    expect(process.exitCode).toBe(0);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])(
    'BND-05 does not answer allow when the text was lost: %s',
    async (code) => {
      captured.fail.stdout = code;
      await expect(answer(ALLOW, TEXT)).rejects.toThrow(
        refusal('output.unwritable', {
          message: `the answer could not be written to standard output: ${code}`,
          exitCode: 2,
        }),
      );
      expect(process.exitCode).toBe(70);
    },
  );

  it('prints nothing of a document that contradicts itself', async () => {
    await expect(answer(CONTRADICTORY, TEXT)).rejects.toThrow(refusal('internal.bug', { exitCode: 70 }));
    expect(captured.stdout + captured.stderr).toBe('');
    expect(process.exitCode).toBe(70);
  });

  it('writes the answer to a file, and its text form to standard error', async () => {
    const output = join(FOLDER, 'answer.json');
    await answer(DENY, { format: 'json', output, quiet: true });
    expect(JSON.parse(readFileSync(output, 'utf8')).verdict).toBe('deny');
    expect(captured.stdout).toBe('');
    expect(captured.stderr).toBe(`deny  app.tgz  sha256:${'a'.repeat(64)}\n`);
    expect(process.exitCode).toBe(1);
  });

  it('does not answer allow when the file cannot be written, and leaves nothing half-written', async () => {
    const output = join(FOLDER, 'missing', 'answer.json');
    await expect(answer(ALLOW, { ...TEXT, output })).rejects.toThrow(
      refusal('output.unwritable', { message: `the answer could not be written (ENOENT): ${output}` }),
    );
    expect(existsSync(output)).toBe(false);
    expect(process.exitCode).toBe(70);
  });

  it('does not mind that nobody reads standard error', async () => {
    captured.fail.stderr = 'EPIPE';
    await answer(ALLOW, { ...TEXT, output: join(FOLDER, 'a.txt') });
    expect(process.exitCode).toBe(0);
  });
});

describe('colours', () => {
  const captured = captureStreams();
  const ESCAPE = '\u001b';

  const printed = async (isTTY: boolean, env: { readonly NO_COLOR?: string; readonly TERM?: string }) => {
    vi.stubEnv('NO_COLOR', env.NO_COLOR);
    vi.stubEnv('TERM', env.TERM ?? 'xterm');
    vi.stubEnv('FORCE_COLOR', '3');
    const before = process.stdout.isTTY;
    process.stdout.isTTY = isTTY;
    try {
      await answer(DENY, TEXT);
    } finally {
      process.stdout.isTTY = before;
      vi.unstubAllEnvs();
    }
    return captured.stdout;
  };

  it('are on a terminal', async () => {
    expect(await printed(true, {})).toContain(`${ESCAPE}[1;31mdeny${ESCAPE}[0m`);
    expect(await printed(true, { NO_COLOR: '' })).toContain(ESCAPE);
  });

  it.each([
    ['no terminal', false, {}],
    ['NO_COLOR', true, { NO_COLOR: '1' }],
    ['a dumb terminal', true, { TERM: 'dumb' }],
  ])('are not with %s', async (_what, isTTY, env) => {
    expect(await printed(isTTY, env)).not.toContain(ESCAPE);
  });

  it.each(['json', 'sarif', 'junit', 'markdown'] as const)('are not in %s', async (format) => {
    vi.stubEnv('TERM', 'xterm');
    process.stdout.isTTY = true;
    try {
      await answer(DENY, { ...TEXT, format });
    } finally {
      process.stdout.isTTY = false;
      vi.unstubAllEnvs();
    }
    expect(captured.stdout).not.toContain(ESCAPE);
  });
});

describe('how the answer is asked for', () => {
  const format = async (...argv: readonly string[]) => chosenFormat(await parsed('verify', ...argv));
  const options = async (...argv: readonly string[]) => reportOptions(await parsed('verify', ...argv));

  it('is text unless something else is named', async () => {
    expect(await format()).toBe('text');
    expect(await format('--json')).toBe('json');
    expect(await format('--format', 'sarif')).toBe('sarif');
    expect(await format('--json', '--format=json')).toBe('json');
  });

  it('refuses two formats', async () => {
    await expect(format('--json', '--format', 'junit')).rejects.toThrow(
      refusal('usage.flag', { message: 'flags contradict each other: --json and --format junit' }),
    );
  });

  it('refuses to shorten what is read by machines, unless that goes to a file', async () => {
    await expect(options('--quiet', '--json')).rejects.toThrow(refusal('usage.flag'));
    expect(await options('--quiet', '--json', '--output', 'f')).toEqual({
      format: 'json',
      output: 'f',
      quiet: true,
    });
    expect(await options('--quiet')).toEqual({ format: 'text', output: undefined, quiet: true });
  });
});
