import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE_SCHEMAS } from '../../src/cli/render/evidence-schema.ts';
import { ErrorDocumentSchema, ResultSchema } from '../../src/cli/render/schema.ts';
import { alter, type Row } from '../evidence/tampering.ts';
import { createGateFolder, type GateFolder } from '../kit/gate-folder.ts';
import { ensureBuilt, type Ran, run } from './built.ts';

/** The commands about records, as people and scripts use them: built, in folders of their own. */

let folder: GateFolder;
/** A record of each verdict. */
let ids: Readonly<Record<'allow' | 'deny' | 'indeterminate', string>>;
let results: Readonly<Record<'allow' | 'deny' | 'indeterminate', Ran>>;
let elsewhere: string;

beforeAll(async () => {
  await ensureBuilt();
  elsewhere = mkdtempSync(join(tmpdir(), 'slsa-gate-elsewhere-'));
  folder = await createGateFolder();
  folder.write('other.txt', 'another artifact');
  folder.write('too-many.jsonl', '{"mediaType":"x"}\n'.repeat(1001));
  results = {
    allow: await folder.gate(['--json']),
    deny: await folder.gate(['--json'], { artifact: folder.file('other.txt') }),
    indeterminate: await folder.gate(['--json', '--request-id', 'many'], {
      bundle: folder.file('too-many.jsonl'),
    }),
  };
  const idOf = ({ stdout }: Ran): string =>
    String(ResultSchema.parse(JSON.parse(stdout)).results[0]?.recordId);
  ids = {
    allow: idOf(results.allow),
    deny: idOf(results.deny),
    indeterminate: idOf(results.indeterminate),
  };
}, 150_000);
afterAll(() => {
  folder.remove();
  rmSync(elsewhere, { recursive: true, force: true });
});

const evidence = (
  command: string,
  argv: readonly string[] = [],
  file: string = folder.file('evidence.yaml'),
): Promise<Ran> => run(['evidence', command, ...argv, '--evidence', file]);

/** Commands with what they are about, so that each comes as far as the log. */
const commands = (): readonly (readonly [command: string, argv: readonly string[]])[] => [
  ['list', []],
  ['show', [ids.allow]],
  ['verify', []],
  ['verify', ['--from-pinned']],
  ['replay', [ids.allow]],
  ['replay', ['--all']],
  ['export', [ids.allow, '--output', join(elsewhere, 'never')]],
  ['attach', [ids.allow, '--stdout']],
  ['prune', ['--older-than', '400d']],
];

const codeOf = ({ stdout }: Ran) => ErrorDocumentSchema.parse(JSON.parse(stdout)).error.finding;

/** The same log in another folder, with the pin beside it. */
function copyOf(name: string): string {
  const target = join(elsewhere, name);
  cpSync(folder.path, target, { recursive: true });
  return target;
}

