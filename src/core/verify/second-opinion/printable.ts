const MAX_LENGTH = 300;

/** Whatever a foreign library throws, as one line of printable text: class, code and message. Never throws. */
export function printable(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? describe(thrown) : `threw ${typeof thrown}`;
    return text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_LENGTH);
  } catch {
    return 'threw something unreadable';
  }
}

function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `refused (${error.name}${code}: ${error.message})`;
}
