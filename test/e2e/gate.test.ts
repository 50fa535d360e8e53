import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marked, type Token, type Tokens } from 'marked';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ErrorDocumentSchema, ResultSchema } from '../../src/cli/render/schema.ts';
import { createGateFolder, type GateFolder, policyText, REAL } from '../kit/gate-folder.ts';
import { ensureBuilt, type Ran, run } from './built.ts';

/** What escapes would be needed for in a terminal, a table, a tag, a cell and a workflow command. */
const HOSTILE = '::set-output name=x::\u001b[2K\r|<img src=x onerror=alert(1)>`](javascript:x)\u202e.tgz';

let folder: GateFolder;

beforeAll(async () => {
  await ensureBuilt();
  folder = await createGateFolder();
  copyFileSync(REAL.artifact, folder.file(HOSTILE));
  writeFileSync(folder.file('other.txt'), 'another artifact');
  folder.write('too-many.jsonl', '{"mediaType":"x"}\n'.repeat(1001));
}, 150_000);
afterAll(() => folder.remove());

/** One way into each verdict; `hostile` is the same artifact under a name that tries to leave its place. */
const OUTCOMES = [
  ['allow', 0, { artifact: HOSTILE }],
  ['deny', 1, { artifact: 'other.txt' }],
  ['indeterminate', 2, { artifact: HOSTILE, bundle: 'too-many.jsonl' }],
] as const;

/** Names of the folder, as paths. */
const inFolder = (names: { readonly artifact: string; readonly bundle?: string }) => ({
  artifact: folder.file(names.artifact),
  ...(names.bundle === undefined ? {} : { bundle: folder.file(names.bundle) }),
});

const tokensOf = (text: string): readonly Token[] => {
  const all: Token[] = [];
  marked.walkTokens(marked.lexer(text), (token) => {
    all.push(token);
  });
  return all;
};

/** Reads the verdict back out of each format, with a parser that is not ours. */
const VERDICTS: Readonly<Record<string, (text: string) => string>> = {
  text: (text) => text.split(' ', 1)[0] ?? '',
  json: (text) => ResultSchema.parse(JSON.parse(text)).verdict,
  sarif: (text) => JSON.parse(text).runs[0].properties.verdict,
  junit(text) {
    const found: string[] = [];
    const parser = new SaxesParser();
    let inVerdict = false;
    parser.on('opentag', ({ name, attributes }) => {
      if (name === 'testcase') inVerdict = attributes.name === 'verdict';
      else if (inVerdict && (name === 'failure' || name === 'error')) found.push(String(attributes.type));
    });
    parser.write(text).close();
    return found[0] ?? 'allow';
  },
  markdown(text) {
    const [heading] = tokensOf(text).filter((token): token is Tokens.Heading => token.type === 'heading');
    return heading?.text.replace('slsa-gate: ', '') ?? '';
  },
};

/** Controls that no output may hold, but for the line feed. */
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

