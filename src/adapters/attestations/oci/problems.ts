import { CODES, type Code } from '../../../codes.ts';
import { SlsaGateError } from '../../../errors.ts';

/** What stood in the way of a whole answer. */
export interface Problems {
  readonly count: number;
  add(problem: SlsaGateError): void;
  /** Undefined when the work was refused, which is noted. Refusals of usage, and bugs, go on. */
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** The one that says most, with how many there are; undefined when there was none. */
  summary(): { readonly code: Code; readonly reason: string } | undefined;
}

const REASON_LENGTH = 200;

export function createProblems(): Problems {
  const all: SlsaGateError[] = [];
  return {
    get count() {
      return all.length;
    },
    add: (problem) => {
      all.push(problem);
    },
    attempt: async (work) => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SlsaGateError) || error.exitCode === USAGE) throw error;
        all.push(error);
        return undefined;
      }
    },
    summary: () => {
      // That what came was bad says nothing of what did not come: it may be what passes.
      const worst = all.find(({ finding }) => CODES[finding].answer !== 'deny') ?? all[0];
      if (worst === undefined) return undefined;
      const more = all.length === 1 ? '' : `, and ${all.length - 1} more`;
      return { code: worst.finding, reason: `${printable(worst.message)}${more}` };
    },
  };
}

const USAGE = 64;

const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, REASON_LENGTH);