describe('the commands about records', () => {
  it.each(['list', 'show', 'verify', 'replay', 'export', 'attach', 'prune'])(
    'answer what their schema says: %s',
    async (command) => {
      const argv = {
        list: ['--verify'],
        show: [ids.deny],
        verify: [],
        replay: ['--all'],
        export: [ids.allow, ids.deny, '--output', join(elsewhere, 'export')],
        attach: [ids.allow, '--to', join(elsewhere, 'change', 'request')],
        prune: ['--older-than', '1d', '--dry-run'],
      }[command];
      const ran = await evidence(command, [...(argv ?? []), '--json']);
      expect([ran.exit, ran.stderr]).toEqual([0, '']);
      expect(() => EVIDENCE_SCHEMAS[command]?.parse(JSON.parse(ran.stdout))).not.toThrow();
      if (command === 'replay')
        expect(JSON.parse(ran.stdout).totals).toMatchObject({ records: 4, same: 3, notDecisions: 1 });
    },
  );

  it('find records by what they are about', async () => {
    const find = async (...argv: string[]): Promise<readonly string[]> =>
      JSON.parse((await evidence('list', [...argv, '--json'])).stdout).records.map(
        ({ recordId }: { recordId: string }) => recordId,
      );
    expect(await find('--verdict', 'deny')).toEqual([ids.deny]);
    expect(await find('--code', 'subject.mismatch')).toEqual([ids.deny]);
    expect(await find('--until', '2020-01-01T00:00:00+02:00')).toEqual([]);
    expect(await find('--type', 'decision', '--limit', '1')).toEqual([ids.indeterminate]);
    expect(await find('--type', 'decision', '--before', '3')).toEqual([ids.deny, ids.allow]);
    const {
      results: [one],
    } = ResultSchema.parse(JSON.parse(results.allow.stdout));
    expect(await find('--artifact', String(one?.artifact.digest))).toEqual([ids.indeterminate, ids.allow]);
  });

  it('hand out what was signed, byte by byte', async () => {
    for (const [flag, pattern] of [
      [
        '--raw',
        /^\{"payload":"[A-Za-z0-9+/=]+","payloadType":"application\/vnd.in-toto\+json","signatures":/,
      ],
      ['--vsa', /^\{"payload":"/],
      ['--proof', /^c2sp\.org\/tlog-proof@v1\nindex 1\n/],
    ] as const) {
      const ran = await evidence('show', [ids.allow, flag]);
      expect([ran.exit, ran.stderr]).toEqual([0, '']);
      expect(ran.stdout).toMatch(pattern);
    }
    const none = await evidence('show', [ids.indeterminate, '--vsa']);
    expect([none.exit, none.stdout]).toEqual([64, '']);
    expect(none.stderr).toContain('evidence.not-found');
  });

  it('attach a record as JSON lines, of which each can be checked', async () => {
    const ran = await evidence('attach', [ids.allow, '--stdout']);
    const files = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(files.map(({ file }) => file)).toEqual(
      ['record.dsse.json', 'vsa.dsse.json', 'leaf.json', 'tlog-proof'].map((end) => `${ids.allow}.${end}`),
    );
    const { stdout } = await evidence('show', [ids.allow, '--raw']);
    expect(files[0].content).toBe(stdout);
  });

  it.each([
    ['oci', 64],
    ['oci:registry.example.com/app', 64],
    ['pull-request', 64],
  ])('attach to no place that does not exist yet: %s', async (place, exit) => {
    const ran = await evidence('attach', [ids.allow, '--to', place]);
    expect([ran.exit, ran.stdout]).toEqual([exit, '']);
    expect(existsSync(place)).toBe(false);
  });

  it.each([
    [['list', '--limit', '0']],
    [['list', '--limit', '1001']],
    [['list', '--before', '-1']],
    [['list', '--code', 'no.such-code']],
    [['list', '--artifact', 'sha256:abc']],
    [['list', '--since', 'yesterday']],
    [['list', '--verdict', 'maybe']],
    [['show']],
    [['show', 'rec_1', 'rec_2']],
    [['show', 'rec_1', '--raw', '--format', 'text']],
    [['show', 'rec_1', '--raw', '--vsa']],
    [['verify', '--artifact', `sha256:${'a'.repeat(64)}`]],
    [['verify', '--pack', 'pack', '--from-pinned']],
    [['verify', '--pack', 'pack', '--origin', 'example.com/x']],
    [['replay']],
    [['replay', 'rec_1', '--all']],
    [['export', 'rec_1']],
    [['export', '--output', 'x']],
    [['attach', 'rec_1']],
    [['attach', 'rec_1', '--to', 'x', '--stdout']],
    [['prune']],
    [['prune', '--older-than', '0d']],
    [['prune', '--older-than', '90m']],
    [['prune', '--older-than', '400']],
  ])('refuse what they cannot understand: %j', async ([command = '', ...argv]) => {
    const ran = await evidence(command, argv);
    expect([ran.exit, ran.stdout]).toEqual([64, '']);
    expect(ran.stderr).toMatch(/^error: /);
  });

  it('need an evidence file, and one that is there', async () => {
    for (const [command, argv] of commands()) {
      const without = await run(['evidence', command, ...argv, '--debug']);
      expect([command, without.exit, without.stdout]).toEqual([command, 64, '']);
      const gone = await evidence(command, argv, join(elsewhere, 'gone.yaml'));
      expect([command, gone.exit, gone.stdout]).toEqual([command, 64, '']);
    }
  });

  it('refuse ids that the log does not have', async () => {
    const id = 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W';
    for (const [command, argv] of [
      ['show', [id]],
      ['replay', [id]],
      ['export', [ids.allow, id, '--output', join(elsewhere, 'unknown')]],
      ['attach', [id, '--to', join(elsewhere, 'unknown')]],
    ] as const) {
      const ran = await evidence(command, [...argv, '--json']);
      expect([command, ran.exit, codeOf(ran)]).toEqual([command, 64, 'evidence.not-found']);
    }
    expect(existsSync(join(elsewhere, 'unknown'))).toBe(false);
  });

  it('are exit 3 where there is no log, and make none', async () => {
    const path = copyOf('missing');
    for (const name of readdirSync(path)) if (name.startsWith('evidence.db')) rmSync(join(path, name));
    for (const [command, argv] of commands()) {
      const ran = await evidence(
        command,
        command === 'attach' ? argv : [...argv, '--json'],
        join(path, 'evidence.yaml'),
      );
      expect([command, ran.exit]).toEqual([command, 3]);
      if (command !== 'attach') expect(codeOf(ran)).toBe('evidence.rollback');
      else expect(ran.stderr).toContain('evidence.rollback');
    }
    expect(readdirSync(path).filter((name) => name.startsWith('evidence.db'))).toEqual([]);
    expect(existsSync(join(elsewhere, 'never'))).toBe(false);
  });
});

describe('the record of a decision', () => {
  /** Exit code, document, row, signed record and summary of one decision. */
  it.each(['allow', 'deny', 'indeterminate'] as const)(
    'I15 says what the exit code and the document say: %s',
    async (verdict) => {
      const [document] = ResultSchema.parse(JSON.parse(results[verdict].stdout)).results;
      const shown = JSON.parse((await evidence('show', [ids[verdict], '--json'])).stdout);
      const listed = JSON.parse((await evidence('list', ['--verdict', verdict, '--json'])).stdout);
      const summary = await evidence('show', [ids[verdict], '--vsa']);
      const payload = summary.stdout === '' ? undefined : JSON.parse(summary.stdout).payload;
      const vsa = payload && JSON.parse(Buffer.from(payload, 'base64').toString()).predicate;
      expect({
        exit: results[verdict].exit,
        document: document?.verdict,
        signed: shown.decision.outcome.verdict,
        row: listed.records.map(({ recordId }: { recordId: string }) => recordId),
        summary: vsa?.verificationResult,
      }).toEqual({
        exit: { allow: 0, deny: 1, indeterminate: 2 }[verdict],
        document: verdict,
        signed: verdict,
        row: [ids[verdict]],
        summary: { allow: 'PASSED', deny: 'FAILED', indeterminate: undefined }[verdict],
      });
      const required = (findings: readonly { required: boolean; outcome: string; code: string }[]) =>
        findings.filter((each) => each.required && each.outcome !== 'pass').map(({ code }) => code);
      expect(required(shown.decision.outcome.findings).sort()).toEqual(
        required(document?.findings ?? []).sort(),
      );
      expect(shown.decision.outcome.slsaBuildLevel).toBe(document?.slsaBuildLevel);
    },
  );
});

describe('a log that somebody tampered with', () => {
  it.each([
    ['an edited row', "UPDATE records SET verdict = 'allow' WHERE seq = 2", 'evidence.tampered', 2],
    ['a deleted row', 'DELETE FROM records WHERE seq = 1', 'evidence.tampered', 1],
    [
      'an edited payload',
      "UPDATE payloads SET bytes = x'00' WHERE digest = (SELECT record_digest FROM records WHERE seq = 2)",
      'evidence.tampered',
      2,
    ],
    [
      'a deleted payload',
      'DELETE FROM payloads WHERE digest = (SELECT vsa_digest FROM records WHERE seq = 1)',
      'evidence.material-missing',
      1,
    ],
    [
      'a missing head',
      'DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)',
      'evidence.rollback',
      3,
    ],
  ])('EVL-01 is exit 3, with code and position: %s', async (name, sql, code, seq) => {
    const path = copyOf(`tampered-${name.replaceAll(' ', '-')}`);
    alter(join(path, 'evidence.db'), (file) => file.run(sql));
    const ran = await evidence('verify', ['--json'], join(path, 'evidence.yaml'));
    expect([ran.exit, ran.stderr]).toEqual([3, '']);
    const { error } = ErrorDocumentSchema.parse(JSON.parse(ran.stdout));
    expect([error.finding, error.details.seq]).toEqual([code, seq]);
    const text = await evidence('verify', [], join(path, 'evidence.yaml'));
    expect([text.exit, text.stdout]).toEqual([3, '']);
    expect(text.stderr).toContain(`record ${seq}`);
  });

  it('EVL-02 that was restored from a copy is refused by every command, and by gate', async () => {
    const path = copyOf('restored');
    const file = join(path, 'evidence.yaml');
    const database = join(path, 'evidence.db');
    copyFileSync(database, join(path, 'yesterday.db'));
    const appended = await folder.gate(['--request-id', 'today'], { evidence: file });
    expect(appended.exit).toBe(0);
    for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    copyFileSync(join(path, 'yesterday.db'), database);
    for (const [command, argv] of commands()) {
      const ran = await evidence(command, argv, file);
      expect([command, ran.exit, ran.stdout]).toEqual([command, 3, '']);
      expect(ran.stderr).toContain('evidence.rollback');
    }
    const gated = await folder.gate(['--request-id', 'tomorrow', '--json'], { evidence: file });
    expect(gated.exit).toBe(3);
  });
});

describe('an export', () => {
  it('EVL-11 is proven on another machine without the store, for what it is about', async () => {
    const pack = join(elsewhere, 'pack');
    expect((await evidence('export', [ids.allow, '--output', pack])).exit).toBe(0);
    expect((await evidence('export', [ids.allow, '--output', pack])).stderr).toContain('output.exists');
    const yaml = readFileSync(folder.file('evidence.yaml'), 'utf8');
    const vkey = /example\.com\/releases\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+/.exec(yaml)?.[0] ?? '';
    const keys = join(elsewhere, 'records.pub');
    copyFileSync(join(pack, 'keys', 'record-1.pem'), keys);
    const verify = (...argv: string[]): Promise<Ran> =>
      run([
        ...['evidence', 'verify', '--pack', pack, '--origin', 'example.com/releases'],
        ...['--record-key', keys, '--checkpoint-key', vkey, ...argv],
      ]);
    const ran = await verify('--json', '--verifier-id', 'https://example.com/slsa-gate');
    expect([ran.exit, ran.stderr]).toEqual([0, '']);
    const document = JSON.parse(ran.stdout);
    expect(() => EVIDENCE_SCHEMAS.pack?.parse(document)).not.toThrow();
    expect(document.records).toMatchObject([{ recordId: ids.allow, verdict: 'allow' }]);
    const { artifactDigest } = document.records[0];
    expect((await verify('--artifact', artifactDigest, '--environment', 'production')).exit).toBe(0);
    expect((await verify('--artifact', `sha256:${'0'.repeat(64)}`)).exit).toBe(1);
    expect((await verify('--environment', 'staging')).stderr).toContain('replay.audience');
    expect((await verify('--verifier-id', 'https://example.com/other')).exit).toBe(3);

    // The folder is handed out under the name of another record.
    const renamed = join(elsewhere, 'renamed');
    cpSync(pack, renamed, { recursive: true });
    cpSync(join(renamed, 'records', ids.allow), join(renamed, 'records', ids.deny), { recursive: true });
    rmSync(join(renamed, 'records', ids.allow), { recursive: true });
    const other = await run([
      'evidence',
      'verify',
      '--pack',
      renamed,
      '--evidence',
      folder.file('evidence.yaml'),
    ]);
    expect([other.exit, other.stdout]).toEqual([3, '']);
    expect(other.stderr).toContain('evidence.tampered');
  });
});

/** Everything that lies in a store, with what is in base64 inside decoded. */
function contentsOf(path: string): readonly string[] {
  return alter(path, (file) => {
    const tables = file
      .rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .map(({ name }) => String(name));
    const cells = tables
      .flatMap((table) => file.rows(`SELECT * FROM ${table}`))
      .flatMap((row: Row) => Object.values(row))
      .map((cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell)));
    const decoded = cells.flatMap((cell) =>
      [...cell.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].map(([text]) =>
        Buffer.from(text, 'base64').toString('latin1'),
      ),
    );
    return [...cells, ...decoded];
  });
}

describe('what is on record', () => {
  it('EVL-11 never holds a secret: of the environment, of a URL, of a key', async () => {
    const canary = (name: string): string => `canary-${name}-7f3b9c`;
    const secrets = {
      GITHUB_TOKEN: canary('github'),
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: canary('oidc'),
      NPM_TOKEN: canary('npm'),
      AWS_SECRET_ACCESS_KEY: canary('aws'),
      PGPASSWORD: canary('postgres'),
      RELEASE_PASSPHRASE: canary('passphrase'),
      HOME: `/nonexistent/${canary('home')}`,
    };
    const path = join(elsewhere, 'canaries');
    mkdirSync(path);
    const at = (name: string): string => join(path, name);
    const env = { ...secrets };
    const passphrase = ['--passphrase-env', 'RELEASE_PASSPHRASE'];
    for (const [name, algorithm] of [
      ['records.pem', 'p256'],
      ['checkpoints.pem', 'ed25519'],
    ] as const) {
      const made = await run(
        ['key', 'generate', '--output', at(name), '--algorithm', algorithm, ...passphrase],
        { env },
      );
      expect(made.exit).toBe(0);
    }
    const init = await run(
      [
        ...['evidence', 'init', at('evidence.yaml'), '--origin', 'example.com/releases'],
        ...['--verifier-id', 'https://example.com/slsa-gate', '--signer', 'key:records.pem'],
        ...['--checkpoint-signer', 'key:checkpoints.pem', ...passphrase],
      ],
      { env },
    );
    expect(init.exit).toBe(0);
    const gate = (argv: readonly string[]): Promise<Ran> =>
      folder.gate([...argv, ...passphrase], { evidence: at('evidence.yaml'), env });
    expect((await gate(['--request-id', canary('request')])).exit).toBe(0);
    writeFileSync(at('denied.txt'), 'denied');
    const denied = await folder.gate(passphrase, {
      evidence: at('evidence.yaml'),
      artifact: at('denied.txt'),
      env,
    });
    expect(denied.exit).toBe(1);
    // URLs with credentials are refused before anything is recorded.
    for (const argv of [
      ['--resource-uri', `https://user:${canary('url')}@example.com/app`],
      ['--resource-uri', `https://${canary('token')}@example.com/app`],
    ]) {
      const ran = await gate(argv);
      expect([ran.exit, ran.stdout]).toEqual([64, '']);
      expect(ran.stderr).not.toContain('canary');
    }
    const encoded = encodeURIComponent(`https://user:${canary('purl')}@example.com/app.tgz`);
    const purl = await folder.gate(
      ['--package', `pkg:npm/sigstore@5.0.0?download_url=${encoded}`, ...passphrase],
      {
        evidence: at('evidence.yaml'),
        without: ['package'],
        env,
      },
    );
    expect([purl.exit, purl.stdout]).toEqual([64, '']);

    const contents = contentsOf(at('evidence.db'));
    expect(contents.length).toBeGreaterThan(50);
    expect(contents.some((text) => text.includes('sigstore-npm'))).toBe(true);
    for (const secret of [...Object.values(secrets), 'canary'])
      expect(contents.filter((text) => text.includes(secret))).toEqual([]);
    for (const name of ['records.pem', 'checkpoints.pem']) {
      const lines = readFileSync(at(name), 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('-----'));
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines) expect(contents.filter((text) => text.includes(line))).toEqual([]);
    }
  });
});
