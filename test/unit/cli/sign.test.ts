import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import * as override from '../../../src/cli/commands/evidence/override.ts';
import * as generate from '../../../src/cli/commands/key/generate.ts';
import * as show from '../../../src/cli/commands/key/show.ts';
import * as policySign from '../../../src/cli/commands/policy/sign.ts';
import { parseOverride } from '../../../src/core/evidence/override.ts';
import { parseCheckpointKey } from '../../../src/core/log/checkpoint.ts';
import { toRecordId } from '../../../src/core/log/record-id.ts';
import { openSignedPolicy } from '../../../src/core/policy/signed-policy.ts';
import { parsePublicKeyPem } from '../../../src/core/verify/public-key.ts';
import { captureStreams } from './captured.ts';
import { parsed, refusal } from './command.ts';

/** Commands that make and use signing keys, up to what they print and leave behind. */

const ROOT = mkdtempSync(join(tmpdir(), 'slsa-gate-sign-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));
const captured = captureStreams();

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(ROOT, 'x'));
});
const at = (name: string): string => join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text, { mode: 0o600 });
  return at(name);
};

const COMMANDS = {
  'key generate': generate,
  'key show': show,
  'policy sign': policySign,
  'evidence override': override,
} as const;

/** Runs a command; what it printed as JSON. */
async function run(id: keyof typeof COMMANDS, ...argv: readonly string[]): Promise<Record<string, unknown>> {
  captured.stdout = '';
  process.exitCode = 70;
  await COMMANDS[id].run(await parsed(id, ...argv, '--json'));
  expect(process.exitCode).toBe(0);
  return JSON.parse(captured.stdout) as Record<string, unknown>;
}
async function refuses(id: keyof typeof COMMANDS, ...argv: readonly string[]): Promise<unknown> {
  captured.stdout = '';
  process.exitCode = 70;
  const error: unknown = await parsed(id, ...argv)
    .then((words) => COMMANDS[id].run(words))
    .catch((thrown: unknown) => thrown);
  expect([process.exitCode, captured.stdout]).toEqual([70, '']);
  return error;
}

