import type { Finding } from '../../core/model/finding.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../../core/model/result.ts';
import { toTerminal } from '../escape/terminal.ts';
import { blocking } from '../verdict.ts';

export interface TextOptions {
  readonly colour: boolean;
  readonly quiet: boolean;
}

const COLOURS: Record<Verdict, string> = { allow: '32', deny: '31', indeterminate: '33' };

const paint = (verdict: Verdict, options: TextOptions): string =>
  options.colour ? `\u001b[1;${COLOURS[verdict]}m${verdict}\u001b[0m` : verdict;

const headline = (result: ArtifactResult, options: TextOptions): string => {
  const { reference, digest } = result.artifact;
  const shown = digest === null || reference.endsWith(digest) ? '' : `  ${toTerminal(digest)}`;
  return `${paint(result.verdict, options)}  ${toTerminal(reference)}${shown}`;
};

const failure = (finding: Finding): string[] => [
  `  ${finding.rule}: ${finding.code}`,
  `    ${toTerminal(finding.message)}`,
  `    expected: ${toTerminal(finding.expected)}`,
  `    found:    ${toTerminal(finding.actual)}`,
  ...(finding.hint === undefined ? [] : [`    hint: ${toTerminal(finding.hint)}`]),
];

/** A rule that could not be reached explains nothing; the one that stopped it does. */
const failures = (result: ArtifactResult): string[] => {
  const blocks = blocking(result.findings);
  const reached = blocks.filter((finding) => finding.outcome !== 'not-evaluated');
  const rest = blocks.filter((finding) => finding.outcome === 'not-evaluated');
  if (reached.length === 0) return rest.flatMap(failure);
  return [
    ...reached.flatMap(failure),
    ...(rest.length === 0 ? [] : [`  not evaluated: ${rest.map((finding) => finding.rule).join(', ')}`]),
  ];
};

const proof = (result: ArtifactResult): string[] => {
  const passed = result.findings.filter((finding) => finding.required && finding.outcome === 'pass').length;
  const signers = result.attestations
    .filter((attestation) => attestation.verified && attestation.concernsArtifact)
    .flatMap((attestation) => (attestation.signer === undefined ? [] : [attestation.signer]))
    // Keys have no issuer.
    .map(
      ({ subject, issuer }) =>
        `  signed by: ${toTerminal(subject)}${issuer === 'none' ? '' : ` (${toTerminal(issuer)})`}`,
    );
  const level = result.mode === 'bundle-verify' ? '' : `SLSA build level ${result.slsaBuildLevel}, `;
  return [`  ${level}${passed} rules passed`, ...new Set(signers)];
};

/** With several findings it says what to look at first. */
const reason = (result: ArtifactResult): string[] =>
  result.reason === undefined || blocking(result.findings).length < 2
    ? []
    : [`  ${toTerminal(result.reason)}`];

/** What is only reported decides nothing, and is told all the same. */
const reported = (result: ArtifactResult): string[] =>
  result.findings
    .filter(({ required, outcome }) => !required && outcome !== 'pass')
    .map(
      ({ rule, code, weakened: by }) => `  not counted: ${rule} (${code}), by ${toTerminal(by ?? 'nobody')}`,
    );

const record = (result: ArtifactResult): string[] => [
  ...reported(result),
  ...(result.recordId === null ? [] : [`  record: ${result.recordId}`]),
  ...result.findings
    .filter(({ rule, outcome }) => rule === 'promotion' && outcome === 'pass')
    .map(({ expected }) => `  promoted: ${toTerminal(expected)}`),
];

const weakened = (result: ArtifactResult): string[] =>
  result.findings
    .filter((finding) => finding.weakened !== undefined && finding.outcome === 'pass')
    .map((finding) => `  weakened: ${finding.rule} by ${toTerminal(finding.weakened ?? '')}`);

/** With one attestation the findings say all there is to say. */
const others = ({ attestations }: ArtifactResult): string[] => {
  if (attestations.length < 2) return [];
  const unverified = attestations.filter(({ verified }) => !verified).length;
  const foreign = attestations.filter(
    ({ verified, concernsArtifact }) => verified && !concernsArtifact,
  ).length;
  return [
    ...(unverified === 0 ? [] : [`  attestations that do not verify, not counted: ${unverified}`]),
    ...(foreign === 0 ? [] : [`  attestations of other artifacts, not counted: ${foreign}`]),
  ];
};

/** Where nothing was asked over the network, findings say all there is to say. */
const asked = ({ verdict, sources, requests }: ArtifactResult): string[] => {
  if (requests === undefined) return [];
  const told =
    verdict === 'allow'
      ? sources.filter(({ answer }) => answer === 'partial' || answer === 'failed')
      : sources;
  return told.map(({ name, answer, reason: why }) => {
    const because = verdict === 'allow' && why !== undefined ? `, ${why}` : '';
    return `  asked: ${toTerminal(name)}: ${answer}${toTerminal(because)}`;
  });
};

const block = (result: ArtifactResult, options: TextOptions): string[] =>
  options.quiet
    ? [headline(result, options)]
    : [
        headline(result, options),
        ...(result.verdict === 'allow' ? proof(result) : [...reason(result), ...failures(result)]),
        ...record(result),
        ...weakened(result),
        ...others(result),
        ...asked(result),
      ];

/** For people: the verdict first, then each failed rule with what was expected, what was found, and one hint. */
export const renderText = (document: ResultDocument, options: TextOptions): string => {
  const total = document.results.length;
  const gap = total > 1 && !options.quiet ? [''] : [];
  const blocks = document.results.flatMap((result) => [...gap, ...block(result, options)]);
  const first =
    total === 1
      ? []
      : [
          `${paint(document.verdict, options)}  ${total} artifacts: ${(
            ['allow', 'deny', 'indeterminate'] as const
          )
            .map(
              (verdict) =>
                `${document.results.filter((result) => result.verdict === verdict).length} ${verdict}`,
            )
            .join(', ')}`,
        ];
  return `${[...first, ...blocks].join('\n')}\n`;
};
