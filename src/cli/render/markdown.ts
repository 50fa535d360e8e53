import type { Finding } from '../../core/model/finding.ts';
import type { ArtifactResult, ResultDocument } from '../../core/model/result.ts';
import { toMarkdownCode } from '../escape/markdown.ts';
import { blocking } from '../verdict.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (findings: readonly Finding[]): string[] => [
  row(['rule', 'code', 'expected', 'found', 'what to do']),
  row(['---', '---', '---', '---', '---']),
  ...findings.map((finding) =>
    row(
      [finding.rule, finding.code, finding.expected, finding.actual, finding.hint ?? ''].map(toMarkdownCode),
    ),
  ),
];

const weakened = (result: ArtifactResult): string[] => {
  const lowered = result.findings.filter((finding) => finding.weakened !== undefined);
  if (lowered.length === 0) return [];
  return [
    '',
    ...lowered.map((finding) => `- weakened: ${finding.rule} by ${toMarkdownCode(finding.weakened ?? '')}`),
  ];
};

const section = (result: ArtifactResult): string[] => {
  const blocks = blocking(result.findings);
  return [
    `### ${result.verdict}: ${toMarkdownCode(result.artifact.reference)}`,
    '',
    `Digest ${toMarkdownCode(result.artifact.digest ?? '')}, SLSA build level ${result.slsaBuildLevel}.`,
    ...(blocks.length === 0 ? [] : ['', ...table(blocks)]),
    ...weakened(result),
    ...(result.recordId === null ? [] : ['', `Record ${toMarkdownCode(result.recordId)}.`]),
    '',
  ];
};

/** GitHub-flavoured Markdown for a job summary or a change request. */
export const renderMarkdown = (document: ResultDocument): string =>
  `${[`## slsa-gate: ${document.verdict}`, '', ...document.results.flatMap(section)].join('\n').trimEnd()}\n`;
