import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as check } from '../../../src/cli/commands/policy/check.ts';
import { run as schema } from '../../../src/cli/commands/policy/schema.ts';
import { LIMITS } from '../../../src/core/limits.ts';
import { FULL_POLICY, SMALL_POLICY } from '../../kit/full-policy.ts';
import { captureStreams } from './captured.ts';
import { parsed, refusal } from './command.ts';
import { HOSTILE, RAW, withoutLineFeeds } from './hostile.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const checked = async (...argv: readonly string[]): Promise<void> =>
  check(await parsed('policy check', ...argv));

describe('policy check', () => {
  const captured = captureStreams();

  it('says of a good policy its name, environments and digest, and exits 0', async () => {
    const path = file('good.yaml', SMALL_POLICY);
    await checked(path);
    expect(captured.stdout).toMatch(
      /^ok {2}\S+good\.yaml\n {2}small, environments: production\n {2}sha256:[0-9a-f]{64}\n$/,
    );
    expect(captured.stderr).toBe('');
    expect(process.exitCode).toBe(0);
    expect(captured.exitAtWrite).toBe(70);
  });

  it('lists every fault with its place and what to do, and exits 64', async () => {
    const path = file('bad.yaml', SMALL_POLICY.replace('source:', 'sorce:').replace('level: 3', 'level: 4'));
    await checked(path);
    expect(captured.stdout.split('\n')).toEqual([
      `${path}:6:5: packages[0].sorce: unknown key (policy.unknown-key)`,
      '  hint: Did you mean source?',
      `${path}:9:24: environments.production.level: expected 1, 2 or 3, found 4 (policy.invalid)`,
      expect.stringMatching(/^ {2}hint: ./),
      `refused  ${path}: 2 faults`,
      '',
    ]);
    expect(process.exitCode).toBe(64);
  });

  it('exits 64 when one of several is refused, and still reads the others', async () => {
    await checked(file('bad.yaml', '{}'), file('good.yaml', SMALL_POLICY));
    expect(captured.stdout).toMatch(/^refused .*bad\.yaml: 1 fault$/m);
    expect(captured.stdout).toMatch(/^ok .*good\.yaml$/m);
    expect(process.exitCode).toBe(64);
  });

  it('warns on standard error of what blocks for now', async () => {
    const path = file('full.yaml', FULL_POLICY);
    await checked(path);
    expect(captured.stderr.split('\n').filter((line) => line !== '')).toEqual([
      `warning: ${path}: draft: true: gate refuses a draft`,
      expect.stringMatching(/^warning: .*environments\.production\.freshness is not evaluated yet/),
      expect.stringMatching(/^warning: .*environments\.production\.approvals is not evaluated yet/),
      expect.stringMatching(/^warning: .*environments\.production\.clock is not evaluated yet/),
    ]);
    expect(process.exitCode).toBe(0);
  });

  it('says the same as a document under --json', async () => {
    const good = file('full.yaml', FULL_POLICY);
    const bad = file('bad.yaml', SMALL_POLICY.replace('source:', 'sorce:'));
    await checked(good, bad, '--json');
    expect(JSON.parse(captured.stdout)).toEqual({
      schemaVersion: 1,
      policies: [
        {
          file: good,
          outcome: 'ok',
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          name: 'acme-releases',
          environments: ['base', 'production'],
          blocks: expect.arrayContaining(['draft: true: gate refuses a draft']),
          faults: [],
        },
        {
          file: bad,
          outcome: 'refused',
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          name: null,
          environments: [],
          blocks: [],
          faults: [
            {
              code: 'policy.unknown-key',
              message: 'unknown key',
              path: 'packages[0].sorce',
              line: 6,
              column: 5,
              hint: 'Did you mean source?',
            },
          ],
        },
      ],
    });
    expect(process.exitCode).toBe(64);
  });

  it('needs a file that can be read', async () => {
    await expect(checked()).rejects.toEqual(refusal('usage.flag'));
    await expect(checked(join(folder, 'none.yaml'))).rejects.toEqual(refusal('path.not-found'));
    await expect(checked(folder)).rejects.toEqual(refusal('path.unreadable'));
    expect(process.exitCode).toBe(70);
  });

  it('tells a file that is too large as any other fault', async () => {
    await checked(
      file('large.yaml', SMALL_POLICY + '#'.repeat(LIMITS.configBytes + 1 - SMALL_POLICY.length)),
    );
    expect(captured.stdout).toMatch(/: the file is larger than 262144 bytes \(config\.limit\)\n/);
    expect(process.exitCode).toBe(64);
  });

  it.each(HOSTILE.terminal)('INJ-01 shows nothing raw of a policy that holds %j', async (text) => {
    await checked(file('hostile.yaml', `${SMALL_POLICY}${JSON.stringify(text)}: ${JSON.stringify(text)}\n`));
    expect(withoutLineFeeds(captured.stdout + captured.stderr)).not.toMatch(RAW);
    expect(process.exitCode).toBe(64);
  });

  it.each(HOSTILE.commands)('INJ-02 leaves no workflow command of a policy that holds %j', async (text) => {
    await checked(
      file(
        'hostile.yaml',
        `${SMALL_POLICY}description: ${JSON.stringify(text)}\nmode: ${JSON.stringify(text)}\n`,
      ),
    );
    expect(captured.stdout + captured.stderr).not.toMatch(/^\s*::|##/m);
    expect(process.exitCode).toBe(64);
  });
});

describe('policy schema', () => {
  const captured = captureStreams();

  it('prints the JSON Schema that lies in docs/schemas', async () => {
    const { default: committed } = await import('../../../docs/schemas/policy.v1.json', {
      with: { type: 'json' },
    });
    await schema();
    expect(JSON.parse(captured.stdout)).toEqual(committed);
    expect(committed.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(process.exitCode).toBe(0);
  });
});
