import { CODES, type Code } from '../../codes.ts';
import type { Finding } from '../../core/model/finding.ts';
import type { ArtifactResult, ResultDocument } from '../../core/model/result.ts';
import { toJson } from '../escape/json.ts';
import { toSarifText, toSarifUri } from '../escape/sarif.ts';
import { decisionExit } from '../verdict.ts';
import { VERSION } from '../version.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

const location = (result: ArtifactResult) => ({
  physicalLocation: { artifactLocation: { uri: toSarifUri(result.artifact.reference) } },
});

const words = (finding: Finding): string =>
  `${finding.rule}: ${finding.message} Expected: ${finding.expected}. Found: ${finding.actual}.`;

/** Anything but a pass of a required rule is an error: a level of its own for "not known" would be filtered away. */
const toResult = (result: ArtifactResult, finding: Finding) => {
  const blocks = finding.required && finding.outcome !== 'pass';
  return {
    ruleId: finding.code,
    kind: blocks ? 'fail' : finding.outcome === 'pass' ? 'pass' : 'informational',
    level: blocks ? 'error' : 'none',
    message: { text: toSarifText(words(finding)) },
    locations: [location(result)],
    properties: { rule: finding.rule, outcome: finding.outcome, required: finding.required },
  };
};

/** One line for the verdict itself, so that a document without results never reads as "nothing wrong". */
const verdictResult = (result: ArtifactResult) => ({
  ruleId: 'verdict',
  kind: result.verdict === 'allow' ? 'pass' : 'fail',
  level: result.verdict === 'allow' ? 'none' : 'error',
  message: { text: toSarifText(`${result.verdict}: ${result.artifact.reference}`) },
  locations: [location(result)],
  properties: {
    verdict: result.verdict,
    slsaBuildLevel: result.slsaBuildLevel,
    ...(result.recordId === null ? {} : { recordId: result.recordId }),
  },
});

const descriptor = (code: Code) => ({
  id: code,
  shortDescription: { text: toSarifText(CODES[code].title) },
  fullDescription: { text: toSarifText(CODES[code].why) },
  help: { text: toSarifText(CODES[code].hint) },
});

/** SARIF 2.1.0. */
export const renderSarif = (document: ResultDocument): string => {
  const codes = [
    ...new Set(document.results.flatMap((result) => result.findings.map((found) => found.code))),
  ];
  return toJson({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'slsa-gate',
            version: VERSION,
            rules: [
              { id: 'verdict', shortDescription: { text: 'the answer for one artifact' } },
              ...codes.map(descriptor),
            ],
          },
        },
        invocations: [{ executionSuccessful: true, exitCode: decisionExit(document) }],
        results: document.results.flatMap((result) => [
          verdictResult(result),
          ...result.findings.map((found) => toResult(result, found)),
        ]),
        properties: { verdict: document.verdict },
      },
    ],
  });
};
