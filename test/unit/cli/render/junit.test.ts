import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { renderJunit } from '../../../../src/cli/render/junit.ts';
import { documentOf, finding, resultOf } from '../documents.ts';
import { HOSTILE, RAW, withoutLineFeeds } from '../hostile.ts';
import { documentFull, documents } from './arbitrary-documents.ts';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Parses strictly; throws on anything that is not well-formed XML 1.0. */
const parseXml = (xml: string): Element => {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a document type');
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes: { ...attributes }, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return root.children[0] ?? root;
};

/** All that the template has; anything else would have come out of a text. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  testsuites: ['name'],
  testsuite: ['name', 'tests', 'failures', 'errors', 'skipped'],
  testcase: ['classname', 'name'],
  failure: ['type', 'message'],
  error: ['type', 'message'],
  skipped: ['message'],
};

const assertTemplate = (element: Element): void => {
  expect(Object.keys(ALLOWED)).toContain(element.name);
  expect(Object.keys(element.attributes)).toEqual(ALLOWED[element.name]);
  for (const child of element.children) assertTemplate(child);
};

const count = (element: Element, name: string): number =>
  (element.name === name ? 1 : 0) + element.children.reduce((sum, child) => sum + count(child, name), 0);

describe('the JUnit form', () => {
  it('has a suite for each artifact, a case for its verdict and one for each rule', () => {
    const result = resultOf('deny', [
      finding('signature', 'pass'),
      finding('source-uri', 'fail', { expected: 'a', actual: 'b', message: 'm', hint: 'h' }),
      finding('trust-root', 'error', { code: 'trust.stale' }),
      finding('bundle-version', 'fail', { required: false, code: 'bundle.version' }),
    ]);
    const [suite] = parseXml(renderJunit(documentOf('deny', [result]))).children;
    expect(suite?.attributes).toEqual({
      name: 'app.tgz',
      tests: '5',
      failures: '2',
      errors: '1',
      skipped: '1',
    });
    const cases = suite?.children.map(({ attributes, children }) => [
      attributes.name,
      children[0]?.name,
      children[0]?.attributes.type,
    ]);
    expect(cases).toEqual([
      ['verdict', 'failure', 'deny'],
      ['signature', undefined, undefined],
      ['source-uri', 'failure', 'source.mismatch'],
      ['trust-root', 'error', 'trust.stale'],
      ['bundle-version', 'skipped', undefined],
    ]);
    expect(suite?.children[2]?.children[0]?.text).toBe('expected: a\nfound: b\nhint: h');
  });

  it.each([...HOSTILE.documents, ...HOSTILE.markup, ...HOSTILE.terminal])(
    'INJ-06 is well-formed with %j in every field',
    (text) => {
      const xml = renderJunit(documentFull(text));
      assertTemplate(parseXml(xml));
      expect(xml).not.toContain(']]>');
    },
  );

  it('I16 is well-formed for every document, and its counts are those of its elements', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const xml = renderJunit(document);
        expect(withoutLineFeeds(xml)).not.toMatch(RAW);
        expect(xml).not.toMatch(/^\s*::|##/m);
        const suites = parseXml(xml);
        assertTemplate(suites);
        expect(suites.children).toHaveLength(document.results.length);
        for (const suite of suites.children) {
          expect(suite.attributes).toMatchObject({
            tests: String(suite.children.length),
            failures: String(count(suite, 'failure')),
            errors: String(count(suite, 'error')),
            skipped: String(count(suite, 'skipped')),
          });
        }
      }),
    );
  });
});
