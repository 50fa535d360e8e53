import type {
  AnswerReport,
  CaseReport,
  PolicyTestDocument,
  RuleCoverage,
} from '../../app/policy/test-policy.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

const answerText = ({ verdict, codes, level }: AnswerReport): string =>
  [verdict, ...codes, ...(level === null ? [] : [`level ${level}`])].join(' ');

const caseLines = ({ name, outcome, expected, actual }: CaseReport): readonly string[] =>
  outcome === 'ok'
    ? [`ok      ${toTerminal(name)}: ${[actual.verdict, ...actual.codes].join(' ')}`]
    : [
        `not ok  ${toTerminal(name)}`,
        `          expected ${answerText(expected)}`,
        `          actual   ${answerText(expected.level === null ? { ...actual, level: null } : actual)}`,
      ];

const REMARKS: Readonly<Record<RuleCoverage['state'], string>> = {
  tested: '',
  always: '  holds whatever the policy says',
  untested: '  never seen denying',
  'not-evaluated': '  not evaluated yet, blocks',
};

const times = (count: number): string => String(count).padStart(8);

function ruleLines(rules: readonly RuleCoverage[]): readonly string[] {
  const width = Math.max(...rules.map(({ rule }) => rule.length), 4);
  return [
    `${'rule'.padEnd(width)}  passed  denied`,
    ...rules.map(
      ({ rule, passed, denied, state }) =>
        `${rule.padEnd(width)}${times(passed)}${times(denied)}${REMARKS[state]}`,
    ),
  ];
}

/** What a policy answered to its cases, for people, or the document as it is. */
export function renderPolicyTest(document: PolicyTestDocument, format: string): string {
  if (format === 'json') return toJson(document);
  const { cases, rules } = document;
  const met = cases.filter(({ outcome }) => outcome === 'ok').length;
  const lines = [
    ...cases.flatMap(caseLines),
    '',
    ...ruleLines(rules),
    '',
    `${met} of ${cases.length} cases ok`,
  ];
  return `${lines.join('\n')}\n`;
}
