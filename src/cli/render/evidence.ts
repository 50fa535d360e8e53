import type { ExportDocument } from '../../app/evidence/export.ts';
import type { ListDocument, ListedRecord } from '../../app/evidence/list.ts';
import type { DecisionRecord, OverrideRecord, PruneRecord } from '../../app/evidence/open-record.ts';
import type { PruneDocument } from '../../app/evidence/prune.ts';
import type { ReplayDocument, ReplayResult } from '../../app/evidence/replay.ts';
import type { ShowDocument } from '../../app/evidence/show.ts';
import type { VerifyEvidenceDocument } from '../../app/evidence/verify.ts';
import type { PackDocument } from '../../app/evidence/verify-pack.ts';
import type { Finding } from '../../core/model/finding.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

/** Documents of the evidence commands, for people, or as they are. */
const rendered =
  <T>(lines: (document: T) => readonly string[]) =>
  (document: T, format: string): string =>
    format === 'json' ? toJson(document) : `${lines(document).join('\n')}\n`;

const DIGEST_SHOWN = 'sha256:'.length + 12;

const short = (digest: string | null): string =>
  digest === null ? '-' : digest.length > DIGEST_SHOWN ? `${digest.slice(0, DIGEST_SHOWN)}…` : digest;

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** Columns as wide as what stands in them; the last one as it is. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const listedCells = (record: ListedRecord): readonly string[] => [
  String(record.seq),
  toTerminal(record.appendTime),
  toTerminal(record.type),
  toTerminal(record.verdict ?? '-'),
  toTerminal(record.environment ?? '-'),
  toTerminal(short(record.artifactDigest)),
  toTerminal(record.recordId),
  [...record.codes.map(toTerminal), ...(record.prunedBy == null ? [] : ['(pruned)'])].join(' '),
];

export const renderList = rendered<ListDocument>(({ records, verified, before }) => [
  ...(records.length === 0
    ? ['no such records']
    : table([
        ['seq', 'time', 'type', 'verdict', 'environment', 'artifact', 'record', 'codes'],
        ...records.map(listedCells),
      ])),
  verified
    ? 'verified: each of them stands in the log and is signed'
    : 'unverified view: this is what the store says; --verify proves it',
  ...(before === null ? [] : [`more: --before ${before}`]),
]);

const field = (name: string, value: string): string => `  ${`${name}:`.padEnd(14)} ${value}`;

const optional = (name: string, value: string | null): readonly string[] =>
  value === null ? [] : [field(name, toTerminal(value))];

const findingLine = ({ rule, code, outcome, required, actual, weakened }: Finding): string =>
  [
    `    ${(required ? outcome : `(${outcome})`).padEnd(15)}`,
    toTerminal(rule).padEnd(22),
    code === 'ok' ? toTerminal(actual) : `${toTerminal(code)}: ${toTerminal(actual)}`,
    ...(weakened === undefined ? [] : [`weakened by ${toTerminal(weakened)}`]),
  ].join(' ');

const decisionLines = ({ inputs, outcome, ...record }: DecisionRecord): readonly string[] => [
  field('verdict', outcome.verdict),
  ...optional('reason', outcome.reason),
  field('artifact', toTerminal(inputs.artifact.reference)),
  ...Object.entries(inputs.artifact.digests).map(([name, hex]) =>
    field('digest', toTerminal(`${name}:${hex}`)),
  ),
  field('package', toTerminal(inputs.package)),
  field('resource', toTerminal(inputs.resourceUri)),
  field('environment', `${toTerminal(inputs.environment)}, ${toTerminal(inputs.mode)}`),
  field('level', `SLSA build level ${outcome.slsaBuildLevel}`),
  field('decided at', toTerminal(record.decidedAt)),
  field('verifier', `${toTerminal(inputs.verifierId)}, slsa-gate ${toTerminal(record.gate.version)}`),
  field('policy', `${toTerminal(inputs.policy.name)}, ${toTerminal(inputs.policy.digest)}`),
  ...optional('pinned by', inputs.policy.pinnedBy),
  ...optional('supersedes', record.supersedes),
  ...(record.ephemeral ? [field('ephemeral', 'the store could die with its job')] : []),
  ...inputs.sources.map(({ name, answer, reason }) =>
    field('source', toTerminal(`${name}: ${answer}${reason === undefined ? '' : `, ${reason}`}`)),
  ),
  ...inputs.denials.map(({ recordId, codes, lifted }) =>
    field(
      'past denial',
      toTerminal(`${recordId} (${codes.join(', ')}): ${lifted === null ? 'stands' : `lifted by ${lifted}`}`),
    ),
  ),
  '  findings:',
  ...outcome.findings.map(findingLine),
  field('decision', toTerminal(record.decisionDigest)),
];

const overrideLines = (record: OverrideRecord): readonly string[] => [
  field('lifts', toTerminal(record.lifts)),
  field('artifact', toTerminal(record.artifactDigest)),
  field('environment', toTerminal(record.environment)),
  field('reason', toTerminal(record.reason)),
  field('owner', toTerminal(record.owner)),
  field('approver', toTerminal(record.approver)),
  field('accepted at', toTerminal(record.acceptedAt)),
  field('expires', toTerminal(record.expires)),
];

