import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Case, readCases } from '../../corpus/case.ts';
import { collect, type Runner, toArtifacts, toContext } from '../../corpus/decide.ts';
import { toExpectations } from '../../corpus/translate.ts';
import { type AttestationCheck, checkAttestation } from '../../src/core/attestation/check.ts';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import type { VerifiedAttestation } from '../../src/core/attestation/verify.ts';
import { decide } from '../../src/core/decide.ts';
import type { Expectations } from '../../src/core/model/expectations.ts';
import type { Json } from '../../src/core/model/json.ts';
import { valueAt } from './altered/document.ts';
import { goodIds, toRunner } from './altered/unit.ts';

/**
 * `levels.json` says which builder reaches which SLSA build level, and where that is written. It was written by hand and
 * knows nothing of the catalogue; here the two answer the same over every good case of the corpus.
 */
const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const isHere = existsSync(join(CORPUS, 'manifest.jsonl'));
if (!isHere) console.warn('SKIPPED: no ../shared/corpus, so no levels of real provenance are asked for');

const KINDS = new Set(['file', 'github-attestation', 'npm', 'oci-layout', 'gcb']);
const LEVELS = [1, 2, 3] as const;
type Level = (typeof LEVELS)[number];

/** `*` stands for anything, null for nothing. */
interface Row {
  readonly id: string;
  /** Trusted roots as the corpus calls them. */
  readonly root: readonly string[];
  readonly issuer: string | null;
  /** Workflow in the certificate. */
  readonly signer: string | null;
  readonly signerRefs: '*' | readonly (string | null)[];
  /** As the predicate names it. */
  readonly builder: string;
  readonly builderRefs: '*' | readonly (string | null)[];
  readonly buildType: string;
  readonly runner: string | null;
  readonly level: Level;
  readonly source: string;
}

interface Table {
  readonly rows: readonly Row[];
  /** Good bundles whose predicate cannot be read as what it is labelled. */
  readonly unread: readonly { id: string; root: string; predicateType: string; code: string }[];
}

const TABLE = JSON.parse(readFileSync(join(import.meta.dirname, 'levels.json'), 'utf8')) as Table;

const split = (id: string): readonly [string, string | null] => {
  const at = id.indexOf('@');
  return at === -1 ? [id, null] : [id.slice(0, at), id.slice(at + 1)];
};

/** The facts that the table speaks of, read straight from certificate and payload. */
function factsOf(
  { trustedRoot = 'none' }: Case,
  { signer, content }: VerifiedAttestation,
): Omit<Row, 'id' | 'level' | 'source'> {
  if (content.kind !== 'dsse') throw new TypeError('no statement');
  const statement = JSON.parse(content.payload.toString()) as Json;
  const predicate = valueAt(statement, ['predicate']);
  const first = (...paths: readonly (readonly string[])[]): string =>
    String(paths.map((path) => valueAt(predicate, path)).find((value) => value !== undefined));
  const [builder, builderRef] = split(first(['builder', 'id'], ['runDetails', 'builder', 'id']));
  const isCertificate = signer.kind === 'certificate';
  const [workflow, ref] = isCertificate
    ? split(signer.claims.buildSignerUri ?? signer.subject.value)
    : [null, null];
  return {
    root: [trustedRoot],
    issuer: isCertificate ? (signer.claims.issuer ?? null) : null,
    signer: workflow,
    signerRefs: [ref],
    builder,
    builderRefs: [builderRef],
    buildType: first(['buildType'], ['recipe', 'type'], ['buildDefinition', 'buildType']),
    runner: isCertificate ? (signer.claims.runnerEnvironment ?? null) : null,
  };
}

function isRow(row: Row, facts: ReturnType<typeof factsOf>): boolean {
  const fits = (wanted: string | null, actual: string | null): boolean => wanted === '*' || wanted === actual;
  const among = (
    wanted: '*' | readonly (string | null)[],
    actual: string | readonly (string | null)[],
  ): boolean => wanted === '*' || wanted.includes(actual[0] ?? null);
  return (
    among(row.root, facts.root) &&
    row.issuer === facts.issuer &&
    fits(row.signer, facts.signer) &&
    among(row.signerRefs, facts.signerRefs) &&
    fits(row.builder, facts.builder) &&
    among(row.builderRefs, facts.builderRefs) &&
    row.buildType === facts.buildType &&
    row.runner === facts.runner
  );
}

interface Asked {
  readonly test: Case;
  /** One check for each attestation of the case, with the level asked for or without any. */
  readonly check: (minLevel?: Level) => readonly AttestationCheck[];
}

