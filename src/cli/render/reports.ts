/** The forms of the answer that are asked for less often, loaded when they are. */
export { renderJunit } from './junit.ts';
export { renderMarkdown } from './markdown.ts';
export { renderSarif } from './sarif.ts';
