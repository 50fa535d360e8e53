import { toVisible } from './visible.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;', // also breaks up `]]>`
  '"': '&quot;',
  "'": '&apos;',
};

/** Code points that XML 1.0 does not allow, and those it discourages, beyond what `toVisible` shows. */
const NONCHARACTERS = /[\p{Noncharacter_Code_Point}]/gu;

/** Text for XML 1.0 content or a quoted attribute; one line, nothing hidden. */
export const toXml = (text: string): string =>
  toVisible(text)
    .replace(NONCHARACTERS, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '')
    .replace(/#(?=#)/g, '&#35;');
