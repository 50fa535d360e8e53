import { isDeepStrictEqual } from 'node:util';
import { renderInspection } from '../../src/cli/render/inspection.ts';
import { renderJson } from '../../src/cli/render/json.ts';
import { renderJunit } from '../../src/cli/render/junit.ts';
import { renderMarkdown } from '../../src/cli/render/markdown.ts';
import { renderSarif } from '../../src/cli/render/sarif.ts';
import { renderText } from '../../src/cli/render/text.ts';
import { CODES, type Code } from '../../src/codes.ts';
import type { Finding, Outcome } from '../../src/core/model/finding.ts';
import type { ResultDocument, Verdict } from '../../src/core/model/result.ts';
import { mutateText } from '../mutate.ts';
import { Random } from '../random.ts';
import { assert, type FuzzTarget } from '../target.ts';

const HOSTILE = [
  'widget-1.2.3.tgz',
  '\u001b[2K\rallow',
  '::set-output name=a::b',
  '##[error]x ##vso[task.complete]',
  '</failure><testcase name="x"/>',
  ']]><!--',
  '| a | b |\n|---|---|',
  '[x](javascript:alert(1)) ![x](https://example.com/a.png) @octo #1',
  '`` ` ``` ',
  '\u202egnp.exe\u2066',
  '{0} {{placeholder}}',
  'javascript:alert(1)',
  '\ud800',
  '\uffff\ufdd0',
];
const CODE_LIST = Object.keys(CODES) as Code[];
const OUTCOMES: readonly Outcome[] = ['pass', 'fail', 'error', 'not-evaluated'];
/** Worst first; a document that says better than its worst result is a bug, and is not rendered. */
const VERDICTS: readonly Verdict[] = ['deny', 'indeterminate', 'allow'];
const CODE_OF: Readonly<Record<Outcome, readonly Code[]>> = {
  pass: CODE_LIST.filter((code) => CODES[code].answer === 'pass'),
  fail: CODE_LIST.filter((code) => CODES[code].answer === 'deny'),
  error: CODE_LIST.filter((code) => CODES[code].answer === 'indeterminate'),
  'not-evaluated': CODE_LIST.filter((code) => CODES[code].answer === 'indeterminate'),
};

/** A document all of whose texts are one hostile text, in other spellings. */
function documentOf(text: string, random: Random): ResultDocument {
  const word = (): string => (random.oneIn(4) ? mutateText(text, random) : text);
  const finding = (outcome: Outcome, required: boolean): Finding => ({
    rule: 'signer-identity',
    code: random.pick(CODE_OF[outcome]),
    outcome,
    required,
    expected: word(),
    actual: word(),
    message: word(),
    spec: word(),
    evidence: [{ kind: 'attestation', digest: word() }],
    ...(random.oneIn(2) ? { hint: word() } : {}),
    ...(random.oneIn(4) ? { weakened: word() } : {}),
  });
  const findings = (verdict: Verdict): Finding[] => {
    const decisive = verdict === 'allow' ? 'pass' : verdict === 'deny' ? 'fail' : 'error';
    return [finding(decisive, true), finding(random.pick(OUTCOMES), false), finding('pass', true)];
  };
  const result = (verdict: Verdict): ResultDocument['results'][number] => ({
    artifact: { reference: word(), digest: random.oneIn(2) ? word() : null },
    resourceUri: random.oneIn(2) ? word() : null,
    environment: random.oneIn(2) ? word() : null,
    asOf: '2026-03-01T12:00:00Z',
    verdict,
    slsaBuildLevel: 2,
    recordId: null,
    mode: word(),
    findings: findings(verdict),
    attestations: [
      {
        digest: word(),
        source: word(),
        verified: random.oneIn(2),
        concernsArtifact: random.oneIn(2),
        predicateType: word(),
        signer: { issuer: word(), subject: word() },
        findings: [finding(random.pick(OUTCOMES), random.oneIn(2))],
      },
    ],
    facts: [],
    sources: [{ name: word(), answer: 'complete' }],
    trust: [{ name: word(), digest: word(), ageSeconds: null }],
  });
  const verdicts = Array.from({ length: 1 + random.below(2) }, () => random.pick(VERDICTS));
  const worst = VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'deny';
  return { schemaVersion: 1, verdict: worst, results: verdicts.map(result) };
}

/** What steers a terminal or hides text, but for the line feeds of the reports themselves. */
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const COMMAND = /^\s*::|##\[|##vso\[|##teamcity\[/m;

