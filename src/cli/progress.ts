import { toTerminal } from './escape/terminal.ts';

/** Below it nobody waits long enough to wonder. */
const WORTH_TELLING_BYTES = 256 * 1024 * 1024;
const INTERVAL_MS = 200;
const CLEAR_LINE = '\r\u001b[2K';

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/**
 * Tells on one line of a terminal how far the hashing of a large file is, and clears the line at its end. On anything that
 * is no terminal it says nothing: logs are no place for it.
 *
 * @param nowMs monotonic time
 */
export function progressOn(
  terminal: Terminal,
  nowMs: () => number = () => performance.now(),
): ((path: string, doneBytes: number, totalBytes: number) => void) | undefined {
  if (terminal.isTTY !== true) return undefined;
  let toldMs = Number.NEGATIVE_INFINITY;
  return (path, doneBytes, totalBytes) => {
    if (totalBytes < WORTH_TELLING_BYTES) return;
    if (doneBytes >= totalBytes) {
      terminal.write(CLEAR_LINE);
      return;
    }
    if (nowMs() - toldMs < INTERVAL_MS) return;
    toldMs = nowMs();
    const percent = Math.floor((doneBytes / totalBytes) * 100);
    terminal.write(`${CLEAR_LINE}hashing ${toTerminal(path)}: ${percent} %`);
  };
}
