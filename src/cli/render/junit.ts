import type { Finding } from '../../core/model/finding.ts';
import type { ArtifactResult, ResultDocument } from '../../core/model/result.ts';
import { toXml } from '../escape/xml.ts';

const body = (finding: Finding): string =>
  [`expected: ${finding.expected}`, `found: ${finding.actual}`, `hint: ${finding.hint ?? ''}`]
    .map(toXml)
    .join('\n');

const problem = (kind: 'failure' | 'error', type: string, message: string, content: string): string =>
  `      <${kind} type="${toXml(type)}" message="${toXml(message)}">${content}</${kind}>\n`;

/** Not required and not passed is skipped: it neither proves nor blocks. */
const outcome = (finding: Finding): string => {
  if (finding.outcome === 'pass') return '';
  if (!finding.required) return `      <skipped message="${toXml(finding.message)}"/>\n`;
  const kind = finding.outcome === 'fail' ? 'failure' : 'error';
  return problem(kind, finding.code, finding.message, body(finding));
};

const testcase = (className: string, name: string, content: string): string =>
  content === ''
    ? `    <testcase classname="${toXml(className)}" name="${toXml(name)}"/>\n`
    : `    <testcase classname="${toXml(className)}" name="${toXml(name)}">\n${content}    </testcase>\n`;

const verdict = (result: ArtifactResult): string =>
  result.verdict === 'allow'
    ? ''
    : problem(result.verdict === 'deny' ? 'failure' : 'error', result.verdict, result.verdict, '');

const suite = (result: ArtifactResult): string => {
  const name = result.artifact.reference;
  const cases = [
    testcase(name, 'verdict', verdict(result)),
    ...result.findings.map((finding) => testcase(name, finding.rule, outcome(finding))),
  ];
  const count = (tag: string): number => cases.filter((text) => text.includes(`      <${tag} `)).length;
  return (
    `  <testsuite name="${toXml(name)}" tests="${cases.length}" failures="${count('failure')}" ` +
    `errors="${count('error')}" skipped="${count('skipped')}">\n${cases.join('')}  </testsuite>\n`
  );
};

/** JUnit XML: one suite for each artifact, one case for its verdict and one for each rule. */
export const renderJunit = (document: ResultDocument): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="slsa-gate">\n${document.results.map(suite).join('')}</testsuites>\n`;
