import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArtifactFiles, createAttestationFiles } from '../../src/adapters/attestations/file/index.ts';
import { readOciLayout } from '../../src/adapters/attestations/oci-layout/index.ts';
import type { Ports } from '../../src/app/requests.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { hash } from '../kit/keys.ts';
import { createLayout, OCI } from '../kit/oci-layout.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { subjectOf } from '../kit/statement.ts';
import {
  ALLOWED,
  answer,
  ask,
  BUILT,
  denied,
  type Evidence,
  faultsOf,
  judged,
  type Question,
} from './app.ts';
import { sigstore } from './verify.ts';

const OTHER = Buffer.from('another artifact');
const sha256 = (bytes: Buffer): string => `sha256:${hash('sha256', bytes).toString('hex')}`;
const good = sigstore.signStatement();

/** What a question is refused with before anything is decided. */
async function refused(question: Question): Promise<SlsaGateError> {
  return ask(question).then(
    ({ verdict }) => {
      throw new Error(`answered ${verdict}, where a refusal was expected`);
    },
    (error: unknown) => {
      if (error instanceof SlsaGateError) return error;
      throw error;
    },
  );
}

describe('the artifact that is asked about', () => {
  it.each([[[]], [['']], [[' ']], [['\n\n']], [['widget', '']]])(
    'SUB-02 RAC-07 is never missing: %j',
    async (artifacts) => {
      expect(await refused({ evidence: [good], artifacts })).toMatchObject({
        finding: 'usage.no-artifact',
        exitCode: 64,
      });
    },
  );

  it.each([
    'sha256:',
    'sha256:00',
    'sha512:',
    `sha256:${'0'.repeat(63)}g`,
    `sha1:${'0'.repeat(40)}`,
    'md5:00',
  ])('SUB-02 has no empty or half digest: %j', async (reference) => {
    expect(await refused({ evidence: [good], artifacts: [reference] })).toMatchObject({
      finding: 'usage.artifact',
      exitCode: 64,
      actual: reference,
    });
  });

  it('SUB-02 is not there: nothing is decided about those beside it', async () => {
    expect(await refused({ evidence: [good], artifacts: ['widget', 'missing'] })).toMatchObject({
      finding: 'path.not-found',
      exitCode: 64,
    });
  });

  it('SUB-02 may be empty, and then only its own attestation counts', async () => {
    const empty = Buffer.alloc(0);
    const files = { empty };
    const own = sigstore.signStatement({ artifact: empty });
    expect(await judged({ evidence: [own], files })).toEqual(ALLOWED);
    expect(await judged({ evidence: [good], files })).toEqual(
      denied('subject-digest', 'subject.mismatch', sha256(empty), sha256(ARTIFACT)),
    );
  });

  it('DSS-05 is denied when a good statement is about another one', async () => {
    const files = { widget: Buffer.concat([ARTIFACT, Buffer.of(0)]) };
    for (const evidence of [good, sigstore.signStatement({ profile: 'rekor2' })]) {
      const result = await answer({ evidence: [evidence], files });
      expect([result.verdict, result.slsaBuildLevel]).toEqual(['deny', 0]);
      expect(faultsOf(result)).toEqual([
        {
          rule: 'subject-digest',
          code: 'subject.mismatch',
          expected: sha256(files.widget),
          actual: sha256(ARTIFACT),
        },
      ]);
      expect(result.attestations).toMatchObject([{ verified: true, concernsArtifact: false }]);
    }
  });

  it('SUB-06 is found by its digest, never by its name', async () => {
    const misnamed = sigstore.signStatement({ subject: [subjectOf('other', ARTIFACT)] });
    expect(await judged({ evidence: [misnamed] })).toEqual(ALLOWED);
    const sameName = sigstore.signStatement({ subject: [subjectOf('widget', OTHER)] });
    expect(await judged({ evidence: [sameName] })).toEqual(
      denied('subject-digest', 'subject.mismatch', sha256(ARTIFACT), sha256(OTHER)),
    );
    const split = sigstore.signStatement({
      subject: [subjectOf('widget', OTHER), subjectOf('other', OTHER)],
    });
    expect(await judged({ evidence: [split] })).toEqual(
      denied('subject-digest', 'subject.mismatch', sha256(ARTIFACT), `${sha256(OTHER)} and 1 more subjects`),
    );
  });

  it('SUB-06 needs its name beside the digest where one is expected, in one and the same subject', async () => {
    const flags = { ...BUILT, subjectName: 'widget' };
    expect(await judged({ evidence: [good], flags })).toEqual(ALLOWED);
    const apart = sigstore.signStatement({
      subject: [subjectOf('other', ARTIFACT), subjectOf('widget', OTHER)],
    });
    expect(await judged({ evidence: [apart], flags })).toEqual(
      denied('subject-name', 'subject.name', 'widget', 'other'),
    );
    const sameName = sigstore.signStatement({ subject: [subjectOf('widget', OTHER)] });
    const { verdict, faults } = await judged({ evidence: [sameName], flags });
    expect([verdict, faults.map(({ code }) => code)]).toEqual(['deny', ['subject.mismatch', 'subject.name']]);
  });

  it('SUB-07 RAC-06 is denied beside attested ones, and the worst answer stands for all', async () => {
    const files = { one: Buffer.from('1'), two: Buffer.from('2'), three: Buffer.from('3') };
    const evidence = [files.one, files.three].map((artifact) => sigstore.signStatement({ artifact }));
    for (const artifacts of [
      ['one', 'two', 'three'],
      ['two', 'three', 'one'],
    ]) {
      const { verdict, results } = await ask({ evidence, files, artifacts });
      expect(verdict).toBe('deny');
      expect(results.map(({ artifact, verdict }) => [artifact.reference, verdict])).toEqual(
        artifacts.map((name) => [name, name === 'two' ? 'deny' : 'allow']),
      );
      const two = results.find(({ artifact }) => artifact.reference === 'two');
      expect(two?.findings.filter(({ outcome }) => outcome === 'fail')).toMatchObject([
        { rule: 'subject-digest', code: 'subject.mismatch', expected: sha256(files.two) },
      ]);
      expect(two?.attestations.map(({ verified, concernsArtifact }) => [verified, concernsArtifact])).toEqual(
        [
          [true, false],
          [true, false],
        ],
      );
    }
  });

  it('SUB-07 is not covered by one attestation that names some of them', async () => {
    const files = { one: Buffer.from('1'), two: Buffer.from('2') };
    const both = sigstore.signStatement({ subject: [subjectOf('one', files.one), subjectOf('x', OTHER)] });
    const { verdict, results } = await ask({ evidence: [both], files });
    expect([verdict, ...results.map((result) => result.verdict)]).toEqual(['deny', 'allow', 'deny']);
  });

  it('RAC-06 is indeterminate at worst when one cannot be read, though others are allowed', async () => {
    const changing: Partial<Ports> = {
      artifacts: {
        check: async () => undefined,
        read: async (path) => {
          if (path === 'two') throw new SlsaGateError('path.changed', 'changed while it was read: two');
          return { digests: { sha256: sha256(ARTIFACT).slice(7) } };
        },
        readLayout: () => Promise.reject(new Error('no layout')),
      },
    };
    const question = { evidence: [good], artifacts: ['one', 'two', 'one'], ports: changing };
    const { verdict, results } = await ask(question);
    expect([verdict, ...results.map((result) => result.verdict)]).toEqual([
      'indeterminate',
      'allow',
      'indeterminate',
      'allow',
    ]);
    expect(results[1]?.findings).toMatchObject([
      { rule: 'attestation', code: 'path.changed', outcome: 'error', required: true },
    ]);
  });
});

