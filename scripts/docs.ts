/**
 * Writes what is made from the source: the pages of codes and commands, the JSON Schemas, and the list of commands and
 * flags. Run as `node scripts/docs.ts` after a change; a test compares the files with the source.
 */
import { writeFileSync } from 'node:fs';
import { generated } from './docs-pages.ts';

for (const [path, text] of Object.entries(await generated())) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
}
