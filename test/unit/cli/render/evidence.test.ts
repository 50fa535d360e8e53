import * as fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachRecord } from '../../../../src/app/evidence/attach.ts';
import type { PackAbout } from '../../../../src/app/evidence/export.ts';
import { listRecords } from '../../../../src/app/evidence/list.ts';
import { pruneEvidence } from '../../../../src/app/evidence/prune.ts';
import { replayRecord } from '../../../../src/app/evidence/replay.ts';
import { showRecord } from '../../../../src/app/evidence/show.ts';
import { verifyEvidence } from '../../../../src/app/evidence/verify.ts';
import { verifyPack } from '../../../../src/app/evidence/verify-pack.ts';
import { toJsonLine } from '../../../../src/cli/escape/json.ts';
import {
  renderExport,
  renderList,
  renderPack,
  renderPrune,
  renderReplay,
  renderShow,
  renderVerify,
} from '../../../../src/cli/render/evidence.ts';
import { renderPackReadme } from '../../../../src/cli/render/evidence-pack.ts';
import { EVIDENCE_SCHEMAS } from '../../../../src/cli/render/evidence-schema.ts';
import { createDecidedLog, DECIDED_AT, type DecidedLog, VERIFIER_ID } from '../../../kit/decided-log.ts';
import { forge } from '../../../kit/forged-record.ts';
import { exportTo, readerOf, trustOfLog } from '../../../kit/memory-pack.ts';
import { ALL_HOSTILE, HOSTILE, hostileText, RAW, withoutLineFeeds } from '../hostile.ts';

type Render = (document: never, format: string) => string;

/** One document of each command, of a log with an allow, a denial, a forged record and a pruned one. */
let documents: Readonly<Record<string, readonly [document: object, render: Render]>>;
let about: PackAbout;
let log: DecidedLog;

beforeAll(async () => {
  let now = DECIDED_AT;
  log = await createDecidedLog({ now: () => now });
  await log.gate({ requestId: 'old' });
  const { recordId } = await log.gate({ requestId: 'allowed' });
  await log.gate({ requestId: 'denied', bundles: [], environment: 'staging' });
  const denied = await log.gate({ requestId: 'remembered', environment: 'staging', package: 'pkg:npm/x@1' });
  const forged = await forge(log, String(denied.recordId), {
    change: (record) => ({ ...record, outcome: { ...record.outcome, reason: 'forged', slsaBuildLevel: 3 } }),
  });
  now = new Date(now.getTime() + 500 * 86_400_000);
  const pruning = { olderThanSeconds: 86_400, environment: null, reason: 'old', dryRun: false };
  const ports = { now: () => now, random: log.kit.options.random };
  const pruned = await pruneEvidence(pruning, log.evidence, ports);
  const { document: shown } = await showRecord(String(denied.recordId), log.evidence);
  const trust = { recordKeys: log.evidence.recordKeys, verifierId: VERIFIER_ID };
  const pack = await exportTo(log, [String(recordId), String(denied.recordId)]);
  const attachment = await attachRecord(String(recordId), log.evidence);
  documents = {
    list: [await listRecords({ filter: {}, limit: 5, verify: true }, log.evidence), renderList],
    show: [shown, renderShow],
    verify: [
      await verifyEvidence({ fromPinned: false, withMaterial: true }, log.kit.options, trust),
      renderVerify,
    ],
    pack: [await verifyPack(readerOf(pack), trustOfLog(log), {}), renderPack],
    replay: [await replayRecord(forged.recordId, log.evidence), renderReplay],
    export: [
      { schemaVersion: 1, origin: 'example.com/releases', records: [recordId], files: 11, bytes: 4096 },
      renderExport('pack'),
    ],
    prune: [pruned, renderPrune],
    attach: [
      {
        schemaVersion: 1,
        recordId,
        files: attachment.files.map(({ path, digest }) => ({ path, digest })),
      },
      () => '',
    ],
  };
  const { store } = log.log;
  const rows = (await store.list({ type: 'decision' }, 10)).map((row) => ({ ...row, reference: 'app.tgz' }));
  about = {
    origin: 'example.com/releases',
    verifierId: VERIFIER_ID,
    treeSize: 7,
    recordKeys: ['SHA256:abc'],
    checkpointKeys: ['example.com/releases+1a2b3c4d+AZ'],
    records: rows,
  };
});

const NAMES = ['list', 'show', 'verify', 'pack', 'replay', 'export', 'prune'] as const;

/** Words by which a renderer chooses; everything else that is a text could come from a stranger. */
const OWN =
  /^(?:allow|deny|indeterminate|genesis|decision|override|prune|same|differs|pruned|failed|pass|fail|error|not-evaluated|ok|policy|catalogue|attestation|trust-root)$/;

/** The same document with every text replaced. */
function spoiled<T>(value: T, text: string): T {
  const spoil = (item: unknown): unknown => {
    if (typeof item === 'string') return OWN.test(item) ? item : text;
    if (Array.isArray(item)) return item.map(spoil);
    if (typeof item === 'object' && item !== null)
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, spoil(inner)]));
    return item;
  };
  return spoil(value) as T;
}