describe('key generate', () => {
  it.each([
    ['p256', 'P-256'],
    ['p384', 'P-384'],
    ['ed25519', 'Ed25519'],
  ])('makes a key of kind %s that only its owner can read', async (name, algorithm) => {
    const made = await run('key generate', '--output', at('key.pem'), '--algorithm', name);
    expect(made).toEqual({
      schemaVersion: 1,
      privateFile: at('key.pem'),
      publicFile: at('key.pem.pub'),
      algorithm,
      keyId: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      publicKey: readFileSync(at('key.pem.pub'), 'utf8'),
      checkpointKey: null,
    });
    expect(statSync(at('key.pem')).mode & 0o777).toBe(0o600);
    const publicHalf = createPublicKey(createPrivateKey(readFileSync(at('key.pem'))));
    expect(publicHalf.export({ type: 'spki', format: 'pem' })).toBe(made.publicKey);
    expect(readdirSync(folder).sort()).toEqual(['key.pem', 'key.pem.pub']);
  });

  it('makes P-256 where nothing is said, and another key each time', async () => {
    const [one, other] = [
      await run('key generate', '--output', at('one')),
      await run('key generate', '--output', at('other')),
    ];
    expect([one.algorithm, other.algorithm]).toEqual(['P-256', 'P-256']);
    expect(one.keyId).not.toBe(other.keyId);
  });

  it('encrypts the key with a passphrase of a file or of a variable', async () => {
    const file = write('pass', 'correct horse\n');
    process.env.SLSA_GATE_TEST_PASSPHRASE = 'correct horse';
    for (const flags of [
      ['--passphrase-file', file],
      ['--passphrase-env', 'SLSA_GATE_TEST_PASSPHRASE'],
    ]) {
      const output = at(`key-${flags[0]}`);
      const made = await run('key generate', '--output', output, ...flags);
      const pem = readFileSync(output, 'utf8');
      expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
      expect(createPrivateKey({ key: pem, passphrase: 'correct horse' }).asymmetricKeyType).toBe('ec');
      expect((await run('key show', output, ...flags)).keyId).toBe(made.keyId);
      expect(await refuses('key show', output)).toEqual(refusal('signer.passphrase'));
    }
    delete process.env.SLSA_GATE_TEST_PASSPHRASE;
  });

  it('never replaces a file, be it the private or the public one', async () => {
    write('key.pem', 'mine');
    expect(await refuses('key generate', '--output', at('key.pem'))).toEqual(
      refusal('signer.exists', { exitCode: 64 }),
    );
    write('other.pem.pub', 'mine');
    expect(await refuses('key generate', '--output', at('other.pem'))).toEqual(refusal('signer.exists'));
    expect(readFileSync(at('key.pem'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['key.pem', 'other.pem.pub']);
  });

  it.each<[string, () => readonly string[], Parameters<typeof refusal>[0]]>([
    ['no output', () => [], 'usage.flag'],
    ['standard output', () => ['--output', '-'], 'usage.flag'],
    ['a folder that is not there', () => ['--output', at('gone/key.pem')], 'output.unwritable'],
    ['another algorithm', () => ['--output', at('key.pem'), '--algorithm', 'rsa'], 'usage.flag'],
    [
      'an empty passphrase',
      () => ['--output', at('key.pem'), '--passphrase-file', write('empty', '\n')],
      'signer.passphrase',
    ],
    [
      'no passphrase',
      () => ['--output', at('key.pem'), '--passphrase-file', at('gone')],
      'signer.passphrase',
    ],
    [
      'a variable that is not set',
      () => ['--output', at('key.pem'), '--passphrase-env', 'SLSA_GATE_TEST_UNSET'],
      'signer.passphrase',
    ],
  ])('is refused with %s, and leaves nothing behind', async (_, argv, code) => {
    expect(await refuses('key generate', ...argv())).toEqual(refusal(code));
    expect(readdirSync(folder).filter((name) => name !== 'empty')).toEqual([]);
  });
});

describe('key show', () => {
  it('names a key the same by its private and its public half', async () => {
    const made = await run('key generate', '--output', at('key.pem'), '--algorithm', 'ed25519');
    const { privateFile, publicFile, ...described } = made;
    for (const name of [privateFile, publicFile, `key:${privateFile}`])
      expect(await run('key show', String(name))).toEqual(described);
  });

  it('gives the key of a log under its name, as C2SP has it', async () => {
    await run('key generate', '--output', at('key.pem'), '--algorithm', 'ed25519');
    const { checkpointKey, publicKey } = await run(
      'key show',
      at('key.pem'),
      '--origin',
      'example.com/releases',
    );
    const { name, key } = parseCheckpointKey(String(checkpointKey));
    expect([name, key.key.export({ type: 'spki', format: 'pem' })]).toEqual([
      'example.com/releases',
      publicKey,
    ]);
  });

  it('shows nothing of the private half', async () => {
    await run('key generate', '--output', at('key.pem'));
    const secret = String(createPrivateKey(readFileSync(at('key.pem'))).export({ format: 'jwk' }).d);
    captured.stdout = '';
    await show.run(await parsed('key show', at('key.pem')));
    expect(captured.stdout).toMatch(/^key id: SHA256:\S+ \(P-256\)\n-----BEGIN PUBLIC KEY-----\n/);
    expect(
      Buffer.from(captured.stdout, 'latin1').includes(Buffer.from(secret, 'base64url').toString('base64')),
    ).toBe(false);
    expect(captured.stdout).not.toContain('PRIVATE');
  });

  it('warns of a private key that others can read', async () => {
    await run('key generate', '--output', at('key.pem'));
    writeFileSync(at('open.pem'), readFileSync(at('key.pem')), { mode: 0o644 });
    await run('key show', at('open.pem'));
    expect(captured.stderr).toMatch(/^warning: others can read the private key: /);
  });

  it.each<[string, () => readonly string[], Parameters<typeof refusal>[0]]>([
    ['no key', () => [], 'usage.flag'],
    ['a file that is not there', () => [at('gone')], 'path.not-found'],
    ['a file that is no key', () => [write('text', 'hello')], 'signer.key'],
    ['two public keys', () => [write('two', `${PEM}${PEM}`)], 'signer.key'],
    ['a signer that does not exist', () => ['kms:projects/a'], 'signer.unsupported'],
    ['a name of a log with a plus sign', () => [write('pub', PEM), '--origin', 'a+b'], 'usage.flag'],
    ['a name of a log for P-256', () => [write('pub', PEM), '--origin', 'example.com/log'], 'usage.flag'],
  ])('is refused with %s', async (_, argv, code) => {
    expect(await refuses('key show', ...argv())).toEqual(refusal(code, { exitCode: 64 }));
  });
});

const PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
`;

const POLICY = `schemaVersion: 1
name: acme
packages:
  - package: pkg:npm/acme
    source: { repository: https://github.com/acme/acme }
    builders:
      - id: https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml
environments:
  production:
    tier: production
    level: 3
    trustedRoots: [public-good]
`;

describe('policy sign', () => {
  it('wraps the very bytes of the policy, which only its key opens', async () => {
    await run('key generate', '--output', at('key.pem'));
    const file = write('policy.yaml', POLICY);
    const signed = await run('policy sign', file, '--signer', `key:${at('key.pem')}`);
    expect(signed).toEqual({
      schemaVersion: 1,
      file: `${file}.dsse.json`,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      keyId: (await run('key show', at('key.pem'))).keyId,
    });
    const key = parsePublicKeyPem(readFileSync(at('key.pem.pub'), 'utf8'), 'key.malformed');
    expect(openSignedPolicy(readFileSync(String(signed.file)), [key]).toString()).toBe(POLICY);
    const other = parsePublicKeyPem(PEM, 'key.malformed');
    expect(() => openSignedPolicy(readFileSync(String(signed.file)), [other])).toThrow(
      refusal('policy.signature'),
    );
  });

  it('writes where it is told, but over nothing that it reads', async () => {
    await run('key generate', '--output', at('key.pem'));
    const file = write('policy.yaml', POLICY);
    const argv = [file, '--signer', `key:${at('key.pem')}`, '--output'];
    expect((await run('policy sign', ...argv, at('signed.json'))).file).toBe(at('signed.json'));
    for (const output of [file, at('key.pem'), '-'])
      expect(await refuses('policy sign', ...argv, output)).toEqual(refusal('usage.flag'));
    expect(readFileSync(file, 'utf8')).toBe(POLICY);
    expect(readFileSync(at('key.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it.each<[string, () => readonly string[], Parameters<typeof refusal>[0]]>([
    ['no policy', () => ['--signer', 'key:x'], 'usage.flag'],
    ['no signer', () => [write('policy.yaml', POLICY)], 'usage.flag'],
    ['a policy that is not there', () => [at('gone'), '--signer', 'key:x'], 'path.not-found'],
    [
      'a policy with a fault',
      () => [
        write('policy.yaml', POLICY.replace('tier', 'teir')),
        '--signer',
        `key:${write('key.pem', KEY)}`,
      ],
      'policy.unknown-key',
    ],
    [
      'a draft',
      () => [write('policy.yaml', `draft: true\n${POLICY}`), '--signer', `key:${write('key.pem', KEY)}`],
      'policy.draft',
    ],
    [
      'a signer of no kind',
      () => [write('policy.yaml', POLICY), '--signer', 'key.pem'],
      'signer.unsupported',
    ],
  ])('is refused with %s, and leaves nothing behind', async (_, argv, code) => {
    expect(await refuses('policy sign', ...argv())).toEqual(
      expect.objectContaining({ finding: code, exitCode: 64 }),
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([]);
  });
});

const KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;

describe('evidence override', () => {
  const DIGEST = `sha256:${'0a'.repeat(32)}`;
  const RECORD = toRecordId(new Date(0), Buffer.alloc(10));
  const FLAGS = {
    artifact: DIGEST,
    environment: 'production',
    reason: 'INC-1',
    owner: 'ada',
    approver: 'grace',
    expires: '2999-01-31T12:00:00+01:00',
  };
  const flags = (changes: Readonly<Record<string, string | undefined>> = {}): readonly string[] =>
    Object.entries({
      ...FLAGS,
      signer: `key:${write('key.pem', KEY)}`,
      output: at('override.json'),
      ...changes,
    }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));

  it('writes what gate takes from the named key, for that record, artifact and environment', async () => {
    const made = await run('evidence override', RECORD, ...flags());
    expect(made).toEqual({
      schemaVersion: 1,
      file: at('override.json'),
      keyId: expect.any(String),
      digest: null,
    });
    const pem = createPublicKey(createPrivateKey(KEY)).export({ type: 'spki', format: 'pem' }).toString();
    const place = { artifactDigest: DIGEST, environment: 'production', now: new Date() };
    const keys = [parsePublicKeyPem(pem, 'key.malformed')];
    expect(parseOverride(readFileSync(at('override.json')), keys, place)).toEqual({
      recordId: RECORD,
      artifactDigest: DIGEST,
      environment: 'production',
      reason: 'INC-1',
      owner: 'ada',
      approver: 'grace',
      expires: '2999-01-31T11:00:00.000Z',
    });
  });

  it.each(['artifact', 'environment', 'reason', 'owner', 'approver', 'expires', 'signer', 'output'])(
    'is refused without --%s',
    async (name) => {
      expect(await refuses('evidence override', RECORD, ...flags({ [name]: undefined }))).toEqual(
        refusal('usage.flag', { message: expect.stringContaining(`--${name}`) }),
      );
    },
  );

  it.each<[string, readonly string[], Readonly<Record<string, string>>, Parameters<typeof refusal>[0]]>([
    ['no record', [], {}, 'usage.flag'],
    ['what is no record', ['rec_1'], {}, 'override.invalid'],
    ['what is no digest', [RECORD], { artifact: 'app.tgz' }, 'override.invalid'],
    ['one person alone', [RECORD], { approver: 'Ada' }, 'override.invalid'],
    ['an end that is past', [RECORD], { expires: '2020-01-01T00:00:00Z' }, 'override.invalid'],
    ['an end that is no time', [RECORD], { expires: 'tomorrow' }, 'usage.flag'],
    ['a hidden character', [RECORD], { reason: 'a\u202eb' }, 'override.invalid'],
  ])('is refused with %s, and leaves nothing behind', async (_, args, changes, code) => {
    expect(await refuses('evidence override', ...args, ...flags(changes))).toEqual(
      refusal(code, { exitCode: 64 }),
    );
    expect(readdirSync(folder)).toEqual(['key.pem']);
  });
});