const pruneLines = (record: PruneRecord): readonly string[] => [
  field('cutoff', toTerminal(record.cutoff)),
  field('environment', toTerminal(record.environment ?? 'all')),
  field('reason', toTerminal(record.reason)),
  field('records', String(record.records.length)),
  field('payloads', String(record.payloads.length)),
];

export const renderShow = rendered<ShowDocument>((document) => {
  const { recordId, seq, leaf, origin, treeSize, prunedBy, decision, override, prune, materials } = document;
  return [
    `${toTerminal(recordId)}  ${leaf.type}`,
    field('log', `${toTerminal(origin)}, position ${seq} of ${treeSize}, proven`),
    field('appended at', toTerminal(leaf.appendTime)),
    ...optional('pruned by', prunedBy),
    ...(decision === null ? [] : decisionLines(decision)),
    ...(override === null ? [] : overrideLines(override)),
    ...(prune === null ? [] : pruneLines(prune)),
    ...(materials.length === 0 ? [] : ['  materials:']),
    ...materials.map(
      ({ kind, name, digest, bytes, prunedBy: by }) =>
        `    ${kind.padEnd(11)} ${toTerminal(digest)}  ${toTerminal(name)}${by === null ? ` (${count(bytes ?? 0, 'byte')})` : `, pruned by ${toTerminal(by)}`}`,
    ),
  ];
});

export const renderVerify = rendered<VerifyEvidenceDocument>(
  ({ origin, size, from, checkpoints, withMaterial, records }) => {
    const { genesis, decisions, overrides, prunes, pruned, materials } = records;
    const looked = genesis + decisions + overrides + prunes;
    return [
      `intact  ${toTerminal(origin)}: ${count(size, 'leaf', 'leaves')}, ${count(checkpoints, 'checkpoint')}${from === 0 ? '' : `, from position ${from} on`}`,
      `  ${count(looked, 'record')}: ${count(decisions, 'decision')}, ${count(overrides, 'override')}, ${prunes} of pruning`,
      withMaterial
        ? `  ${count(materials, 'material')} hashed; ${count(pruned, 'record')} pruned`
        : `  materials were not looked at; ${count(pruned, 'record')} pruned`,
    ];
  },
);

export const renderPack = rendered<PackDocument>(({ origin, size, records, materials }) => [
  `intact  ${toTerminal(origin)}: ${count(records.length, 'record')} of a log of ${count(size, 'leaf', 'leaves')}, ${count(materials, 'material')}`,
  ...records.map(({ recordId, type, verdict, environment, artifactDigest, decision, appendTime }) =>
    [
      `  ${toTerminal(recordId)}`,
      verdict ?? type,
      toTerminal(environment ?? '-'),
      toTerminal(artifactDigest ?? '-'),
      toTerminal(appendTime),
      ...(decision === null ? [] : [toTerminal(decision.inputs.artifact.reference)]),
    ].join('  '),
  ),
]);

const replayLines = ({ outcome, recordId, message, code, differences }: ReplayResult): readonly string[] => [
  `${outcome}  ${toTerminal(recordId)}${code === null ? '' : `  ${toTerminal(code)}`}`,
  ...(message === null ? [] : [`  ${toTerminal(message)}`]),
  ...differences.flatMap(({ path, recorded, replayed }) => [
    `  ${toTerminal(path)}`,
    `    recorded: ${toTerminal(recorded)}`,
    `    now:      ${toTerminal(replayed)}`,
  ]),
];

export const renderReplay = rendered<ReplayDocument>(({ results, totals }) => {
  const { records, same, differs, pruned, failed, notDecisions } = totals;
  const lines = results.flatMap(replayLines);
  if (records === 1 && results.length === 1) return lines;
  return [
    ...lines,
    `${count(records, 'record')}: ${same} same, ${differs} differ, ${pruned} pruned, ${failed} failed, ${notDecisions} without a decision`,
  ];
});

export const renderExport =
  (folder: string) =>
  (document: ExportDocument, format: string): string =>
    rendered<ExportDocument>(({ records, files, bytes }) => [
      `wrote ${toTerminal(folder)}: ${count(records.length, 'record')}, ${count(files, 'file')}, ${count(bytes, 'byte')}`,
    ])(document, format);

export const renderPrune = rendered<PruneDocument>(
  ({ dryRun, cutoff, environment, records, payloads, prunedBy, hasMore }) => [
    ...table(
      records.map(({ seq, appendTime, verdict, environment: own, artifactDigest, recordId }) => [
        String(seq),
        toTerminal(appendTime),
        toTerminal(verdict),
        toTerminal(own),
        toTerminal(short(artifactDigest)),
        toTerminal(recordId),
      ]),
    ),
    `${dryRun ? 'would prune' : 'pruned'} ${count(records.length, 'record')}, ${count(payloads, 'payload')}, from before ${toTerminal(cutoff)}${environment === null ? '' : ` in ${toTerminal(environment)}`}`,
    ...prunedBy.map((recordId) => `  on record as ${toTerminal(recordId)}`),
    ...(hasMore ? ['there are more: run again'] : []),
  ],
);
