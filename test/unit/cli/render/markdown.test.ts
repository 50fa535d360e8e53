import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMarkdownCode } from '../../../../src/cli/escape/markdown.ts';
import { renderMarkdown } from '../../../../src/cli/render/markdown.ts';
import { documentOf, finding, resultOf } from '../documents.ts';
import { HOSTILE, hostileText, RAW, withoutLineFeeds } from '../hostile.ts';
import { documentFull, documents } from './arbitrary-documents.ts';

/** What is left when the code spans are taken out is the template: words, and no character that means more. */
const assertOnlyTemplate = (markdown: string): void => {
  for (const line of markdown.split('\n')) {
    expect(line.split('`').length % 2).toBe(1);
    const outside = line.replace(/`[^`]*`/g, 'CODE');
    expect(outside).toMatch(/^(?:#{2,3} )?[A-Za-z0-9 :,.|-]*$/);
    if (line.startsWith('|')) expect(line.split('|')).toHaveLength(7);
  }
};

describe('the Markdown form', () => {
  it('has the verdict as heading and the failed rules as a table', () => {
    const result = resultOf('deny', [
      finding('signature', 'pass', { weakened: '--unsafe-no-sct' }),
      finding('source-uri', 'fail', { expected: 'a', actual: 'b', hint: 'Compare.' }),
    ]);
    expect(renderMarkdown(documentOf('deny', [result]))).toBe(
      `${[
        '## slsa-gate: deny',
        '',
        '### deny: `app.tgz`',
        '',
        `Digest \`sha256:${'a'.repeat(64)}\`, SLSA build level 0.`,
        '',
        '| rule | code | expected | found | what to do |',
        '| --- | --- | --- | --- | --- |',
        '| `source-uri` | `source.mismatch` | `a` | `b` | `Compare.` |',
        '',
        '- weakened: signature by `--unsafe-no-sct`',
      ].join('\n')}\n`,
    );
  });

  it.each([...HOSTILE.markup, ...HOSTILE.terminal])('INJ-04 keeps %j inside code spans', (text) => {
    assertOnlyTemplate(renderMarkdown(documentFull(text)));
  });

  it('I16 has no markup, link, mention or raw control of strangers in any document', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const markdown = renderMarkdown(document);
        expect(withoutLineFeeds(markdown)).not.toMatch(RAW);
        assertOnlyTemplate(markdown);
      }),
    );
  });
});

describe('a code span', () => {
  it.each([
    ['`', '`\\u{60}`'],
    ['a|b', '`a\\u{7c}b`'],
    ['', '`(empty)`'],
    ['  ', '`(empty)`'],
    ['a\nb', '`a\\nb`'],
    ['##x', '`\\u{23}#x`'],
  ])('of %j is %s', (text, code) => {
    expect(toMarkdownCode(text)).toBe(code);
  });

  it('has one opening and one closing backtick, whatever is in it', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(toMarkdownCode(text)).toMatch(/^`[^`|\n]+`$/);
      }),
    );
  });
});
