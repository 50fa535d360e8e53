/** `ENOENT`, `ENOSPC` and so on; `unknown` for what is no error of the system. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** Whether the system failed, or a program that it ran; anything else that is thrown is a refusal or a bug of ours. */
export const isSystemError = (error: unknown): boolean =>
  error instanceof Error && ('syscall' in error || 'killed' in error);
