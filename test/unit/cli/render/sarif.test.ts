import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toSarifText, toSarifUri } from '../../../../src/cli/escape/sarif.ts';
import { renderSarif } from '../../../../src/cli/render/sarif.ts';
import { decisionExit } from '../../../../src/cli/verdict.ts';
import { documentOf, finding, resultOf } from '../documents.ts';
import { ALL_HOSTILE, HOSTILE, hostileText, RAW, withoutLineFeeds } from '../hostile.ts';
import { documentFull, documents } from './arbitrary-documents.ts';

/** The parts of the SARIF 2.1.0 schema that we write; strict, so that nothing else is written by accident. */
const plainText = z
  .string()
  .min(1)
  .refine((text) => !/(?<!\\)[[\]]|\\\\[[\]]/.test(text), 'a link');
const message = z.strictObject({ text: plainText });
/** RFC 3986 relative reference without authority, made of path characters alone. */
const relativeReference = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{2})+(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{2})+)*$/,
  );
const resultSchema = z
  .strictObject({
    ruleId: z.string(),
    kind: z.enum(['pass', 'open', 'informational', 'notApplicable', 'review', 'fail']),
    level: z.enum(['none', 'note', 'warning', 'error']),
    message,
    locations: z.array(
      z.strictObject({
        physicalLocation: z.strictObject({ artifactLocation: z.strictObject({ uri: relativeReference }) }),
      }),
    ),
    properties: z.record(z.string(), z.unknown()),
  })
  // Section 3.27.10: a result that is no failure has no level.
  .refine(({ kind, level }) => (kind === 'fail') === (level !== 'none'));
const sarifSchema = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.literal('slsa-gate'),
            version: z.string().regex(/^\d+\.\d+\.\d+/),
            rules: z.array(
              z.strictObject({
                id: z.string().regex(/^[a-z0-9.-]+$/),
                shortDescription: message,
                fullDescription: message.optional(),
                help: message.optional(),
              }),
            ),
          }),
        }),
        invocations: z
          .array(z.strictObject({ executionSuccessful: z.boolean(), exitCode: z.int() }))
          .length(1),
        results: z.array(resultSchema),
        properties: z.record(z.string(), z.unknown()),
      }),
    )
    .length(1),
});

const parsed = (text: string) => {
  const [run] = sarifSchema.parse(JSON.parse(text)).runs;
  if (run === undefined) throw new Error('no run');
  return run;
};

describe('the SARIF form', () => {
  it('lists the verdict and every finding, required failures as errors', () => {
    const document = documentOf('deny', [
      resultOf('deny', [
        finding('signature', 'pass'),
        finding('source-uri', 'fail'),
        finding('source-tag', 'not-evaluated', { code: 'source.tag' }),
        finding('bundle-version', 'fail', { required: false, code: 'bundle.version' }),
      ]),
    ]);
    const run = parsed(renderSarif(document));
    expect(run.results.map(({ ruleId, kind, level }) => [ruleId, kind, level])).toEqual([
      ['verdict', 'fail', 'error'],
      ['ok', 'pass', 'none'],
      ['source.mismatch', 'fail', 'error'],
      ['source.tag', 'fail', 'error'],
      ['bundle.version', 'informational', 'none'],
    ]);
    expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 1 }]);
    expect(run.properties).toEqual({ verdict: 'deny' });
    const ids = run.tool.driver.rules.map(({ id }) => id);
    for (const { ruleId } of run.results) expect(ids).toContain(ruleId);
  });

  it.each(HOSTILE.documents)('INJ-06 is valid with %j in every field', (text) => {
    const run = parsed(renderSarif(documentFull(text)));
    for (const { locations } of run.results) {
      const uri = new URL(locations[0]?.physicalLocation.artifactLocation.uri ?? '', 'file:///base/');
      expect([uri.protocol, uri.host]).toEqual(['file:', '']);
    }
  });

  it('I16 is valid for every document and tells the same exit code', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const text = renderSarif(document);
        expect(withoutLineFeeds(text)).not.toMatch(RAW);
        expect(text).not.toMatch(/^\s*::|##/m);
        expect(parsed(text).invocations[0]?.exitCode).toBe(decisionExit(document));
      }),
    );
  });
});

describe('SARIF text and names', () => {
  it('shows brackets and braces instead of reading them', () => {
    expect(toSarifText('[a](1) {0}')).toBe('\\[a\\](1) {{0}}');
    expect(toSarifText('\\[a](1)')).toBe('\\u{{5c}}\\[a\\](1)');
  });

  it.each([
    ['javascript:alert(1)', 'javascript%3Aalert(1)'],
    ['//evil.example/x', 'evil.example/x'],
    ['/etc/passwd', 'etc/passwd'],
    ['C:\\x', 'C%3A%5Cx'],
    ['', 'artifact'],
    ['a b?c#d', 'a%20b%3Fc%23d'],
  ])('makes a relative reference of %j', (name, uri) => {
    expect(toSarifUri(name)).toBe(uri);
  });

  it('never makes anything else of a name', () => {
    for (const name of ALL_HOSTILE) expect(relativeReference.safeParse(toSarifUri(name)).success).toBe(true);
    fc.assert(fc.property(hostileText, (name) => relativeReference.safeParse(toSarifUri(name)).success));
  });
});
