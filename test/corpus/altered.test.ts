import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IGNORED_FIELDS } from '../../src/core/model/bundle.ts';
import { printPath } from './altered/document.ts';
import { foresee, IGNORED } from './altered/foresee.ts';
import { type Mutation, mutationsOf, type Operation } from './altered/mutations.ts';
import { readUnits, type Unit } from './altered/unit.ts';

/**
 * Every good document of the corpus with one field altered, doubled, swapped or dropped. An ordinary run takes of each
 * shape of document, operation and field a few; `SLSA_GATE_ALTERED=all` takes all of them, which lasts minutes.
 */
const ALL = process.env.SLSA_GATE_ALTERED === 'all';
/** How many documents of a shape an operation on one field is tried on in an ordinary run. */
const SAMPLE = 3;
const CORPUS = join(import.meta.dirname, '../../../shared/corpus');

const isHere = existsSync(join(CORPUS, 'manifest.jsonl'));
if (!isHere) console.warn('SKIPPED: no ../shared/corpus, so no real bundle is altered');

/** Lists whose items stand for themselves: an attestation, or a signature of which one is enough, is counted once. */
const LISTS =
  /^(?:attestation_bundles\[\](?:\.attestations\[\])?|provenance_summary\.provenance\[\](?:\.envelope\.signatures\[\])?)$/;

const ONE_OF_A_LIST = 'one of a list whose items stand for themselves';

class Counts {
  readonly #counts = new Map<string, number>();
  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
  get keys(): readonly string[] {
    return [...this.#counts.keys()];
  }
  print(): string {
    const lines = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return lines.map(([key, count]) => `  ${String(count).padStart(6)}  ${key}`).join('\n');
  }
}

/** Why it may be accepted, as foreseen; undefined: it must be refused. */
function foreseen(
  { operation, path, value }: Mutation,
  foresight: ReturnType<typeof foresee>,
): string | undefined {
  if (operation === 'drop') return foresight.remains(path);
  if (operation === 'double a member') return undefined;
  if (operation === 'double an item') return LISTS.test(printPath(path)) ? ONE_OF_A_LIST : undefined;
  return value === undefined ? undefined : foresight.ignored(path, value);
}

/** What is ignored may still be unreadable once it is altered, such as a cosignature that is no base64 any more. */
const mayBeRefused: ReadonlySet<Operation> = new Set<Operation>(['alter', 'swap']);

function byShape(units: readonly Unit[]): ReadonlyMap<string, readonly Unit[]> {
  return Map.groupBy(units, ({ shape }) => shape);
}

describe.skipIf(!isHere)('a good document of the corpus', async () => {
  const { units, left } = isHere ? await readUnits(CORPUS) : { units: [], left: [] };
  const tried = new Counts();
  const accepted = new Counts();
  const ignored = new Counts();
  const surprises: string[] = [];
  const touched = new Set<Unit>();

  function tryOne(unit: Unit, mutation: Mutation, foresight: ReturnType<typeof foresee>): void {
    const { operation, path } = mutation;
    const why = foreseen(mutation, foresight);
    const code = mutation.answer();
    const field = `${unit.form}: ${printPath(path)}`;
    tried.add(operation);
    touched.add(unit);
    if (code === null && why !== undefined) {
      if (operation === 'drop') accepted.add(`${why}: ${field}`);
      else ignored.add(`${why}: ${field}`);
    }
    const isSurprise = code === null ? why === undefined : why !== undefined && !mayBeRefused.has(operation);
    if (isSurprise)
      surprises.push(`${operation} ${field} of ${unit.id}: ${code ?? 'accepted'}, foreseen ${why}`);
    if (operation === 'double a member') expect(code, field).toBe('json.duplicate-key');
  }

  it('is refused with any field altered, doubled or swapped, and without any that the profile asks for', () => {
    for (const [, alike] of byShape(units)) {
      const step = ALL ? 1 : Math.max(1, Math.floor(alike.length / SAMPLE));
      // A field that few documents of a shape have is tried on all of them.
      const met = new Map<string, number>();
      for (const unit of alike) {
        const foresight = foresee(unit);
        for (const mutation of mutationsOf(unit, alike)) {
          const key = `${mutation.operation} ${printPath(mutation.path)}`;
          const turn = met.get(key) ?? 0;
          met.set(key, turn + 1);
          if (turn % step === 0 || turn < SAMPLE) tryOne(unit, mutation, foresight);
        }
      }
    }
    for (const unit of units) {
      if (touched.has(unit)) continue;
      const [first] = mutationsOf(unit, units);
      if (first !== undefined) tryOne(unit, first, foresee(unit));
    }
    console.info(
      [
        `${units.length} distinct good documents, ${touched.size} of them altered:`,
        ...[...byShape(units)].map(([shape, alike]) => `  ${String(alike.length).padStart(6)}  ${shape}`),
        `not taken, since no case asks about them as a whole: ${left.length}`,
        ...left.map((id) => `          ${id}`),
        `tried${ALL ? '' : ' (a sample)'}:`,
        tried.print(),
        'good without the field, as the profile says:',
        accepted.print(),
        'ignored, whatever stands there:',
        ignored.print(),
        `fields outside the bundle's definition: ${JSON.stringify(IGNORED_FIELDS)}`,
      ].join('\n'),
    );
    expect(surprises).toEqual([]);
    expect(touched.size).toBe(units.length);
    // All that is ignored, and that all of it is: the list can neither grow nor go stale unseen.
    const reasons = new Set(ignored.keys.map((key) => key.slice(0, key.indexOf(': '))));
    expect([...reasons].sort()).toEqual([...IGNORED, ONE_OF_A_LIST].sort());
    expect(units.length).toBeGreaterThan(300);
  }, 1_800_000);
});
