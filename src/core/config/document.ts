import { Faults } from './faults.ts';
import { readTree, type Tree } from './read-tree.ts';
import { locateIn, readText } from './text.ts';

/**
 * The tree of a file. One that is called `.json` must be JSON, so that other readers of JSON see the same.
 *
 * @throws ConfigError when the text cannot be read at all; other faults are in the answer
 */
export function loadDocument(bytes: Uint8Array, fileName: string): Tree {
  const text = readText(bytes, fileName);
  if (!fileName.toLowerCase().endsWith('.json')) return readTree(text, fileName);
  // With the byte order mark, which readText drops and JSON does not have.
  checkJson(Buffer.from(bytes).toString('utf8'), fileName);
  // YAML indents with spaces alone; tabs of JSON stand between values, never in them.
  return readTree(text.replaceAll('\t', ' '), fileName);
}

function checkJson(text: string, fileName: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const offset = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const faults = new Faults(fileName, locateIn(text));
    faults.add('policy.syntax', [], Number(offset ?? 0), 'the file is not JSON');
    faults.throwIfAny();
  }
}
