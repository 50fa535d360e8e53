import { basename, join } from 'node:path';
import { sha256Hex } from '../../core/evidence/canonical.ts';
import type { RuleId } from '../../core/model/finding.ts';
import { askedRules, isNotEvaluatedYet } from '../../core/policy/asked-rules.ts';
import { parseCase } from '../../core/policy/case-file.ts';
import { parsePolicy } from '../../core/policy/parse.ts';
import type { Policy } from '../../core/policy/schema.ts';
import { refuse } from '../../errors.ts';
import { type CaseAnswer, type CasePorts, runCase, type TestedPolicy } from './run-case.ts';

export interface PolicyTestPorts extends CasePorts {
  /** Names of the folders in a folder, sorted. @throws SlsaGateError `path.*` */
  readonly listFolders: (path: string) => Promise<readonly string[]>;
  readonly exists: (path: string) => Promise<boolean>;
}

export interface PolicyTestRequest {
  /** Folder with one folder for each case. */
  readonly folder: string;
  /** The policy; found by the folder's name when absent. */
  readonly policy?: string;
}

/** What was expected or answered. */
export interface AnswerReport {
  readonly verdict: CaseAnswer['verdict'];
  readonly codes: readonly string[];
  /** Null where the case expects none in particular. */
  readonly level: 0 | 1 | 2 | 3 | null;
}

export interface CaseReport {
  /** Name of its folder. */
  readonly name: string;
  readonly outcome: 'ok' | 'not-ok';
  readonly expected: AnswerReport;
  readonly actual: AnswerReport;
}

/** How often a rule was seen to answer, over all cases. */
export interface RuleCoverage {
  readonly rule: RuleId;
  readonly passed: number;
  readonly denied: number;
  /**
   * `untested`: a key of the policy asks it, and no case saw it deny. `always`: it holds whatever the policy says.
   * `not-evaluated`: nothing can answer it yet, so it blocks.
   */
  readonly state: 'tested' | 'untested' | 'always' | 'not-evaluated';
}

export interface PolicyTestDocument {
  readonly schemaVersion: 1;
  readonly policy: { readonly file: string; readonly name: string; readonly digest: string };
  readonly outcome: 'ok' | 'failed' | 'untested';
  readonly cases: readonly CaseReport[];
  readonly rules: readonly RuleCoverage[];
}

const CASE_FILE = 'case.yaml';

/**
 * Asks a policy every case of a folder, and counts by which rules they saw it deny. A draft can be tested too.
 *
 * @throws SlsaGateError `usage.flag` for a folder without cases, and for a policy or case that cannot be read
 */
export async function testPolicy(
  { folder, policy: named }: PolicyTestRequest,
  ports: PolicyTestPorts,
): Promise<PolicyTestDocument> {
  const path = named ?? (await findPolicy(folder, ports));
  const tested = await readPolicy(path, ports);
  const names = await ports.listFolders(folder);
  if (names.length === 0) {
    return refuse('usage.flag', `no case in the folder: ${folder}`, {
      hint: `Make a folder for each case, with a ${CASE_FILE} in it; see docs/policy.md.`,
      actual: folder,
    });
  }
  const cases: CaseReport[] = [];
  const answers: CaseAnswer[] = [];
  for (const name of names) {
    const casePath = join(folder, name, CASE_FILE);
    const file = parseCase(await ports.readFile(casePath), casePath);
    const answer = await runCase(file, casePath, tested, ports);
    answers.push(answer);
    cases.push(compare(name, file.expect, answer));
  }
  const rules = coverageOf(tested.loaded.policy, answers);
  return {
    schemaVersion: 1,
    policy: {
      file: path,
      name: tested.loaded.policy.name,
      digest: `sha256:${sha256Hex(tested.loaded.bytes)}`,
    },
    outcome: cases.some(({ outcome }) => outcome === 'not-ok')
      ? 'failed'
      : rules.some(({ state }) => state === 'untested')
        ? 'untested'
        : 'ok',
    cases,
    rules,
  };
}

async function readPolicy(path: string, { readFile }: PolicyTestPorts): Promise<TestedPolicy> {
  const bytes = await readFile(path);
  const policy = parsePolicy(bytes, path);
  return { path, loaded: { policy, bytes, fileName: basename(path), pinnedBy: null } };
}

/** `policy.yaml` among the cases, or the preset of the folder's name: `policies/NAME.yaml` for `policies/fixtures/NAME`. */
async function findPolicy(folder: string, { exists }: PolicyTestPorts): Promise<string> {
  const beside = join(folder, 'policy.yaml');
  const above = join(folder, '..', '..', `${basename(folder)}.yaml`);
  for (const path of [beside, above]) if (await exists(path)) return path;
  return refuse('usage.flag', `no policy for the folder: ${folder}`, {
    hint: 'Name it with --policy, or put policy.yaml into the folder.',
    expected: `${beside} or ${above}`,
  });
}

function compare(
  name: string,
  expected: {
    readonly verdict: CaseAnswer['verdict'];
    readonly codes?: readonly string[];
    readonly level?: 0 | 1 | 2 | 3;
  },
  { verdict, codes, level }: CaseAnswer,
): CaseReport {
  const wanted: AnswerReport = {
    verdict: expected.verdict,
    codes: [...new Set(expected.codes)].sort(),
    level: expected.level ?? null,
  };
  const isMet =
    verdict === wanted.verdict &&
    codes.join() === wanted.codes.join() &&
    (wanted.level === null || wanted.level === level);
  return { name, outcome: isMet ? 'ok' : 'not-ok', expected: wanted, actual: { verdict, codes, level } };
}

function coverageOf(policy: Policy, answers: readonly CaseAnswer[]): readonly RuleCoverage[] {
  const asked = askedRules(policy);
  const decided = answers.flatMap(({ findings }) => findings.filter(({ required }) => required));
  const rules = [...new Set([...asked, ...decided.map(({ rule }) => rule)])].sort();
  return rules.map((rule) => {
    const outcomes = decided.filter((finding) => finding.rule === rule).map(({ outcome }) => outcome);
    const passed = outcomes.filter((outcome) => outcome === 'pass').length;
    // A source that does not answer blocks without disproving anything.
    const denied = outcomes.filter((outcome) => outcome === 'fail' || outcome === 'error').length;
    const state = isNotEvaluatedYet(rule)
      ? 'not-evaluated'
      : !asked.includes(rule)
        ? 'always'
        : denied > 0
          ? 'tested'
          : 'untested';
    return { rule, passed, denied, state };
  });
}
