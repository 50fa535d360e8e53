import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, ensureBuilt, NODE, run } from './built.ts';

/** Keys with the built command, and what only a real terminal shows: that a passphrase is not echoed. */

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-keys-'));
const PASSPHRASE = 'correct horse';
/** Gives a program a terminal; part of util-linux. */
const SCRIPT = '/usr/bin/script';
const hasTerminal = existsSync(SCRIPT);
if (!hasTerminal) console.warn(`skipped: no ${SCRIPT}, so no passphrase is typed on a terminal`);

beforeAll(async () => {
  await ensureBuilt();
  writeFileSync(join(FOLDER, 'pass'), `${PASSPHRASE}\n`);
  const made = await run(['key', 'generate', '--output', 'key.pem', '--passphrase-file', 'pass'], {
    cwd: FOLDER,
  });
  expect(made).toMatchObject({ exit: 0, stderr: '' });
}, 180_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Types once the command asks; what the terminal showed, and the exit code. */
const type = (typed: string): Promise<{ readonly shown: string; readonly exit: number | null }> =>
  new Promise((resolve) => {
    const child = spawn(SCRIPT, ['-qec', `'${NODE}' '${BIN}' key show key.pem`, '/dev/null'], {
      cwd: FOLDER,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let shown = '';
    let isTyped = false;
    child.stdout.on('data', (data) => {
      shown += String(data);
      if (isTyped || !shown.includes('passphrase of key.pem: ')) return;
      isTyped = true;
      child.stdin.write(typed);
    });
    child.on('close', (exit) => resolve({ shown, exit }));
  });

describe.skipIf(!hasTerminal)('a passphrase on a terminal', () => {
  it('is asked for, and not shown', async () => {
    const { shown, exit } = await type(`${PASSPHRASE}\r`);
    expect(exit).toBe(0);
    expect(shown).toContain('key id: SHA256:');
    expect(shown).not.toMatch(/correct|horse/);
  });

  it('can be corrected', async () => {
    expect(await type(`${PASSPHRASE}xy\u007f\u007f\r`)).toMatchObject({ exit: 0 });
  });

  it('is refused when it is wrong or empty', async () => {
    for (const typed of ['battery\r', '\r']) {
      const { shown, exit } = await type(typed);
      expect([exit, shown.includes('code: signer.passphrase'), shown.includes('battery')]).toEqual([
        64,
        true,
        false,
      ]);
    }
  });

  it('can be given up, which is an interruption', async () => {
    expect(await type('corr\u0003')).toMatchObject({ exit: 130 });
  });
});

describe('a passphrase elsewhere', () => {
  it('is not asked for without a terminal', async () => {
    const refused = await run(['key', 'show', 'key.pem'], { cwd: FOLDER, input: `${PASSPHRASE}\n` });
    expect(refused).toMatchObject({ exit: 64, stdout: '' });
    expect(refused.stderr).toContain('code: signer.passphrase');
  });

  it('is in no output, not even of --debug', async () => {
    const secret = 'battery staple';
    for (const json of [[], ['--json']]) {
      const argv = ['key', 'show', 'key.pem', '--passphrase-env', 'KEY_PASS', '--debug', ...json];
      const { exit, stdout, stderr } = await run(argv, { cwd: FOLDER, env: { KEY_PASS: secret } });
      expect([exit, `${stdout}${stderr}`.includes('battery')]).toEqual([64, false]);
      expect(`${stdout}${stderr}`).toContain('signer.passphrase');
    }
  });

  it('opens the key out of a variable that is named', async () => {
    const argv = ['key', 'show', 'key.pem', '--passphrase-env', 'KEY_PASS', '--json'];
    const shown = await run(argv, { cwd: FOLDER, env: { KEY_PASS: PASSPHRASE } });
    expect(shown).toMatchObject({ exit: 0, stderr: '' });
    expect(JSON.parse(shown.stdout).publicKey).toBe(readFileSync(join(FOLDER, 'key.pem.pub'), 'utf8'));
  });
});

describe('a token', () => {
  it('needs a package that is not installed with the command', async () => {
    const argv = ['key', 'show', 'pkcs11:token=a;object=b?module-path=/usr/lib/p11.so'];
    const refused = await run(argv, { cwd: FOLDER });
    expect(refused).toMatchObject({ exit: 64, stdout: '' });
    expect(refused.stderr).toMatch(/npm install pkcs11js[\s\S]*code: signer\.unsupported/);
  });
});
