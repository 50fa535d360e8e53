import type { ResultDocument } from '../../core/model/result.ts';
import { renderJson } from './json.ts';
import { renderText, type TextOptions } from './text.ts';

export type ReportFormat = 'text' | 'json' | 'sarif' | 'junit' | 'markdown';

/** Renders a decision; the forms that are asked for less often are loaded when they are needed. */
export async function renderDecision(
  document: ResultDocument,
  format: ReportFormat,
  options: TextOptions,
): Promise<string> {
  switch (format) {
    case 'text':
      return renderText(document, options);
    case 'json':
      return renderJson(document);
    case 'sarif':
      return (await import('./reports.ts')).renderSarif(document);
    case 'junit':
      return (await import('./reports.ts')).renderJunit(document);
    case 'markdown':
      return (await import('./reports.ts')).renderMarkdown(document);
  }
}
