import { type PassphraseSource, readPassphraseFile } from '../adapters/signers/index.ts';
import { refuse } from '../errors.ts';
import { toTerminal } from './escape/terminal.ts';
import type { Invocation } from './parse.ts';

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\u0008', '\u007f']);
const INTERRUPT = '\u0003';

/** Reads one line of the terminal, which shows nothing of it. */
function ask(what: string): Promise<Buffer> {
  const { stdin, stderr } = process;
  return new Promise((resolve) => {
    let typed = '';
    const restore = (): void => {
      stdin.setRawMode(false);
      stdin.off('data', take);
      stderr.write('\n');
    };
    const take = (chunk: string): void => {
      for (const char of chunk) {
        if (char === INTERRUPT) {
          restore();
          // The input stays open, so that the process is still there when the signal arrives and ends it.
          process.kill(process.pid, 'SIGINT');
          return;
        }
        if (ENTER.has(char)) {
          restore();
          stdin.pause();
          resolve(Buffer.from(typed));
          return;
        }
        typed = BACKSPACE.has(char) ? typed.slice(0, -1) : typed + char;
      }
    };
    // Before the question is asked, or what is typed at once would be shown.
    stdin.setRawMode(true);
    stdin.setEncoding('utf8').on('data', take).resume();
    stderr.write(`passphrase of ${toTerminal(what)}: `);
  });
}

/**
 * Where the passphrase of an encrypted key comes from: a file, a variable that the caller names, or a terminal. It never
 * stands in a message.
 */
export function passphraseSource(words: Invocation): PassphraseSource {
  const file = words.text('passphrase-file');
  const variable = words.text('passphrase-env');
  return async (what) => {
    if (file !== undefined) return readPassphraseFile(file);
    if (variable !== undefined) {
      const value = process.env[variable] ?? '';
      if (value === '') refuse('signer.passphrase', `the variable is not set: ${variable}`);
      return Buffer.from(value);
    }
    return process.stdin.isTTY && process.stderr.isTTY ? ask(what) : undefined;
  };
}
