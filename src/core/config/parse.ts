import * as z from 'zod/mini';
import type { FaultCode } from '../model/faults.ts';
import { loadDocument } from './document.ts';
import { type Draft, prune } from './draft.ts';
import type { Faults } from './faults.ts';
import { addSchemaFaults, printNode } from './schema-faults.ts';
import { keyOffsetOf, type Node, offsetOf, type Path, toValue } from './tree.ts';

/** How a check tells what it found. */
export interface Report {
  /** `at: 'key'` points at the key instead of its value. */
  fault(code: FaultCode, path: Path, message: string, hint?: string, at?: 'key' | 'value'): void;
  /** Whether something is known to be wrong at the path or below it, so that what follows from it need not be told. */
  touches(path: Path): boolean;
}

/** What a schema cannot say. It sees what is left when everything that is not in its form was taken out. */
export type Check<T> = (draft: Draft<T>, report: Report) => void;

/**
 * Bytes of a file that people write (YAML 1.2 or JSON) to what the schema says, or all its faults at once. For every file
 * of this kind: policies, evidence files, catalogues, fixtures. The schema should have strict objects, a minimum of one
 * entry for lists, and no transformations; empty texts, lists and mappings are refused in any case.
 *
 * @throws ConfigError, a SlsaGateError with the code of the first fault, whose message has a line for each
 */
export function parseConfig<T extends z.core.$ZodType>(
  bytes: Uint8Array,
  fileName: string,
  schema: T,
  check?: Check<z.core.output<T>>,
): z.core.output<T> {
  const { root, faults } = loadDocument(bytes, fileName);
  const value = toValue(root);
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) addSchemaFaults(faults, root, schema, parsed.error.issues);
  addOddNumbers(faults, root, []);
  if (check !== undefined) {
    const draft = prune(
      value,
      faults.paths().toSorted((a, b) => b.length - a.length),
    );
    if (draft !== undefined) check(draft as Draft<z.core.output<T>>, reportTo(faults, root));
  }
  faults.throwIfAny();
  if (!parsed.success) throw new TypeError('a schema refused what no fault was found in');
  return parsed.data;
}

function reportTo(faults: Faults, root: Node): Report {
  return {
    fault(code, path, message, hint, at = 'value') {
      if (faults.isKnown(path)) return;
      faults.add(code, path, at === 'key' ? keyOffsetOf(root, path) : offsetOf(root, path), message, hint);
    },
    touches: (path) => faults.touches(path),
  };
}

/** A number has one spelling: `0x10`, `1e3` and `1.0` are read differently by people and by other programs. */
function addOddNumbers(faults: Faults, node: Node, path: Path): void {
  if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) addOddNumbers(faults, item, [...path, index]);
  if (node.kind === 'mapping')
    for (const [key, entry] of node.entries) addOddNumbers(faults, entry.node, [...path, key]);
  if (node.kind !== 'number' || faults.isKnown(path)) return;
  if (/^(?:0|-?[1-9][0-9]*)$/.test(node.source) && Number.isSafeInteger(node.value)) return;
  const hint = 'Write the number in plain digits, or the text in quotes.';
  faults.add('policy.invalid', path, node.offset, `a number in another form: ${printNode(node)}`, hint);
}