describe('attestations of different strength in one run', () => {
  const promised = sigstore.signStatement({ version: '0.1' });
  const stamped = sigstore.signStatement({ profile: 'rekor2' });
  const unlogged = sigstore.signStatement({ profile: 'tsa' });
  const MIXED: readonly Evidence[] = [
    promised,
    good,
    unlogged,
    stamped,
    sigstore.signStatement({ version: '0.2' }),
    sigstore.signStatement({ run: { repository: 'octo-org/other' } }),
    sigstore.signStatement({ artifact: OTHER }),
    sigstore.signBlob(),
    { json: { mediaType: 'junk' } },
  ];

  it('RAC-02 are each judged as if alone', async () => {
    const alone = await Promise.all(MIXED.map((evidence) => answer({ evidence: [evidence] })));
    const findings = alone.map(({ attestations }) => attestations[0]?.findings);
    for (const order of [MIXED, MIXED.toReversed()]) {
      const { attestations, verdict } = await answer({ evidence: order });
      expect(verdict).toBe('allow');
      expect(attestations.map((report) => report.findings)).toEqual(
        order === MIXED ? findings : findings.toReversed(),
      );
    }
    expect(alone.map(({ verdict }) => verdict)).toEqual([
      ...['allow', 'allow', 'deny', 'allow', 'allow', 'deny', 'deny', 'deny', 'deny'],
    ]);
  });

  it('RAC-02 in parallel runs, some of them weakened, answer as one after the other', async () => {
    const weakening = {
      withoutTlogUnsafe: true,
      withoutSctUnsafe: false,
      withoutTimestampUnsafe: false,
      allowBuilderRefUnsafe: false,
    };
    const questions = Array.from({ length: 60 }, (_, index): Question => {
      const evidence = MIXED[index % MIXED.length];
      return {
        evidence: evidence === undefined ? [] : [evidence],
        ...(index % 2 === 0 ? { request: { weakening } } : {}),
      };
    });
    const serial = [];
    for (const question of questions) serial.push(await ask(question));
    expect(await Promise.all(questions.map(ask))).toEqual(serial);
    const unloggedVerdicts = serial.filter((_, index) => index % MIXED.length === 2);
    expect(unloggedVerdicts.map(({ verdict }) => verdict).slice(0, 2)).toEqual(['allow', 'deny']);
  });
});

