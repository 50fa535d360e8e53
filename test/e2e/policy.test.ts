import {
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
import { createGateFolder, type GateFolder, policyText } from '../kit/gate-folder.ts';
import { PRESETS } from '../policies/presets.ts';
import { ensureBuilt, run } from './built.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-policy-'));
beforeAll(ensureBuilt, 150_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const ROOT = new URL('../../', import.meta.url).pathname;
const LEVEL_2 = 'policies/slsa-level-2-github.yaml';
const REAL = 'testdata/attestations/npm-sigstore-5.0.0';
const RELEASE = [`${REAL}/sigstore-5.0.0.tgz`, '--bundle', `${REAL}/provenance.sigstore.json`];

/** What the command says its own error is. */
const codeIn = (stderr: string): string | undefined => /^code: (\S+) /m.exec(stderr)?.[1];

describe('policy test', () => {
  it('ships at least five presets', () => {
    expect(PRESETS.length).toBeGreaterThanOrEqual(5);
  });

  it.each(PRESETS)('ends in 0 for the cases of the preset %s', async (name) => {
    const ran = await run(['policy', 'test', `policies/fixtures/${name}`]);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(/^ok {6}/);
    expect(ran.stdout).not.toContain('not ok');
    expect(ran.exit).toBe(0);
  });

  it('ends in 1 with policy.test-failed when a case is decided otherwise', async () => {
    const other = 'policies/slsa-level-3-generator.yaml';
    const ran = await run(['policy', 'test', 'policies/fixtures/slsa-level-2-github', '--policy', other]);
    expect(ran.exit).toBe(1);
    expect(codeIn(ran.stderr)).toBe('policy.test-failed');
    expect(ran.stdout).toMatch(
      /^not ok {2}allows-a-release\n {10}expected allow level 2\n {10}actual {3}deny level\.too-low level 2$/m,
    );
  });

  it('ends in 1 with policy.untested when a rule was never seen denying, and tells the same as JSON', async () => {
    const cases = join(FOLDER, 'few', 'cases');
    cpSync(join(ROOT, 'policies/fixtures/slsa-level-2-github'), cases, { recursive: true });
    rmSync(join(cases, 'denies-another-branch'), { recursive: true });
    const text = await run(['policy', 'test', cases, '--policy', LEVEL_2]);
    expect(text.exit).toBe(1);
    expect(codeIn(text.stderr)).toBe('policy.untested');
    expect(text.stderr).toContain('error: never seen denying: source-ref\n');
    expect(text.stdout).toMatch(/^source-ref +\d+ +0 {2}never seen denying$/m);
    const json = await run(['policy', 'test', cases, '--policy', LEVEL_2, '--json']);
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, outcome: 'untested' });
  });

  it.each([
    ['no folder', ['policy', 'test']],
    [
      'a folder without cases',
      ['policy', 'test', 'policies/fixtures/slsa-level-2-github/allows-a-release', '--policy', LEVEL_2],
    ],
    ['a folder that is not there', ['policy', 'test', 'policies/fixtures/none', '--policy', LEVEL_2]],
    ['a folder without policy', ['policy', 'test', 'policies/fixtures']],
    ['two folders', ['policy', 'test', 'a', 'b']],
  ])('ends in 64 with %s', async (_, argv) => {
    const ran = await run(argv);
    expect({ exit: ran.exit, stdout: ran.stdout }).toEqual({ exit: 64, stdout: '' });
  });

  it('escapes names of cases', async () => {
    const cases = join(FOLDER, 'hostile');
    const name = '::set-output name=x::\u001b[2K';
    mkdirSync(cases);
    cpSync(join(ROOT, 'policies/fixtures/slsa-level-2-github/denies-no-attestation'), join(cases, name), {
      recursive: true,
    });
    cpSync(
      join(ROOT, 'policies/fixtures/slsa-level-2-github/trusted_root.json'),
      join(cases, 'trusted_root.json'),
    );
    const ran = await run(['policy', 'test', cases, '--policy', LEVEL_2]);
    expect(ran.stdout).toContain('ok      \\u{3a}:set-output');
    expect(ran.stdout).not.toContain('\u001b');
  });
});

