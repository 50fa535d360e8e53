import { isJsonObject, type Json } from '../../../src/core/model/json.ts';
import { alterations } from './alter.ts';
import { doubledItem, dropped, type Path, replaced, valueAt, walk } from './document.ts';
import { VERSION_LABELS } from './foresee.ts';
import type { Unit } from './unit.ts';

export type Operation = 'alter' | 'relabel' | 'swap' | 'drop' | 'double an item' | 'double a member';

/** One thing that somebody might do to a good document. */
export interface Mutation {
  readonly operation: Operation;
  readonly path: Path;
  /** What stands there afterwards; undefined where that is nothing, or twice the same. */
  readonly value: Json | undefined;
  readonly answer: () => string | null;
}

/** Every mutation of a unit; `others` give the fields that are swapped in. */
export function* mutationsOf(unit: Unit, others: readonly Unit[]): Generator<Mutation> {
  const { document } = unit;
  for (const { path, value } of walk(document)) {
    const put = (operation: Operation, instead: Json): Mutation => ({
      operation,
      path,
      value: instead,
      answer: () => unit.answer(replaced(document, path, instead)),
    });
    for (const altered of alterations(value)) yield put('alter', altered);
    if (path.at(-1) === 'mediaType')
      for (const label of VERSION_LABELS) if (label !== value) yield put('relabel', label);
    const foreign = foreignValue(unit, others, path, value);
    if (foreign !== undefined) yield put('swap', foreign);
    yield { operation: 'drop', path, value: undefined, answer: () => unit.answer(dropped(document, path)) };
    if (typeof path.at(-1) === 'number')
      yield {
        operation: 'double an item',
        path,
        value: undefined,
        answer: () => unit.answer(doubledItem(document, path)),
      };
    else if (isMemberOfText(unit, path))
      yield {
        operation: 'double a member',
        path,
        value: undefined,
        answer: () => unit.answer(document, path),
      };
  }
}

/** A layer of cosign comes in parts, and its annotations as a map: only within them is there text. */
const isMemberOfText = ({ form }: Unit, path: Path): boolean =>
  form !== 'cosign-layer' || path.length > (path[0] === 'annotations' ? 2 : 1);

/** The same field of the next document that was signed by somebody else and has another value there. */
function foreignValue(unit: Unit, others: readonly Unit[], path: Path, own: Json): Json | undefined {
  const at = others.indexOf(unit);
  for (let step = 1; step < others.length; step++) {
    const other = others[(at + step) % others.length];
    if (other === undefined || isSameSignature(unit, other)) continue;
    const value = valueAt(other.document, path);
    if (value === undefined || value === null || isEmpty(value) || kindOf(value) !== kindOf(own)) continue;
    if (!isSameValue(value, own)) return value;
  }
  return undefined;
}

const kindOf = (value: Json): string => (Array.isArray(value) ? 'list' : typeof value);
/** Nothing in it, at any depth: no field that could be swapped. */
const isEmpty = (value: Json): boolean =>
  value === '' ||
  (Array.isArray(value) && value.every((item) => isEmpty(item as Json))) ||
  (isJsonObject(value) && Object.values(value).every(isEmpty));

/** Another note of a log about the same tree, of another moment, is as good as the one that stands there. */
const treeHeadsOf = (text: string): string => text.replace(/(\\n[A-Za-z0-9+/]{43}=)\\n[^"]*/g, '$1');
const isSameValue = (a: Json, b: Json): boolean =>
  treeHeadsOf(JSON.stringify(a)) === treeHeadsOf(JSON.stringify(b));

/** What was signed, by the forms of documents. */
const SIGNED: readonly Path[] = [
  ['messageSignature'],
  ['dsseEnvelope'],
  ['attestations'],
  ['envelope'],
  ['payload'],
  ['provenance_summary', 'provenance', 0, 'envelope', 'payload'],
];

/** One signature packed twice, with other evidence each: every part of it fits both. */
const isSameSignature = ({ document: a }: Unit, { document: b }: Unit): boolean =>
  SIGNED.some((path) => {
    const own = valueAt(a, path);
    return own !== undefined && JSON.stringify(own) === JSON.stringify(valueAt(b, path));
  });
