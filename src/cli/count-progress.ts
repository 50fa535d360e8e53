const INTERVAL_MS = 200;
/** Below it nobody waits long enough to wonder. */
const WORTH_TELLING = 1_000;
const CLEAR_LINE = '\r\u001b[2K';

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/**
 * Tells on one line of a terminal how many of a number are done, and clears the line at the end. On anything that is no
 * terminal it says nothing: logs are no place for it.
 *
 * @param what in the past tense, e.g. `verified`
 * @param nowMs monotonic time
 */
export function countingOn(
  terminal: Terminal,
  what: string,
  nowMs: () => number = () => performance.now(),
  worthTelling = WORTH_TELLING,
): { readonly tell: (done: number, total: number) => void; readonly end: () => void } {
  if (terminal.isTTY !== true) return { tell: () => undefined, end: () => undefined };
  let toldMs = nowMs();
  let isTold = false;
  return {
    tell: (done, total) => {
      if (total < worthTelling || nowMs() - toldMs < INTERVAL_MS) return;
      toldMs = nowMs();
      isTold = true;
      terminal.write(`${CLEAR_LINE}${what} ${done} of ${total}`);
    },
    end: () => {
      if (isTold) terminal.write(CLEAR_LINE);
      isTold = false;
    },
  };
}