/** The case as its caller asks it, about provenance whose predicate is read. */
async function ask(test: Case, runner: Runner): Promise<readonly Asked[]> {
  const bytes = test.bundle === undefined ? undefined : readFileSync(join(CORPUS, test.bundle));
  const { attestations, layoutDigests } = await collect(test, runner, bytes);
  const found = parseAttestations(attestations);
  const context = toContext(test, runner);
  return toArtifacts(test, runner, layoutDigests).map(({ subject, artifact }) => ({
    test,
    check: (minLevel) => {
      const expectations: Expectations = {
        ...toExpectations(test, subject),
        predicateType: 'provenance',
        meaning: 'predicate',
        ...(minLevel === undefined ? {} : { minLevel }),
      };
      return found.map((one) => checkAttestation(one, artifact, expectations, context));
    },
  }));
}

const isPassing = ({ findings }: AttestationCheck): boolean =>
  findings.length > 0 && findings.every(({ outcome }) => outcome === 'pass');

/** Codes of what does not pass. */
const failing = ({ findings }: AttestationCheck): readonly string[] =>
  findings.filter(({ outcome }) => outcome !== 'pass').map(({ rule, code }) => `${rule} ${code}`);

const isProvenance = ({ statement }: AttestationCheck): boolean =>
  statement?.predicateType.startsWith('https://slsa.dev/provenance/') === true;

describe.skipIf(!isHere)('the levels of every good SLSA case of the corpus', () => {
  it('are those of the table, allowed up to there and denied above', async () => {
    const runner = toRunner(CORPUS);
    const ids = isHere ? goodIds(CORPUS) : new Set<string>();
    const cases = readCases(CORPUS).filter(
      ({ id, kind, only }) => ids.has(id) && KINDS.has(kind) && (only === undefined || only === 'signature'),
    );
    const rows = new Map(TABLE.rows.map((row) => [row, 0]));
    const levels = new Map<string, number>();
    const others = new Map<string, number>();
    const unread = new Set<string>();
    const count = <K>(counts: Map<K, number>, key: K): void =>
      void counts.set(key, (counts.get(key) ?? 0) + 1);

    for (const { test, check } of (await Promise.all(cases.map((one) => ask(one, runner)))).flat()) {
      const plain = check();
      const reached: number[] = [];
      for (const [index, one] of plain.entries()) {
        if (!isPassing(one) || one.verified === undefined) {
          if (plain.some(isPassing)) continue;
          const known = TABLE.unread.find(
            ({ root, predicateType, code }) =>
              root === test.trustedRoot &&
              predicateType === one.statement?.predicateType &&
              one.findings.some((finding) => finding.code === code && finding.outcome === 'fail'),
          );
          if (known === undefined)
            expect(isProvenance(one), `${test.id}: ${failing(one).join(', ')}`).toBe(false);
          if (known === undefined) count(others, one.statement?.predicateType ?? 'not verified');
          else {
            unread.add(known.id);
            for (const level of LEVELS) expect(decide(check(level)).verdict, test.id).toBe('deny');
          }
          continue;
        }
        const facts = factsOf(test, one.verified);
        const matching = TABLE.rows.filter((row) => isRow(row, facts));
        expect(
          matching.map(({ id }) => id),
          `rows of ${test.id}: ${JSON.stringify(facts)}`,
        ).toHaveLength(1);
        const [row] = matching;
        if (row === undefined) continue;
        count(rows, row);
        count(levels, `level ${row.level}`);
        reached.push(row.level);
        expect([row.id, one.level.level], test.id).toEqual([row.id, row.level]);
        for (const level of LEVELS) {
          const asked = check(level)[index];
          const answer = asked === undefined ? ['not asked'] : failing(asked);
          expect(answer, `${test.id} (${row.id}) with --min-level ${level}`).toEqual(
            level <= row.level ? [] : ['min-level level.too-low'],
          );
        }
      }
      if (reached.length === 0) continue;
      for (const level of LEVELS) {
        const verdict = decide(check(level)).verdict;
        expect(verdict, `${test.id} with --min-level ${level}`).toBe(
          Math.max(...reached) >= level ? 'allow' : 'deny',
        );
      }
    }
    const print = (counts: Iterable<readonly [string, number]>): string =>
      [...counts].map(([name, number]) => `  ${String(number).padStart(5)}  ${name}`).join('\n');
    console.info(
      [
        `${cases.length} good cases, their attestations by level:`,
        print([...levels].sort()),
        'by row of the table:',
        print([...rows].map(([{ id, level }, number]) => [`level ${level}: ${id}`, number] as const)),
        'predicates that are no provenance, and no level:',
        print(others),
        `labelled as provenance without being it: ${[...unread].join(', ')}`,
      ].join('\n'),
    );
    expect([...rows].filter(([, number]) => number === 0).map(([{ id }]) => id)).toEqual([]);
    expect([...unread]).toEqual(TABLE.unread.map(({ id }) => id));
    expect([...levels.keys()].sort()).toEqual(['level 1', 'level 2', 'level 3']);
  });
});
