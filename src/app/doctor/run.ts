import { SlsaGateError } from '../../errors.ts';
import { CHECK_IDS, type CheckLine, type DoctorDocument, fails, type Place } from './check.ts';

/** Looks at one thing, or at several that belong together. What it throws becomes its line. */
export interface Check extends Place {
  run(): Promise<CheckLine | readonly CheckLine[]>;
}

export interface RunOptions {
  /** For each check; one that takes longer is told as `source.timeout`. */
  readonly timeoutMs: number;
  /** Hears how many are done, out of how many. */
  readonly tell?: (done: number, total: number) => void;
  /** Hears errors that are no refusals: bugs of ours, whose texts stand in no line. */
  readonly onBug?: (error: SlsaGateError) => void;
}

/**
 * Runs all checks, those of one group at the same time, one group after the other; none of them hides another.
 */
export async function runChecks(
  groups: readonly (readonly Check[])[],
  options: RunOptions,
): Promise<DoctorDocument> {
  const total = groups.flat().length;
  let done = 0;
  const lines: CheckLine[] = [];
  for (const group of groups) {
    const answers = await Promise.all(
      group.map(async (check) => {
        const answer = await runOne(check, options);
        options.tell?.(++done, total);
        return answer;
      }),
    );
    lines.push(...answers.flat());
  }
  const checks = lines.toSorted((a, b) => CHECK_IDS.indexOf(a.id) - CHECK_IDS.indexOf(b.id));
  return { schemaVersion: 1, status: worstOf(checks), checks };
}

/** One step of a check that has several; what it throws is its line, and the others go on. */
export const step = async (
  place: Place,
  work: () => Promise<CheckLine | readonly CheckLine[]>,
): Promise<readonly CheckLine[]> => {
  try {
    return [await work()].flat();
  } catch (error) {
    if (error instanceof SlsaGateError) return [fails(place, error)];
    throw error;
  }
};

async function runOne(check: Check, options: RunOptions): Promise<readonly CheckLine[]> {
  const { id, name } = check;
  const place = { id, name };
  try {
    return await step(place, () => inTime(check, options.timeoutMs));
  } catch (cause) {
    const kind = cause instanceof Error ? cause.name : typeof cause;
    const bug = new SlsaGateError('internal.bug', `internal error: ${kind}`, { cause });
    options.onBug?.(bug);
    return [fails(place, bug)];
  }
}

/** What goes on behind our back is not waited for. */
async function inTime(check: Check, timeoutMs: number): Promise<CheckLine | readonly CheckLine[]> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new SlsaGateError('source.timeout', `no answer within ${Math.round(timeoutMs / 1000)} s`)),
    timeoutMs,
  );
  try {
    return await Promise.race([check.run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const WORST_FIRST = ['problem', 'warning'] as const;

const worstOf = (checks: readonly CheckLine[]): DoctorDocument['status'] =>
  WORST_FIRST.find((status) => checks.some((line) => line.status === status)) ?? 'ok';