const assertContained = (format: string, { stdout, stderr }: Ran): void => {
  expect(stdout).not.toMatch(RAW);
  expect(stderr).not.toMatch(RAW);
  expect(stdout).not.toMatch(/^\s*(?:::|##\[)/m);
  if (format !== 'markdown') return;
  const kinds = new Set(tokensOf(stdout).map(({ type }) => type));
  for (const kind of ['html', 'link', 'image', 'def']) expect(kinds).not.toContain(kind);
  for (const table of tokensOf(stdout).filter((token): token is Tokens.Table => token.type === 'table')) {
    for (const row of table.rows) expect(row).toHaveLength(table.header.length);
  }
};

describe('gate', () => {
  describe.each(OUTCOMES)('that ends in %s', (verdict, exit, names) => {
    it.each(Object.keys(VERDICTS))('I15 POL-08 says so in %s and by its exit code', async (format) => {
      const ran = await folder.gate(['--format', format], inFolder(names));
      expect([ran.exit, ran.stderr]).toEqual([exit, '']);
      expect(VERDICTS[format]?.(ran.stdout)).toBe(verdict);
      assertContained(format, ran);
    });
  });

  it('INJ-01 INJ-02 keeps a hostile name in its place in what is on record', async () => {
    const ran = await folder.gate(['--json'], { artifact: folder.file(HOSTILE) });
    const { recordId } = ResultSchema.parse(JSON.parse(ran.stdout)).results[0] ?? {};
    const shown = await run([
      'evidence',
      'show',
      String(recordId),
      '--evidence',
      folder.file('evidence.yaml'),
    ]);
    expect(shown.exit).toBe(0);
    expect(shown.stdout).toContain(String(recordId));
    assertContained('text', shown);
  });

  it('gives the stored record again for the same request and decision, and appends nothing', async () => {
    const first = await folder.gate(['--json', '--request-id', 'twice']);
    const again = await folder.gate(['--json', '--request-id', 'twice']);
    const ids = [first, again].map(
      ({ stdout }) => ResultSchema.parse(JSON.parse(stdout)).results[0]?.recordId,
    );
    expect(ids[0]).toMatch(/^rec_/);
    expect(ids[1]).toBe(ids[0]);
    const other = await folder.gate(['--json', '--request-id', 'thrice']);
    expect(ResultSchema.parse(JSON.parse(other.stdout)).results[0]?.recordId).not.toBe(ids[0]);
  });

  it('RAC-06 answers each of several artifacts, and the worst one decides', async () => {
    const argv = [folder.file('other.txt'), '--json'];
    const ran = await folder.gate(argv, { without: ['package'] });
    const { verdict, results } = ResultSchema.parse(JSON.parse(ran.stdout));
    expect([ran.exit, verdict]).toEqual([1, 'deny']);
    expect(results.map((result) => result.verdict)).toEqual(['allow', 'deny']);
    expect(new Set(results.map(({ recordId }) => recordId)).size).toBe(2);
  });

  it('never exits 0 for a dry run, and stores nothing', async () => {
    const before = readFileSync(folder.file('checkpoint.txt'), 'utf8');
    const allowed = await folder.gate(['--dry-run', '--json']);
    const { verdict, results } = ResultSchema.parse(JSON.parse(allowed.stdout));
    expect([allowed.exit, verdict, results[0]?.recordId]).toEqual([2, 'indeterminate', null]);
    expect(results[0]?.findings.at(-1)).toMatchObject({
      rule: 'evidence-record',
      code: 'evidence.dry-run',
      outcome: 'error',
    });
    const denied = await folder.gate(['--dry-run'], {
      artifact: folder.file('other.txt'),
      without: ['evidence'],
    });
    expect(denied.exit).toBe(1);
    expect(readFileSync(folder.file('checkpoint.txt'), 'utf8')).toBe(before);
  });

  it.each([
    ['no artifact', ['gate', '--policy', 'p', '--to', 'x', '--evidence', 'e'], 'usage.no-artifact'],
    [
      'an artifact that is empty',
      ['gate', '', '--policy', 'p', '--to', 'x', '--evidence', 'e'],
      'usage.no-artifact',
    ],
    ['no policy', ['gate', 'a', '--bundle', 'b', '--to', 'x', '--evidence', 'e'], 'usage.flag'],
    ['no environment', ['gate', 'a', '--bundle', 'b', '--policy', 'p', '--evidence', 'e'], 'usage.flag'],
    ['no evidence', ['gate', 'a', '--bundle', 'b', '--policy', 'p', '--to', 'x'], 'usage.flag'],
    [
      'a digest that is none',
      ['gate', 'a', '--bundle', 'b', '--policy', 'p', '--policy-digest', 'x', '--to', 'x', '--evidence', 'e'],
      'usage.flag',
    ],
    [
      'one package for two',
      [
        'gate',
        'a',
        'b',
        '--package',
        'pkg:npm/x',
        '--bundle',
        'b',
        '--policy',
        'p',
        '--to',
        'x',
        '--evidence',
        'e',
      ],
      'usage.flag',
    ],
    ['a time of the caller', ['gate', 'a', '--as-of', '2020-01-01T00:00:00Z'], 'usage.flag'],
  ])('RAC-07 POL-08 refuses %s before anything is evaluated', async (_, argv, code) => {
    const ran = await run([...argv, '--json']);
    expect(ran.exit).toBe(64);
    expect(ErrorDocumentSchema.parse(JSON.parse(ran.stdout)).error.finding).toBe(code);
  });

  it('RAC-07 POL-08 refuses an artifact of which nobody has an attestation, with the policy that could not say more', async () => {
    const policy = policyText([
      ['https://github.com/sigstore/sigstore-js', 'https://gitlab.com/sigstore/sigstore-js'],
    ]);
    const elsewhere = folder.write('elsewhere.yaml', policy);
    const ran = await folder.gate(['--json', '--offline'], {
      policy: elsewhere,
      without: ['bundle', 'package'],
    });
    expect(ran.exit).toBe(64);
    expect(ErrorDocumentSchema.parse(JSON.parse(ran.stdout)).error.finding).toBe('usage.no-bundle');
  });

  it('writes its answer to a file, and never over one that it reads', async () => {
    const output = folder.file('answer.json');
    const ran = await folder.gate(['--json', '--output', output]);
    expect([ran.exit, ran.stdout]).toEqual([0, '']);
    expect(ResultSchema.parse(JSON.parse(readFileSync(output, 'utf8'))).verdict).toBe('allow');
    for (const name of ['policy.yaml', 'evidence.yaml']) {
      const before = readFileSync(folder.file(name), 'utf8');
      const refused = await folder.gate(['--output', folder.file(name)]);
      expect(refused.exit).toBe(64);
      expect(readFileSync(folder.file(name), 'utf8')).toBe(before);
    }
  });

  it('POL-09 takes nothing from folders and variables that nobody named', async () => {
    const planted = [
      '.slsa-gate.yaml',
      'slsa-gate.yaml',
      'policy.yml',
      '.slsagaterc',
      'builders.json',
      'override.json',
    ];
    const cwd = mkdtempSync(join(tmpdir(), 'slsa-gate-planted-'));
    for (const name of planted) writeFileSync(join(cwd, name), policyText([['level: 2', 'level: 1']]));
    const env = {
      SLSA_GATE_POLICY: join(cwd, 'policy.yml'),
      SLSA_GATE_TO: 'staging',
      IGNORE_SIGNATURES: '1',
      SLSA_GATE_SKIP: 'true',
      NODE_ENV: 'development',
    };
    const other = { artifact: folder.file('other.txt') };
    const answerOf = async (options: object): Promise<unknown> => {
      const ran = await folder.gate(['--json', '--dry-run'], { ...other, ...options });
      const [result] = ResultSchema.parse(JSON.parse(ran.stdout)).results;
      return [ran.exit, result?.decisionDigest];
    };
    expect(await answerOf({ cwd, env })).toEqual(await answerOf({}));
    rmSync(cwd, { recursive: true, force: true });
  });

  it('POL-10 takes no time from anybody: no flag moves the clock', async () => {
    for (const flag of ['--as-of', '--effective-time', '--now']) {
      const ran = await folder.gate([flag, '2020-01-01T00:00:00Z', '--json']);
      expect(ran.exit).toBe(64);
      expect(ErrorDocumentSchema.parse(JSON.parse(ran.stdout)).error.finding).toBe('usage.flag');
    }
  });

  it('refuses an environment that the policy does not have, and tells those that it has', async () => {
    const ran = await run([
      'gate',
      REAL.artifact,
      ...[
        '--bundle',
        REAL.bundle,
        '--policy',
        folder.file('policy.yaml'),
        '--to',
        'prod',
        '--dry-run',
        '--json',
      ],
    ]);
    const { error } = ErrorDocumentSchema.parse(JSON.parse(ran.stdout));
    expect([ran.exit, error.finding]).toEqual([64, 'policy.environment']);
    expect(error.details.expected).toBe('production');
  });

  it('POL-11 denies in a job of a CI by a policy out of a checkout, unless it is pinned', async () => {
    const checkout = mkdtempSync(join(tmpdir(), 'slsa-gate-checkout-'));
    mkdirSync(join(checkout, '.git'));
    writeFileSync(join(checkout, '.git', 'HEAD'), `${'a'.repeat(40)}\n`);
    const policy = join(checkout, 'policy.yaml');
    writeFileSync(policy, policyText());
    const digest = `sha256:${createHash('sha256').update(policyText()).digest('hex')}`;
    const codesIn = async (env: Readonly<Record<string, string>>, argv: readonly string[] = []) => {
      const ran = await folder.gate(['--json', '--dry-run', ...argv], { policy, env });
      const [result] = ResultSchema.parse(JSON.parse(ran.stdout)).results;
      return result?.findings.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code);
    };
    for (const env of [{ GITHUB_ACTIONS: 'true' }, { GITLAB_CI: 'true' }]) {
      expect(await codesIn(env)).toEqual(['policy.untrusted-source', 'evidence.dry-run']);
      expect(await codesIn(env, ['--policy-digest', digest])).toEqual(['evidence.dry-run']);
    }
    expect(await codesIn({})).toEqual(['evidence.dry-run']);
    rmSync(checkout, { recursive: true, force: true });
  });

  it('POL-12 refuses a draft, another digest, and a policy that nobody signed', async () => {
    const draft = folder.write(
      'draft.yaml',
      policyText([['name: sigstore-npm', 'name: sigstore-npm\ndraft: true']]),
    );
    const refused = async (argv: readonly string[], policy?: string): Promise<string> => {
      const ran = await folder.gate([...argv, '--json'], policy === undefined ? {} : { policy });
      expect(ran.exit).toBe(64);
      return ErrorDocumentSchema.parse(JSON.parse(ran.stdout)).error.finding;
    };
    expect(await refused([], draft)).toBe('policy.draft');
    expect(await refused(['--policy-digest', `sha256:${'0'.repeat(64)}`])).toBe('policy.digest');
    const key = folder.write('policy.pub', publicPem());
    expect(await refused(['--policy-key', key])).toBe('policy.signature');
  });
});

describe('gate and its evidence', () => {
  it('EVL-02 stops with 3 where the log is gone, and never makes a new one', async () => {
    const own = await createGateFolder();
    try {
      for (const name of ['evidence.db', 'evidence.db-wal', 'evidence.db-shm'])
        rmSync(own.file(name), { force: true });
      const ran = await own.gate(['--json']);
      expect(ran.exit).toBe(3);
      expect(ErrorDocumentSchema.parse(JSON.parse(ran.stdout)).error.finding).toBe('evidence.rollback');
      const again = await own.gate(['--json']);
      expect(again.exit).toBe(3);
    } finally {
      own.remove();
    }
  });

  it('EVL-04 stops with 3 at the log of somebody else', async () => {
    const [own, other] = [await createGateFolder(), await createGateFolder()];
    try {
      for (const name of ['evidence.db-wal', 'evidence.db-shm']) rmSync(own.file(name), { force: true });
      copyFileSync(other.file('evidence.db'), own.file('evidence.db'));
      const ran = await own.gate(['--json']);
      expect(ran.exit).toBe(3);
      expect(['evidence.signature', 'evidence.origin']).toContain(
        ErrorDocumentSchema.parse(JSON.parse(ran.stdout)).error.finding,
      );
    } finally {
      own.remove();
      other.remove();
    }
  });

  it('FRS-06 keeps a denial of the same bytes, whatever they are called, until an override lifts it', async () => {
    const own = await createGateFolder();
    try {
      own.write('strict.yaml', policyText([['refs: [refs/heads/main]', 'refs: [refs/heads/release]']]));
      const denied = await own.gate(['--json'], { policy: own.file('strict.yaml') });
      expect(denied.exit).toBe(1);
      const [result] = ResultSchema.parse(JSON.parse(denied.stdout)).results;
      expect(result?.reason).toMatch(/fails only source-ref: built from refs\/heads\/main/);
      copyFileSync(REAL.artifact, own.file('renamed.tgz'));
      const again = await own.gate(['--json', '--request-id', 'another'], {
        artifact: own.file('renamed.tgz'),
      });
      expect(again.exit).toBe(1);
      expect(ResultSchema.parse(JSON.parse(again.stdout)).results[0]?.findings.at(-2)).toMatchObject({
        rule: 'deny-memory',
        code: 'previously-denied',
        outcome: 'fail',
      });
    } finally {
      own.remove();
    }
  });
});

const publicPem = (): string =>
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';

describe('gate and the evidence of another verifier', () => {
  it('VSA-05 takes a summary in place of provenance by the rule that names verifier, key and log, and never its own', async () => {
    const [other, own] = [await createGateFolder(), await createGateFolder()];
    try {
      const first = await other.gate(['--json']);
      const [made] = ResultSchema.parse(JSON.parse(first.stdout)).results;
      const pack = own.file('pack');
      const evidence = ['--evidence', other.file('evidence.yaml')];
      const exported = await run([
        'evidence',
        'export',
        String(made?.recordId),
        ...evidence,
        '--output',
        pack,
      ]);
      expect([exported.exit, exported.stderr]).toEqual([0, '']);
      const text = readFileSync(other.file('evidence.yaml'), 'utf8');
      const log = /example\.com\/releases\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+/.exec(text)?.[0] ?? '';
      const key = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/.exec(text)?.[0] ?? '';
      const policy = (verifierId: string, logKey: string): string =>
        own.write(
          'summaries.yaml',
          policyText([
            [
              '    triggers: [push]\n',
              `    triggers: [push]
    summaries:
      - verifierId: ${verifierId}
        signer: { key: { pem: ${JSON.stringify(key.replaceAll(/\n\s*/g, '\n'))} } }
        levels: [SLSA_BUILD_LEVEL_2]
        maxAge: 1d
        log: ${logKey}
`,
            ],
          ]),
        );
      const ask = async (file: string, argv: readonly string[]) => {
        const ran = await own.gate([...argv, '--json', '--dry-run'], {
          policy: file,
          without: ['bundle', 'evidence'],
        });
        const [result] = ResultSchema.parse(JSON.parse(ran.stdout)).results;
        const codes = result?.findings.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code);
        return { exit: ran.exit, codes };
      };
      const given = policy('https://example.com/slsa-gate', log);
      expect(await ask(given, ['--evidence-log', pack])).toEqual({ exit: 2, codes: ['evidence.dry-run'] });
      const vsa = join(pack, 'records', String(made?.recordId), 'vsa.dsse.json');
      expect((await ask(given, ['--bundle', vsa])).codes).toContain('vsa.not-logged');
      const mine = await own.gate(['--json', '--evidence-log', pack], { policy: given, without: ['bundle'] });
      const [denied] = ResultSchema.parse(JSON.parse(mine.stdout)).results;
      expect([mine.exit, denied?.findings.find(({ rule }) => rule === 'verification-summary')?.code]).toEqual(
        [1, 'vsa.self'],
      );
      const verify = async (argv: readonly string[]) => {
        const recordKey = own.write('other.pub', `${key.replaceAll(/\n\s*/g, '\n')}\n`);
        const named = ['--verifier-id', 'https://example.com/slsa-gate', '--key', recordKey];
        const about = ['--resource-uri', 'slsa-gate:production/pkg:npm/sigstore@5.0.0'];
        const ran = await run(['verify', REAL.artifact, ...named, ...about, ...argv, '--json']);
        return [ran.exit, ResultSchema.parse(JSON.parse(ran.stdout)).results[0]?.findings.at(-1)?.code];
      };
      expect(await verify(['--evidence-log', pack, '--evidence-log-key', log])).toEqual([0, 'ok']);
      expect(await verify(['--bundle', vsa, '--evidence-log-key', log])).toEqual([1, 'vsa.not-logged']);
      const foreign = readFileSync(own.file('evidence.yaml'), 'utf8');
      const ownLog = /example\.com\/releases\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+/.exec(foreign)?.[0] ?? '';
      expect(await verify(['--evidence-log', pack, '--evidence-log-key', ownLog])).toEqual([
        1,
        'vsa.not-logged',
      ]);
      const elsewhere = policy('https://example.com/slsa-gate', ownLog);
      expect((await ask(elsewhere, ['--evidence-log', pack])).codes).toContain('vsa.not-logged');
    } finally {
      own.remove();
      other.remove();
    }
  });
});