const render = (name: string, text: string | undefined, format: string): string => {
  const [document, renderer] = documents[name] ?? [];
  return (renderer as Render)((text === undefined ? document : spoiled(document, text)) as never, format);
};

describe('the documents of the evidence commands', () => {
  it.each([...NAMES, 'attach'])('are what docs/schemas/evidence-%s.v1.json says', (name) => {
    const [document] = documents[name] ?? [];
    const json = JSON.parse(JSON.stringify(document));
    expect(EVIDENCE_SCHEMAS[name]?.parse(json)).toEqual(json);
    expect(() => EVIDENCE_SCHEMAS[name]?.parse({ ...json, schemaVersion: 2 })).toThrow();
  });

  it.each(NAMES)('say in JSON what they hold: %s', (name) => {
    const [document] = documents[name] ?? [];
    expect(JSON.parse(render(name, undefined, 'json'))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('say in text what was decided, on what, and what became of it', () => {
    const shown = render('show', undefined, 'text');
    expect(shown).toMatch(
      /^rec_\w{26} {2}decision\n {2}log: +example\.com\/releases, position 4 of 7, proven\n/,
    );
    expect(shown).toContain('  verdict:       deny\n');
    expect(shown).toContain('policy.no-match');
    expect(shown).toMatch(/ {4}policy {6}sha256:[0-9a-f]{64} {2}sigstore\.yaml \(\d+ bytes\)\n/);
    expect(render('replay', undefined, 'text')).toMatch(
      /^differs {2}rec_\w{26} {2}evidence\.replay-differs\n[\s\S]*outcome\.slsaBuildLevel\n {4}recorded: 3\n {4}now: {6}[012]\n/,
    );
    expect(render('verify', undefined, 'text')).toMatch(/^intact {2}example\.com\/releases: 7 leaves, /);
    expect(render('prune', undefined, 'text')).toMatch(/\npruned 1 record, 2 payloads, from before /);
  });

  it('say whether a list is proven', async () => {
    expect(render('list', undefined, 'text')).toMatch(/\nverified: /);
    const unverified = await listRecords({ filter: {}, limit: 2, verify: false }, log.evidence);
    expect(renderList(unverified, 'text')).toMatch(/\nunverified view: .*\nmore: --before 5\n$/);
  });

  it.each(NAMES)('INJ-01 INJ-02 keep texts of strangers in their place: %s', (name) => {
    const lines = (text: string): number => text.split('\n').length;
    // What is merely short or long must not change how many lines there are either.
    const usual = lines(render(name, 'x', 'text'));
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...ALL_HOSTILE), hostileText), (text) => {
        const shown = render(name, text, 'text');
        expect(withoutLineFeeds(shown)).not.toMatch(RAW);
        expect(shown).not.toMatch(/^\s*::/m);
        expect(shown).not.toMatch(/##/);
        expect(lines(shown)).toBe(usual);
        expect(JSON.parse(render(name, text, 'json'))).toEqual(
          JSON.parse(JSON.stringify(spoiled(documents[name]?.[0], text))),
        );
        expect(withoutLineFeeds(render(name, text, 'json'))).not.toMatch(RAW);
      }),
      { numRuns: 150, examples: ALL_HOSTILE.map((text) => [text]) },
    );
  });

  it('are one line each where they are JSON lines', () => {
    fc.assert(
      fc.property(hostileText, (content) => {
        const line = toJsonLine({ file: 'rec.leaf.json', content });
        expect(line.endsWith('\n')).toBe(true);
        expect(line.slice(0, -1)).not.toMatch(RAW);
        expect(line).not.toMatch(/##/);
        expect(JSON.parse(line)).toEqual({ file: 'rec.leaf.json', content });
      }),
      { examples: ALL_HOSTILE.map((text) => [text]) },
    );
  });
});

describe('the README of an export', () => {
  const tokens = (text: string): readonly Token[] => {
    const all: Token[] = [];
    marked.walkTokens(marked.lexer(text), (token) => {
      all.push(token);
    });
    return all;
  };

  it('says how it is verified, with keys that do not come from it', () => {
    const text = renderPackReadme(about);
    expect(text).toContain('slsa-gate evidence verify --pack . --origin ORIGIN');
    expect(text).toContain('Believe nothing of this file, and none of the keys that lie here');
  });

  it.each([...HOSTILE.markup, ...HOSTILE.terminal, ...HOSTILE.commands])(
    'INJ-04 keeps %j in code spans',
    (text) => {
      const shown = renderPackReadme(spoiled(about, text));
      expect(withoutLineFeeds(shown)).not.toMatch(RAW);
      const found = tokens(shown);
      for (const kind of ['html', 'link', 'image', 'def', 'strong', 'em', 'del'])
        expect(found.map(({ type }) => type)).not.toContain(kind);
      const usual = tokens(renderPackReadme(spoiled(about, 'x')));
      const headings = (all: readonly Token[]) => all.filter(({ type }) => type === 'heading').length;
      expect(headings(found)).toBe(headings(usual));
      const tables = found.filter((token): token is Tokens.Table => token.type === 'table');
      expect(tables.map(({ rows }) => rows.length)).toEqual([about.records.length, 7]);
      for (const { rows, header } of tables) for (const row of rows) expect(row).toHaveLength(header.length);
    },
  );
});
