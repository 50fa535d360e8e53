import { attempt } from '../../errors.ts';
import type { Draft } from '../config/draft.ts';
import type { Report } from '../config/parse.ts';
import type { Path } from '../config/tree.ts';
import { parseCheckpointKey } from '../log/checkpoint.ts';
import { parsePurl } from '../model/purl.ts';
import { parseSourceUri } from '../model/source-uri.ts';
import { checkDistinct, checkPattern, checkPatterns, checkSigner } from './check-values.ts';
import { packageName } from './package-name.ts';
import type {
  PatternInput,
  PolicyBuilder,
  PolicyPackage,
  PolicyParameters,
  PolicySummary,
} from './schema.ts';

const REFS = ['refs/'];

export function checkPackage(entry: Draft<PolicyPackage>, path: Path, report: Report): void {
  checkPackagePattern(entry.package, [...path, 'package'], report);
  checkRepository(entry.source?.repository, [...path, 'source', 'repository'], report);
  checkPatterns(entry.source?.refs, [...path, 'source', 'refs'], report, REFS);
  entry.builders?.forEach((builder, index) => {
    if (builder !== undefined) checkBuilder(builder, [...path, 'builders', index], report);
  });
  checkParameters(entry.parameters, [...path, 'parameters'], report);
  entry.summaries?.forEach((summary, index) => {
    if (summary !== undefined) checkSummary(summary, [...path, 'summaries', index], report);
  });
  // One would silently take the place of the other.
  checkDistinct(
    (entry.summaries ?? []).map((summary) => summary?.verifierId),
    (index) => [...path, 'summaries', index, 'verifierId'],
    report,
  );
  for (const key of ['predicateTypes', 'triggers', 'runners'] as const)
    checkDistinct(entry[key] ?? [], (index) => [...path, key, index], report);
}

/** A pattern over purls without version: one that has a version would match nothing, ever. */
function checkPackagePattern(pattern: Draft<PatternInput> | undefined, path: Path, report: Report): void {
  checkPattern(pattern, path, report, ['pkg:']);
  if (typeof pattern !== 'string' || report.touches(path)) return;
  const purl = parsePurl(pattern);
  const written = JSON.stringify(pattern);
  if (purl === undefined) {
    const hint = 'Write it as pkg:npm/name, pkg:npm/%40scope/name or pkg:oci/name?repository_url=host/path.';
    report.fault('policy.invalid', path, `not a package URL: ${written}`, hint);
  } else if (packageName(purl) !== pattern) {
    const message = `not a package without version in canonical form: ${written}`;
    report.fault('policy.invalid', path, message, `Write ${JSON.stringify(packageName(purl))}.`);
  }
}

function checkRepository(repository: string | undefined, path: Path, report: Report): void {
  if (repository === undefined) return;
  const parsed = attempt(() => parseSourceUri(repository));
  if ('error' in parsed)
    report.fault(
      'policy.invalid',
      path,
      `not a repository in canonical form: ${JSON.stringify(repository)}`,
      'Write https://host/owner/name, without .git, ref, query and trailing slash.',
    );
}

function checkBuilder(builder: Draft<PolicyBuilder>, path: Path, report: Report): void {
  const { id, ref } = builder;
  checkPattern(id, [...path, 'id'], report);
  if (id?.includes('@'))
    report.fault(
      'policy.invalid',
      [...path, 'id'],
      'a builder is named without its ref',
      'Write what follows @ as ref.',
    );
  if (ref !== 'version-tag' && ref !== 'any') checkPattern(ref, [...path, 'ref'], report, REFS);
  checkSigner(builder.signer, [...path, 'signer'], report);
}

function checkParameters(parameters: Draft<PolicyParameters> | undefined, path: Path, report: Report): void {
  const lists: Record<string, string> = {};
  const own = Object.keys(parameters?.expected ?? {}).map((name) => ['expected', name, name] as const);
  const listed = (['free', 'refused'] as const).flatMap((list) =>
    (parameters?.[list] ?? []).map((name, index) => [list, name, index] as const),
  );
  for (const [list, name, step] of [...own, ...listed]) {
    if (name === undefined) continue;
    const earlier = Object.hasOwn(lists, name) ? lists[name] : undefined;
    if (earlier !== undefined)
      report.fault(
        'policy.invalid',
        [...path, list, step],
        `it stands in ${earlier} already: ${JSON.stringify(name)}`,
      );
    lists[name] = list;
  }
}

function checkSummary(summary: Draft<PolicySummary>, path: Path, report: Report): void {
  const { log } = summary;
  if (log !== undefined && 'error' in attempt(() => parseCheckpointKey(log))) {
    const hint = 'Write NAME+HASH+KEY, as evidence init and key show --origin print it.';
    report.fault('policy.invalid', [...path, 'log'], `not a verifier key: ${JSON.stringify(log)}`, hint);
  }
  checkPattern(summary.verifierId, [...path, 'verifierId'], report);
  checkSigner(summary.signer, [...path, 'signer'], report);
  checkPattern(summary.resourceUri, [...path, 'resourceUri'], report);
}
