import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toJson } from '../../../../src/cli/escape/json.ts';
import { errorFields, renderJson } from '../../../../src/cli/render/json.ts';
import { ErrorDocumentSchema, ResultSchema } from '../../../../src/cli/render/schema.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { documentOf, finding, resultOf } from '../documents.ts';
import { hostileText, RAW, withoutLineFeeds } from '../hostile.ts';
import { documents } from './arbitrary-documents.ts';

describe('the result document', () => {
  it('has exactly the fields of the contract', () => {
    const document = documentOf('allow', [resultOf('allow', [finding('signature', 'pass')])]);
    expect(JSON.parse(renderJson(document))).toEqual({
      schemaVersion: 1,
      verdict: 'allow',
      results: [
        {
          artifact: { reference: 'app.tgz', digest: `sha256:${'a'.repeat(64)}` },
          resourceUri: null,
          environment: null,
          asOf: '2026-11-01T00:00:00Z',
          verdict: 'allow',
          slsaBuildLevel: 3,
          recordId: null,
          mode: 'verify',
          findings: [
            {
              rule: 'signature',
              code: 'ok',
              outcome: 'pass',
              required: true,
              expected: 'signature as expected',
              actual: 'signature as found',
              message: 'what was found about signature',
              evidence: [{ kind: 'attestation', digest: `sha256:${'e'.repeat(64)}` }],
              spec: 'SLSA v1.0',
            },
          ],
          attestations: [],
          facts: [],
          sources: [{ name: 'file', answer: 'complete' }],
          trust: [{ name: 'public-good', digest: `sha256:${'b'.repeat(64)}`, ageSeconds: 86_400 }],
        },
      ],
    });
  });

  it('tells an error by our own fields, without stack or cause', () => {
    const error = new SlsaGateError('source.timeout', 'asked in vain', { cause: new Error('secret') });
    const document = documentOf('indeterminate', [
      resultOf('indeterminate', [finding('attestation', 'error', { code: 'source.timeout', error })]),
    ]);
    const text = renderJson(document);
    expect(JSON.parse(text).results[0].findings[0].error).toEqual({
      code: 'SG_SOURCE',
      finding: 'source.timeout',
      message: 'asked in vain',
      hint: 'Run again later, or give more time with --timeout.',
      details: {},
    });
    expect(text).not.toMatch(/secret|stack|cause/);
  });

  it('I16 agrees with its schema for every document, and holds no raw control', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const text = renderJson(document);
        expect(withoutLineFeeds(text)).not.toMatch(RAW);
        expect(text).not.toMatch(/^\s*::|##/m);
        const value: unknown = JSON.parse(text);
        expect(ResultSchema.safeParse(value).error).toBeUndefined();
        expect(value).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });
});

describe('JSON of strangers', () => {
  it('INJ-01 parses back to the very same text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const json = toJson({ [text]: text });
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ [text]: text })));
        expect(withoutLineFeeds(json)).not.toMatch(RAW);
        expect(json).not.toContain('##');
      }),
    );
  });

  it('an error document agrees with its schema', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (message, actual) => {
        const error = new SlsaGateError('bundle.malformed', message, { actual, path: actual });
        const value: unknown = JSON.parse(toJson({ schemaVersion: 1, error: errorFields(error) }));
        expect(ErrorDocumentSchema.safeParse(value).error).toBeUndefined();
        expect(value).toHaveProperty('error.details.actual', JSON.parse(JSON.stringify(actual)));
      }),
    );
  });
});