describe('more attestations than can be considered', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slsa-gate-many-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const TOO_MANY = LIMITS.attestations + 1;
  const files = createAttestationFiles((async function* () {})());
  const LIMIT = {
    verdict: 'indeterminate',
    faults: [
      {
        rule: 'attestation',
        code: 'limit.attestations',
        expected: 'the artifact and its attestations can be read',
        actual: 'more than 1000 attestations',
      },
    ],
  };

  it('RES-01 block in JSON lines, although the first one is good', async () => {
    const lines = `${good.text()}\n${'{"mediaType":"x"}\n'.repeat(LIMITS.attestations)}`;
    expect(await judged({ evidence: [lines] })).toEqual(LIMIT);
    const asMany = lines.slice(0, lines.lastIndexOf('{'));
    expect((await answer({ evidence: [asMany] })).attestations).toHaveLength(LIMITS.attestations);
    expect(await judged({ evidence: [asMany] })).toEqual(ALLOWED);
  });

  it('RES-01 block in many files of few lines each', async () => {
    const evidence = [good, ...Array.from({ length: 500 }, () => '{"mediaType":"x"}\n{"mediaType":"y"}\n')];
    expect(await judged({ evidence })).toEqual(LIMIT);
    expect((await judged({ evidence: evidence.slice(0, 500) })).verdict).toBe('allow');
  });

  it('RES-01 block in a directory before any of its files is read', async () => {
    // Links to nowhere would be refused as such if one of them were opened.
    for (let index = 0; index < TOO_MANY; index++) symlinkSync('nowhere', join(folder, `${index}.json`));
    const error = await refused({
      evidence: [],
      request: { bundles: [folder] },
      ports: { attestations: files },
    });
    expect(error).toMatchObject({
      finding: 'limit.attestations',
      exitCode: 2,
      message: `more than 1000 files: ${folder}`,
    });
    rmSync(join(folder, '0.json'));
    await expect(files.collect([folder])).rejects.toMatchObject({ finding: 'path.symlink', exitCode: 1 });
  });

  it('RES-01 block in a layout, and in a layout together with files', async () => {
    const layout = createLayout();
    const image = layout.list(layout.image());
    const layers = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => layout.blob(`{"a":${from + index}}`, OCI.bundle));
    layout.list(layout.attesting(layers(0, 600), image));
    const reference = `oci-layout:${layout.write(join(folder, 'image'))}`;
    const ports: Partial<Ports> = { artifacts: { ...createArtifactFiles(), readLayout: readOciLayout } };
    const some = '{"mediaType":"x"}\n'.repeat(400);
    const few: Question = { evidence: [some], artifacts: [reference], ports };
    expect((await answer(few)).attestations).toHaveLength(LIMITS.attestations);
    expect(await judged({ ...few, evidence: [some, good] })).toEqual(LIMIT);
    layout.list(layout.attesting(layers(600, TOO_MANY), image));
    const more = `oci-layout:${layout.write(join(folder, 'more'))}`;
    const { verdict, faults } = await judged({ ...few, evidence: [], artifacts: [more] });
    expect([verdict, faults.map(({ code, actual }) => [code, actual])]).toEqual([
      'indeterminate',
      [['limit.attestations', 'layout has more than 1000 attestations']],
    ]);
  });
});