function assertSafe(report: string, what: string): void {
  assert(!HIDDEN.test(report), `${what} holds a hidden or control character`);
  assert(!COMMAND.test(report), `${what} holds a command to a CI system`);
}

const XML_TEXT = /^(?:[^<>&"']|&(?:amp|lt|gt|quot|apos|#35);)*$/;
const XML_TOKEN = /<[^<>]*>|[^<>]+/g;
const XML_TAG = /^<(\/?)(testsuites|testsuite|testcase|failure|error|skipped)((?: [a-z]+="[^"<>]*")*)(\/?)>$/;

/** Elements of a JUnit report; fails where the text is not well-formed or has an element that we do not write. */
function checkXml(report: string): void {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  assert(report.startsWith(declaration), 'JUnit has no declaration');
  const open: string[] = [];
  const body = report.slice(declaration.length);
  const tokens = body.match(XML_TOKEN) ?? [];
  assert(tokens.join('') === body, 'JUnit has a stray angle bracket');
  for (const token of tokens) {
    if (!token.startsWith('<')) {
      assert(XML_TEXT.test(token), 'JUnit has a raw character in its text');
      continue;
    }
    const [, closing, name = '', attributes = '', empty] = XML_TAG.exec(token) ?? [];
    assert(name !== '', `JUnit has an element that nobody wrote: ${token.slice(0, 80)}`);
    for (const [, value] of attributes.matchAll(/="([^"]*)"/g))
      assert(XML_TEXT.test(value ?? ''), 'JUnit has a raw character in an attribute');
    if (closing === '/') assert(open.pop() === name, 'JUnit closes another element');
    else if (empty !== '/') open.push(name);
  }
  assert(open.length === 0, 'JUnit leaves an element open');
}

/** Outside code spans nothing of strangers may stand, and each row has the cells of its head. */
function checkMarkdown(report: string): void {
  for (const line of report.split('\n')) {
    const bare = line.replace(/`[^`]*`/g, '');
    assert(!bare.includes('`'), 'Markdown has an open code span');
    assert(/^[\w\s|:.,#-]*$/.test(bare), `Markdown has foreign text outside code: ${bare.slice(0, 80)}`);
    if (line.startsWith('|')) assert(line.split('|').length === 7, 'Markdown has a row of another width');
  }
}

/** F12: every report of a document full of hostile text, read back by its own grammar. */
export function reportTarget(): FuzzTarget {
  return {
    id: 'F12',
    title: 'report writers',
    draw(random) {
      const text = random.oneIn(3)
        ? String.fromCodePoint(...Array.from({ length: 1 + random.below(12) }, () => random.below(0x110000)))
        : mutateText(random.pick(HOSTILE), random);
      // UTF-16, since a lone surrogate has no UTF-8.
      return Buffer.concat([random.bytes(4), Buffer.from(text, 'utf16le')]);
    },
    check(input) {
      const text = input.subarray(4).toString('utf16le');
      const document = documentOf(text, new Random(input.length < 4 ? 0 : input.readUInt32BE(0)));
      const json = renderJson(document);
      assert(
        isDeepStrictEqual(JSON.parse(json), JSON.parse(JSON.stringify(document))),
        'JSON reads back differently',
      );
      const sarif = renderSarif(document);
      for (const { locations } of JSON.parse(sarif).runs[0].results) {
        const { uri } = locations[0].physicalLocation.artifactLocation;
        assert(!/^[a-z][a-z0-9+.-]*:|^\/\//i.test(uri), 'SARIF has a location with a scheme or host');
        assert(URL.canParse(uri, 'https://example.com/'), 'SARIF has a location that is no URI');
      }
      const junit = renderJunit(document);
      checkXml(junit);
      const markdown = renderMarkdown(document);
      checkMarkdown(markdown);
      const plain = renderText(document, { colour: false, quiet: random(input) });
      const first = plain.slice(0, plain.indexOf(' '));
      assert(
        first === (document.results.length === 1 ? document.results[0]?.verdict : document.verdict),
        'text does not begin with the verdict',
      );
      const part = { name: text, value: text, proven: 'no', code: text } as const;
      const inspection = {
        schemaVersion: 1,
        attestations: [{ digest: text, source: text, parts: [{ ...part, parts: [part] }] }],
      } as const;
      const reports = { json, sarif, junit, markdown, plain, tree: renderInspection(inspection, 'text') };
      for (const [what, report] of Object.entries(reports)) assertSafe(report, what);
      return 'accepted';
    },
  };
}

const random = (input: Buffer): boolean => ((input[0] ?? 0) & 1) === 1;
