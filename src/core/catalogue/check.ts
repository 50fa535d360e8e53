import type { Draft } from '../config/draft.ts';
import type { Report } from '../config/parse.ts';
import { nearest } from '../model/did-you-mean.ts';
import { type CatalogueRow, CLOUD_BUILD_TRUST } from './catalogue.ts';
import type { CatalogueFile } from './schema.ts';

type Row = CatalogueFile['rows'][number];

/** What the form of single values cannot say: names that agree, and rows in which something is left to count. */
export function checkCatalogue(file: Draft<CatalogueFile>, report: Report): void {
  const areNamesKnown = !report.touches(['anchors']);
  const names = checkAnchors(file.anchors ?? {}, report);
  const rows = file.rows ?? [];
  rows.forEach((row, index) => {
    if (row === undefined) return;
    const path = ['rows', index];
    if (row.trust !== undefined && areNamesKnown) checkTrust(row.trust, names, index, report);
    if (row.id !== undefined && rows.findIndex((other) => other?.id === row.id) < index)
      report.fault(
        'config.invalid',
        [...path, 'id'],
        `an id stands twice: ${row.id}`,
        'Give each row its own.',
      );
    if (!report.touches(path)) checkRow(row as Row, index, report);
  });
  checkReached(
    rows.map((row, index) => (report.touches(['rows', index]) ? undefined : (row as Row))),
    report,
  );
}

/** Names of the Sigstore instances. A certificate of two instances would lend the trust of one to the other. */
function checkAnchors(anchors: Draft<CatalogueFile['anchors']>, report: Report): readonly string[] {
  const seen = new Map<string, string>();
  for (const [name, digests] of Object.entries(anchors)) {
    if (name === CLOUD_BUILD_TRUST)
      report.fault(
        'config.invalid',
        ['anchors', name],
        `${name} names Google's keys and has no anchors`,
        'Choose another name.',
        'key',
      );
    digests?.forEach((digest, index) => {
      if (digest === undefined) return;
      const owner = seen.get(digest);
      const message = `the anchor stands twice: ${owner ?? ''}`;
      if (owner !== undefined)
        report.fault('config.invalid', ['anchors', name, index], message, 'Leave one out.');
      seen.set(digest, name);
    });
  }
  return Object.keys(anchors);
}

function checkTrust(trust: string, names: readonly string[], index: number, report: Report): void {
  const known = [...names, CLOUD_BUILD_TRUST];
  if (known.includes(trust)) return;
  const near = nearest(trust, known);
  report.fault(
    'config.invalid',
    ['rows', index, 'trust'],
    `no such anchors: ${trust}`,
    near === undefined ? `Add them to anchors, or name one of ${known.join(', ')}.` : `Did you mean ${near}?`,
  );
}

function checkRow(row: Row, index: number, report: Report): void {
  const { trust, issuers, builders, delegators, builderRef, level, listedLevel } = row;
  const fault = (key: keyof Row, message: string, hint: string): void =>
    report.fault('config.invalid', ['rows', index, key], message, hint);
  if (trust === CLOUD_BUILD_TRUST) {
    if (issuers !== undefined) fault('issuers', "Google's keys have no issuer", 'Leave issuers out.');
    if (delegators !== undefined) fault('delegators', 'nobody signs in its name', 'Leave delegators out.');
  } else if (issuers === undefined) {
    const hint = 'Name who vouches for the signer, such as https://token.actions.githubusercontent.com.';
    fault('issuers', 'a required key is missing', hint);
  }
  if (builders === 'any' && (builderRef === 'version-tag' || delegators !== undefined))
    fault(
      'builders',
      'any workflow could call itself at a version tag, or be signed for',
      'List the builders, or write "builderRef": "any" and no delegators.',
    );
  if (listedLevel !== undefined && listedLevel <= level)
    fault('listedLevel', 'no higher than level', 'Leave listedLevel out.');
}

/** The first row that fits counts; a later one that it covers would look as if it raised or lowered something. */
function checkReached(rows: readonly (Row | undefined)[], report: Report): void {
  rows.forEach((row, index) => {
    if (row === undefined) return;
    const earlier = rows.slice(0, index).find((other) => other !== undefined && covers(other, row));
    if (earlier === undefined) return;
    const message = `the row is never reached: all that fits it fits ${earlier.id} before`;
    report.fault('config.invalid', ['rows', index], message, `Move it before ${earlier.id}.`);
  });
}

const covers = (earlier: CatalogueRow, later: CatalogueRow): boolean =>
  earlier.trust === later.trust &&
  (earlier.builderRef === 'any' || later.builderRef === 'version-tag') &&
  (earlier.delegators === undefined) === (later.delegators === undefined) &&
  holdsAll(earlier.issuers, later.issuers) &&
  holdsAll(earlier.delegators, later.delegators) &&
  holdsAll(earlier.builders, later.builders) &&
  holdsAll(earlier.buildTypes, later.buildTypes);

type Texts = readonly string[] | 'any';

const holdsAll = (all: Texts = [], some: Texts = []): boolean =>
  all === 'any' || (some !== 'any' && some.every((text) => all.includes(text)));
