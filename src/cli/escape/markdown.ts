import { cut, toVisible } from './visible.ts';

/**
 * Text of strangers for GitHub-flavoured Markdown: always a code span, in which no link, image, HTML, mention, issue
 * reference or emphasis is read. What could end the span or a table cell is shown as its code point. `\|` is no way
 * out: a backslash before it changes its meaning.
 */
export const toMarkdownCode = (text: string): string => {
  const inner = cut(toVisible(text)).replace(/[`|]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
  const safe = inner.replace(/#(?=#)/g, '\\u{23}');
  return safe.trim() === '' ? '`(empty)`' : `\`${safe}\``;
};
