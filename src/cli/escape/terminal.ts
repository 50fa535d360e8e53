import { cut, toVisible } from './visible.ts';

/**
 * Text of strangers for a terminal or a job log. CI systems read commands out of what a job prints: `::set-output` at
 * the start of a line, `##[...]`, `##vso[...]` and `##teamcity[...]` anywhere in it.
 */
export const toTerminal = (text: string): string =>
  cut(toVisible(text))
    .replace(/^(\s*):(?=:)/, '$1\\u{3a}')
    .replace(/#(?=#)/g, '\\u{23}');
