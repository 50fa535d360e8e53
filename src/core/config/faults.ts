import { ConfigError, type Fault, type FaultCode, hintOf } from '../model/faults.ts';
import { type Path, printPath } from './tree.ts';

/** Where an offset of a text lies, both from 1. */
export type Locate = (offset: number) => { readonly line: number; readonly column: number };

/** Collects what is wrong with one file, so that all of it is told at once. */
export class Faults {
  readonly #fileName: string;
  readonly #locate: Locate;
  readonly #faults: Fault[] = [];
  readonly #paths: Path[] = [];
  readonly #known = new Set<string>();
  readonly #touched = new Set<string>();

  constructor(fileName: string, locate: Locate) {
    this.#fileName = fileName;
    this.#locate = locate;
  }

  /** `message` is one line: what it quotes went through JSON. */
  add(code: FaultCode, path: Path, offset: number, message: string, hint: string = hintOf(code)): void {
    this.#faults.push({ code, message, path: printPath(path), ...this.#locate(offset), hint });
    this.#paths.push(path);
    this.#known.add(printPath(path));
    for (let length = 0; length <= path.length; length++) this.#touched.add(printPath(path.slice(0, length)));
  }

  /** Whether something is known to be wrong with the value at the path itself. */
  isKnown(path: Path): boolean {
    return this.#known.has(printPath(path));
  }

  /** Whether something is known to be wrong with the value at the path or with a part of it. */
  touches(path: Path): boolean {
    return this.#touched.has(printPath(path));
  }

  /** Where something is wrong. */
  paths(): readonly Path[] {
    return this.#paths;
  }

  /** @throws ConfigError */
  throwIfAny(): void {
    const sorted = this.#faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const [first, ...rest] = sorted;
    if (first !== undefined) throw new ConfigError(this.#fileName, [first, ...rest]);
  }
}
