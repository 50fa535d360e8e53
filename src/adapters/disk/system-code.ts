/** `ENOENT`, `ENOSPC` and so on; `unknown` for what is no error of the system. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
