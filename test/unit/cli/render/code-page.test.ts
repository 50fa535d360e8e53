import { describe, expect, it } from 'vitest';
import { explain, renderPages } from '../../../../src/cli/render/code-page.ts';
import { CODES, isCode } from '../../../../src/codes.ts';
import { refusal } from '../command.ts';

describe('explaining a code', () => {
  it.each(Object.keys(CODES).filter(isCode))('%s has a page as text and as JSON', (code) => {
    const pages = explain(code);
    const text = renderPages(pages, 'text');
    expect(text).toContain(`${code}: ${CODES[code].title}\n`);
    expect(text).toContain(`  why: ${CODES[code].why}\n`);
    expect(text).toContain(`  what to do: ${CODES[code].hint}\n`);
    expect(JSON.parse(renderPages(pages, 'json'))).toEqual({
      schemaVersion: 1,
      codes: [expect.objectContaining({ code, ...CODES[code] })],
    });
  });

  it('lists the codes of a group', () => {
    const codes = explain('SG_LIMIT').map(({ code }) => code);
    expect(codes).toContain('limit.bytes');
    expect(codes.every((code) => code.startsWith('limit.'))).toBe(true);
  });

  it.each([
    ['subject.mismatc', 'Did you mean subject.mismatch?'],
    ['SG_BUNDEL', 'Did you mean SG_BUNDLE?'],
    ['__proto__', 'All codes are in docs/codes.md.'],
    ['nothing.like-any-code-at-all', 'All codes are in docs/codes.md.'],
  ])('refuses %s, which is none', (given, hint) => {
    expect(() => explain(given)).toThrow(
      refusal('usage.flag', { message: `no such code: ${given}`, hint, exitCode: 64 }),
    );
  });

  it('refuses to explain nothing', () => {
    expect(() => explain(undefined)).toThrow(refusal('usage.flag', { message: 'explain needs a CODE' }));
  });
});