describe('patterns of a caller', () => {
  const ISSUER = 'https://token.actions.githubusercontent.com';
  const asked = (certificateIdentityRegexp: string): Question => ({
    evidence: [good],
    flags: { certificateIdentityRegexp, certificateOidcIssuer: ISSUER },
  });
  const untouched: Partial<Ports> = {
    trust: { open: never, load: never, update: never, pack: never },
    attestations: { collect: never },
    artifacts: { check: never, read: never, readLayout: never },
  };

  it('RES-06 take linear time over a real identity', async () => {
    const started = performance.now();
    const SAN = `${BUILT.builderId}@refs/tags/v2.0.0`;
    const { verdict, faults } = await judged(asked('^(https://([a-zA-Z./-]+)+)+x$'));
    expect([verdict, faults.map(({ rule, code, actual }) => [rule, code, actual])]).toEqual([
      'deny',
      [['signer-identity', 'identity.mismatch', `${SAN}, issuer ${ISSUER}`]],
    ]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it.each([
    ['^(a+)+(?=b)$', 'policy.pattern'],
    ['^(a)\\1$', 'policy.pattern'],
    [`^${'a'.repeat(LIMITS.patternLength)}$`, 'policy.pattern'],
    ['^(?:(?:a{0,100}){0,100}){0,100}$', 'policy.pattern'],
    ['https://github.com/octo-org/.*', 'policy.unanchored'],
  ])('RES-06 are refused before anything is read: %j', async (pattern, code) => {
    expect(await refused({ ...asked(pattern), ports: untouched })).toMatchObject({
      finding: code,
      exitCode: 64,
    });
  });
});

function never(): never {
  throw new Error('read before the pattern was refused');
}

describe('results', () => {
  it('RAC-06 are as many as artifacts, each with all its findings', async () => {
    const { results } = await ask({ evidence: [good], artifacts: ['widget', 'widget'] });
    expect(results).toHaveLength(2);
    for (const result of results) {
      expect(faultsOf(result)).toEqual([]);
      expect(result.findings.length).toBeGreaterThan(8);
      expect(new Set(result.findings.map(({ rule }) => rule)).size).toBe(result.findings.length);
    }
  });
});