describe('policy test on recorded decisions', () => {
  let gate: GateFolder;
  let cases: string;
  let recordPath: string;
  beforeAll(async () => {
    gate = await createGateFolder();
    const allowed = JSON.parse((await gate.gate(['--json'])).stdout);
    const { recordId } = allowed.results[0];
    const exported = await run([
      ...[
        'evidence',
        'export',
        recordId,
        '--output',
        gate.file('pack'),
        '--evidence',
        gate.file('evidence.yaml'),
      ],
    ]);
    if (exported.exit !== 0) throw new Error(exported.stderr);
    cases = gate.file('cases');
    recordPath = `../../pack/records/${recordId}/record.dsse.json`;
    mkdirSync(join(cases, 'what-was-allowed'), { recursive: true });
  }, 60_000);
  afterAll(() => gate.remove());

  const writeCase = (text: string): void =>
    writeFileSync(
      join(cases, 'what-was-allowed', 'case.yaml'),
      `schemaVersion: 1\nrecord: ${recordPath}\n${text}`,
    );
  const ask = async (policy: string) =>
    JSON.parse((await run(['policy', 'test', cases, '--policy', policy, '--json'])).stdout);

  it('asks another policy about the same material', async () => {
    writeCase('expect: { verdict: allow, level: 2 }\n');
    for (const policy of [gate.file('policy.yaml'), 'policies/npm-packages.yaml'])
      expect((await ask(policy)).cases).toMatchObject([{ outcome: 'ok', actual: { verdict: 'allow' } }]);
    writeCase('expect: { verdict: deny, codes: [policy.no-match] }\n');
    expect((await ask(LEVEL_2)).cases).toMatchObject([{ outcome: 'ok' }]);
    const stricter = gate.write('stricter.yaml', policyText([['level: 2', 'level: 3']]));
    writeCase('expect: { verdict: deny, codes: [level.too-low], level: 2 }\n');
    expect((await ask(stricter)).cases).toMatchObject([{ outcome: 'ok' }]);
  });

  it('asks about another environment, where the case names one', async () => {
    writeCase('environment: staging\nexpect: { verdict: allow }\n');
    expect((await ask('policies/npm-packages.yaml')).cases).toMatchObject([{ outcome: 'ok' }]);
    const ran = await run(['policy', 'test', cases, '--policy', gate.file('policy.yaml')]);
    expect({ exit: ran.exit, code: codeIn(ran.stderr) }).toEqual({ exit: 64, code: 'policy.environment' });
  });

  it('refuses a case that adds something of its own, and materials that are others than were recorded', async () => {
    writeCase('now: 2026-01-01T00:00:00Z\nexpect: { verdict: allow }\n');
    const own = await run(['policy', 'test', cases, '--policy', LEVEL_2]);
    expect(own.exit).toBe(64);
    expect(own.stderr).toContain('case.yaml:');
    writeCase('expect: { verdict: allow }\n');
    for (const name of readdirSync(gate.file('pack/materials')))
      writeFileSync(gate.file(`pack/materials/${name}`), 'x');
    const tampered = await run(['policy', 'test', cases, '--policy', LEVEL_2]);
    expect({ exit: tampered.exit, code: codeIn(tampered.stderr) }).toEqual({
      exit: 3,
      code: 'evidence.tampered',
    });
  });
});

