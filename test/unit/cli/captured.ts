import { afterEach, beforeEach, vi } from 'vitest';

/** What a test saw instead of the real streams. */
export interface Captured {
  stdout: string;
  stderr: string;
  /** Exit code when stdout took its last text; an allow must not be set before. */
  exitAtWrite: typeof process.exitCode;
  /** Lets writes to this stream fail with this system code. */
  fail: { stdout?: string; stderr?: string };
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** Captures standard output and error of the code under test; the exit code of the test process is put back. */
export function captureStreams(): Captured {
  const captured: Captured = { stdout: '', stderr: '', exitAtWrite: undefined, fail: {} };
  beforeEach(() => {
    Object.assign(captured, { stdout: '', stderr: '', exitAtWrite: undefined, fail: {} });
    process.exitCode = 70;
    for (const name of ['stdout', 'stderr'] as const) {
      vi.spyOn(process[name], 'write').mockImplementation((text, ...rest) => {
        const done = rest.find((argument) => typeof argument === 'function');
        const code = captured.fail[name];
        if (code === undefined) captured[name] += String(text);
        if (name === 'stdout') captured.exitAtWrite = process.exitCode;
        setImmediate(() => done?.(code === undefined ? null : systemError(code)));
        return true;
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });
  return captured;
}
