import { CODES, type Code, type CodePage, isCode } from '../../codes.ts';
import { suggest } from '../../core/model/did-you-mean.ts';
import { type ErrorCode, exitCodeOf, refuse, SlsaGateError } from '../../errors.ts';
import { toJson } from '../escape/json.ts';

export interface Page extends CodePage {
  readonly code: Code;
  /** The stable group that an error with this code carries. */
  readonly group: ErrorCode | null;
  readonly exitCode: number;
}

const allCodes = (): readonly Code[] => Object.keys(CODES).filter(isCode);

/** The catalogue page of a code. */
export const toPage = (code: Code): Page => {
  const page: CodePage = CODES[code];
  return {
    code,
    ...page,
    group: page.answer === 'pass' ? null : new SlsaGateError(code, '').code,
    exitCode: page.answer === 'pass' ? 0 : exitCodeOf(page.answer),
  };
};

export const allPages = (): readonly Page[] => allCodes().map(toPage);

/**
 * The pages that a code, or a group such as `SG_BUNDLE`, stands for.
 * @throws SlsaGateError `usage.flag`
 */
export function explain(given: string | undefined): readonly Page[] {
  if (given === undefined) {
    return refuse('usage.flag', 'explain needs a CODE', {
      hint: 'For example: slsa-gate explain subject.mismatch',
    });
  }
  if (isCode(given)) return [toPage(given)];
  const pages = allPages();
  const inGroup = pages.filter((page) => page.group === given);
  if (inGroup.length > 0) return inGroup;
  const known = [...allCodes(), ...new Set(pages.flatMap((page) => page.group ?? []))];
  return refuse('usage.flag', `no such code: ${given}`, {
    hint: suggest(given, known, 'All codes are in docs/codes.md.'),
    actual: given,
  });
}

const pageText = (page: Page): string =>
  [
    `${page.code}: ${page.title}`,
    `  answer: ${page.answer} (exit ${page.exitCode})`,
    `  why: ${page.why}`,
    `  what to do: ${page.hint}`,
    ...(page.group === null ? [] : [`  error code: ${page.group}`]),
  ].join('\n');

/** Catalogue pages as text or JSON. */
export const renderPages = (pages: readonly Page[], format: string): string =>
  format === 'json' ? toJson({ schemaVersion: 1, codes: pages }) : `${pages.map(pageText).join('\n\n')}\n`;