describe('policy explain', () => {
  it('says what must be true, and where the policy says so', async () => {
    const ran = await run(['policy', 'explain', LEVEL_2, '--to', 'production']);
    expect({ exit: ran.exit, stderr: ran.stderr }).toEqual({ exit: 0, stderr: '' });
    expect(ran.stdout).toContain(
      '- It reaches SLSA build level 2 or higher. [environments.production.level]\n',
    );
    expect(ran.stdout).toContain(
      '- It was built from https://github.com/octo-org/widget. [packages[0].source.repository]\n',
    );
  });

  it('gives the same sentences as JSON', async () => {
    const ran = await run(['policy', 'explain', LEVEL_2, '--package', 'pkg:generic/widget@1', '--json']);
    const { environments, packages } = JSON.parse(ran.stdout);
    expect(environments[0].sentences[0]).toEqual({
      kind: 'when',
      text: 'It reaches SLSA build level 2 or higher.',
      path: 'environments.production.level',
    });
    expect(packages).toHaveLength(1);
    expect(ran.exit).toBe(0);
  });

  it.each([
    ['usage.flag', ['policy', 'explain']],
    ['policy.environment', ['policy', 'explain', LEVEL_2, '--to', 'nowhere']],
    ['usage.flag', ['policy', 'explain', LEVEL_2, '--package', 'widget']],
    ['path.not-found', ['policy', 'explain', 'none.yaml']],
    ['policy.invalid', ['policy', 'explain', 'catalogue/builders.json']],
  ])('ends in 64 with %s', async (code, argv) => {
    const ran = await run(argv);
    expect({ exit: ran.exit, code: codeIn(ran.stderr), stdout: ran.stdout }).toEqual({
      exit: 64,
      code,
      stdout: '',
    });
  });

  it('escapes what a policy says', async () => {
    const file = join(FOLDER, 'hostile.yaml');
    const text = readFileSync(join(ROOT, LEVEL_2), 'utf8').replace(
      'name: slsa-level-2-github',
      'name: hostile\ndescription: "::error::x ##[group]y"',
    );
    writeFileSync(file, text);
    const ran = await run(['policy', 'explain', file]);
    expect(ran.exit).toBe(0);
    expect(ran.stdout).not.toMatch(/(?:^|- )::error|##/m);
  });
});

describe('policy infer', () => {
  it('drafts a policy that check reads, gate refuses, and that allows the release once it is no draft', async () => {
    const file = join(FOLDER, 'inferred.yaml');
    const ran = await run(['policy', 'infer', ...RELEASE, '--output', file]);
    expect(ran).toEqual({ exit: 0, stdout: '', stderr: '' });
    const check = await run(['policy', 'check', file]);
    expect(check.exit).toBe(0);
    expect(check.stderr).toContain('draft: true: gate refuses a draft');
    const gate = [
      'gate',
      ...RELEASE,
      '--package',
      'pkg:npm/sigstore@5.0.0',
      '--to',
      'production',
      '--dry-run',
    ];
    const refused = await run([...gate, '--policy', file]);
    expect({ exit: refused.exit, code: codeIn(refused.stderr) }).toEqual({ exit: 64, code: 'policy.draft' });
    const read = join(FOLDER, 'read.yaml');
    writeFileSync(read, readFileSync(file, 'utf8').replace('draft: true\n', ''));
    const dry = JSON.parse((await run([...gate, '--policy', read, '--json'])).stdout);
    const blocking = dry.results[0].findings.filter(
      (finding: { required: boolean; outcome: string }) => finding.required && finding.outcome !== 'pass',
    );
    expect(blocking.map(({ code }: { code: string }) => code)).toEqual(['evidence.dry-run']);
  });

  it('prints the draft, or the whole document as JSON, and tells what was not used', async () => {
    const text = await run(['policy', 'infer', ...RELEASE, 'package.json']);
    expect(text.exit).toBe(0);
    expect(text.stdout).toContain('draft: true\n');
    expect(text.stderr).toBe(
      'not used: package.json: the attestation is about other artifacts (subject.mismatch)\n',
    );
    const json = JSON.parse((await run(['policy', 'infer', ...RELEASE, 'package.json', '--json'])).stdout);
    expect(json.policy).toBe(text.stdout);
    expect(json.releases.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['used', 'unverified']);
  });

  it('reads releases from a list', async () => {
    const list = join(FOLDER, 'releases.jsonl');
    writeFileSync(
      list,
      `${JSON.stringify({ artifact: RELEASE[0], bundles: [RELEASE[2]], package: 'pkg:npm/renamed' })}\n`,
    );
    const ran = await run(['policy', 'infer', '--list', list]);
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toContain('- package: pkg:npm/renamed # release 1\n');
  });

  it('never writes over a policy', async () => {
    const file = join(FOLDER, 'kept.yaml');
    writeFileSync(file, 'kept');
    const ran = await run(['policy', 'infer', ...RELEASE, '--output', file]);
    expect({ exit: ran.exit, code: codeIn(ran.stderr) }).toEqual({ exit: 64, code: 'usage.flag' });
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it('ends in 1 when no release verifies, and writes nothing', async () => {
    const file = join(FOLDER, 'none.yaml');
    const ran = await run([
      'policy',
      'infer',
      'package.json',
      '--bundle',
      `${REAL}/provenance.sigstore.json`,
      '--output',
      file,
    ]);
    expect({ exit: ran.exit, code: codeIn(ran.stderr), stdout: ran.stdout }).toEqual({
      exit: 1,
      code: 'attestation.unverified',
      stdout: '',
    });
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    ['nothing', ['policy', 'infer']],
    ['an artifact without attestations', ['policy', 'infer', 'package.json']],
    ['a file for JSON', ['policy', 'infer', ...RELEASE, '--json', '--output', 'x']],
    [
      'an artifact that is not there',
      ['policy', 'infer', 'none.tgz', '--bundle', `${REAL}/provenance.sigstore.json`],
    ],
  ])('ends in 64 with %s', async (_, argv) => {
    const ran = await run(argv);
    expect(ran.exit).toBe(64);
  });
});
